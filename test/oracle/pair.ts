/**
 * Two servers that are told the same: the subject (Ashlar, or whatever is under test) and the reference (a real
 * redis-server). A pair brings both to the same start, runs steps on both, and says where their answers part.
 */
import { ConnectionClosed, NoReply, RawClient } from "../support/raw-client.ts";
import { encodeCommand, latin1, ProtocolError, printable } from "../support/resp.ts";
import type { Answer } from "./compare.ts";
import type { Case, Step } from "./generate.ts";
import { type StateDifference, stateDifference } from "./state.ts";
import { disagreement, QueuedCommands } from "./transaction.ts";

/** A server as the pair needs it; `TestServer` is one, and so is a proxy in front of one. */
export interface OracleServer {
  readonly port: number;
  isRunning(): boolean;
  stop(): Promise<void>;
}

export interface Difference {
  /** The step that was answered differently; the number of steps when only the final state differs. */
  stepIndex: number;
  reason: string;
  subject: string;
  reference: string;
}

/** One side: a server that is started again when a step killed it, and its two connections. */
class Side {
  clients: RawClient[] = [];
  #server: OracleServer | null = null;

  constructor(readonly start: () => Promise<OracleServer>) {}

  /** Fresh connections, an empty keyspace, and the settings of the case. */
  async begin(settings: Record<string, string>): Promise<void> {
    for (const client of this.clients) client.close();
    if (this.#server === null || !this.#server.isRunning()) this.#server = await this.start();
    const { port } = this.#server;
    this.clients = [await RawClient.connect(port), await RawClient.connect(port)];
    const [first, second] = this.clients as [RawClient, RawClient];
    const prologue = [["FLUSHALL"], ["DEBUG", "SET-ACTIVE-EXPIRE", "0"], ...Object.entries(settings).map(configSet)];
    for (const command of prologue) {
      const reply = await first.raw(...command);
      if (!reply.startsWith("+OK")) throw new Error(`${command.join(" ")} answered ${printable(reply)}`);
    }
    const hello = await second.raw("HELLO", "3");
    if (!hello.startsWith("%")) throw new Error(`HELLO 3 answered ${printable(hello)}`);
  }

  /** Throws the server away, so that the next `begin` starts another one. */
  async discard(): Promise<void> {
    for (const client of this.clients) client.close();
    this.clients = [];
    await this.#server?.stop();
    this.#server = null;
  }
}

function configSet([name, value]: [string, string]): string[] {
  return ["CONFIG", "SET", name, value];
}

export class Pair {
  readonly #subject: Side;
  readonly #reference: Side;
  /** Per connection. */
  #queued: QueuedCommands[] = [];

  constructor(startSubject: () => Promise<OracleServer>, startReference: () => Promise<OracleServer>) {
    this.#subject = new Side(startSubject);
    this.#reference = new Side(startReference);
  }

  /** Runs steps from a fresh state and compares replies, then the final state. `null` when nothing differs. */
  async run(settings: Case["settings"], steps: readonly Step[]): Promise<Difference | null> {
    await this.#subject.begin(settings);
    await this.#reference.begin(settings);
    this.#queued = [new QueuedCommands(), new QueuedCommands()];
    return (await this.#runSteps(steps)) ?? (await this.#compareState(steps.length));
  }

  /** Sends a command to the subject alone and returns its raw reply, for checks that only it knows. */
  async askSubject(...command: string[]): Promise<string> {
    return await this.#subject.clients[0]!.raw(...command);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#subject.discard(), this.#reference.discard()]);
  }

  async #runSteps(steps: readonly Step[]): Promise<Difference | null> {
    for (let from = 0; from < steps.length; ) {
      const { connection } = steps[from]!;
      let to = from + 1;
      while (to < steps.length && steps[to]!.connection === connection) to++;
      const burst = encodeBurst(steps, from, to);
      const [ours, theirs] = await Promise.all([
        this.#exchange(this.#subject, connection, burst),
        this.#exchange(this.#reference, connection, burst),
      ]);
      const difference = compareBurst(steps, from, to, ours, theirs, this.#queued[connection]!);
      if (difference !== null) return difference;
      from = to;
    }
    return null;
  }

  /** One burst to one server: its replies, fewer when it closed, stopped answering or wrote nonsense. */
  async #exchange(side: Side, connection: number, burst: Burst): Promise<Exchange> {
    const client = side.clients[connection]!;
    client.send(burst.wire);
    try {
      return { replies: await client.replies(burst.replyCount), end: null };
    } catch (error) {
      const isServers = error instanceof ConnectionClosed || error instanceof NoReply || error instanceof ProtocolError;
      if (!isServers) throw error;
      const replies = await client.replies(client.repliesWaiting);
      await side.discard();
      return { replies, end: error.message };
    }
  }

