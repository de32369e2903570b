/**
 * A type of value is one table of functions. Whoever has to do with all types (COPY, OBJECT, MEMORY USAGE, DEBUG DIGEST,
 * DUMP, SORT, lazy free, the audit, later RDB and AOF) goes through this table and knows none of them by name.
 *
 * The functions take an entry (struct/entry.ts). A value is either inside its entry (short strings) or OUTSIDE: one block
 * that leads to all others of the value.
 */
import type { Region } from "../base/region.ts";
import type { Ref } from "../mem/mem.ts";
import type { RdbReader } from "../rdb/reader.ts";
import type { RdbWriter } from "../rdb/writer.ts";
import type { Args } from "../resp/args.ts";
import type { Element } from "../struct/listpack.ts";
import type { Database } from "./database.ts";
import type { Commands } from "./rewriting.ts";

// Numbers of the types, as entries store them. Redis' own: 5 is for modules.
export const STRING = 0;
export const LIST = 1;
export const SET = 2;
export const ZSET = 3;
export const HASH = 4;
export const STREAM = 6;
/** No type has this number. */
export const NO_TYPE = 7;

export interface ValueType {
  /** One of the numbers above. */
  readonly id: number;
  /** What TYPE answers. */
  readonly name: string;
  /** What OBJECT ENCODING answers. */
  encodingName(entry: Ref): string;
  /** Elements, or bytes of a string. */
  length(entry: Ref): number;
  /** The table of the elements, where the value has one, else NIL: what `CommandSpec.elements` are looked up in. */
  elementTable?(entry: Ref): Ref;
  /** Gives `target`, which has been written OUTSIDE, a copy of the value that `entry` has outside. */
  copyOutside(entry: Ref, target: Ref): void;
  /** Visits every block that the entry's value has outside. */
  blocks(entry: Ref, visit: (block: Ref) => void): void;
  /** What is wrong with a value whose blocks are all there; for the audit, of types that keep something twice. */
  flaw?(entry: Ref): string | undefined;
  /**
   * Frees a value that lies outside, about `budget` elements of it. True when nothing is left. The entry is gone by
   * then: the value is known by its block and encoding.
   */
  release(value: Ref, encoding: number, budget: number): boolean;
  /** As `blocks`, for a value that is being released. */
  releasing(value: Ref, encoding: number, visit: (block: Ref) => void): void;
  /** What DEBUG OBJECT says of this type only: `name:value`, in Redis' order. Of lists. */
  details?(entry: Ref): string[];
  /** Adds what the value holds to a digest, the way DEBUG DIGEST does. */
  digest(entry: Ref, digest: ValueDigest): void;

  /** The type numbers of RDB files that `load` understands (rdb/types.ts). */
  readonly rdbTypes?: readonly number[];
  /** The type number under which `save` writes this value. */
  rdbType?(entry: Ref): number;
  /** Writes the value as an RDB file has it, after type and key. */
  save?(entry: Ref, writer: RdbWriter): void;
  /**
   * Reads a value that `rdbType` announces, and checks it whole: nothing may be believed, it may come from anybody. Calls
   * `make` once, last, when nothing can go wrong any more, and gives the entry the value. Throws RdbError, and has
   * freed by then what it had made. Of a long value it may answer the rest, which reads on, a slice each time: clients are told
   * -LOADING in between. One value is loaded at a time.
   */
  load?(rdbType: number, reader: RdbReader, make: MakeEntry): Rest | undefined;
  /** Writes the commands that make the value, about its key. Ends each of its elements and commands (`Commands.end`). */
  rewrite?(entry: Ref, to: Commands): void;

  /** What commands of other types may ask of it: of lists, sets and sorted sets. */
  readonly elements?: Elements;
  /** Of hashes: looks up the value of the field whose name is the bytes, into `into`. False when there is none. */
  field?(entry: Ref, name: Region, start: number, end: number, into: Element): boolean;
  /** Of types whose elements may have deadlines of their own. */
  readonly deadlines?: ElementDeadlines;
}

/** The deadlines of a value's elements, as keyspace/element-expiry.ts asks for them. */
export interface ElementDeadlines {
  /** The class of their events, and the event that some are gone (keyspace/events.ts). */
  readonly kind: number;
  readonly event: string;
  /** The earliest of them in ms since 1970; Infinity when no element has one. */
  earliest(entry: Ref): number;
  /**
   * Removes elements that are past their deadlines, at most `budget`, and tells `events.hooks.elementExpired` of each before.
   * Returns how many; none may be left.
   */
  removePast(db: Database, entry: Ref, budget: number): number;
}

/** What is left to be done of something long: a slice each time it is asked, until it is done. */
export type Rest = Generator<void, void, void>;

/** Elements of a long value, and nodes of some kilobytes, that are read at a time. */
export const SLICE_ELEMENTS = 4096;
export const SLICE_NODES = 64;

/** Makes the entry of a value that was loaded, with these flags (type, encoding, OUTSIDE) and room inside. */
export type MakeEntry = (flags: number, insideLength: number) => Ref;

/** A value as a collection of elements, for SORT, SORT … STORE, ZUNIONSTORE of sets and the like. */
export interface Elements {
  /**
   * Visits all elements in the value's order; `score` is that of a sorted set, else 1. They are borrowed. Lists and sorted
   * sets begin with element `from`, and end after a visit that answers false.
   */
  each(entry: Ref, visit: (element: Element, score: number) => unknown, from?: number): void;
  /** The score of the element with these bytes: 1 in a set; NaN when it is no member. Of sets and sorted sets. */
  score?(entry: Ref, element: Region, start: number, end: number): number;
  /** Gives the key in argument `i`, which does not exist, an empty value; it may not stay empty. Of lists. */
  create?(db: Database, args: Args, i: number): Ref;
  /** Gives the value the encoding for many elements, for good, as Redis does to what SORT reads. Of sorted sets. */
  unpack?(entry: Ref): void;
  /** Adds an element at the end. Of lists. */
  append?(entry: Ref, source: Region, start: number, end: number): void;
}

/** What `ValueType.digest` writes to (features/introspection/digest.ts). */
export interface ValueDigest {
  /** Mixes bytes in: the order of calls matters. */
  mix(bytes: Uint8Array, start: number, end: number): void;
  /** Adds bytes: the order of calls does not matter. */
  xor(bytes: Uint8Array, start: number, end: number): void;
  /** Mixes in what `fill` adds to a digest of its own: for an element whose parts belong together. */
  xorElement(fill: (element: ValueDigest) => void): void;
}

const table: (ValueType | undefined)[] = [];
/** The types by the numbers under which they are saved. */
const byRdbType: (ValueType | undefined)[] = [];

/** Makes a type known. Called once per type, at boot. */
export function register(type: ValueType): void {
  table[type.id] = type;
  for (const rdbType of type.rdbTypes ?? []) byRdbType[rdbType] = type;
}

/** The type with this number. */
export function typeOf(id: number): ValueType {
  const type = table[id];
  if (type === undefined) throw new Error(`no type has the number ${id}`);
  return type;
}

/** The type that loads values of this number in RDB files; undefined when none does. */
export function typeOfRdb(rdbType: number): ValueType | undefined {
  return byRdbType[rdbType];
}
