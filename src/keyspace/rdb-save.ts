/**
 * All databases as an RDB file (rdb/opcodes.ts), in the version that Redis 7.0 writes. Only hashes whose fields have deadlines
 * need a newer one: whether there are any has to be known before the first byte.
 *
 * It runs in a Worker, over memory that stands still (mem/view.ts), or on the loop's own thread: blocks are read, and nothing
 * else is asked of `mem`. However large a value is, what waits to be written stays small.
 */
import * as crc64 from "../base/crc64.ts";
import { Region } from "../base/region.ts";
import { REDIS_VERSION } from "../base/version.ts";
import type { Ref } from "../mem/mem.ts";
import * as mem from "../mem/mem.ts";
import { NIL } from "../mem/mem.ts";
import * as opcode from "../rdb/opcodes.ts";
import { RDB_STREAM_LISTPACKS_2 } from "../rdb/types.ts";
import { type Out, RdbWriter } from "../rdb/writer.ts";
import * as entry from "../struct/entry.ts";
import * as table from "../struct/table.ts";
import * as access from "./access.ts";
import { type Database, databases, expires, numberOf, size, tableOf, wheelOf } from "./database.ts";
import { libraries } from "./libraries.ts";
import { typeOf } from "./value-type.ts";

export interface SaveOptions {
  /** Whether the file will be the base of an AOF, which it says of itself. */
  readonly isAofBase: boolean;
  /** Whether the file gets a checksum. */
  readonly checksum: boolean;
  /** What the file says of `used_memory`, and of the time. */
  readonly usedBytes: number;
  readonly nowMs: number;
  /** What is said of the use of each key: how long ago, or how often. */
  readonly policy: "none" | "lru" | "lfu";
  /** Called after each thousand keys or so, or after each `keysBetween`. What it throws ends it all. */
  readonly onKey?: (keys: number) => void;
  readonly keysBetween?: number;
}

/** `onKey` is called after so many keys. */
const KEYS_BETWEEN = 1024;

/** Writes all databases, in pieces; returns the number of keys. */
export function saveDatabases(out: Out, options: SaveOptions): number {
  const crc = crc64.create();
  const writer = new RdbWriter((bytes, from, to) => {
    if (options.checksum) crc64.update(crc, bytes, from, to);
    out(bytes, from, to);
  });
  writeHead(writer, options);
  for (const code of libraries.code) {
    writer.byte(opcode.FUNCTION);
    writer.string(new Region(code), 0, code.length);
  }
  const keysBetween = options.keysBetween ?? KEYS_BETWEEN;
  let keys = 0;
  for (const db of databases) {
    if (size(db) === 0) continue;
    writer.byte(opcode.SELECT);
    writer.length(numberOf(db));
    writer.byte(opcode.RESIZE);
    writer.length(size(db));
    writer.length(expires(db));
    table.entries(tableOf(db), (ref) => {
      writeKey(writer, ref, options);
      if (++keys % keysBetween === 0) options.onKey?.(keys);
    });
  }
  writer.byte(opcode.EOF);
  writer.flush();
  const checksum = new Uint8Array(crc64.BYTES);
  if (options.checksum) crc64.write(crc, checksum, 0);
  out(checksum, 0, crc64.BYTES);
  return keys;
}

function writeHead(writer: RdbWriter, { isAofBase, usedBytes, nowMs }: SaveOptions): void {
  const version = databases.some(hasNewValues) ? opcode.VERSION_NEWER : opcode.VERSION;
  const magic = text(opcode.REDIS_MAGIC + String(version).padStart(4, "0"));
  writer.raw(magic, 0, magic.bytes.length);
  writeAux(writer, "redis-ver", REDIS_VERSION);
  writeAux(writer, "redis-bits", "64");
  writeAux(writer, "ctime", String(Math.floor(nowMs / 1000)));
  writeAux(writer, "used-mem", String(usedBytes));
  writeAux(writer, "aof-base", isAofBase ? "1" : "0");
}

/** Whether a database holds anything that Redis 7.0 could not load. What has a deadline has a wheel to wait in. */
function hasNewValues(db: Database): boolean {
  if (wheelOf(db) === NIL) return false;
  let isFound = false;
  table.entries(tableOf(db), (ref) => {
    const type = typeOf(entry.type(ref));
    if (type.deadlines !== undefined && type.rdbType!(ref) > RDB_STREAM_LISTPACKS_2) isFound = true;
  });
  return isFound;
}

const text = (ascii: string) => new Region(new Uint8Array(Buffer.from(ascii, "latin1")));

function writeAux(writer: RdbWriter, name: string, value: string): void {
  writer.byte(opcode.AUX);
  for (const part of [text(name), text(value)]) writer.string(part, 0, part.bytes.length);
}

function writeKey(writer: RdbWriter, ref: Ref, { policy, nowMs }: SaveOptions): void {
  if (entry.hasDeadline(ref)) {
    writer.byte(opcode.DEADLINE_MS);
    const deadlineMs = entry.deadlineMs(ref);
    writer.millis(Number.isSafeInteger(deadlineMs) ? deadlineMs : entry.deadlineBig(ref));
  }
  if (policy === "lru") {
    writer.byte(opcode.IDLE);
    writer.length(access.idleSeconds(ref, nowMs));
  } else if (policy === "lfu") {
    writer.byte(opcode.FREQ);
    writer.byte(access.frequency(ref, nowMs));
  }
  const type = typeOf(entry.type(ref));
  writer.byte(type.rdbType!(ref));
  writer.string(mem.chunkOf(ref), entry.keyStart(ref), entry.keyLength(ref));
  type.save!(ref, writer);
}
