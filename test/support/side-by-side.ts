/**
 * The whole server in this process (in-process.ts) beside a real redis-server: each command runs on both, and what follows
 * from it must be the same: reply, keyspace events in their order, changes counted.
 */
import { expect } from "bun:test";
import { install } from "../../src/base/env.ts";
import type { Parameter } from "../../src/base/parameter.ts";
import { enableDebugCommand } from "../../src/features/introspection/parameters.ts";
import { auditAll } from "../../src/keyspace/audit.ts";
import * as events from "../../src/keyspace/events.ts";
import * as mem from "../../src/mem/mem.ts";
import { LocalClient, openStore } from "./in-process.ts";
import type { RawClient } from "./raw-client.ts";
import { decodeReply, latin1, printable } from "./resp.ts";
import { startServer, type TestServer } from "./server.ts";

export interface Outcome {
  reply: string;
  events: string[];
  dirty: number;
}

export class SideBySide {
  private heard: string[] = [];

  private constructor(
    readonly server: TestServer,
    readonly ours: LocalClient,
    readonly real: RawClient,
    private readonly listener: RawClient,
  ) {
    events.hooks.event = (kind, event, _db, key, start, end) => {
      // In which order keys are missed may be that of a table.
      if (kind !== events.KEY_MISS) this.heard.push(`${event} ${latin1(key.bytes, start, end)}`);
    };
  }

  static async start(): Promise<SideBySide> {
    install();
    openStore();
    enableDebugCommand.assign("yes");
    mem.setPoison(true);
    const server = await startServer("redis");
    const real = await server.connect();
    const listener = await server.connect();
    await real.command("CONFIG", "SET", "notify-keyspace-events", "EAn");
    await listener.command("PSUBSCRIBE", "__keyevent@0__:*");
    await listener.command("SUBSCRIBE", "mark");
    return new SideBySide(server, new LocalClient(), real, listener);
  }

  async stop(): Promise<void> {
    this.ours.raw("FLUSHALL");
    events.hooks.event = undefined;
    mem.setPoison(false);
    this.real.close();
    this.listener.close();
    await this.server.stop();
  }

  /** Runs a command on both, and expects the same. Returns what followed. */
  async same(...words: string[]): Promise<Outcome> {
    const shown = words.map((word) => printable(word, 80)).join(" ");
    const ours = this.runOurs(...words);
    expect({ shown, ...ours }).toEqual({ shown, ...(await this.runReal(...words)) });
    return ours;
  }

  /** As `same`, of a command line with blanks between its words. */
  async line(text: string): Promise<Outcome> {
    return await this.same(...text.split(" "));
  }

  runOurs(...words: string[]): Outcome {
    this.heard = [];
    const before = events.changes.dirty;
    const reply = this.ours.raw(...words);
    return { reply, events: this.heard, dirty: events.changes.dirty - before };
  }

  async runReal(...words: string[]): Promise<Outcome> {
    const before = await this.realDirty();
    const reply = await this.real.raw(...words);
    const dirty = (await this.realDirty()) - before;
    return { reply, events: await this.realEvents(), dirty };
  }

  private async realDirty(): Promise<number> {
    return Number(/rdb_changes_since_last_save:(\d+)/.exec(await this.real.raw("INFO", "persistence"))![1]);
  }

  private async realEvents(): Promise<string[]> {
    await this.real.command("PUBLISH", "mark", "");
    const seen: string[] = [];
    for (;;) {
      const message = decodeReply((await this.listener.replies(1))[0]!).items!.map((item) => item.text!);
      if (message[0] === "message") return seen;
      seen.push(`${message[2]!.replace("__keyevent@0__:", "")} ${message[3]}`);
    }
  }

  /** Expects the same data on both, and our memory in order. */
  async sameState(): Promise<void> {
    expect(this.ours.raw("DEBUG", "DIGEST")).toBe(await this.real.raw("DEBUG", "DIGEST"));
    expect(auditAll()).toEqual([]);
  }

  /** Sets a parameter on both sides. */
  async configure<T>(parameter: Parameter<T>, value: T): Promise<void> {
    parameter.assign(value);
    expect(await this.real.raw("CONFIG", "SET", parameter.name, parameter.text)).toBe("+OK\r\n");
  }

  async clear(): Promise<void> {
    this.runOurs("FLUSHALL");
    await this.runReal("FLUSHALL");
  }
}

/** The bytes of a bulk reply. */
export function bulkOf(reply: string): string {
  return reply.slice(reply.indexOf("\r\n") + 2, -2);
}
