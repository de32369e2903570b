/**
 * The blocks that are handed out, read from the allocator's own records: for tests that share a process with others, whose
 * blocks are none of their business.
 */

import { CHUNK_PAGES, PAGE_GRANULES } from "../../src/mem/chunks.ts";
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";
import { BUMP, FREE, FREE_RUN, field, KIND, LARGE, PAGES } from "../../src/mem/pages.ts";
import { granulesOf } from "../../src/mem/size-classes.ts";

/** Visits each run of pages in use: its first page, its length in pages. */
export function eachRun(visit: (page: number, length: number) => void): void {
  for (let page = 1; page < mem.chunks.length * CHUNK_PAGES; page += Math.max(1, field(page, PAGES))) {
    if (field(page, KIND) !== FREE_RUN) visit(page, field(page, PAGES));
  }
}

/**
 * The live blocks of a run. `bump` and `free` are the run's records, `link` reads the first word of a freed block: given
 * apart, so that a picture of the past can be asked too.
 */
export function blocksOfRun(page: number, bump: number, free: number, link: (ref: Ref) => number): Ref[] {
  const first = page * PAGE_GRANULES;
  const kind = field(page, KIND);
  if (kind === LARGE) return [first as Ref];
  const granules = granulesOf[kind]!;
  const freed = new Set<number>();
  for (let ref = free >>> 0; ref !== 0; ref = link(ref as Ref) >>> 0) {
    if (freed.has(ref)) throw new Error(`block ${ref} is twice in the free list of span ${page}`);
    freed.add(ref);
  }
  const end = bump === 0 ? first + field(page, PAGES) * PAGE_GRANULES - granules + 1 : bump >>> 0;
  const live: Ref[] = [];
  for (let ref = first; ref < end; ref += granules) if (!freed.has(ref)) live.push(ref as Ref);
  return live;
}

/** All live blocks. */
export function liveBlocks(): Ref[] {
  const live: Ref[] = [];
  eachRun((page) => {
    live.push(...blocksOfRun(page, field(page, BUMP), field(page, FREE), (ref) => mem.word(ref, 0)));
  });
  return live;
}
