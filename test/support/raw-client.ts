/**
 * A client that knows nothing but bytes: it sends what it is told, and hands back each reply as the raw bytes the server
 * wrote. Replies are waited for by number; a closed connection or a silent server is an error, never an endless wait.
 */
import type { Socket } from "bun";
import { decodeReply, encodeCommand, latin1, type Reply, replyEnd } from "./resp.ts";

const REPLY_TIMEOUT_MS = 20_000;

export class ConnectionClosed extends Error {}
export class NoReply extends Error {}

interface Waiter {
  count: number;
  resolve(replies: Uint8Array[]): void;
  reject(error: Error): void;
}

export class RawClient {
  /** True once either side has closed. */
  isClosed = false;
  /** Fulfilled when the connection has ended, for whatever reason. */
  readonly closed: Promise<void>;

  #socket: Socket | null = null;
  #unsent: Uint8Array[] = [];
  #unread: Uint8Array = new Uint8Array(0);
  #unreadEnd = 0;
  #replies: Uint8Array[] = [];
  #waiter: Waiter | null = null;
  #failure: Error | null = null;
  #markClosed = (): void => {};

  private constructor() {
    this.closed = new Promise((resolve) => {
      this.#markClosed = resolve;
    });
  }

  /** Connects to a TCP port of this machine, or to a unix socket when given a path. */
  static async connect(where: number | string): Promise<RawClient> {
    const client = new RawClient();
    const handlers = {
      data: (_socket: Socket, chunk: Uint8Array) => client.#receive(chunk),
      drain: () => client.#flush(),
      close: () => client.#end(new ConnectionClosed("the server closed the connection")),
      error: (_socket: Socket, error: Error) => client.#end(error),
    };
    client.#socket =
      typeof where === "number"
        ? await Bun.connect({ hostname: "127.0.0.1", port: where, socket: handlers })
        : await Bun.connect({ unix: where, socket: handlers });
    return client;
  }

  /** Sends bytes (a string is Latin-1) without waiting for anything. */
  send(bytes: string | Uint8Array): void {
    this.#unsent.push(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    this.#flush();
  }

  /** Waits for the next `count` replies, each as its raw bytes. */
  async replies(count: number, timeoutMs = REPLY_TIMEOUT_MS): Promise<Uint8Array[]> {
    if (this.#waiter !== null) throw new Error("somebody waits for replies already");
    let timer: Timer | undefined;
    try {
      return await new Promise<Uint8Array[]>((resolve, reject) => {
        this.#waiter = { count, resolve, reject };
        timer = setTimeout(() => {
          this.#waiter = null;
          reject(new NoReply(`${this.#replies.length} of ${count} replies after ${timeoutMs} ms`));
        }, timeoutMs);
        this.#serveWaiter();
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends one command and returns its raw reply as a Latin-1 string. */
  async raw(...args: string[]): Promise<string> {
    this.send(encodeCommand(args));
    return latin1((await this.replies(1))[0]!);
  }

  /** Sends one command and returns its decoded reply. */
  async command(...args: string[]): Promise<Reply> {
    this.send(encodeCommand(args));
    return decodeReply((await this.replies(1))[0]!);
  }

  /** Every byte that arrives until the server closes, or until `timeoutMs` have passed without that. */
  async untilClosed(timeoutMs: number): Promise<{ text: string; closed: boolean }> {
    await Promise.race([this.closed, Bun.sleep(timeoutMs)]);
    return { text: this.received(), closed: this.isClosed };
  }

  /** Everything received and not yet handed out, as text. */
  received(): string {
    return this.#replies.map((reply) => latin1(reply)).join("") + latin1(this.#unread, 0, this.#unreadEnd);
  }

  /** Replies that arrived and that nobody asked for yet. */
  get repliesWaiting(): number {
    return this.#replies.length;
  }

  /** Stops reading from the socket, so that the server's output backs up. */
  stopReading(): void {
    this.#socket?.pause();
  }

  /** Reads again after `stopReading`. */
  readAgain(): void {
    this.#socket?.resume();
  }

  close(): void {
    this.#socket?.terminate();
    this.#end(new ConnectionClosed("this client closed the connection"));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #flush(): void {
    while (this.#unsent.length > 0 && this.#socket !== null && !this.isClosed) {
      const part = this.#unsent[0]!;
      const written = this.#socket.write(part);
      if (written < 0) return;
      if (written < part.length) {
        this.#unsent[0] = part.subarray(written);
        return;
      }
      this.#unsent.shift();
    }
  }

  #receive(chunk: Uint8Array): void {
    this.#append(chunk);
    let start = 0;
    try {
      while (start < this.#unreadEnd) {
        const end = replyEnd(this.#unread, start, this.#unreadEnd);
        if (end < 0) break;
        this.#replies.push(this.#unread.subarray(start, end));
        start = end;
      }
    } catch (error) {
      this.#end(error as Error);
      return;
    }
    // Replies point into the buffer they came in, so what remains moves to a new one instead of being shifted down.
    if (start > 0) {
      this.#unread = this.#unread.slice(start, this.#unreadEnd);
      this.#unreadEnd -= start;
    }
    this.#serveWaiter();
  }

  /** Adds a chunk behind the unread bytes; the buffer doubles, so a huge reply costs linear time. */
  #append(chunk: Uint8Array): void {
    if (this.#unreadEnd === 0) {
      this.#unread = chunk;
      this.#unreadEnd = chunk.length;
      return;
    }
    const needed = this.#unreadEnd + chunk.length;
    if (needed > this.#unread.length) {
      const larger = new Uint8Array(needed * 2);
      larger.set(this.#unread.subarray(0, this.#unreadEnd));
      this.#unread = larger;
    }
    this.#unread.set(chunk, this.#unreadEnd);
    this.#unreadEnd = needed;
  }

  #serveWaiter(): void {
    const waiter = this.#waiter;
    if (waiter === null) return;
    if (this.#replies.length >= waiter.count) {
      this.#waiter = null;
      waiter.resolve(this.#replies.splice(0, waiter.count));
    } else if (this.#failure !== null) {
      this.#waiter = null;
      waiter.reject(this.#failure);
    }
  }

  #end(failure: Error): void {
    if (this.#failure === null) this.#failure = failure;
    this.isClosed = true;
    this.#markClosed();
    this.#serveWaiter();
  }
}
