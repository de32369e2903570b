/**
 * A damaged file is refused, whatever the damage; where its checksum is not asked, it is refused or read as something else
 * that is sound. Each byte of a file of all types is changed, and the file is cut off at each place: a sample of them, or all
 * with `RDB_DAMAGE=all`. `SEED` replays.
 */
import { beforeAll, expect, test } from "bun:test";
import { auditAll } from "../../src/keyspace/audit.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import { RdbError } from "../../src/rdb/reader.ts";
import { Store } from "../rdb/store.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";

const seed = seedOfRun();
const takesAll = process.env["RDB_DAMAGE"] === "all";
const FILE_BYTES = 64 * 1024;
const SAMPLE = 1500;
/** Commands that walk through whatever they find. */
const LOOKS = ["SORT", "HGETALL", "LRANGE", "ZRANGE", "XRANGE", "XINFO STREAM", "GET"];

let client: LocalClient;
let store: Store;
beforeAll(() => {
  openStore();
  const clock = new FakeClock(1_700_000_000_000);
  client = new LocalClient();
  store = new Store(client, clock);
});

/** A file of all types of about 64 KiB. */
function fileOf(random: Random): Uint8Array {
  store.empty();
  let saved = store.save();
  while (saved.length < FILE_BYTES) {
    store.fill(random, 2, true);
    const next = store.save();
    // A single key may be as long as the rest.
    if (next.length > 2 * FILE_BYTES) store.empty();
    saved = store.save();
  }
  store.empty();
  return saved;
}

/** Every place, or a sample of them that covers the file. */
function* places(length: number, random: Random): Generator<number> {
  const step = takesAll ? 1 : Math.max(1, Math.floor(length / SAMPLE));
  for (let at = takesAll ? 0 : random.below(step); at < length; at += step) yield at;
}

/** Loads a file. Why it was refused; undefined when it was not. What was loaded is looked at, and removed. */
function outcome(bytes: Uint8Array, checksum: boolean): string | undefined {
  let reason: string | undefined;
  try {
    store.load(bytes, { checksum, dropsExpired: false });
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
    reason = error.message;
  }
  return reason;
}

function lookAtAll(): void {
  for (let db = 0; db < 16; db++) {
    client.raw("SELECT", String(db));
    const key = client.raw("RANDOMKEY");
    if (key === "$-1\r\n") continue;
    const name = key.slice(key.indexOf("\r\n") + 2, -2);
    for (const look of LOOKS) client.raw(...look.split(" "), name, ...(/RANGE/.test(look) ? ["0", "-1"] : []));
  }
  client.raw("SELECT", "0");
}

test(`every changed byte is found (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const bytes = fileOf(random);
  expect(outcome(bytes, true)).toBeUndefined();
  store.empty();
  for (const at of places(bytes.length, random)) {
    const held = bytes[at]!;
    bytes[at] = held ^ (1 + random.below(255));
    // The name of the next key's use, deadline and all else is under the checksum.
    const reason = outcome(bytes, true);
    expect({ at, was: held, is: bytes[at], isRefused: reason !== undefined }).toMatchObject({ isRefused: true });
    expect(reason).toMatch(/^at byte \d+ \(.*\): /);
    store.empty();
    bytes[at] = held;
  }
  expect(auditAll()).toEqual([]);
}, 600_000);

test(`without a checksum, what is damaged is refused or sound (SEED=${seed})`, () => {
  const random = seededRandom(seed + 1);
  const bytes = fileOf(random);
  for (const at of places(bytes.length, random)) {
    const held = bytes[at]!;
    bytes[at] = held ^ (1 + random.below(255));
    const shown = { at, was: held, is: bytes[at] };
    outcome(bytes, false);
    if (random.chance(0.2)) expect({ ...shown, audit: auditAll() }).toEqual({ ...shown, audit: [] });
    lookAtAll();
    store.empty();
    bytes[at] = held;
  }
  expect(auditAll()).toEqual([]);
}, 600_000);

test("a file that is cut off anywhere is refused", () => {
  const random = seededRandom(seed + 2);
  store.fill(random, 12, true);
  const bytes = store.save().slice(0, 20_000);
  const whole = store.save();
  store.empty();
  for (const length of places(bytes.length, random)) {
    if (length === whole.length) continue;
    expect({ length, reason: outcome(bytes.slice(0, length), true) }).not.toEqual({ length, reason: undefined });
    client.raw("FLUSHALL");
    lazyFree.step(1e6);
  }
  expect(auditAll()).toEqual([]);
}, 120_000);
