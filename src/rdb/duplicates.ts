/**
 * Whether a listpack of somebody else's names an element twice, which no set, sorted set or hash may: found in one pass,
 * with a table of places. An integer equals the string that spells it.
 *
 * For the few elements that most listpacks have, the table is always the same one, and a hash of a few bytes does: at the
 * worst all elements of a listpack are compared with each other. For many it has to be a hash that nobody can aim.
 */
import { equal } from "../base/region.ts";
import { hash } from "../base/siphash.ts";
import type { Ref } from "../mem/mem.ts";
import * as listpack from "../struct/listpack.ts";
import { Element } from "../struct/listpack.ts";

const FEW = 128;
const FEW_SLOTS = 512;
const fewPlaces = new Int32Array(FEW_SLOTS);
const fewCodes = new Int32Array(FEW_SLOTS);

const element = new Element();
const other = new Element();

/** Looks at the elements from the first on; after each, `skip` are passed over (1 for the fields of field/value pairs). */
export function hasDuplicates(lp: Ref, skip: number): boolean {
  const count = listpack.length(lp) / (skip + 1);
  if (count <= 1) return false;
  if (count <= FEW) {
    fewPlaces.fill(0);
    return find(lp, skip, fewPlaces, fewCodes, FEW_SLOTS - 1, false);
  }
  const slots = 2 ** Math.ceil(Math.log2(count + 1)) * 2;
  return find(lp, skip, new Int32Array(slots), new Int32Array(slots), slots - 1, true);
}

function find(lp: Ref, skip: number, places: Int32Array, codes: Int32Array, mask: number, isLong: boolean): boolean {
  for (let at = listpack.first(lp); at !== listpack.NONE; ) {
    listpack.readText(lp, at, element);
    const { region, start, length } = element;
    const code = isLong ? hash(region.bytes, start, start + length) : quickHash(region.bytes, start, length);
    let slot = code & mask;
    // A place is never 0: that would be the listpack's header.
    for (; places[slot] !== 0; slot = (slot + 1) & mask) {
      if (codes[slot] === code && isSame(lp, places[slot]!)) return true;
    }
    places[slot] = at;
    codes[slot] = code;
    at = listpack.next(lp, at);
    for (let left = skip; left > 0 && at !== listpack.NONE; left--) at = listpack.next(lp, at);
  }
  return false;
}

/** Of the length, the first bytes and the last ones. */
function quickHash(bytes: Uint8Array, start: number, length: number): number {
  let code = length;
  const end = start + length;
  for (let i = start; i < end && i < start + 4; i++) code = Math.imul(code, 31) + bytes[i]!;
  for (let i = Math.max(start + 4, end - 4); i < end; i++) code = Math.imul(code, 31) + bytes[i]!;
  return code ^ (code >>> 9);
}

function isSame(lp: Ref, at: number): boolean {
  listpack.readText(lp, at, other);
  if (other.length !== element.length) return false;
  return equal(other.region, other.start, element.region, element.start, element.length);
}
