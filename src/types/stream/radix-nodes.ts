/**
 * How many nodes Redis' radix tree would have for the nodes of a stream: XINFO STREAM tells it, and it depends on nothing
 * but the keys, which are the nodes' IDs as 16 bytes with the highest first.
 *
 * Where keys part, there is a node. What they have in common between two such places is one more, and so are the bytes of
 * a key behind the last of them. Each key ends in a node of its own. As the keys come in order, how many bytes each shares
 * with the next one tells where they part.
 */
import type { Ref } from "../../mem/mem.ts";
import * as sequence from "../../struct/sequence.ts";
import { ID_BYTES, Id } from "./id.ts";

/** The places at which the key at hand parts from those before it, in bytes from its start. */
const places = new Uint8Array(ID_BYTES);
let depth = 0;
let count = 0;

const key = new Id();
const next = new Id();

export function radixNodes(nodes: Ref): number {
  if (sequence.items(nodes) === 0) return 1;
  depth = 0;
  count = 0;
  let shared = -1;
  let isFirst = true;
  sequence.each(nodes, (node) => {
    next.read(node, 0);
    if (!isFirst) shared = addKey(shared, sharedBytes());
    isFirst = false;
    key.copy(next);
  });
  addKey(shared, -1);
  return count;
}

/** Counts what there is of a key below the places where others part from it; they share so many bytes with it. */
function addKey(withLast: number, withNext: number): number {
  count += Math.max(withLast, withNext) + 1 < ID_BYTES ? 2 : 1;
  // The next key does not come to the deeper places any more.
  while (depth > 0 && places[depth - 1]! > withNext) {
    const place = places[--depth]!;
    const above = Math.max(withNext, depth > 0 ? places[depth - 1]! : -1);
    count += place > above + 1 ? 2 : 1;
  }
  if (withNext >= 0 && (depth === 0 || places[depth - 1]! < withNext)) places[depth++] = withNext;
  return withNext;
}

/** How many bytes `key` and `next` have in common from the start. */
function sharedBytes(): number {
  if (key.msHigh !== next.msHigh) return sharedOfWord(key.msHigh, next.msHigh);
  if (key.msLow !== next.msLow) return 4 + sharedOfWord(key.msLow, next.msLow);
  if (key.seqHigh !== next.seqHigh) return 8 + sharedOfWord(key.seqHigh, next.seqHigh);
  return 12 + sharedOfWord(key.seqLow, next.seqLow);
}

const sharedOfWord = (a: number, b: number) => Math.clz32(a ^ b) >> 3;
