/**
 * What BY and GET look up for an element: a pattern with the element in place of its first `*` is the name of a key, whose
 * string is meant; with `->` behind the `*`, what follows is the name of a field in the hash at that key. `#` is the element
 * itself. Patterns are C strings as far as these signs are looked for: nothing behind a NUL is one.
 */
import { GREATER, HASH as HASH_SIGN, MINUS, NUL, STAR } from "../../base/ascii.ts";
import { copy } from "../../base/region.ts";
import type { Database } from "../../keyspace/database.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { HASH, STRING, typeOf } from "../../keyspace/value-type.ts";
import { NIL } from "../../mem/mem.ts";
import { Args } from "../../resp/args.ts";
import * as entry from "../../struct/entry.ts";
import { Element } from "../../struct/listpack.ts";
import type { Texts } from "./texts.ts";

/** The value of a field. */
const value = new Element();

/** The key that is looked up, as the only argument of a command of its own. */
const key = new Args();
const KEY_BYTES_MIN = 256;

export class Pattern {
  /** `#`: the element itself. */
  readonly isElement: boolean;
  /** Offset of the `*`; -1 when there is none, and nothing is ever found. */
  private readonly star: number;
  /** Where the key's part behind the `*` ends, and where the field begins: -1 when it is the key's string that is meant. */
  private readonly keyEnd: number;
  private readonly field: number;

  /** The pattern in argument `i`. */
  constructor(
    private readonly args: Args,
    private readonly i: number,
  ) {
    const bytes = args.bytes;
    const start = args.start(i);
    const end = args.end(i);
    let textEnd = start;
    while (textEnd < end && bytes[textEnd] !== NUL) textEnd++;
    this.isElement = textEnd - start === 1 && bytes[start] === HASH_SIGN;
    const star = bytes.indexOf(STAR, start);
    this.star = star < 0 || star >= textEnd ? -1 : star;
    const arrow = this.star < 0 ? -1 : arrowIn(bytes, this.star + 1, textEnd);
    this.keyEnd = arrow < 0 ? end : arrow;
    this.field = arrow < 0 ? -1 : arrow + 2;
  }

  /** Whether the pattern says something else for each element. */
  get varies(): boolean {
    return this.star >= 0;
  }

  /** Adds to `into` what the pattern says of text `i` of `elements`. */
  lookUp(db: Database, elements: Texts, i: number, into: Texts): void {
    if (this.isElement) into.add(elements.region(i), elements.start(i), elements.length(i));
    else if (this.star < 0 || !this.found(db, elements, i)) into.addAbsent();
    else into.add(value.region, value.start, value.length);
  }

  private found(db: Database, elements: Texts, i: number): boolean {
    this.aimKey(elements, i);
    const ref = keyspace.lookupRead(db, key, 0);
    if (ref === NIL) return false;
    if (this.field >= 0) {
      if (entry.type(ref) !== HASH) return false;
      return typeOf(HASH).field!(ref, this.args.region, this.field, this.args.end(this.i), value);
    }
    if (entry.type(ref) !== STRING) return false;
    value.point(entry.locate(ref), entry.valueStart, entry.valueLength);
    return true;
  }

  /** Puts the name of the key together. */
  private aimKey(elements: Texts, i: number): void {
    const { args, star } = this;
    const start = args.start(this.i);
    const before = star - start;
    const within = elements.length(i);
    const after = this.keyEnd - star - 1;
    const length = before + within + after;
    if (length > key.bytes.length || key.bytes.length > Math.max(length * 4, KEPT_BYTES_MAX)) {
      key.rebase(new Uint8Array(Math.max(length, KEY_BYTES_MIN)));
    }
    copy(key.region, 0, args.region, start, before);
    copy(key.region, before, elements.region(i), elements.start(i), within);
    copy(key.region, before + within, args.region, star + 1, after);
    key.setRange(0, 0, length);
    key.aim(0, 1);
  }
}

/** A buffer that one long name has blown up beyond this is given back. */
const KEPT_BYTES_MAX = 64 * 1024;

/** Offset of the first `->`; -1 when there is none, or nothing behind it. */
function arrowIn(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end - 1; at++) {
    if (bytes[at] === MINUS && bytes[at + 1] === GREATER) return at + 2 < end ? at : -1;
  }
  return -1;
}
