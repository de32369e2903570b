/**
 * Sorted sets as commands: ZADD, the lowest score first. Of a -0 only large ones know the sign, and it is lost when they are made
 * anew, as it is in Redis: they begin as small ones.
 */
import { type Commands, word } from "../../keyspace/rewriting.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Element } from "../../struct/listpack.ts";
import * as zset from "./value.ts";

const ZADD = word("ZADD");

/** Where `addMember` writes: one function for all values, since one of its own for each is garbage by the million. */
let out: Commands;

/** As `ValueType.rewrite` says. */
export function rewrite(ref: Ref, to: Commands): void {
  out = to;
  out.addElements(ZADD, zset.length(ref), 2);
  zset.each(ref, false, addMember);
}

function addMember(member: Element, score: number): void {
  out.element();
  out.double(score);
  out.text(member);
  out.end();
}
