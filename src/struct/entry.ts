/**
 * An entry: one block that holds a key with all that is known of it, and its value if that is a short string. Databases
 * hold entries, and so do hashes, sets and sorted sets, whose fields and members are the keys.
 *
 *      0  u8   flags          ┌ bits 0-2 type · 3-4 encoding · 5 OUTSIDE · 6 LONG_KEY · 7 DEADLINE
 *      1  u24  access         │ LRU clock or LFU counter (keyspace/access.ts)
 *      4  u16  key length     │
 *      6  u16  value length   │ of a value inside the entry
 *     [8  i64  deadline]      │ DEADLINE: ms since 1970
 *     [.  u32  key length, u32 0]        LONG_KEY: above 65,535 bytes; the u16 is 0 then
 *     [.  u32  ref, u32 value length]    OUTSIDE: the value is a block of its own
 *      .  key bytes, value bytes
 *
 * A key of 16 bytes with a value of 32 makes 56 bytes, all in. Each optional part is 8 bytes and its flag is the bit
 * that, shifted, is 8: the key's offset is three ANDs and no branch.
 *
 * Strings above INSIDE_MAX bytes and all other types lie OUTSIDE, so that moving an entry is always cheap.
 */
import { copy, equal, type Region } from "../base/region.ts";
import * as mem from "../mem/mem.ts";
import { CHUNK_MASK, CHUNK_SHIFT, type Chunk, chunks, type Ref } from "../mem/mem.ts";

// Words of the fixed part.
const HEAD = 0;
const LENGTHS = 1;
const DEADLINE_LOW = 2;
const DEADLINE_HIGH = 3;

export const OUTSIDE = 1 << 5;
export const LONG_KEY = 1 << 6;
export const DEADLINE = 1 << 7;
const TYPE_MASK = 7;
const ENCODING_SHIFT = 3;
const ENCODING_MASK = 3;
const FLAGS_MASK = 0xff;

/** Largest string value, in bytes, that lies in its entry. */
export const INSIDE_MAX = 32 * 1024;
const SHORT_KEY_MAX = 0xffff;

/** Byte offset of the key within an entry with these flags. */
function keyOffset(flags: number): number {
  return 8 + ((flags & OUTSIDE) >>> 2) + ((flags & LONG_KEY) >>> 3) + ((flags & DEADLINE) >>> 4);
}

/** Word offset of the OUTSIDE part within an entry with these flags. */
function outsideWord(flags: number): number {
  return 2 + ((flags & LONG_KEY) >>> 5) + ((flags & DEADLINE) >>> 6);
}

/** Bytes that an entry takes. `insideLength` is the length of a value that lies inside it, else 0. */
export function bytesFor(flags: number, keyLength: number, insideLength: number): number {
  const long = keyLength > SHORT_KEY_MAX ? LONG_KEY : 0;
  return keyOffset((flags & (OUTSIDE | DEADLINE)) | long) + keyLength + insideLength;
}

/**
 * Writes head and key of an entry into the block at `ref`, which `bytesFor` was asked for. `flags` are type, encoding,
 * OUTSIDE and DEADLINE; the deadline, the outside part and the value's bytes are the caller's to write next.
 */
export function write(
  ref: Ref,
  flags: number,
  access: number,
  key: Region,
  start: number,
  end: number,
  insideLength: number,
): void {
  const chunk = chunks[ref >>> CHUNK_SHIFT]!;
  const words = chunk.words;
  const at = (ref & CHUNK_MASK) << 1;
  const length = end - start;
  if (length > SHORT_KEY_MAX) {
    const all = flags | LONG_KEY;
    words[at + HEAD] = all | (access << 8);
    words[at + LENGTHS] = insideLength << 16;
    words[at + 2 + ((flags & DEADLINE) >>> 6)] = length;
    words[at + 3 + ((flags & DEADLINE) >>> 6)] = 0;
    copy(chunk, (at << 2) + keyOffset(all), key, start, length);
  } else {
    words[at + HEAD] = flags | (access << 8);
    words[at + LENGTHS] = length | (insideLength << 16);
    copy(chunk, (at << 2) + keyOffset(flags), key, start, length);
  }
}

