/**
 * Lists as commands: RPUSH.
 */
import { type Commands, word } from "../../keyspace/rewriting.ts";
import type { Ref } from "../../mem/mem.ts";
import { Element, NONE } from "../../struct/listpack.ts";
import * as pack from "./pack.ts";
import * as packs from "./packs.ts";

const RPUSH = word("RPUSH");
const element = new Element();

/** Where `addPack` writes: one function for all values, since one of its own for each is garbage by the million. */
let out: Commands;

/** As `ValueType.rewrite` says. */
export function rewrite(list: Ref, to: Commands): void {
  out = to;
  out.addElements(RPUSH, packs.length(list), 1);
  packs.each(list, addPack);
}

function addPack(held: Ref): void {
  for (let at = pack.first(held); at !== NONE; at = pack.next(held, at)) {
    pack.read(held, at, element);
    out.element();
    out.text(element);
    out.end();
  }
}
