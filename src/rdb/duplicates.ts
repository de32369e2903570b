/**
 * Whether a listpack of somebody else's names an element twice, which no set, sorted set or hash may: found in one pass,
 * with a table of places for the time of the call. An integer equals the string that spells it.
 */
import { equal } from "../base/region.ts";
import { hash } from "../base/siphash.ts";
import type { Ref } from "../mem/mem.ts";
import * as listpack from "../struct/listpack.ts";
import { Element } from "../struct/listpack.ts";

const element = new Element();
const other = new Element();

/** Looks at the elements from the first on; after each, `skip` are passed over (1 for the fields of field/value pairs). */
export function hasDuplicates(lp: Ref, skip: number): boolean {
  const slots = 2 ** Math.ceil(Math.log2(listpack.length(lp) + 1)) * 2;
  const places = new Int32Array(slots);
  const hashes = new Int32Array(slots);
  for (let at = listpack.first(lp); at !== listpack.NONE; ) {
    listpack.readText(lp, at, element);
    const code = hash(element.region.bytes, element.start, element.start + element.length);
    let slot = code & (slots - 1);
    // A place is never 0: that would be the listpack's header.
    for (; places[slot] !== 0; slot = (slot + 1) & (slots - 1)) {
      if (hashes[slot] === code && isSame(lp, places[slot]!)) return true;
    }
    places[slot] = at;
    hashes[slot] = code;
    at = listpack.next(lp, at);
    for (let left = skip; left > 0 && at !== listpack.NONE; left--) at = listpack.next(lp, at);
  }
  return false;
}

function isSame(lp: Ref, at: number): boolean {
  listpack.readText(lp, at, other);
  if (other.length !== element.length) return false;
  return equal(other.region, other.start, element.region, element.start, element.length);
}
