/**
 * Ashlar's string commands in this process, beside a real redis-server: each step runs on both, and what follows from it
 * must be the same: reply, keyspace events in their order, changes counted, then each key's value, encoding and deadline.
 *
 * In this process the memory can be poisoned and counted, and the clock stands still.
 */
import { expect } from "bun:test";
import { install } from "../../../src/base/env.ts";
import { Command } from "../../../src/command/command.ts";
import { execute } from "../../../src/command/execute.ts";
import { Session } from "../../../src/command/session.ts";
import * as database from "../../../src/keyspace/database.ts";
import * as events from "../../../src/keyspace/events.ts";
import * as keyspace from "../../../src/keyspace/keyspace.ts";
import * as lazyFree from "../../../src/keyspace/lazy-free.ts";
import { register } from "../../../src/keyspace/value-type.ts";
import * as mem from "../../../src/mem/mem.ts";
import type { Args } from "../../../src/resp/args.ts";
import { Batch, parse, Torn } from "../../../src/resp/parser.ts";
import { Reply } from "../../../src/resp/reply.ts";
import * as entry from "../../../src/struct/entry.ts";
import { string } from "../../../src/types/string/string.ts";
import * as value from "../../../src/types/string/value.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { decodeReply, encodeCommand, latin1, printable } from "../../support/resp.ts";
import { startServer, type TestServer } from "../../support/server.ts";

/** The number of lists, which are not there yet: any type that is no string will do. */
const LIST = 1;

/** A command, or `["LIST", key]`: makes the key one of another type. */
export type Step = readonly string[];

/** What followed from a step. */
interface Outcome {
  reply: string;
  events: string[];
  dirty: number;
}

/** What is to be known of a key: its value, OBJECT ENCODING, and its deadline in ms (-1: none). */
export interface KeyState {
  value: string | null;
  encoding: string;
  deadline: string;
}

/** Ashlar's side. */
export class Here {
  /** The clock: it stands still until it is set. */
  nowMs = 1_000_000;
  readonly session: Session;
  private readonly reply = new Reply();
  private readonly batch = new Batch();
  private readonly commands = new Map(string.commands?.map((spec) => [spec.name, new Command(spec)]));
  private heard: string[] = [];

  constructor(nowMs = 1_000_000) {
    this.nowMs = nowMs;
    install({ wallMs: () => this.nowMs, monotonicNs: () => 0, random32: () => 0 });
    mem.setPoison(true);
    database.open(1);
    register(value.stringType);
    this.session = new Session();
    events.hooks.event = (_kind, event, _db, key, start, end) => {
      this.heard.push(`${event} ${latin1(key.bytes, start, end)}`);
    };
  }

  private parsed(step: Step): Args {
    const bytes = new Uint8Array(Buffer.from(encodeCommand(step), "latin1"));
    parse(this.batch, bytes, 0, bytes.length, new Torn(), true);
    this.batch.args.aim(this.batch.firsts[0]!, this.batch.counts[0]!);
    return this.batch.args;
  }

  run(step: Step, protocol = 2): Outcome {
    install({ wallMs: () => this.nowMs, monotonicNs: () => 0, random32: () => 0 });
    const args = this.parsed(step);
    this.heard = [];
    this.reply.truncate(0);
    this.reply.protocol = protocol;
    const dirty = events.changes.dirty;
    if (step[0] === "LIST") {
      keyspace.put(this.session.db, args, 1, entry.flagsFor(LIST, 0), 0);
      this.reply.integer(1);
      return { reply: ":1\r\n", events: [`new ${step[1]}`, `rpush ${step[1]}`], dirty: 1 };
    }
    execute(this.session, this.commands.get(step[0]!.toLowerCase()), args, this.reply);
    const reply = latin1(this.reply.bytes, 0, this.reply.length);
    return { reply, events: this.heard, dirty: events.changes.dirty - dirty };
  }

  /** The entry of a key, or NIL. */
  entryOf(key: string): mem.Ref {
    return keyspace.peek(this.session.db, this.parsed(["GET", key]), 1);
  }

  /** The state of a key; undefined when there is none. */
  state(key: string): KeyState | undefined {
    const ref = this.entryOf(key);
    if (ref === mem.NIL) return undefined;
    const deadline = String(value.deadlineOf(ref) ?? -1);
    if (entry.type(ref) === LIST) return { value: null, encoding: "listpack", deadline };
    const start = value.start(ref);
    return {
      value: latin1(value.region(ref).bytes, start, start + value.length(ref)),
      encoding: value.stringType.encodingName(ref),
      deadline,
    };
  }

