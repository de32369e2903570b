/**
 * Sets as commands: SADD.
 */
import type { Region } from "../../base/region.ts";
import { beginElement, word } from "../../keyspace/rewriting.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Reply } from "../../resp/reply.ts";
import * as set from "./value.ts";

const SADD = word("SADD");

/** As `ValueType.rewrite` says. */
export function rewrite(ref: Ref, key: Region, start: number, end: number, out: Reply, next: () => void): void {
  const length = set.length(ref);
  let index = 0;
  set.each(ref, (member) => {
    beginElement(out, index++, length, 1, SADD, key, start, end);
    out.bulk(member.region, member.start, member.length);
    next();
  });
}
