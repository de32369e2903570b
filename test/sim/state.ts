/**
 * The whole store as one short text: equal texts, equal data. DEBUG DIGEST leaves out what Redis' does (when a deadline is, the
 * groups of a stream), so that is added.
 *
 * Asking changes nothing: it is done as if a log were replayed, when no deadline passes (keyspace/replay.ts).
 */
import { digestOfAll } from "../../src/features/introspection/digest.ts";
import { databases, flush, numberOf, size, tableOf } from "../../src/keyspace/database.ts";
import { keyRegion } from "../../src/keyspace/keyspace.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import { replay } from "../../src/keyspace/replay.ts";
import { HASH, STREAM } from "../../src/keyspace/value-type.ts";
import type { Ref } from "../../src/mem/mem.ts";
import * as entry from "../../src/struct/entry.ts";
import * as table from "../../src/struct/table.ts";
import { LocalClient } from "../support/in-process.ts";
import { latin1 } from "../support/resp.ts";

let client: LocalClient | undefined;

/** What XINFO tells of the past rather than of the value, or of how it is kept. */
const PASSING = /\$(?:9\r\nseen-time|15\r\nradix-tree-keys|16\r\nradix-tree-nodes)\r\n:\d+\r\n/g;

/** Does something while no deadline passes. */
export function unnoticed<T>(action: () => T): T {
  const was = replay.isOn;
  replay.isOn = true;
  try {
    return action();
  } finally {
    replay.isOn = was;
  }
}

export function stateOf(): string {
  client ??= new LocalClient();
  return unnoticed(() => {
    const more: string[] = [];
    for (const db of databases) {
      if (size(db) === 0) continue;
      const keys: Ref[] = [];
      table.entries(tableOf(db), (ref) => void keys.push(ref));
      for (const ref of keys) {
        const detail = detailOf(ref, numberOf(db));
        if (detail !== "") more.push(`${numberOf(db)}/${keyOf(ref)}${detail}`);
      }
    }
    return `${digestOfAll().toHex()} ${more.sort().join(" ")}`;
  });
}

function keyOf(ref: Ref): string {
  const start = entry.keyStart(ref);
  return latin1(keyRegion(ref).bytes.slice(start, start + entry.keyLength(ref)));
}

function detailOf(ref: Ref, dbNumber: number): string {
  const deadline = entry.hasDeadline(ref) ? `@${entry.deadlineBig(ref)}` : "";
  const type = entry.type(ref);
  if (type !== STREAM && type !== HASH) return deadline;
  const key = keyOf(ref);
  client!.session.select(dbNumber);
  if (type === STREAM) {
    const full = client!.raw("XINFO", "STREAM", key, "FULL", "COUNT", "0").replace(PASSING, "");
    return `${deadline}#${Bun.hash(full).toString(36)}`;
  }
  const fields = client!.raw("HKEYS", key).split("\r\n").slice(2, -1);
  const names = fields.filter((_, i) => i % 2 === 0);
  const deadlines = client!.raw("HPEXPIRETIME", key, "FIELDS", String(names.length), ...names).split("\r\n");
  const timed = names.flatMap((name, i) => (deadlines[i + 1] === ":-1" ? [] : [`${name}${deadlines[i + 1]}`]));
  return timed.length === 0 ? deadline : `${deadline}(${timed.sort().join()})`;
}

/** Empties all databases, and frees what they held. */
export function wipe(): void {
  for (const db of databases) flush(db);
  while (!lazyFree.step(100_000));
}
