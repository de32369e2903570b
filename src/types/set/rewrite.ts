/**
 * Sets as commands: SADD.
 */
import { type Commands, word } from "../../keyspace/rewriting.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Element } from "../../struct/listpack.ts";
import * as set from "./value.ts";

const SADD = word("SADD");

/** Where `addMember` writes: one function for all values, since one of its own for each is garbage by the million. */
let out: Commands;

/** As `ValueType.rewrite` says. */
export function rewrite(ref: Ref, to: Commands): void {
  out = to;
  out.addElements(SADD, set.length(ref), 1);
  set.each(ref, addMember);
}

function addMember(member: Element): void {
  out.element();
  out.text(member);
  out.end();
}
