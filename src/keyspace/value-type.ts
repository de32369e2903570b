/**
 * A type of value is one table of functions. Whoever has to do with all types (COPY, OBJECT, MEMORY USAGE, DEBUG DIGEST,
 * lazy free, the audit, later RDB and AOF) goes through this table and knows none of them by name.
 *
 * The functions take an entry (struct/entry.ts). A value is either inside its entry (short strings) or OUTSIDE: one block
 * that leads to all others of the value.
 */
import type { Ref } from "../mem/mem.ts";

// Numbers of the types, as entries store them. Redis' own: 1 is for lists, 2 sets, 3 sorted sets, 5 modules, 6 streams.
export const STRING = 0;
export const HASH = 4;

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
  /**
   * Frees a value that lies outside, about `budget` elements of it. True when nothing is left. The entry is gone by
   * then: the value is known by its block and encoding.
   */
  release(value: Ref, encoding: number, budget: number): boolean;
  /** As `blocks`, for a value that is being released. */
  releasing(value: Ref, encoding: number, visit: (block: Ref) => void): void;
  /** Adds what the value holds to a digest, the way DEBUG DIGEST does. */
  digest(entry: Ref, digest: ValueDigest): void;
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

/** Makes a type known. Called once per type, at boot. */
export function register(type: ValueType): void {
  table[type.id] = type;
}

/** The type with this number. */
export function typeOf(id: number): ValueType {
  const type = table[id];
  if (type === undefined) throw new Error(`no type has the number ${id}`);
  return type;
}
