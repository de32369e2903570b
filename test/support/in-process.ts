/**
 * The whole server without its sockets, in the test's own process: commands in, replies out, with the clock in the test's
 * hand. What happens inside (events, memory, the wheel) can be looked at directly.
 */
import { install } from "../../src/base/env.ts";
import { dispatch } from "../../src/command/dispatch.ts";
import { Session } from "../../src/command/session.ts";
import * as commands from "../../src/command/table.ts";
import { features } from "../../src/features.ts";
import * as database from "../../src/keyspace/database.ts";
import { libraries } from "../../src/keyspace/libraries.ts";
import { register as registerType } from "../../src/keyspace/value-type.ts";
import { Batch, parse, Torn } from "../../src/resp/parser.ts";
import { Reply } from "../../src/resp/reply.ts";
import { encodeCommand, latin1 } from "./resp.ts";

/** A clock that stands still until it is told. */
export class FakeClock {
  constructor(public ms: number) {
    this.set(ms);
  }

  set(ms: number): void {
    this.ms = ms;
    install({ wallMs: () => this.ms, monotonicNs: () => this.ms * 1e6, random32: () => 0 });
  }
}

/** Makes databases and commands, once per process however many tests ask. */
export function openStore(): void {
  database.open(16);
  libraries.code = [];
  if (commands.commands.size > 0) return;
  for (const feature of features) {
    if (feature.type !== undefined) registerType(feature.type);
    for (const spec of feature.commands ?? []) commands.register(spec);
  }
}

/** A client of the server in this process. */
export class LocalClient {
  readonly session = new Session();
  private readonly batch = new Batch();
  private readonly reply = new Reply();

  /** Executes one command and returns its raw reply as a Latin-1 string. */
  raw(...args: string[]): string {
    const request = Buffer.from(encodeCommand(args), "latin1");
    this.reply.truncate(0);
    this.reply.protocol = this.session.protocol;
    parse(this.batch, request, 0, request.length, new Torn(), true);
    dispatch(this.session, this.batch, this.reply);
    return latin1(this.reply.bytes.slice(0, this.reply.length));
  }
}
