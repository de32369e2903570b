/**
 * Hashes as commands: HMSET. Where fields have deadlines, each is set on its own, and HPEXPIREAT follows, as in Redis 7.4.
 */
import type { Region } from "../../base/region.ts";
import { begin, beginElement, word } from "../../keyspace/rewriting.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import { Element } from "../../struct/listpack.ts";
import * as table from "../../struct/table.ts";
import * as field from "./field.ts";
import * as hash from "./value.ts";

const HMSET = word("HMSET");
const HPEXPIREAT = word("HPEXPIREAT");
const FIELDS = word("FIELDS");

const name = new Element();
const value = new Element();

/** As `ValueType.rewrite` says. */
export function rewrite(ref: Ref, key: Region, start: number, end: number, out: Reply, next: () => void): void {
  if (hash.isTimed(ref)) return rewriteTimed(ref, key, start, end, out, next);
  const length = hash.length(ref);
  let index = 0;
  hash.each(ref, (name, value) => {
    beginElement(out, index++, length, 2, HMSET, key, start, end);
    out.bulk(name.region, name.start, name.length);
    out.bulk(value.region, value.start, value.length);
    next();
  });
}

function rewriteTimed(ref: Ref, key: Region, start: number, end: number, out: Reply, next: () => void): void {
  table.entries(hash.tableOf(ref), (found) => {
    begin(out, 4, HMSET, key, start, end);
    field.readName(found, name);
    field.readValue(found, value);
    out.bulk(name.region, name.start, name.length);
    out.bulk(value.region, value.start, value.length);
    next();
    if (!entry.hasDeadline(found)) return;
    begin(out, 6, HPEXPIREAT, key, start, end);
    out.bulkInteger(entry.deadlineMs(found));
    out.raw(FIELDS);
    out.bulkInteger(1);
    out.bulk(name.region, name.start, name.length);
    next();
  });
}
