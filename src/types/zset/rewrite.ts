/**
 * Sorted sets as commands: ZADD, the lowest score first. Of a -0 only large ones know the sign, and it is lost when they are made
 * anew, as it is in Redis: they begin as small ones.
 */
import type { Region } from "../../base/region.ts";
import { beginElement, word } from "../../keyspace/rewriting.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Reply } from "../../resp/reply.ts";
import * as zset from "./value.ts";

const ZADD = word("ZADD");

/** As `ValueType.rewrite` says. */
export function rewrite(ref: Ref, key: Region, start: number, end: number, out: Reply, next: () => void): void {
  const length = zset.length(ref);
  let index = 0;
  zset.each(ref, false, (member, score) => {
    beginElement(out, index++, length, 2, ZADD, key, start, end);
    out.double(score);
    out.bulk(member.region, member.start, member.length);
    next();
  });
}