  /** Where the key's bytes lie: another number when they have moved. */
  place(key: string): number {
    return value.start(this.entryOf(key));
  }

  /** Whether the value lies in a block of its own. */
  isOutside(key: string): boolean {
    return entry.isOutside(this.entryOf(key));
  }

  /** Removes every key. What was in use beyond an empty database would be a leak. */
  clear(): void {
    database.flush(this.session.db);
    while (!lazyFree.step(1000));
  }
}

/** The real side. */
class There {
  private constructor(
    readonly server: TestServer,
    private readonly client: RawClient,
    private readonly listener: RawClient,
  ) {}

  static async start(): Promise<There> {
    const server = await startServer("redis");
    const client = await server.connect();
    const listener = await server.connect();
    await client.command("CONFIG", "SET", "notify-keyspace-events", "EAmn");
    // Here, nothing expires between two steps; so nothing shall there.
    await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    await listener.command("PSUBSCRIBE", "__keyevent@0__:*");
    await listener.command("SUBSCRIBE", "mark");
    return new There(server, client, listener);
  }

  async run(step: Step, protocol = 2): Promise<Outcome> {
    if (protocol === 3) await this.client.command("HELLO", "3");
    const before = await this.dirty();
    const reply = await this.client.raw(...(step[0] === "LIST" ? ["RPUSH", step[1]!, "x"] : step));
    const dirty = (await this.dirty()) - before;
    if (protocol === 3) await this.client.command("HELLO", "2");
    return { reply, events: await this.events(), dirty };
  }

  private async dirty(): Promise<number> {
    const info = (await this.client.command("INFO", "persistence")).text!;
    return Number(/rdb_changes_since_last_save:(\d+)/.exec(info)![1]);
  }

  /** The events since the last call. */
  private async events(): Promise<string[]> {
    await this.client.command("PUBLISH", "mark", "");
    const events: string[] = [];
    for (;;) {
      const message = decodeReply((await this.listener.replies(1))[0]!).items!.map((item) => item.text!);
      if (message[0] === "message") return events;
      events.push(`${message[2]!.replace("__keyevent@0__:", "")} ${message[3]}`);
    }
  }

  async state(key: string): Promise<KeyState | undefined> {
    const encoding = (await this.client.command("OBJECT", "ENCODING", key)).text;
    if (encoding === null) return undefined;
    const read = await this.client.command("GET", key);
    const deadline = (await this.client.command("PEXPIRETIME", key)).text!;
    return {
      value: read.type === "-" ? null : read.text,
      encoding: encoding === "quicklist" ? "listpack" : encoding,
      deadline,
    };
  }

  async clear(): Promise<void> {
    await this.client.command("FLUSHALL");
    await this.events();
  }

  async configure(name: string, setting: string): Promise<void> {
    await this.client.command("CONFIG", "SET", name, setting);
  }

  async stop(): Promise<void> {
    this.client.close();
    this.listener.close();
    await this.server.stop();
  }
}

export class Beside {
  private constructor(
    readonly here: Here,
    readonly there: There,
  ) {}

  static async start(): Promise<Beside> {
    return new Beside(new Here(Date.now()), await There.start());
  }

  stop(): Promise<void> {
    install();
    events.hooks.event = undefined;
    mem.setPoison(false);
    return this.there.stop();
  }

  /** Runs the steps on both sides from an empty database, and compares everything. */
  async compare(steps: readonly Step[], protocol = 2): Promise<void> {
    this.here.clear();
    await this.there.clear();
    this.here.nowMs = Date.now();
    const empty = mem.used.blocks;
    const told: string[] = [];
    for (const step of steps) {
      told.push(step.map((arg) => printable(arg, 60)).join(" "));
      expect({ told, ...this.here.run(step, protocol) }).toEqual({ told, ...(await this.there.run(step, protocol)) });
    }
    for (const key of new Set(steps.flatMap((step) => step.slice(1).filter((arg) => arg.length < 10)))) {
      expect({ told, key, ...this.here.state(key) }).toEqual({ told, key, ...(await this.there.state(key)) });
    }
    this.here.clear();
    expect({ told, leaked: mem.used.blocks - empty }).toEqual({ told, leaked: 0 });
  }
}