  async #compareState(stepIndex: number): Promise<Difference | null> {
    const found: StateDifference | null = await stateDifference(this.#subject.clients[0]!, this.#reference.clients[0]!);
    return found === null ? null : { stepIndex, ...found };
  }
}

interface Burst {
  wire: string;
  replyCount: number;
}

interface Exchange {
  replies: Uint8Array[];
  /** Why there are no more replies, or `null` when all came. */
  end: string | null;
}

function encodeBurst(steps: readonly Step[], from: number, to: number): Burst {
  let wire = "";
  let replyCount = 0;
  for (let i = from; i < to; i++) {
    const { args, row } = steps[i]!;
    for (const command of [...(row.compare.witness?.(args) ?? []), args]) {
      wire += encodeCommand(command);
      replyCount++;
    }
  }
  return { wire, replyCount };
}

function compareBurst(
  steps: readonly Step[],
  from: number,
  to: number,
  ours: Exchange,
  theirs: Exchange,
  queued: QueuedCommands,
): Difference | null {
  let at = 0;
  for (let i = from; i < to; i++) {
    const { args, row } = steps[i]!;
    const witnesses = row.compare.witness?.(args) ?? [];
    const replyAt = at + witnesses.length;
    const subject = answerAt(ours, at, replyAt);
    const reference = answerAt(theirs, at, replyAt);
    if (subject === null || reference === null) {
      if (subject === reference) throw new Error(`both servers stopped answering at ${printable(args.join(" "))}`);
      return { stepIndex: i, reason: "one answers, the other doesn't", ...shown(subject, ours, reference, theirs) };
    }
    row.calls++;
    if (reference.reply[0] === ERROR) row.errors++;
    const isExec = args[0]!.toUpperCase() === "EXEC";
    const reason = isExec
      ? queued.disagreementOfExec(subject.reply, reference.reply)
      : disagreement(subject, reference, args, row);
    if (reason !== null) return { stepIndex: i, reason, ...shown(subject, ours, reference, theirs) };
    for (const witness of witnesses) queued.note({ args: witness, row: null }, theirs.replies[at++]!);
    queued.note({ args, row }, theirs.replies[at++]!);
  }
  return null;
}

const ERROR = "-".charCodeAt(0);

/** The reply at `replyAt`, with the one before it as the witness when the step's replies began earlier. */
function answerAt(exchange: Exchange, beganAt: number, replyAt: number): Answer | null {
  const reply = exchange.replies[replyAt];
  if (reply === undefined) return null;
  return { reply, witness: beganAt === replyAt ? null : exchange.replies[replyAt - 1]! };
}

function shown(
  subject: Answer | null,
  ours: Exchange,
  reference: Answer | null,
  theirs: Exchange,
): { subject: string; reference: string } {
  const text = (answer: Answer | null, exchange: Exchange): string =>
    answer === null ? `(${exchange.end})` : printable(latin1(answer.reply), 600);
  return { subject: text(subject, ours), reference: text(reference, theirs) };
}
