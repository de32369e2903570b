/**
 * The interleaved oracle: several connections to each of the two servers, whose commands take turns, among them commands
 * that wait. After each step both servers must have answered the same connections, with the same replies.
 *
 * A step sends one command on one connection, whether that waits or not (then it stands behind what it waits for). When
 * the server has come to rest is seen on a connection that never waits: two PINGs in a row, for replies to others may be
 * written after the first PONG, but not after the second.
 */
import { type Random, seededRandom } from "../support/random.ts";
import { RawClient } from "../support/raw-client.ts";
import { encodeCommand, latin1, printable } from "../support/resp.ts";
import { shrinkFailing } from "../support/shrink.ts";
import { expand } from "./arguments.ts";
import type { OracleServer } from "./pair.ts";
import type { Row } from "./row.ts";
import { FEEDING, SESSION, TRANSACTIONS, WAITING, WHOLE_DATABASES } from "./rows/interleaved.ts";
import { stateDifference } from "./state.ts";
import { disagreement, QueuedCommands } from "./transaction.ts";

/** Connections that may wait; the one behind them never does. */
const WAITERS = 4;
const FEEDER = WAITERS;
const CASE_LENGTH = 400;
const SEED_STEP = 0x9e3779b1;
/** Stands for the number that a server has given to a connection. */
const ID_OF = "id of client ";

export interface InterleavedStep {
  connection: number;
  args: string[];
  row: Row;
  /** Not sent while its connection waits for another reply. */
  isAlone: boolean;
}

export interface InterleavedDifference {
  stepIndex: number;
  reason: string;
  subject: string;
  reference: string;
}

export interface InterleavedFailure {
  caseSeed: number;
  steps: InterleavedStep[];
  difference: InterleavedDifference;
}

export interface InterleavedOptions {
  seed: number;
  commands: number;
  /** Names of commands that are not asked (lower case). */
  without?: readonly string[];
  startSubject(): Promise<OracleServer>;
  startReference(): Promise<OracleServer>;
  onProgress?(commandsDone: number): void;
}

export interface InterleavedResult {
  commandsDone: number;
  /** How many steps left their connection waiting. */
  waits: number;
  durationMs: number;
  failure: InterleavedFailure | null;
}

const unblock: Row = {
  ...SESSION[0]!,
  name: "CLIENT",
  args: ["UNBLOCK", (random) => ID_OF + random.below(WAITERS), (random) => random.pick([[], ["TIMEOUT"], ["ERROR"]])],
  compare: { name: "exact", judge: () => "the bytes differ" },
  weight: 60,
};

function generate(seed: number, without: readonly string[]): InterleavedStep[] {
  const random = seededRandom(seed);
  const asked = (rows: readonly Row[]) => rows.filter(({ name }) => !without.includes(name.toLowerCase()));
  const isAlone = random.chance(0.25);
  const waiting = isAlone ? WHOLE_DATABASES : WAITING;
  const forWaiters = weighted(asked([...waiting, ...waiting, ...FEEDING, ...TRANSACTIONS, ...SESSION]));
  const forFeeder = weighted(asked([...FEEDING, ...TRANSACTIONS, unblock]));
  return Array.from({ length: CASE_LENGTH }, () => {
    const connection = random.chance(0.4) ? FEEDER : random.below(WAITERS);
    const row = (connection === FEEDER ? forFeeder : forWaiters)(random);
    return { connection, args: [row.name, ...expand(row.args, random)], row, isAlone };
  });
}

function weighted(rows: readonly Row[]): (random: Random) => Row {
  const total = rows.reduce((sum, { weight }) => sum + weight, 0);
  return (random) => {
    let drawn = (random.below(2 ** 32) / 2 ** 32) * total;
    for (const row of rows) {
      drawn -= row.weight;
      if (drawn < 0) return row;
    }
    return rows[0]!;
  };
}

/** One server, and what was sent to it on each connection and not answered yet. */
class Stage {
  clients: RawClient[] = [];
  #observer: RawClient | null = null;
  #ids: string[] = [];
  #server: OracleServer | null = null;

  constructor(readonly start: () => Promise<OracleServer>) {}

