/**
 * What the server in this process tells of its commands, written down; and the same commands executed again. Recorded are
 * whole units, each as the list of its commands.
 */
import { propagation, reselect } from "../../src/command/propagation.ts";
import { databases, flush } from "../../src/keyspace/database.ts";
import { replay as mode } from "../../src/keyspace/replay.ts";
import { LocalClient } from "../support/in-process.ts";
import { decodeReply, encodeCommand, latin1, printable, type Reply, replyEnd } from "../support/resp.ts";

export type Command = string[];

/** Listens from when it is made until `stop`. */
export class Recording {
  readonly units: Command[][] = [];

  constructor() {
    reselect();
    propagation.sink = {
      append: (source, start, end) => {
        const commands = commandsOf(source.bytes, start, end);
        // There is one way to write a command, however clients did.
        if (commands.map(encodeCommand).join("") !== latin1(source.bytes, start, end)) {
          throw new Error(`told otherwise: ${printable(latin1(source.bytes, start, end))}`);
        }
        this.units.push(commands);
      },
    };
  }

  /** All commands, and none of them twice. */
  take(): Command[] {
    return this.units.splice(0).flat();
  }

  stop(): void {
    propagation.sink = undefined;
  }
}

/** The commands that these bytes are, as text with a byte per character. */
export function commandsOf(bytes: Uint8Array, start = 0, end = bytes.length): Command[] {
  const commands: Command[] = [];
  for (let at = start; at < end; ) {
    const next = replyEnd(bytes, at, end);
    if (next < 0) throw new Error(`no whole command: ${printable(latin1(bytes, at, end))}`);
    const decoded = decodeReply(bytes.slice(at, next));
    commands.push(decoded.items!.map((item: Reply) => item.text!));
    at = next;
  }
  return commands;
}

/** Empties the store, and executes commands that were told. Throws when one of them is answered with an error. */
export function replay(commands: readonly Command[]): void {
  for (const db of databases) flush(db);
  const client = new LocalClient();
  mode.isOn = true;
  try {
    for (const command of commands) {
      const reply = client.raw(...command);
      if (reply.startsWith("-") || (command[0] === "EXEC" && hasError(reply))) {
        throw new Error(`${command.map((word) => printable(word, 60)).join(" ")} → ${printable(reply)}`);
      }
    }
  } finally {
    mode.isOn = false;
  }
}

function hasError(reply: string): boolean {
  const decoded = decodeReply(Buffer.from(reply, "latin1"));
  return decoded.items?.some((item) => item.type === "-") ?? true;
}
