/**
 * The HyperLogLog: a string that says about how many different elements were added to it. Redis' bytes:
 *
 *      0  "HYLL"
 *      4  u8 form (0 dense, 1 sparse) · 3 bytes of 0
 *      8  u64 the estimate, as long as the top bit is 0: it is set when a register has changed since
 *     16  registers, dense (hyperloglog-dense.ts) or by opcodes (hyperloglog-sparse.ts)
 *
 * It begins sparse and becomes dense, for good, when it outgrows hll-sparse-max-bytes or a register its sparse form.
 *
 * As it is a string, anybody may write into it: what is between the header and the end is believed only as far as it goes.
 */
import { copy, Region } from "../../base/region.ts";
import type { Database } from "../../keyspace/database.ts";
import { STRING } from "../../keyspace/value-type.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as dense from "./hyperloglog-dense.ts";
import { DENSE_BYTES } from "./hyperloglog-dense.ts";
import * as estimate from "./hyperloglog-estimate.ts";
import * as sparse from "./hyperloglog-sparse.ts";
import { CHANGED, CORRUPT, NEEDS_DENSE, UNCHANGED } from "./hyperloglog-sparse.ts";
import { hllSparseMaxBytes } from "./parameters.ts";
import * as string from "./value.ts";

const NOT_ONE = "WRONGTYPE Key is not a valid HyperLogLog string value.";
export const CORRUPTED = "INVALIDOBJ Corrupted HLL object detected";

const FORM = 4;
const ESTIMATE = 8;
const ESTIMATE_LAST = 15;
const STALE = 0x80;
const HEADER_BYTES = 16;
const DENSE = 0;
const SPARSE = 1;

/** The whole of an empty one: sparse, a single XZERO for all registers. */
const EMPTY = new Region(new Uint8Array([0x48, 0x59, 0x4c, 0x4c, SPARSE, ...new Uint8Array(11), 0x7f, 0xff]));

/** Where a sparse one becomes a dense one. */
const denseForm = new Region(new Uint8Array(HEADER_BYTES + DENSE_BYTES));

/** Whether the entry holds a HyperLogLog, by its header; else the error has been written. */
export function checkedHyperloglog(ref: Ref, reply: Reply): boolean {
  if (entry.type(ref) !== STRING) {
    reply.error(WRONG_TYPE);
    return false;
  }
  const { bytes } = entry.locate(ref);
  const start = entry.valueStart;
  const length = entry.valueLength;
  let isOne = length >= HEADER_BYTES && bytes[start + FORM]! <= SPARSE;
  for (let i = 0; i < FORM && isOne; i++) isOne = bytes[start + i] === EMPTY.bytes[i];
  if (isOne && bytes[start + FORM] === DENSE) isOne = length === HEADER_BYTES + DENSE_BYTES;
  if (!isOne) reply.error(NOT_ONE);
  return isOne;
}

export function isSparse(ref: Ref): boolean {
  return entry.locate(ref).bytes[entry.valueStart + FORM] === SPARSE;
}

/** Raises each of `maxima`, a byte per register, to what the entry's registers hold. False when they are corrupt. */
export function merge(ref: Ref, maxima: Uint8Array): boolean {
  const { bytes } = entry.locate(ref);
  const start = entry.valueStart;
  if (bytes[start + FORM] === SPARSE) {
    return sparse.merge(bytes, start + HEADER_BYTES, start + entry.valueLength, maxima);
  }
  dense.merge(bytes, start + HEADER_BYTES, maxima);
  return true;
}

/** A HyperLogLog that a command may write to. There is one of these, for one command after the other. */
class Opened {
  private db!: Database;
  private args!: Args;
  private i = 0;
  private ref!: Ref;
  /** Where the string lies: `bytes[start, end)`. */
  bytes!: Uint8Array;
  start = 0;
  end = 0;

  /** Opens what the key in argument `i` holds. As in Redis, the string is one that was changed in place from then on. */
  open(db: Database, args: Args, i: number, ref: Ref): void {
    this.db = db;
    this.args = args;
    this.i = i;
    if (entry.encoding(ref) !== string.RAW) entry.setEncoding(ref, string.RAW);
    this.locate(ref);
  }

