// GET or SET of keys drawn at random, in pipelines, by a client of our own: redis-benchmark, which makes and reads each
// request one by one, needs more of its core for a pipeline than a quick server needs of its own. Most of what this one needs
// is spent in the kernel. Redis does not get fewer requests per second from it than from redis-benchmark.
//
// Each connection owns a buffer with a pipeline of ready requests, in which only the digits of the keys are written anew, and
// sends it when the last of the replies has come. Replies are counted by their bytes, and the head of each is looked at.

import { encode, KEY, NUMBER, setKeys } from "./fill.ts";

export interface RandomKeys {
  readonly command: "get" | "set";
  readonly requests: number;
  readonly pipeline: number;
  readonly clients: number;
  /** Of how many keys; all are there, and have values of this size. */
  readonly keys: number;
  readonly valueBytes: number;
}

/** Keys have twelve digits, of which only these differ. */
const DIGITS = 6;
const KEYS_MAX = 10 ** DIGITS;

/** The digits of 000 to 999. */
const THREE_DIGITS = Buffer.from(Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, "0")).join(""), "latin1");

/** Asks until all requests are answered; the milliseconds it took. Rejects when an answer is not what it should be. */
export async function askForRandomKeys(port: number, load: RandomKeys): Promise<number> {
  if (load.keys > KEYS_MAX) throw new Error(`at most ${KEYS_MAX} keys, not ${load.keys}`);
  const pipelines = { left: Math.ceil(load.requests / load.pipeline) };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: load.clients }, () => askThroughOne(port, load, pipelines)));
  return performance.now() - startedMs;
}

function askThroughOne(port: number, load: RandomKeys, pipelines: { left: number }): Promise<void> {
  const asker = new Asker(load);
  return new Promise((resolve, reject) => {
    const next = (socket: Bun.Socket) => {
      if (pipelines.left-- > 0) return asker.ask(socket);
      resolve();
      socket.end();
    };
    Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        binaryType: "uint8array",
        open: next,
        drain: (socket) => asker.send(socket),
        data(socket, chunk) {
          if (!asker.take(chunk)) {
            reject(new Error(`not the answer to a ${load.command}: ${Buffer.from(chunk).toString("latin1", 0, 200)}`));
            socket.end();
          } else if (asker.due === 0) next(socket);
        },
        close: () => reject(new Error("the server closed the connection while it was asked")),
        error: (_socket, error) => reject(error),
      },
    }).catch(reject);
  });
}

class Asker {
  /** Bytes of the answers under way that have yet to come. */
  due = 0;
  private readonly requests: Buffer;
  private readonly requestBytes: number;
  private readonly digitsAt: number;
  private readonly reply: Buffer;
  private readonly repliesBytes: number;
  private sent = 0;

  constructor({ command, pipeline, keys, valueBytes }: RandomKeys) {
    const value = setKeys(keys, valueBytes).commands[0]![2]!;
    const request = encode(command === "get" ? ["GET", KEY] : ["SET", KEY, value]).replace(NUMBER, "0".repeat(12));
    this.requests = Buffer.from(request.repeat(pipeline), "latin1");
    this.requestBytes = request.length;
    this.digitsAt = request.indexOf("0".repeat(12)) + 12 - DIGITS;
    this.reply = Buffer.from(command === "get" ? `$${valueBytes}\r\n${value}\r\n` : "+OK\r\n", "latin1");
    this.repliesBytes = this.reply.length * pipeline;
    this.keys = keys;
  }

  private readonly keys: number;

  /** Sends a pipeline for keys of its own. */
  ask(socket: Bun.Socket): void {
    const { requests, requestBytes, keys } = this;
    for (let at = this.digitsAt; at < requests.length; at += requestBytes) {
      const key = (Math.random() * keys) | 0;
      const thousands = (key / 1000) | 0;
      copyDigits(requests, at, thousands);
      copyDigits(requests, at + 3, key - thousands * 1000);
    }
    this.sent = 0;
    this.due = this.repliesBytes;
    this.send(socket);
  }

  send(socket: Bun.Socket): void {
    this.sent += Math.max(0, socket.write(this.requests, this.sent, this.requests.length - this.sent));
  }

  /** Takes a part of the answers; false when there is something else, or more than there should be. */
  take(chunk: Uint8Array): boolean {
    const { reply } = this;
    const done = this.repliesBytes - this.due;
    const intoOne = done % reply.length;
    for (let at = intoOne === 0 ? 0 : reply.length - intoOne; at < chunk.length; at += reply.length) {
      if (chunk[at] !== reply[0] || (at + 1 < chunk.length && chunk[at + 1] !== reply[1])) return false;
    }
    this.due -= chunk.length;
    return this.due >= 0;
  }
}

function copyDigits(target: Uint8Array, at: number, number: number): void {
  target[at] = THREE_DIGITS[number * 3]!;
  target[at + 1] = THREE_DIGITS[number * 3 + 1]!;
  target[at + 2] = THREE_DIGITS[number * 3 + 2]!;
}
