/**
 * Answers as many elements as a client asks for, from a value that may have one: HRANDFIELD, SRANDMEMBER and ZRANDMEMBER
 * with a negative count. Redis writes until the client has taken it all or memory is gone; here a reply that would be too large
 * is refused.
 */
import type { Reply } from "../resp/reply.ts";

const MIB = 2 ** 20;
/** What the largest bulk string of a request takes unless told otherwise (`proto-max-bulk-len`). */
const REPLY_MIB_MAX = 512;
/** `$0`, and twice CR and LF. */
const ELEMENT_BYTES_MIN = 6;

/**
 * Calls `writeOne` so many times, after `writeHeader`; answers an error instead when that takes too much room. So nothing but
 * the reply may come of either.
 */
export function replyRepeated(reply: Reply, times: number, writeHeader: () => void, writeOne: () => void): void {
  const start = reply.length;
  const end = start + REPLY_MIB_MAX * MIB;
  let isTooLarge = times > (REPLY_MIB_MAX * MIB) / ELEMENT_BYTES_MIN;
  if (!isTooLarge) writeHeader();
  for (let i = 0; i < times && !isTooLarge; i++) {
    writeOne();
    isTooLarge = reply.length > end;
  }
  if (!isTooLarge) return;
  reply.truncate(start);
  reply.error(`ERR the reply would take more than ${REPLY_MIB_MAX} MiB`);
}
