/**
 * DEBUG: for tests and for whoever looks for a fault. `enable-debug-command` says who may (debug-gate.ts).
 *
 * To COMMAND this is one command without subcommands, so it finds them itself, by name and number of operands.
 */
import { assert } from "../../base/assert.ts";
import { tickClock } from "../../base/env.ts";
import * as int64 from "../../base/int64.ts";
import { parseMemory } from "../../base/parameter.ts";
import type { CommandSpec, Handler } from "../../command/command.ts";
import { replyHelp } from "../../command/help.ts";
import { log } from "../../command/log.ts";
import type { Session } from "../../command/session.ts";
import { auditAll } from "../../keyspace/audit.ts";
import { expiry } from "../../keyspace/expiry.ts";
import * as mem from "../../mem/mem.ts";
import { NIL } from "../../mem/mem.ts";
import { validation } from "../../rdb/payload.ts";
import type { Args } from "../../resp/args.ts";
import { NOT_AN_INTEGER } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { setPlainFrom } from "../../types/list/pack.ts";
import { host } from "../server/host.ts";
import { entryAsIs } from "./as-is.ts";
import { debugRefusal } from "./debug-gate.ts";
import { DEBUG_HELP } from "./debug-help.ts";
import { debugHtstats, debugHtstatsKey, debugListpack, debugObject } from "./debug-object.ts";
import { debugPopulate } from "./debug-populate.ts";
import { debugProtocol } from "./debug-protocol.ts";
import { debugAofFlushSleep, debugLoadaof, debugReload } from "./debug-reload.ts";
import { Digest, digestOfAll, digestOfValue } from "./digest.ts";

function audit(_session: Session, _args: Args, reply: Reply): void {
  const findings = auditAll();
  if (findings.length === 0) return reply.ok();
  for (const finding of findings) log.warning(`DEBUG AUDIT: ${finding}`);
  reply.error(`ERR ${findings[0]} (findings: ${findings.length})`);
}

function digest(_session: Session, _args: Args, reply: Reply): void {
  reply.simple(digestOfAll().toHex());
}

function digestValue(session: Session, args: Args, reply: Reply): void {
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const ref = entryAsIs(session, args, i);
    reply.simple((ref === NIL ? new Digest() : digestOfValue(ref)).toHex());
  }
}

function sleep(_session: Session, args: Args, reply: Reply): void {
  const seconds = Number.parseFloat(args.text(2));
  // The whole process is to stand still, other clients, timers and all.
  if (seconds > 0) Bun.sleepSync(seconds * 1000);
  tickClock();
  reply.ok();
}

function rewriteWholeConfig(_session: Session, _args: Args, reply: Reply): void {
  const error = host?.rewriteConfig(true);
  if (error === undefined) reply.ok();
  else reply.error(error);
}

/** A number as the C library reads it: whatever follows the digits is ignored, and without any it is 0. */
const looseInteger = (text: string) => Number.parseInt(text, 10) || 0;

function setActiveExpire(_session: Session, args: Args, reply: Reply): void {
  expiry.active = looseInteger(args.text(2)) !== 0;
  reply.ok();
}

function setSkipChecksumValidation(_session: Session, args: Args, reply: Reply): void {
  validation.skipsChecksum = looseInteger(args.text(2)) !== 0;
  reply.ok();
}

function leak(_session: Session, args: Args, reply: Reply): void {
  mem.alloc(args.length(2));
  reply.ok();
}

function writeLog(_session: Session, args: Args, reply: Reply): void {
  log.warning(`DEBUG LOG: ${args.text(2)}`);
  reply.ok();
}

