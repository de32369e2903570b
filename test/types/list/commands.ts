/**
 * List commands in this process, without a server; and what a list is made of.
 */
import { open } from "../../../src/keyspace/database.ts";
import { register } from "../../../src/keyspace/value-type.ts";
import type { Ref } from "../../../src/mem/mem.ts";
import * as mem from "../../../src/mem/mem.ts";
import * as entry from "../../../src/struct/entry.ts";
import { list } from "../../../src/types/list/list.ts";
import * as packs from "../../../src/types/list/packs.ts";
import { each, listType } from "../../../src/types/list/value.ts";
import { blocksOf, runnerOf, visited } from "../../support/handlers.ts";

open(1);
register(listType);

/** Runs a command of lists; the reply's bytes. */
export const run = runnerOf(list.commands);

/** The elements. */
export const contentOf = (ref: Ref): string[] => visited((visit) => each(ref, visit));

/** The number of elements of each pack, and the pack. */
export function packsOf(ref: Ref): { count: number; held: Ref }[] {
  const found: { count: number; held: Ref }[] = [];
  packs.each(ref, (held, count) => found.push({ count, held }));
  return found;
}

/** Frees a value in small slices; in between, what is left is exactly what it says it owns. Returns the slices. */
export function releaseSlowly(ref: Ref, blocksBefore: number, budget = 10): number {
  const value = entry.outside(ref);
  const encoding = entry.encoding(ref);
  mem.free(ref);
  for (let slices = 1; ; slices++) {
    if (listType.release(value, encoding, budget)) return slices;
    const left = blocksOf((visit) => listType.releasing(value, encoding, visit)).size;
    if (mem.used.blocks - blocksBefore !== left) throw new Error(`${left} blocks are left, not those in use`);
  }
}
