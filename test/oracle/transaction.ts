/**
 * What a connection has queued since MULTI, as far as its answers tell: so that EXEC's answer can be judged element by
 * element, each as the command in its place would have been.
 */
import { latin1, replyEnd } from "../support/resp.ts";
import type { Answer } from "./compare.ts";
import type { Row } from "./row.ts";

/** A command that was sent; without a row it is a witness, whose answer is not compared. */
export interface Sent {
  args: readonly string[];
  row: Row | null;
}

const ARRAY = "*".charCodeAt(0);
const ERROR = "-".charCodeAt(0);

/** Why two answers to the same command disagree, or `null`. */
export function disagreement(subject: Answer, reference: Answer, args: readonly string[], row: Row): string | null {
  if (Buffer.compare(subject.reply, reference.reply) === 0) return null;
  if (row.compare.isMistake?.(reference)) return null;
  if (subject.reply[0] === ERROR || reference.reply[0] === ERROR) return "errors are compared byte for byte";
  return row.compare.judge(subject, reference, args);
}

export class QueuedCommands {
  #queued: Sent[] = [];

  /** Notes that a command was sent and how the reference answered it. */
  note(sent: Sent, reply: Uint8Array): void {
    const name = sent.args[0]!.toUpperCase();
    if (name === "MULTI" || name === "EXEC" || name === "DISCARD" || name === "RESET") {
      if (reply[0] !== ERROR || latin1(reply).startsWith("-EXECABORT")) this.#queued = [];
    } else if (latin1(reply) === "+QUEUED\r\n") this.#queued.push(sent);
  }

  /** As `disagreement`, for the answer to EXEC. Called before EXEC is noted. */
  disagreementOfExec(subject: Uint8Array, reference: Uint8Array): string | null {
    if (Buffer.compare(subject, reference) === 0) return null;
    const [ours, theirs] = [elements(subject), elements(reference)];
    if (ours === null || theirs === null || ours.length !== theirs.length) return "the bytes differ";
    if (theirs.length !== this.#queued.length) return `${theirs.length} answers to ${this.#queued.length} commands`;
    for (const [i, { args, row }] of this.#queued.entries()) {
      if (row === null || countsReferences(args)) continue;
      const witness = row.compare.witness !== undefined;
      const reason = disagreement(
        { reply: ours[i]!, witness: witness ? (ours[i - 1] ?? null) : null },
        { reply: theirs[i]!, witness: witness ? (theirs[i - 1] ?? null) : null },
        args,
        row,
      );
      if (reason !== null) return `in EXEC, ${args.join(" ").slice(0, 200)}: ${reason}`;
    }
    return null;
  }
}

/** In Redis, the queue itself holds references to values. */
function countsReferences(args: readonly string[]): boolean {
  return args[0]!.toUpperCase() === "OBJECT" && args[1]?.toUpperCase() === "REFCOUNT";
}

/** The elements of an array as they came over the wire; `null` when the reply is none. */
function elements(reply: Uint8Array): Uint8Array[] | null {
  if (reply[0] !== ARRAY || reply[1] === ERROR) return null;
  const parts: Uint8Array[] = [];
  for (let at = reply.indexOf(10) + 1; at < reply.length; ) {
    const end = replyEnd(reply, at, reply.length);
    if (end < 0) return null;
    parts.push(reply.slice(at, end));
    at = end;
  }
  return parts;
}
