/**
 * Strings as commands: SET.
 */
import type { Region } from "../../base/region.ts";
import { begin, word } from "../../keyspace/rewriting.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";

const SET = word("SET");

/** As `ValueType.rewrite` says. */
export function rewrite(ref: Ref, key: Region, start: number, end: number, out: Reply, next: () => void): void {
  begin(out, 3, SET, key, start, end);
  const chunk = entry.locate(ref);
  out.bulk(chunk, entry.valueStart, entry.valueLength);
  next();
}