/** Whether an entry has exactly these flags and lengths, and its value inside: it can be overwritten where it is. */
export function hasShape(ref: Ref, flags: number, keyLength: number, insideLength: number): boolean {
  if ((flags & OUTSIDE) !== 0 || (mem.word(ref, HEAD) & FLAGS_MASK) !== flags) return false;
  return mem.word(ref, LENGTHS) === (keyLength | (insideLength << 16));
}

export function flags(ref: Ref): number {
  return mem.word(ref, HEAD) & FLAGS_MASK;
}

/** Type of the value, as `keyspace/value-type.ts` numbers them. */
export function type(ref: Ref): number {
  return mem.word(ref, HEAD) & TYPE_MASK;
}

/** The value's encoding, 0 to 3: what it means is the type's own affair. */
export function encoding(ref: Ref): number {
  return (mem.word(ref, HEAD) >>> ENCODING_SHIFT) & ENCODING_MASK;
}

/** Flags for a value of this type and encoding. */
export function flagsFor(type: number, encoding: number): number {
  return type | (encoding << ENCODING_SHIFT);
}

export function setEncoding(ref: Ref, encoding: number): void {
  mem.touch(ref);
  mem.setWord(ref, HEAD, (mem.word(ref, HEAD) & ~(ENCODING_MASK << ENCODING_SHIFT)) | (encoding << ENCODING_SHIFT));
}

/** LRU clock or LFU counter, 24 bits. */
export function access(ref: Ref): number {
  return mem.word(ref, HEAD) >>> 8;
}

/** Not announced to the write barrier: a snapshot may show either value, and every read would announce. */
export function setAccess(ref: Ref, access: number): void {
  mem.setWord(ref, HEAD, (mem.word(ref, HEAD) & FLAGS_MASK) | (access << 8));
}

/** Byte offset of the key within its chunk. */
export function keyStart(ref: Ref): number {
  return mem.byteOffset(ref) + keyOffset(mem.word(ref, HEAD));
}

export function keyLength(ref: Ref): number {
  const head = mem.word(ref, HEAD);
  if ((head & LONG_KEY) === 0) return mem.word(ref, LENGTHS) & 0xffff;
  return mem.word(ref, 2 + ((head & DEADLINE) >>> 6));
}

/** Whether the entry's key is `key[start, end)`. */
export function hasKey(ref: Ref, key: Region, start: number, end: number): boolean {
  const chunk = chunks[ref >>> CHUNK_SHIFT]!;
  const at = (ref & CHUNK_MASK) << 1;
  const head = chunk.words[at + HEAD]!;
  const length = end - start;
  if ((head & LONG_KEY) !== 0) {
    if (chunk.words[at + 2 + ((head & DEADLINE) >>> 6)] !== length) return false;
  } else if ((chunk.words[at + LENGTHS]! & 0xffff) !== length) return false;
  const from = keyOffset(head);
  if (length > WORDS_LOOP_MAX) return equal(chunk, (at << 2) + from, key, start, length);
  const words = chunk.words;
  const bytes = key.bytes;
  let w = at + (from >>> 2);
  let p = start;
  for (; p + 4 <= end; p += 4) {
    if (words[w++] !== (bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24))) return false;
  }
  for (let rest = w << 2; p < end; p++) if (chunk.bytes[rest++] !== bytes[p]) return false;
  return true;
}

/** Longest key that is compared by words (in the order of bytes that all our platforms have): 7 ns for 16 bytes, not 14. */
const WORDS_LOOP_MAX = 40;

/** What `locate` found last: byte offset in the chunk, and bytes. */
export let valueStart = 0;
export let valueLength = 0;

/**
 * Finds a string value: returns the chunk that it lies in, and leaves the rest in `valueStart` and `valueLength`. One look
 * at the head serves all three (saves 30 ns of a GET against asking for each).
 */
