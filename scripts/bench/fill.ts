// Bulk filling: the same command many times with a running number, through several pipelined connections, as fast as the
// server takes it.
//
// Each connection owns one buffer that holds a pipeline of ready commands; per pipeline only the digits are written anew.
// It sends the buffer, waits for all its replies (they are equally long, so counting bytes suffices) and takes the next
// numbers from the common counter.

/** The same commands again and again, with numbers in the places of the marks below. */
export interface Filling {
  /** Whether the numbers have to arrive in their order: then through one connection. */
  readonly inOrder?: boolean;
  /** What is sent for each number: one command, or several that belong together. */
  readonly commands: readonly (readonly string[])[];
  /** Lines of the server's answer to them; 1 unless given. */
  readonly replyLines?: number;
  readonly count: number;
  /** Of how many the numbers of SPREAD are; needed if a word holds one. */
  readonly spread?: number;
  /** The unix time in ms at which key number `index` expires; needed if a word holds a deadline. */
  readonly deadlineMs?: (index: number) => number;
}

// Marks, which stand for digits: the running number, the same in an order that looks random, the hundred it belongs to, its
// deadline.
export const NUMBER = "#".repeat(12);
export const SCATTERED = "~".repeat(12);
export const HUNDRED = "%".repeat(6);
export const DEADLINE = "@".repeat(13);
/** As SCATTERED, of `spread` numbers instead of as many as there are commands. */
export const SPREAD = "^".repeat(12);
const NUMBERS_PER_HUNDRED = 100;
/** Sixteen bytes, and the same names as redis-benchmark's, so that its random reads hit. */
export const KEY = `key:${NUMBER}`;

const CONNECTIONS = 8;
const PIPELINE = 64;
const LF = 10;

/** The filling that gives `count` keys a value of that many bytes. */
export function setKeys(count: number, valueBytes: number): Filling {
  return { commands: [["SET", KEY, "v".repeat(valueBytes)]], count };
}

/** Runs a filling to its last reply. Rejects on an error reply or a closed connection. */
export async function fill(port: number, filling: Filling): Promise<void> {
  const counter = { next: 0 };
  await Promise.all(
    Array.from({ length: filling.inOrder ? 1 : CONNECTIONS }, () => fillThrough(port, filling, counter)),
  );
}

function fillThrough(port: number, filling: Filling, counter: { next: number }): Promise<void> {
  const pipeline = new Pipeline(filling);
  let bytes = 0; // of the pipeline under way
  let sent = 0;
  let linesDue = 0;
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
      linesDue = commands * (filling.replyLines ?? 1);
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
            reject(new Error(`the server refused a ${filling.commands[0]![0]}: ${chunk.toString("latin1", 0, 200)}`));
            socket.end();
            return;
          }
          linesDue -= linesOf(chunk);
          if (linesDue === 0) next(socket);
        },
        close: () => reject(new Error("the server closed the connection while it was being filled")),
        error: (_socket, error) => reject(error),
      },
    }).catch(reject);
  });
}

export function linesOf(chunk: Uint8Array): number {
  let lines = 0;
  for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) lines++;
  return lines;
}

interface Place {
  readonly at: number;
  readonly digits: number;
  readonly value: (index: number) => number;
}

/** Copies of the commands in one buffer, with the places where the digits go. */
export class Pipeline {
  readonly buffer: Buffer;
  private readonly bytes: number;
  private readonly places: readonly Place[];

  /** Room for `items` numbers at once. */
  constructor({ commands, count, spread, deadlineMs }: Filling, items = PIPELINE) {
    const text = commands.map(encode).join("");
    this.buffer = Buffer.from(text.repeat(items), "latin1");
    this.bytes = text.length;
    this.places = [
      ...placesOf(text, NUMBER, (index) => index),
      ...placesOf(text, SCATTERED, (index) => scatter(index, count)),
      ...placesOf(text, HUNDRED, (index) => Math.floor(index / NUMBERS_PER_HUNDRED)),
      ...(spread === undefined ? [] : placesOf(text, SPREAD, (index) => scatter(index, spread))),
      ...(deadlineMs === undefined ? [] : placesOf(text, DEADLINE, deadlineMs)),
    ];
  }

  /** Writes the digits for `items` numbers from `first` on; returns how many bytes are to be sent. */
  number(first: number, items: number): number {
    for (let i = 0; i < items; i++) {
      for (const { at, digits, value } of this.places)
        writeDigits(this.buffer, i * this.bytes + at, digits, value(first + i));
    }
    return items * this.bytes;
  }
}

export function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

function placesOf(text: string, mark: string, value: Place["value"]): Place[] {
  const places: Place[] = [];
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) {
    places.push({ at, digits: mark.length, value });
  }
  return places;
}

/** A permutation of 0 … count-1 without a pattern that a server could profit from. */
export function scatter(index: number, count: number): number {
  return (index * 611_953) % count; // a prime: coprime to every round number
}

function writeDigits(buffer: Uint8Array, at: number, digits: number, value: number): void {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const quotient = Math.floor(rest / 10);
    buffer[i] = 0x30 + (rest - quotient * 10);
    rest = quotient;
  }
}
