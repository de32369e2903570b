/**
 * What must be true of a ranking after every step, read from its bytes by someone who knows the layout (struct/ranking.ts)
 * and none of its functions.
 */
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";

const LEAF_WORDS = 3;
const PAIR_WORDS = 5;
const LEAF_MAX = 170;
const INNER_MAX = 70;

export interface RankingShape {
  height: number;
  /** Items of each leaf, in order. */
  leaves: number[];
  /** Bytes that the nodes' items take, of the bytes that the nodes have. */
  fill: number;
}

/** Throws in words when the ranking is not as it should be; `scoreOf` tells what an entry's score is. */
export function checkRanking(tree: Ref, scoreOf: (entry: Ref) => number): RankingShape {
  const height = mem.word(tree, 1);
  const leaves: number[] = [];
  let bytesUsed = 0;
  let bytesHeld = 0;
  const complain = (what: string): never => {
    throw new Error(`ranking ${tree}: ${what}`);
  };

  /** Checks a node; the items below it. */
  function check(node: Ref, level: number): number {
    const used = mem.word(node, 0);
    const stride = level === 0 ? LEAF_WORDS : PAIR_WORDS;
    const bytes = 4 + used * stride * 4;
    bytesUsed += bytes;
    bytesHeld += mem.capacity(node);
    if (bytes > mem.capacity(node)) complain(`node ${node} holds ${bytes} bytes in ${mem.capacity(node)}`);
    if (used > (level === 0 ? LEAF_MAX : INNER_MAX)) complain(`node ${node} of level ${level} has ${used} items`);
    if (used === 0 && (level > 0 || height > 0)) complain(`node ${node} of level ${level} is empty`);
    if (level > 0 && level === height && used < 2) complain("the root has one child");
    if (level === 0) {
      leaves.push(used);
      for (let i = 0; i < used; i++) checkItem(node, 1 + i * LEAF_WORDS);
      return used;
    }
    let sum = 0;
    for (let i = 0; i < used; i++) {
      const at = 1 + i * PAIR_WORDS;
      const child = mem.refAt(node, at + 3);
      for (let word = 0; word < LEAF_WORDS; word++) {
        if (mem.word(child, 1 + word) !== mem.word(node, at + word))
          complain(`pair ${i} of ${node} misnames its child`);
      }
      const below = check(child, level - 1);
      if (below !== mem.word(node, at + 4))
        complain(`pair ${i} of ${node} counts ${mem.word(node, at + 4)}, not ${below}`);
      sum += below;
    }
    return sum;
  }

  function checkItem(leaf: Ref, at: number): void {
    // Back from halves that order as signed integers to the bits of a double.
    const high = mem.word(leaf, at);
    const low = mem.word(leaf, at + 1) ^ 0x80000000;
    const bits = new DataView(new ArrayBuffer(8)); // allowed: eight bytes of a test's own
    bits.setInt32(0, high < 0 ? high ^ 0x7fffffff : high);
    bits.setInt32(4, high < 0 ? ~low : low);
    const entry = mem.refAt(leaf, at + 2);
    // Not `is`: the ranking knows one zero only.
    if (bits.getFloat64(0) !== scoreOf(entry)) complain(`entry ${entry} stands there with ${bits.getFloat64(0)}`);
  }

  const total = check(mem.refAt(tree, 0), height);
  if (total !== mem.word(tree, 2)) complain(`${total} items, counted ${mem.word(tree, 2)}`);
  return { height, leaves, fill: bytesUsed / bytesHeld };
}