export function locate(ref: Ref): Chunk {
  const chunk = chunks[ref >>> CHUNK_SHIFT]!;
  const at = (ref & CHUNK_MASK) << 1;
  const head = chunk.words[at + HEAD]!;
  if ((head & (OUTSIDE | LONG_KEY)) === 0) {
    const lengths = chunk.words[at + LENGTHS]!;
    valueStart = (at << 2) + 8 + ((head & DEADLINE) >>> 4) + (lengths & 0xffff);
    valueLength = lengths >>> 16;
    return chunk;
  }
  const out = (head & OUTSIDE) !== 0;
  const block = out ? outside(ref) : ref;
  valueStart = out ? mem.byteOffset(block) : insideStart(ref);
  valueLength = out ? outsideLength(ref) : insideLength(ref);
  return mem.chunkOf(block);
}

/** Byte offset, within its chunk, of a value that lies inside the entry. */
export function insideStart(ref: Ref): number {
  return keyStart(ref) + keyLength(ref);
}

export function insideLength(ref: Ref): number {
  return mem.word(ref, LENGTHS) >>> 16;
}

export function setInsideLength(ref: Ref, length: number): void {
  mem.setWord(ref, LENGTHS, (mem.word(ref, LENGTHS) & 0xffff) | (length << 16));
}

export function isOutside(ref: Ref): boolean {
  return (mem.word(ref, HEAD) & OUTSIDE) !== 0;
}

/** The block of a value that lies outside. */
export function outside(ref: Ref): Ref {
  return mem.refAt(ref, outsideWord(mem.word(ref, HEAD)));
}

/** Length in bytes of a string that lies outside. Other types keep their own account and leave 0 here. */
export function outsideLength(ref: Ref): number {
  return mem.word(ref, outsideWord(mem.word(ref, HEAD)) + 1);
}

export function setOutside(ref: Ref, value: Ref, length: number): void {
  mem.touch(ref);
  const at = outsideWord(mem.word(ref, HEAD));
  mem.setWord(ref, at, value);
  mem.setWord(ref, at + 1, length);
}

/** Gives `target`, written with the same key and value length, the value of `source`: the bytes, or what is outside. */
export function copyValue(source: Ref, target: Ref): void {
  if (isOutside(source)) {
    setOutside(target, outside(source), outsideLength(source));
    return;
  }
  copy(mem.chunkOf(target), insideStart(target), mem.chunkOf(source), insideStart(source), insideLength(source));
}

export function hasDeadline(ref: Ref): boolean {
  return (mem.word(ref, HEAD) & DEADLINE) !== 0;
}

/** The deadline in milliseconds, as a double: exact up to 2^53, and above it good enough to compare with any clock. */
export function deadlineMs(ref: Ref): number {
  return mem.word(ref, DEADLINE_HIGH) * 2 ** 32 + (mem.word(ref, DEADLINE_LOW) >>> 0);
}

/** The deadline in milliseconds, exact. */
export function deadlineBig(ref: Ref): bigint {
  return (BigInt(mem.word(ref, DEADLINE_HIGH)) << 32n) | BigInt(mem.word(ref, DEADLINE_LOW) >>> 0);
}

/** Sets the deadline of an entry that was written with DEADLINE. */
export function setDeadline(ref: Ref, deadlineMs: bigint | number): void {
  mem.touch(ref);
  if (typeof deadlineMs === "number" && deadlineMs >= 0 && deadlineMs <= Number.MAX_SAFE_INTEGER) {
    mem.setWord(ref, DEADLINE_LOW, deadlineMs);
    mem.setWord(ref, DEADLINE_HIGH, Math.floor(deadlineMs / 2 ** 32));
    return;
  }
  const big = BigInt(deadlineMs);
  mem.setWord(ref, DEADLINE_LOW, Number(BigInt.asIntN(32, big)));
  mem.setWord(ref, DEADLINE_HIGH, Number(big >> 32n));
}
