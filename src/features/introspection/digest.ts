/**
 * Digests of the data, as DEBUG DIGEST gives them: two servers hold the same keys, values and kinds of deadlines exactly
 * if their digests agree. They equal those of Redis, so that the two can be compared.
 *
 *     xor   digest ^= SHA1(bytes)               the order of calls does not matter: for what has none (keys, fields)
 *     mix   digest ^= SHA1(bytes), then digest = SHA1(digest)          the order matters: for what has one
 */
import type { Database } from "../../keyspace/database.ts";
import { databases, numberOf, size, tableOf } from "../../keyspace/database.ts";
import { keyRegion } from "../../keyspace/keyspace.ts";
import { typeOf, type ValueDigest } from "../../keyspace/value-type.ts";
import type { Ref } from "../../mem/mem.ts";
import * as entry from "../../struct/entry.ts";
import * as table from "../../struct/table.ts";

const BYTES = 20;
const EXPIRES = Buffer.from("!!expire!!", "latin1");

/** What the last SHA-1 was. */
const hashed = new Uint8Array(BYTES);
/** A number as it is mixed in: 32 bits, the highest first. */
const number = Buffer.alloc(4);

export class Digest implements ValueDigest {
  private readonly bytes = new Uint8Array(BYTES);

  xor(bytes: Uint8Array, start: number, end: number): void {
    Bun.SHA1.hash(bytes.subarray(start, end), hashed);
    for (let i = 0; i < BYTES; i++) this.bytes[i]! ^= hashed[i]!;
  }

  mix(bytes: Uint8Array, start: number, end: number): void {
    this.xor(bytes, start, end);
    Bun.SHA1.hash(this.bytes, hashed);
    this.bytes.set(hashed);
  }

  xorElement(fill: (element: ValueDigest) => void): void {
    const element = new Digest();
    fill(element);
    this.xorDigest(element);
  }

  xorDigest(other: Digest): void {
    this.xor(other.bytes, 0, BYTES);
  }

  mixNumber(value: number): void {
    number.writeUInt32BE(value);
    this.mix(number, 0, number.length);
  }

  toHex(): string {
    return Buffer.from(this.bytes).toString("hex");
  }
}

/** Adds type, value and whether there is a deadline (not when) of an entry. */
function addValue(digest: Digest, ref: Ref): void {
  digest.mixNumber(entry.type(ref));
  typeOf(entry.type(ref)).digest(ref, digest);
  if (entry.hasDeadline(ref)) digest.xor(EXPIRES, 0, EXPIRES.length);
}

/** The digest of one value, its key left out. */
export function digestOfValue(ref: Ref): Digest {
  const digest = new Digest();
  addValue(digest, ref);
  return digest;
}

function addDatabase(digest: Digest, db: Database): void {
  digest.mixNumber(numberOf(db));
  table.entries(tableOf(db), (ref) => {
    const one = new Digest();
    const start = entry.keyStart(ref);
    one.mix(keyRegion(ref).bytes, start, start + entry.keyLength(ref));
    addValue(one, ref);
    digest.xorDigest(one);
  });
}

/** The digest of all databases; forty zeros when they are empty. Keys past their deadline count until they are removed. */
export function digestOfAll(): Digest {
  const digest = new Digest();
  for (const db of databases) if (size(db) > 0) addDatabase(digest, db);
  return digest;
}
