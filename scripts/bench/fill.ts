// Bulk filling: the same command many times with a running number, through several pipelined connections, as fast as the
// server takes it.
//
// Each connection owns one buffer that holds a pipeline of ready commands; per pipeline only the digits are written anew.
// It sends the buffer, waits for all its replies (they are equally long, so counting bytes suffices) and takes the next
// numbers from the common counter.

/** One command for many keys. In a word, `#` × 12 stands for the key's number and `@` × 13 for its deadline. */
export interface Filling {
  readonly words: readonly string[];
  /** What the server answers to each, for example "+OK\r\n". */
  readonly reply: string;
  readonly count: number;
  /** The unix time in ms at which key number `index` expires; needed if a word holds a deadline. */
  readonly deadlineMs?: (index: number) => number;
}

export const NUMBER = "#".repeat(12);
export const DEADLINE = "@".repeat(13);
/** Sixteen bytes, and the same names as redis-benchmark's, so that its random reads hit. */
export const KEY = `key:${NUMBER}`;

const CONNECTIONS = 8;
const PIPELINE = 64;

/** The filling that gives `count` keys a value of that many bytes. */
export function setKeys(count: number, valueBytes: number): Filling {
  return { words: ["SET", KEY, "v".repeat(valueBytes)], reply: "+OK\r\n", count };
}

/** Runs a filling to its last reply. Rejects on an error reply or a closed connection. */
export async function fill(port: number, filling: Filling): Promise<void> {
  const counter = { next: 0 };
  await Promise.all(Array.from({ length: CONNECTIONS }, () => fillThrough(port, filling, counter)));
}

function fillThrough(port: number, filling: Filling, counter: { next: number }): Promise<void> {
  const pipeline = new Pipeline(filling);
  let bytes = 0; // of the pipeline under way
  let sent = 0;
  let replyBytesDue = 0;
  return new Promise((resolve, reject) => {
    const send = (socket: Bun.Socket) => {
      sent += Math.max(0, socket.write(pipeline.buffer, sent, bytes - sent));
    };
    const next = (socket: Bun.Socket) => {
      const first = counter.next;
      const commands = Math.min(PIPELINE, filling.count - first);
      if (commands <= 0) {
        resolve();
        socket.end();
        return;
      }
      counter.next += commands;
      bytes = pipeline.number(first, commands);
      sent = 0;
      replyBytesDue = commands * filling.reply.length;
      send(socket);
    };
    Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: next,
        drain: send,
        data(socket, chunk) {
          if (chunk[0] === 0x2d || chunk.includes("\r\n-")) {
            reject(new Error(`the server refused a ${filling.words[0]}: ${chunk.toString("latin1", 0, 200)}`));
            socket.end();
            return;
          }
          replyBytesDue -= chunk.length;
          if (replyBytesDue === 0) next(socket);
        },
        close: () => reject(new Error("the server closed the connection while it was being filled")),
        error: (_socket, error) => reject(error),
      },
    }).catch(reject);
  });
}

/** PIPELINE copies of a command in one buffer, with the places where the digits go. */
export class Pipeline {
  readonly buffer: Buffer;
  private readonly commandBytes: number;
  private readonly numberAt: number;
  private readonly deadlineAt: number;
  private readonly deadlineMs: ((index: number) => number) | undefined;

  constructor(filling: Filling) {
    const { words } = filling;
    const text = `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
    this.buffer = Buffer.from(text.repeat(PIPELINE), "latin1");
    this.commandBytes = text.length;
    this.numberAt = text.indexOf(NUMBER);
    this.deadlineAt = text.indexOf(DEADLINE);
    this.deadlineMs = filling.deadlineMs;
  }

  /** Writes the digits of `commands` keys from number `first` on; returns how many bytes they take. */
  number(first: number, commands: number): number {
    for (let i = 0; i < commands; i++) {
      const command = i * this.commandBytes;
      writeDigits(this.buffer, command + this.numberAt, NUMBER.length, first + i);
      if (this.deadlineMs === undefined || this.deadlineAt < 0) continue;
      writeDigits(this.buffer, command + this.deadlineAt, DEADLINE.length, this.deadlineMs(first + i));
    }
    return commands * this.commandBytes;
  }
}

function writeDigits(buffer: Uint8Array, at: number, digits: number, value: number): void {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const quotient = Math.floor(rest / 10);
    buffer[i] = 0x30 + (rest - quotient * 10);
    rest = quotient;
  }
}
