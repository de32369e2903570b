/**
 * What the pages in use hold, by size class: a walk over their records, for people who look into the server.
 */
import { CHUNK_PAGES, chunks, GRANULE_BYTES } from "./chunks.ts";
import { FREE_RUN, field, KIND, LARGE, LIVE, PAGES } from "./pages.ts";
import { granulesOf } from "./size-classes.ts";

/** The spans of one size class, or all large blocks. */
export interface ClassStatistics {
  /** Bytes of a block; 0 for large ones, each of which has a size of its own. */
  readonly blockBytes: number;
  /** Live blocks. */
  blocks: number;
  pages: number;
}

/** The classes that have pages, the smallest blocks first and the large ones at the end. */
export function classStatistics(): ClassStatistics[] {
  const classes = new Map<number, ClassStatistics>();
  for (let page = 1; page < chunks.length * CHUNK_PAGES; ) {
    const length = Math.max(1, field(page, PAGES));
    const kind = field(page, KIND);
    if (kind !== FREE_RUN) {
      const blockBytes = kind === LARGE ? 0 : granulesOf[kind]! * GRANULE_BYTES;
      const found = classes.get(kind) ?? { blockBytes, blocks: 0, pages: 0 };
      found.blocks += field(page, LIVE);
      found.pages += length;
      classes.set(kind, found);
    }
    page += length;
  }
  return [...classes].sort(([a], [b]) => a - b).map(([, found]) => found);
}