  async begin(): Promise<void> {
    this.#closeClients();
    if (this.#server === null || !this.#server.isRunning()) this.#server = await this.start();
    const { port } = this.#server;
    this.clients = await Promise.all(Array.from({ length: WAITERS + 1 }, () => RawClient.connect(port)));
    this.#observer = await RawClient.connect(port);
    for (const command of [["FLUSHALL"], ["DEBUG", "SET-ACTIVE-EXPIRE", "0"]]) await this.#observer.raw(...command);
    this.#ids = await Promise.all(this.clients.map(async (client) => (await client.command("CLIENT", "ID")).text!));
  }

  send(connection: number, args: readonly string[]): void {
    const words = args.map((word) => (word.startsWith(ID_OF) ? this.#ids[Number(word.slice(ID_OF.length))]! : word));
    this.clients[connection]!.send(encodeCommand(words));
  }

  /** Everything that was answered, per connection, now that the server is at rest. */
  async atRest(): Promise<Uint8Array[][]> {
    for (let i = 0; i < 2; i++) await this.#observer!.raw("PING");
    await Bun.sleep(0);
    return await Promise.all(this.clients.map((client) => client.replies(client.repliesWaiting)));
  }

  get observer(): RawClient {
    return this.#observer!;
  }

  async discard(): Promise<void> {
    this.#closeClients();
    await this.#server?.stop();
    this.#server = null;
  }

  #closeClients(): void {
    for (const client of this.clients) client.close();
    this.#observer?.close();
  }
}

class InterleavedPair {
  waits = 0;
  readonly #subject: Stage;
  readonly #reference: Stage;

  constructor(startSubject: () => Promise<OracleServer>, startReference: () => Promise<OracleServer>) {
    this.#subject = new Stage(startSubject);
    this.#reference = new Stage(startReference);
  }

  async run(steps: readonly InterleavedStep[]): Promise<InterleavedDifference | null> {
    await Promise.all([this.#subject.begin(), this.#reference.begin()]);
    const unanswered: InterleavedStep[][] = Array.from({ length: WAITERS + 1 }, () => []);
    const queued = unanswered.map(() => new QueuedCommands());
    for (const [stepIndex, step] of steps.entries()) {
      if (step.isAlone && unanswered[step.connection]!.length > 0) continue;
      unanswered[step.connection]!.push(step);
      for (const stage of [this.#subject, this.#reference]) stage.send(step.connection, step.args);
      let ours: Uint8Array[][];
      let theirs: Uint8Array[][];
      try {
        [ours, theirs] = await Promise.all([this.#subject.atRest(), this.#reference.atRest()]);
      } catch (error) {
        await this.stop();
        return { stepIndex, reason: "a server stopped answering", subject: String(error), reference: "" };
      }
      for (let connection = 0; connection <= WAITERS; connection++) {
        const difference = judge(ours[connection]!, theirs[connection]!, unanswered[connection]!, queued[connection]!);
        if (difference !== null) {
          return { ...difference, stepIndex, reason: `client ${nameOf(connection)}: ${difference.reason}` };
        }
      }
      if (unanswered[step.connection]!.length > 0) this.waits++;
    }
    return await this.#compareEnd(steps.length);
  }

  async #compareEnd(stepIndex: number): Promise<InterleavedDifference | null> {
    const state = await stateDifference(this.#subject.observer, this.#reference.observer);
    if (state !== null) return { stepIndex, ...state };
    const audit = await this.#subject.observer.raw("DEBUG", "AUDIT");
    if (audit.startsWith("+OK") || /^-ERR (unknown|DEBUG)/i.test(audit)) return null;
    return { stepIndex, reason: "DEBUG AUDIT found memory in disorder", subject: audit, reference: "+OK" };
  }

  async stop(): Promise<void> {
    await Promise.all([this.#subject.discard(), this.#reference.discard()]);
  }
}

/** Compares what a connection was answered since the last step, and takes it from what is unanswered. */
function judge(
  ours: readonly Uint8Array[],
  theirs: readonly Uint8Array[],
  unanswered: InterleavedStep[],
  queued: QueuedCommands,
): { reason: string; subject: string; reference: string } | null {
  const shown = {
    subject: ours.map((reply) => printable(latin1(reply), 300)).join(" "),
    reference: theirs.map((reply) => printable(latin1(reply), 300)).join(" "),
  };
  if (ours.length !== theirs.length) return { reason: `${ours.length} replies, not ${theirs.length}`, ...shown };
  for (const [i, reference] of theirs.entries()) {
    const step = unanswered.shift();
    if (step === undefined) return { reason: "both answered what was not asked", ...shown };
    const { args, row } = step;
    const [subject, isExec] = [ours[i]!, row.name === "EXEC"];
    const answer = (reply: Uint8Array) => ({ reply, witness: null });
    const reason = isExec
      ? queued.disagreementOfExec(subject, reference)
      : disagreement(answer(subject), answer(reference), args, row);
    if (reason !== null) return { reason: `${args.join(" ")}: ${reason}`, ...shown };
    queued.note({ args, row }, reference);
  }
  return null;
}

/** Runs cases until `commands` have been sent or a difference is found. */
export async function runInterleaved(options: InterleavedOptions): Promise<InterleavedResult> {
  const pair = new InterleavedPair(options.startSubject, options.startReference);
  const startedAt = performance.now();
  let commandsDone = 0;
  let failure: InterleavedFailure | null = null;
  try {
    for (let number = 0; commandsDone < options.commands && failure === null; number++) {
      const caseSeed = (options.seed + Math.imul(number, SEED_STEP)) >>> 0;
      const steps = generate(caseSeed, options.without ?? []);
      const found = await pair.run(steps);
      commandsDone += found?.stepIndex ?? steps.length;
      if (found !== null) failure = { caseSeed, ...(await shrink(pair, steps, found)) };
      options.onProgress?.(commandsDone);
    }
  } finally {
    await pair.stop();
  }
  return { commandsDone, waits: pair.waits, durationMs: performance.now() - startedAt, failure };
}

async function shrink(
  pair: InterleavedPair,
  steps: readonly InterleavedStep[],
  found: InterleavedDifference,
): Promise<{ steps: InterleavedStep[]; difference: InterleavedDifference }> {
  const begin = steps.slice(0, found.stepIndex + 1);
  const fewest = await shrinkFailing(begin, async (candidate) => (await pair.run(candidate))?.stepIndex ?? null);
  return { steps: fewest, difference: (await pair.run(fewest)) ?? found };
}

/** The report of a failure, for people. */
export function describeInterleaved({ caseSeed, steps, difference }: InterleavedFailure): string {
  const show = (word: string) => (word === "" ? '""' : word);
  return [
    `Ashlar and redis-server differ. Replay: bun scripts/oracle.ts --interleaved --seed ${caseSeed} --commands ${CASE_LENGTH}`,
    "",
    ...steps.map(
      ({ connection, args }, i) =>
        `${i === difference.stepIndex ? "→" : " "} ${nameOf(connection)}: ${args.map(show).join(" ")}`,
    ),
    "",
    difference.reason,
    `  ashlar  ${difference.subject}`,
    `  redis   ${difference.reference}`,
  ].join("\n");
}

/** A, B, C, D wait; F feeds them. */
const nameOf = (connection: number) => (connection === FEEDER ? "F" : "ABCD"[connection]!);
