/**
 * What is counted of each command: calls, time, failures, and a histogram of durations.
 *
 * The histogram is log-linear: each power of two of nanoseconds is cut into SUB buckets, so a percentile is at most 1/SUB
 * off. It is made when the command is first called.
 */

const SUB_SHIFT = 4;
const SUB = 1 << SUB_SHIFT;
/** Durations are clamped to 2^30 microseconds, far beyond any command. */
const NS_MAX = 2 ** 40;

export class CommandStatistics {
  calls = 0;
  /** Time spent, in nanoseconds. */
  ns = 0;
  /** Calls turned away by a gate, and calls that answered with an error. */
  rejected = 0;
  failed = 0;
  private histogram: Float64Array | undefined;

  /** Notes `calls` calls that took `ns` nanoseconds together. */
  record(calls: number, ns: number): void {
    this.calls += calls;
    this.ns += ns;
    this.note(calls, ns);
  }

  /** Notes a call that waits from now on, and took so long until then. */
  begin(ns: number): void {
    this.calls++;
    this.ns += ns;
  }

  /** Notes that a call is done which has waited: it took `ns` more, and `totalNs` without the waiting. */
  finish(ns: number, totalNs: number): void {
    this.ns += ns;
    this.note(1, totalNs);
  }

  private note(calls: number, ns: number): void {
    this.histogram ??= new Float64Array(bucketOf(NS_MAX) + 1);
    this.histogram[bucketOf(ns / calls)]! += calls;
  }

  reset(): void {
    this.calls = this.ns = this.rejected = this.failed = 0;
    this.histogram = undefined;
  }

  /** The duration in nanoseconds that this share (0 to 1) of the calls did not exceed. */
  percentileNs(share: number): number {
    let left = Math.ceil(this.calls * share);
    for (let bucket = 0; bucket < (this.histogram?.length ?? 0); bucket++) {
      left -= this.histogram![bucket]!;
      if (left <= 0) return upperBound(bucket);
    }
    return 0;
  }

  /** Calls that took at most so many nanoseconds. */
  callsWithin(ns: number): number {
    let calls = 0;
    for (let bucket = 0; bucket < (this.histogram?.length ?? 0) && upperBound(bucket) <= ns; bucket++) {
      calls += this.histogram![bucket]!;
    }
    return calls;
  }
}

function bucketOf(ns: number): number {
  const value = Math.min(Math.max(ns, 0), NS_MAX);
  if (value < SUB) return value | 0;
  const exponent = value < 2 ** 31 ? 31 - Math.clz32(value) : Math.floor(Math.log2(value));
  return (exponent - SUB_SHIFT) * SUB + Math.floor(value / 2 ** (exponent - SUB_SHIFT));
}

/** The first duration above the bucket, in nanoseconds. */
function upperBound(bucket: number): number {
  if (bucket < SUB) return bucket + 1;
  const exponent = Math.floor(bucket / SUB) - 1;
  return (bucket - exponent * SUB + 1) * 2 ** exponent;
}