  /** Gives the key in argument `i`, which does not exist, an empty one, and opens it. */
  create(db: Database, args: Args, i: number): void {
    const length = EMPTY.bytes.length;
    this.open(db, args, i, string.write(db, args, i, string.RAW, 0, EMPTY, 0, length));
  }

  private locate(ref: Ref): void {
    this.ref = ref;
    this.bytes = entry.locate(ref).bytes;
    this.start = entry.valueStart;
    this.end = this.start + entry.valueLength;
  }

  /** Gives the string another length and announces the change, whether it is longer, as long or a few bytes shorter. */
  private change(length: number): void {
    this.locate(string.grow(this.db, this.args, this.i, this.ref, length));
  }

  isSparse(): boolean {
    return this.bytes[this.start + FORM] === SPARSE;
  }

  /** Where registers or opcodes begin. */
  registers(): number {
    return this.start + HEADER_BYTES;
  }

  /** Raises a register to `count`. CHANGED, UNCHANGED (it holds as much), or CORRUPT. */
  raise(index: number, count: number): number {
    return this.isSparse() ? this.raiseSparse(index, count) : this.raiseDense(index, count);
  }

  private raiseSparse(index: number, count: number): number {
    const length = this.end - this.start;
    const found = sparse.prepare(this.bytes, this.registers(), this.end, index, count);
    if (found === UNCHANGED || found === CORRUPT) return found;
    const growth = sparse.growth();
    if (found === NEEDS_DENSE || (growth > 0 && length + growth > hllSparseMaxBytes.value)) {
      return this.toDense() ? this.raiseDense(index, count) : CORRUPT;
    }
    this.change(Math.max(length, length + growth));
    const newEnd = sparse.apply(this.bytes, this.registers(), this.start + length);
    this.change(newEnd - this.start);
    this.makeStale();
    return CHANGED;
  }

  private raiseDense(index: number, count: number): number {
    if (dense.get(this.bytes, this.registers(), index) >= count) return UNCHANGED;
    this.announce();
    dense.set(this.bytes, this.registers(), index, count);
    return CHANGED;
  }

  /** Makes it dense. False when it is corrupt, and nothing has changed. */
  toDense(): boolean {
    if (!this.isSparse()) return true;
    const to = denseForm.bytes.fill(0);
    copy(denseForm, 0, string.region(this.ref), this.start, HEADER_BYTES);
    to[FORM] = DENSE;
    if (!sparse.toDense(this.bytes, this.registers(), this.end, to, HEADER_BYTES)) return false;
    this.locate(string.rewrite(this.db, this.args, this.i, this.ref, string.RAW, to.length));
    string.overwrite(this.ref, 0, denseForm, 0, to.length);
    return true;
  }

  /** Announces that bytes are about to change. */
  announce(): void {
    this.change(this.end - this.start);
  }

  /** Says that the estimate is one of other registers. The change was announced. */
  makeStale(): void {
    this.bytes[this.start + ESTIMATE_LAST]! |= STALE;
  }

  isStale(): boolean {
    return (this.bytes[this.start + ESTIMATE_LAST]! & STALE) !== 0;
  }

  /** The estimate in the header. */
  storedEstimate(): bigint {
    let stored = 0n;
    for (let i = ESTIMATE_LAST; i >= ESTIMATE; i--) stored = (stored << 8n) | BigInt(this.bytes[this.start + i]!);
    return stored;
  }

  /** Estimates anew and stores the result in the header. False when it is corrupt. */
  refreshEstimate(): boolean {
    estimate.begin();
    if (!this.isSparse()) dense.count(this.bytes, this.registers(), estimate.histogram);
    else if (!sparse.count(this.bytes, this.registers(), this.end, estimate.histogram)) return false;
    const result = BigInt.asUintN(64, BigInt(estimate.estimate()));
    this.announce();
    for (let i = 0; i < 8; i++) this.bytes[this.start + ESTIMATE + i] = Number((result >> BigInt(8 * i)) & 0xffn);
    return true;
  }
}

export const opened = new Opened();
