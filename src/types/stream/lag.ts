/**
 * How far a group is behind its stream. A group counts the entries that it has read; the lag is what was ever added less
 * that. The count is known only as long as no deleted entry may lie ahead; where it is not, the group's last ID can still
 * tell it at either end of the stream.
 */

import type { Ref } from "../../mem/mem.ts";
import * as mem from "../../mem/mem.ts";
import type { Reply } from "../../resp/reply.ts";
import * as group from "./group.ts";
import { Id } from "./id.ts";
import type { Int64 } from "./int64-words.ts";
import * as int64 from "./int64-words.ts";
import * as stream from "./value.ts";

const maxDeleted = new Id();
const lastRead = new Id();

/** Whether an entry that was deleted one by one may lie at this ID or after it. */
function hasDeletedFrom(head: Ref, id: Id): boolean {
  if (stream.length(head) === 0) return false;
  maxDeleted.read(head, stream.MAX_DELETED_ID);
  if (maxDeleted.isMin || maxDeleted.compareAt(head, stream.FIRST_ID) < 0) return false;
  return id.compare(maxDeleted) <= 0;
}

/** How many entries were ever added up to this ID; UNKNOWN when that cannot be told. */
export function entriesUpTo(head: Ref, id: Id): Int64 {
  const added = int64.read(head, stream.ENTRIES_ADDED);
  if (added === 0) return 0;
  const length = stream.length(head);
  const toLast = id.compareAt(head, stream.LAST_ID);
  if (toLast === 0 || (toLast < 0 && length === 0)) return added;
  if (toLast > 0) return group.UNKNOWN;
  maxDeleted.read(head, stream.MAX_DELETED_ID);
  if (!maxDeleted.isMin && maxDeleted.compareAt(head, stream.FIRST_ID) >= 0) return group.UNKNOWN;
  const toFirst = id.compareAt(head, stream.FIRST_ID);
  if (toFirst > 0) return group.UNKNOWN;
  return int64.subtract(added, toFirst < 0 ? length : length - 1);
}

/** Notes that the group has read the entry with this ID, which is after all it has read before. */
export function advance(head: Ref, of: Ref, id: Id): void {
  mem.touch(of);
  if (int64.read(of, group.ENTRIES_READ) !== group.UNKNOWN && !hasDeletedFrom(head, id)) {
    int64.increment(of, group.ENTRIES_READ);
  } else if (int64.read(head, stream.ENTRIES_ADDED) !== 0) {
    int64.write(of, group.ENTRIES_READ, entriesUpTo(head, id));
  }
  id.write(of, group.LAST_ID);
}

/** Answers how many entries the group has read, or null. */
export function replyEntriesRead(reply: Reply, of: Ref): void {
  const read = int64.read(of, group.ENTRIES_READ);
  if (read === group.UNKNOWN) reply.null();
  else int64.reply(reply, read);
}

/** Answers how many entries the group has not read yet, or null. */
export function replyLag(reply: Reply, head: Ref, of: Ref): void {
  const added = int64.read(head, stream.ENTRIES_ADDED);
  if (added === 0) return reply.zero();
  lastRead.read(of, group.LAST_ID);
  let read = int64.read(of, group.ENTRIES_READ);
  if (read === group.UNKNOWN || hasDeletedFrom(head, lastRead)) read = entriesUpTo(head, lastRead);
  if (read === group.UNKNOWN) reply.null();
  else int64.reply(reply, int64.subtract(added, read));
}
