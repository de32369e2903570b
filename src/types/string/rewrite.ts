/**
 * Strings as commands: SET.
 */
import { type Commands, word } from "../../keyspace/rewriting.ts";
import type { Ref } from "../../mem/mem.ts";
import * as entry from "../../struct/entry.ts";

const SET = word("SET");

/** As `ValueType.rewrite` says. */
export function rewrite(ref: Ref, to: Commands): void {
  to.begin(3, SET);
  const chunk = entry.locate(ref);
  to.bulk(chunk, entry.valueStart, entry.valueLength);
  to.end();
}
