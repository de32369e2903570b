/**
 * HyperLogLogs from inside: PFDEBUG shows one, PFSELFTEST tries whether the arithmetic is right on this machine.
 */
import { env } from "../../base/env.ts";
import * as prng from "../../base/prng.ts";
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import * as events from "../../keyspace/events.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { NIL } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as dense from "./hyperloglog-dense.ts";
import { DENSE_BYTES, REGISTER_MAX, REGISTERS } from "./hyperloglog-dense.ts";
import * as estimate from "./hyperloglog-estimate.ts";
import * as hash from "./hyperloglog-hash.ts";
import * as sparse from "./hyperloglog-sparse.ts";
import { CORRUPTED, checkedHyperloglog, opened } from "./hyperloglog-value.ts";

function pfdebug(session: Session, args: Args, reply: Reply): void {
  const { db } = session;
  const ref = keyspace.lookupWrite(db, args, 2);
  if (ref === NIL) return reply.error("ERR The specified key does not exist");
  if (!checkedHyperloglog(ref, reply)) return;
  opened.open(db, args, 2, ref);
  if (args.is(1, "getreg")) getRegisters(reply);
  else if (args.is(1, "decode")) decode(reply);
  else if (args.is(1, "encoding")) reply.simple(opened.isSparse() ? "sparse" : "dense");
  else if (args.is(1, "todense")) toDense(reply);
  else reply.error(`ERR Unknown PFDEBUG subcommand '${args.cString(1)}'`);
}

/** Makes the open one dense; false after the error, when it is corrupt. */
function madeDense(reply: Reply): boolean {
  if (!opened.isSparse()) return true;
  if (!opened.toDense()) {
    reply.error(CORRUPTED);
    return false;
  }
  events.changes.dirty++;
  return true;
}

function getRegisters(reply: Reply): void {
  if (!madeDense(reply)) return;
  const start = opened.registers();
  reply.array(REGISTERS);
  for (let i = 0; i < REGISTERS; i++) reply.integer(dense.get(opened.bytes, start, i));
}

function toDense(reply: Reply): void {
  const wasSparse = opened.isSparse();
  if (madeDense(reply)) reply.integer(wasSparse ? 1 : 0);
}

/**
 * Answers the opcodes, however corrupt: z and Z are ZERO and XZERO with their runs, v is VAL with its value and run. One that
 * is cut off is shown as if a 0 followed.
 */
function decode(reply: Reply): void {
  if (!opened.isSparse()) return reply.error("ERR HLL encoding is not sparse");
  const { bytes, end } = opened;
  const words: string[] = [];
  for (let at = opened.registers(); at < end; at += sparse.size) {
    sparse.decode(bytes, at, end);
    if (sparse.value > 0) words.push(`v:${sparse.value},${sparse.run}`);
    else if (sparse.size === 1) words.push(`z:${sparse.run}`);
    else words.push(`Z:${sparse.run === sparse.CUT_OFF ? ((bytes[at]! & 0x3f) << 8) + 1 : sparse.run}`);
  }
  reply.bulkText(words.join(" "));
}

const REGISTER_ROUNDS = 20;
const ELEMENTS_MAX = 1_000_000;
/** Beyond this, the sparse form would take long, and have registers that it cannot hold. */
const SPARSE_ELEMENTS_MAX = 10_000;
/** The expected error of an estimate, and how often that may be exceeded by before something is wrong. */
const STANDARD_ERROR = 1.04 / Math.sqrt(REGISTERS);
const ERRORS_MAX = 6;

function pfselftest(_session: Session, _args: Args, reply: Reply): void {
  const random = prng.create(env.random32());
  const finding = findInRegisters(random) ?? findInEstimates(random);
  if (finding === undefined) reply.ok();
  else reply.error(`TESTFAILED ${finding}`);
}

/** Whether registers hold what they are set to, and leave their neighbours alone. */
function findInRegisters(random: prng.Prng): string | undefined {
  const registers = new Uint8Array(DENSE_BYTES);
  const wanted = new Uint8Array(REGISTERS);
  for (let round = 0; round < REGISTER_ROUNDS; round++) {
    for (let i = 0; i < REGISTERS; i++) {
      wanted[i] = prng.below(random, REGISTER_MAX + 1);
      dense.set(registers, 0, i, wanted[i]!);
    }
    for (let i = 0; i < REGISTERS; i++) {
      const held = dense.get(registers, 0, i);
      if (held !== wanted[i]) return `Register ${i} should be ${wanted[i]} but is ${held}`;
    }
  }
  return undefined;
}

/** Whether both forms of registers agree, and estimates are near the truth. */
function findInEstimates(random: prng.Prng): string | undefined {
  const registers = new Uint8Array(DENSE_BYTES);
  const opcodes = new Uint8Array(DENSE_BYTES);
  opcodes.set([0x7f, 0xff]);
  let opcodesEnd = 2;
  const element = new Uint8Array(8);
  const view = new DataView(element.buffer); // allowed: a scratch of its own
  view.setUint32(4, prng.next(random));
  const seed = prng.next(random);
  for (let added = 1, checkpoint = 1; added <= ELEMENTS_MAX; added++) {
    view.setUint32(0, added ^ seed);
    const register = hash.registerOf(element, 0, 8);
    const isSparseToo = added <= SPARSE_ELEMENTS_MAX;
    if (hash.run > dense.get(registers, 0, register)) dense.set(registers, 0, register, hash.run);
    if (isSparseToo && sparse.prepare(opcodes, 0, opcodesEnd, register, hash.run) === sparse.CHANGED) {
      opcodesEnd = sparse.apply(opcodes, 0, opcodesEnd);
    }
    if (added !== checkpoint) continue;
    checkpoint *= 10;
    estimate.begin();
    dense.count(registers, 0, estimate.histogram);
    const estimated = estimate.estimate();
    if (isSparseToo && estimateOfSparse(opcodes, opcodesEnd) !== estimated) return "dense/sparse disagree";
    const error = Math.abs(added - estimated);
    // With ten elements, two in one register are not that unlikely.
    const errorMax = added === 10 ? 1 : Math.ceil(STANDARD_ERROR * ERRORS_MAX * added);
    if (error > errorMax) return `Too big error. card:${added} abserr:${error}`;
  }
  return undefined;
}

function estimateOfSparse(opcodes: Uint8Array, opcodesEnd: number): number {
  estimate.begin();
  return sparse.count(opcodes, 0, opcodesEnd, estimate.histogram) ? estimate.estimate() : Number.NaN;
}

export const debugCommands: readonly CommandSpec[] = [
  {
    name: "pfdebug",
    arity: 3,
    flags: ["write", "denyoom", "admin"],
    group: "hyperloglog",
    keys: [{ flags: "RW access", begin: 2 }],
    since: "2.8.9",
    complexity: "N/A",
    summary: "Shows a HyperLogLog from inside.",
    syntax: "subcommand key",
    internal: true,
    handler: pfdebug,
  },
  {
    name: "pfselftest",
    arity: 1,
    flags: ["admin"],
    group: "hyperloglog",
    since: "2.8.9",
    complexity: "N/A",
    summary: "Tests the arithmetic of HyperLogLogs.",
    syntax: "",
    internal: true,
    handler: pfselftest,
  },
];
