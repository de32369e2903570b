// What a figure is: a quantity one row measures on both servers, the bound it must keep, and the arithmetic that turns the
// samples of several rounds into one judged line. Pure: no clock, no process, no socket.
//
// A machine that is shared with others is noisy in one direction at a time, so the two servers take turns (A B A B A B).
// The ratio is median(A) / median(B); the spread is the lowest and the highest ratio of one turn, so that slow drift of
// the machine, which hits both halves of a turn, does not look like spread.

/** `x`: a factor, of the same server under other conditions. */
export type Unit = "req/s" | "s" | "ms" | "bytes" | "MB" | "x";

/** What the acceptance list demands of a figure: of the ratio Ashlar / Redis, or of Ashlar's own value. */
export type Bound =
  | { readonly of: "ratio"; readonly atLeast: number }
  | { readonly of: "ratio"; readonly atMost: number }
  | { readonly of: "ashlar"; readonly atLeast: number }
  | { readonly of: "ashlar"; readonly atMost: number };

export interface Figure {
  readonly label: string;
  readonly unit: Unit;
  readonly bound?: Bound;
}

/** One turn of one server: a value per figure of the row (NaN: this server does not tell), and remarks about the turn. */
export interface Sample {
  readonly values: readonly number[];
  readonly busy?: Busy;
  readonly remark?: string;
}

/** Share of one core (0 to 1) that each side used while it was measured; it tells which of the two was the limit. */
export interface Busy {
  readonly server: number;
  readonly load: number;
}

export interface Judged {
  readonly figure: string;
  readonly unit: Unit;
  readonly ashlar: number;
  readonly redis: number;
  readonly ratio: number;
  /** Lowest and highest ratio of a single turn. */
  readonly spread: readonly [number, number];
  readonly bound: Bound | undefined;
  /** Undefined when there is no bound; false also when the figure could not be had. */
  readonly met: boolean | undefined;
  readonly samples: { readonly ashlar: readonly number[]; readonly redis: readonly number[] };
}

/** Condenses the samples of both servers, in the order in which they were taken, into one line. */
export function judge(figure: Figure, ashlar: readonly number[], redis: readonly number[]): Judged {
  const ashlarMedian = median(ashlar);
  const redisMedian = median(redis);
  const ratio = ashlarMedian / redisMedian;
  const turns = ashlar.map((value, turn) => value / (redis[turn] ?? Number.NaN)).filter(Number.isFinite);
  const spread: [number, number] =
    turns.length > 0 ? [Math.min(...turns), Math.max(...turns)] : [Number.NaN, Number.NaN];
  return {
    figure: figure.label,
    unit: figure.unit,
    ashlar: ashlarMedian,
    redis: redisMedian,
    ratio,
    spread,
    bound: figure.bound,
    met: figure.bound === undefined ? undefined : isMet(figure.bound, ashlarMedian, ratio),
    samples: { ashlar, redis },
  };
}

function isMet(bound: Bound, ashlar: number, ratio: number): boolean {
  const value = bound.of === "ratio" ? ratio : ashlar;
  return "atLeast" in bound ? value >= bound.atLeast : value <= bound.atMost;
}

/** The middle value; the mean of the two middle ones if there is no middle. NaN values are left out; NaN if none is left. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest value that at least `share` (0 to 1) of the values do not exceed. NaN for no values. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/**
 * The load was the limit, not Ashlar: the load's core was full while the server had time left. Both servers are then held
 * to what the load can ask, which pulls their ratio towards 1.
 */
export function isLoadBound(busy: Busy): boolean {
  return busy.load >= 0.9 && busy.server < 0.9;
}
