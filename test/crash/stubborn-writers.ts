/**
 * Writers that go on whatever the server says: each counts, and appends its numbers to a list of its own. A number is
 * acknowledged, refused, or, when the connection has ended before the answer, open: it may be there or not.
 */
import { expect } from "bun:test";
import { RawClient } from "../support/raw-client.ts";

const CONNECTIONS = 4;
/** Makes a full disk happen soon. */
const PADDING = "x".repeat(100);
/** After what was no success. */
const PAUSE_MS = 20;

interface Writer {
  readonly key: string;
  sent: number;
  readonly acknowledged: number[];
  readonly refused: Set<number>;
}

export class StubbornWriters implements AsyncDisposable {
  private readonly writers: Writer[] = [];
  private readonly running: Promise<void>[] = [];
  private isEnding = false;
  /** Connections that ended before the answer came; answers that were errors, and the last of them. */
  closed = 0;
  refused = 0;
  error = "";

  /** With a `pauseMs` between numbers, a small disk lasts for some seconds. */
  constructor(
    private readonly port: number,
    private readonly pauseMs = 0,
  ) {
    for (let i = 0; i < CONNECTIONS; i++) {
      const writer = { key: `log:${i}`, sent: 0, acknowledged: [], refused: new Set<number>() };
      this.writers.push(writer);
      this.running.push(this.run(writer));
    }
  }

  get acknowledged(): number {
    return this.writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  }

  /** Returns when so many more were acknowledged. */
  async progress(more: number, withinMs = 10_000): Promise<void> {
    const aim = this.acknowledged + more;
    for (const giveUpAt = performance.now() + withinMs; this.acknowledged < aim; await Bun.sleep(5)) {
      if (performance.now() > giveUpAt) throw new Error(`no progress: ${this.error || "no answers"}`);
    }
  }

  private async run(writer: Writer): Promise<void> {
    while (!this.isEnding) {
      try {
        using client = await RawClient.connect(this.port);
        while (!this.isEnding) await this.write(writer, client);
      } catch {
        this.closed++;
        await Bun.sleep(PAUSE_MS);
      }
    }
  }

  private async write(writer: Writer, client: RawClient): Promise<void> {
    const n = ++writer.sent;
    const answer = await client.raw("RPUSH", writer.key, `${n}:${PADDING}`);
    if (answer.startsWith(":")) {
      writer.acknowledged.push(n);
      if (this.pauseMs > 0) await Bun.sleep(this.pauseMs);
      return;
    }
    writer.refused.add(n);
    this.refused++;
    this.error = answer;
    await Bun.sleep(PAUSE_MS);
  }

  /** Lets each have its last answer. */
  async end(): Promise<void> {
    this.isEnding = true;
    await Promise.all(this.running);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  /** What was acknowledged is there, what was refused is not, and all is in order. */
  async check(port: number): Promise<void> {
    using client = await RawClient.connect(port);
    for (const { key, acknowledged, refused, sent } of this.writers) {
      const { items } = await client.command("LRANGE", key, "0", "-1");
      const found = items!.map(({ text }) => Number(text!.slice(0, text!.indexOf(":"))));
      const there = new Set(found);
      expect(acknowledged.filter((n) => !there.has(n))).toEqual([]);
      expect(found.filter((n) => refused.has(n) || n > sent)).toEqual([]);
      expect(found).toEqual(found.toSorted((a, b) => a - b));
    }
  }
}