function quicklistPackedThreshold(_session: Session, args: Args, reply: Reply): void {
  const bytes = args.length(2) === 0 ? 0n : parseMemory(args.cString(2));
  if (bytes === undefined || bytes >= 2n ** 32n) {
    return reply.error("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
  }
  setPlainFrom(Number(bytes));
  reply.ok();
}

function replyBuffer(session: Session, args: Args, reply: Reply): void {
  if (args.is(2, "resizing")) return reply.ok();
  if (!args.is(2, "peak-reset-time")) return unknown(session, args, reply);
  const isWord = args.is(3, "never") || args.is(3, "reset");
  if (isWord || int64.parseBig(args.bytes, args.start(3), args.end(3)) !== undefined) return reply.ok();
  reply.error(NOT_AN_INTEGER);
}

/** Accepts what has no meaning here, or none yet. */
const ok: Handler = (_session, _args, reply) => reply.ok();

function pauseCron(_session: Session, args: Args, reply: Reply): void {
  host?.pauseTimers(looseInteger(args.text(2)) !== 0);
  reply.ok();
}

// The server ends with whatever is thrown out of a command (server/net.ts).
const breakAssertion: Handler = () => assert(false, "DEBUG ASSERT called");
const panic: Handler = () => {
  throw new Error("DEBUG PANIC called");
};
const outOfMemory: Handler = () => void mem.alloc(2 ** 31);
const segfault: Handler = () => {
  throw new Error("DEBUG SEGFAULT called");
};

function unknown(_session: Session, args: Args, reply: Reply): void {
  const shown = args.cString(1).slice(0, 128);
  reply.error(`ERR unknown subcommand or wrong number of arguments for '${shown}'. Try DEBUG HELP.`);
}

interface Subcommand {
  readonly name: string;
  /** Operands, at least and at most. */
  readonly min: number;
  readonly max: number;
  readonly run: Handler;
}

const takes = (operands: number, name: string, run: Handler): Subcommand => ({
  name,
  min: operands,
  max: operands,
  run,
});

const SUBCOMMANDS: readonly Subcommand[] = [
  takes(0, "help", (_session, _args, reply) => replyHelp(reply, "DEBUG", DEBUG_HELP)),
  takes(0, "audit", audit),
  takes(0, "digest", digest),
  { name: "digest-value", min: 0, max: Number.POSITIVE_INFINITY, run: digestValue },
  takes(1, "object", debugObject),
  takes(1, "listpack", debugListpack),
  takes(1, "htstats", debugHtstats),
  takes(1, "htstats-key", debugHtstatsKey),
  { name: "populate", min: 1, max: 3, run: debugPopulate },
  takes(1, "protocol", debugProtocol),
  takes(1, "error", (_session, args, reply) => reply.error(args.text(2))),
  takes(1, "sleep", sleep),
  takes(1, "set-active-expire", setActiveExpire),
  takes(0, "config-rewrite-force-all", rewriteWholeConfig),
  takes(1, "log", writeLog),
  takes(1, "leak", leak),
  takes(1, "quicklist-packed-threshold", quicklistPackedThreshold),
  takes(2, "replybuffer", replyBuffer),
  takes(1, "set-disable-deny-scripts", ok),
  takes(1, "set-skip-checksum-validation", setSkipChecksumValidation),
  takes(1, "pause-cron", pauseCron),
  takes(1, "aof-flush-sleep", debugAofFlushSleep),
  takes(0, "change-repl-id", ok),
  { name: "reload", min: 0, max: Number.POSITIVE_INFINITY, run: debugReload },
  takes(0, "loadaof", debugLoadaof),
  takes(0, "assert", breakAssertion),
  takes(0, "panic", panic),
  takes(0, "oom", outOfMemory),
  takes(0, "segfault", segfault),
];

function debug(session: Session, args: Args, reply: Reply): void {
  const refusal = debugRefusal(session);
  if (refusal !== undefined) return reply.error(refusal);
  const operands = args.count - 2;
  const found = SUBCOMMANDS.find(({ name, min, max }) => operands >= min && operands <= max && args.is(1, name));
  (found?.run ?? unknown)(session, args, reply);
}

export const debugCommand: CommandSpec = {
  name: "debug",
  arity: -2,
  flags: ["admin", "noscript", "loading", "stale"],
  group: "server",
  since: "1.0.0",
  complexity: "That of the subcommand.",
  summary: "Looks at, changes or ends the server from within.",
  syntax: "",
  internal: true,
  handler: debug,
};
