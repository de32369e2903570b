/**
 * Long values are loaded in slices: no step takes long, what comes out is what was saved, and where the file ends in the middle of one
 * nothing of it is left.
 */
import { beforeAll, describe, expect, test } from "bun:test";
import { auditAll } from "../../src/keyspace/audit.ts";
import { RdbLoader } from "../../src/keyspace/rdb-load.ts";
import { SLICE_ELEMENTS, SLICE_NODES } from "../../src/keyspace/value-type.ts";
import { RdbError } from "../../src/rdb/reader.ts";
import { MemoryFile } from "../rdb/memory-file.ts";
import { digest, Store } from "../rdb/store.ts";
import { FakeClock, LocalClient, openStore } from "../support/in-process.ts";

const NOW = 1_700_000_000_000;
const ELEMENTS = SLICE_ELEMENTS * 5;
const FIELDS_TIMED = String(NOW + 1_000_000);
let client: LocalClient;
let store: Store;

beforeAll(() => {
  openStore();
  client = new LocalClient();
  store = new Store(client, new FakeClock(NOW));
});

/** What makes element `i` of each. */
const LONG: Record<string, (i: number) => string[][]> = {
  hash: (i) => [["HSET", "long", `field:${i}`, `value:${i}`]],
  "hash with deadlines": (i) => [
    ["HSET", "long", `field:${i}`, `value:${i}`],
    ["HPEXPIREAT", "long", FIELDS_TIMED, "FIELDS", "1", `field:${i}`],
  ],
  set: (i) => [["SADD", "long", `member:${i}`]],
  "sorted set": (i) => [["ZADD", "long", String(i % 1000), `member:${i}`]],
  list: (i) => [["RPUSH", "long", `element:${i}`.padEnd(200)]],
  stream: (i) => [["XADD", "long", `${i + 1}-1`, "field", "v".repeat(200)]],
};
/** Of lists and streams, nodes are what is counted; at least a page of 4 KiB each. */
const STEPS_MIN: Record<string, number> = {
  list: Math.floor((ELEMENTS * 200) / 8192 / SLICE_NODES) - 1,
  stream: Math.floor((ELEMENTS * 200) / 4096 / SLICE_NODES) - 1,
};

describe.each(Object.entries(LONG))("%s", (kind, make) => {
  test("is loaded in slices", () => {
    for (let i = 0; i < ELEMENTS; i++) for (const words of make(i)) client.raw(...words);
    client.raw("SET", "behind", "it");
    const before = digest();
    const saved = store.save();
    store.empty();
    const loader = new RdbLoader(new MemoryFile(saved), { dropsExpired: true });
    let steps = 0;
    // A step of one byte is a record, or a slice.
    while (!loader.step(1)) if (loader.doing === "a value") steps++;
    expect(steps).toBeGreaterThanOrEqual(STEPS_MIN[kind] ?? 5);
    expect(digest()).toBe(before);
    expect(auditAll()).toEqual([]);
    for (const share of [0.1, 0.5, 0.9]) {
      store.empty();
      const torn = new RdbLoader(new MemoryFile(saved.slice(0, saved.length * share)), { dropsExpired: true });
      expect(() => {
        while (!torn.step(1));
      }).toThrow(RdbError);
      expect(client.raw("EXISTS", "long")).toBe(":0\r\n");
      expect(auditAll()).toEqual([]);
    }
    store.empty();
  });
});
