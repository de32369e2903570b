/**
 * An entry's block is as large as what is in it. When a part comes or goes, or the key becomes another, the entry moves.
 */

import type { Ref } from "../mem/mem.ts";
import * as mem from "../mem/mem.ts";
import type { Args } from "../resp/args.ts";
import * as entry from "../struct/entry.ts";

/**
 * Moves an entry to a block of its own size, under the key in argument `i`, with or without room for a deadline; the
 * deadline is kept where both have one, access and value always. Returns the entry; the old block is freed. Putting it
 * into a table, or back into its slot, is the caller's.
 */
export function moveEntry(ref: Ref, args: Args, i: number, hasDeadline: boolean): Ref {
  const isOutside = entry.isOutside(ref);
  const inside = isOutside ? 0 : entry.insideLength(ref);
  const flags =
    entry.flagsFor(entry.type(ref), entry.encoding(ref)) |
    (isOutside ? entry.OUTSIDE : 0) |
    (hasDeadline ? entry.DEADLINE : 0);
  const moved = mem.alloc(entry.bytesFor(flags, args.length(i), inside));
  entry.write(moved, flags, entry.access(ref), args.region, args.start(i), args.end(i), inside);
  if (hasDeadline && entry.hasDeadline(ref)) entry.setDeadline(moved, entry.deadlineBig(ref));
  entry.copyValue(ref, moved);
  mem.free(ref);
  return moved;
}
