/**
 * Hashes as commands: HMSET. Where fields have deadlines, each is set on its own, and HPEXPIREAT follows, as in Redis 7.4.
 */
import { type Commands, word } from "../../keyspace/rewriting.ts";
import type { Ref } from "../../mem/mem.ts";
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

/** Where fields are written: one function for all values, since one of its own for each is garbage by the million. */
let out: Commands;

/** As `ValueType.rewrite` says. */
export function rewrite(ref: Ref, to: Commands): void {
  out = to;
  if (hash.isTimed(ref)) return table.entries(hash.tableOf(ref), addTimedField);
  out.addElements(HMSET, hash.length(ref), 2);
  hash.each(ref, addField);
}

function addField(name: Element, value: Element): void {
  out.element();
  out.text(name);
  out.text(value);
  out.end();
}

function addTimedField(found: Ref): void {
  field.readName(found, name);
  field.readValue(found, value);
  out.begin(4, HMSET);
  out.text(name);
  out.text(value);
  out.end();
  if (!entry.hasDeadline(found)) return;
  out.begin(6, HPEXPIREAT);
  out.bulkInteger(entry.deadlineMs(found));
  out.raw(FIELDS);
  out.bulkInteger(1);
  out.text(name);
  out.end();
}
