/**
 * The ranking: entries in the order of their scores, and among equal scores of their keys' bytes. A B+tree whose inner nodes
 * count what lies below them, so that a rank is found from a score and a score from a rank in O(log n).
 *
 *     root    u32 node · u32 height · u32 count                     height 0: the node is a leaf
 *     leaf    u32 used · items   ┌ high │ low │ entry ┐             at most LEAF_MAX, 12 bytes each
 *     inner   u32 used · pairs   ┌ high │ low │ entry │ child │ below ┐     the child's first item, the items below it
 *
 * `high` and `low` are a score as a 64-bit integer whose halves, compared as signed integers, order as scores do; -0 is
 * the same as 0. So nearly all comparisons are made within a node, and only equal scores look into entries. The exact score
 * is kept by the entry's owner, who says it with every call, and calls `move` when it changes.
 *
 * Nodes have the size they need: a leaf grows by an eighth until it has LEAF_MAX items, then splits in two that fit. What is
 * added at either end of all splits off nothing but itself, so ascending and descending scores leave full leaves. The
 * average is 13 bytes per item, all in.
 *
 * Invariants: a pair's first three words are those of the first item below it; `below` is how many there are; no node but
 * an empty root is empty; a root that is no leaf has two children at least.
 *
 * Every function begins at the root and leaves the way it took in `nodes` and `places`: who calls another one has lost it.
 */
import { compare, type Region } from "../base/region.ts";
import * as mem from "../mem/mem.ts";
import { CHUNK_MASK, CHUNK_SHIFT, chunks, type Ref } from "../mem/mem.ts";
import * as entry from "./entry.ts";

// Words of the root.
const NODE = 0;
const HEIGHT = 1;
const COUNT = 2;
const ROOT_BYTES = 12;

// Words of a node, of an item, of a pair.
const USED = 0;
const ITEMS = 1;
const HIGH = 0;
const LOW = 1;
const ENTRY = 2;
const CHILD = 3;
const BELOW = 4;
const LEAF_WORDS = 3;
const PAIR_WORDS = 5;

/** Items of a leaf of 2 KiB. */
const LEAF_MAX = 170;
const INNER_MAX = 70;

const wordsOf = (level: number) => (level === 0 ? LEAF_WORDS : PAIR_WORDS);
const maxOf = (level: number) => (level === 0 ? LEAF_MAX : INNER_MAX);
const bytesFor = (level: number, items: number) => (ITEMS + items * wordsOf(level)) * 4;

/** An empty ranking. */
export function create(): Ref {
  const tree = mem.alloc(ROOT_BYTES);
  mem.setWord(tree, NODE, newNode(0, 2));
  mem.setWord(tree, HEIGHT, 0);
  mem.setWord(tree, COUNT, 0);
  return tree;
}

/** Number of entries. */
export function count(tree: Ref): number {
  return mem.word(tree, COUNT);
}

// --- The way from the root -----------------------------------------------------------------------------------------

const HEIGHT_MAX = 32;
/** The node at each level, 0 being the leaf; and within it the place of the child, or of the item. */
const nodes = new Uint32Array(HEIGHT_MAX);
const places = new Int32Array(HEIGHT_MAX);
let root = 0 as Ref;
let height = 0;

const nodeAt = (level: number) => nodes[level]! as Ref;
const usedAt = (level: number) => mem.word(nodeAt(level), USED);
/** Word of the node where the item or pair at its place begins. */
const wordAt = (level: number) => ITEMS + places[level]! * wordsOf(level);
const isFirstFrom = (level: number) => {
  for (let i = level; i <= height; i++) if (places[i] !== 0) return false;
  return true;
};
const isLastFrom = (level: number) => {
  for (let i = level; i <= height; i++) if (places[i] !== usedAt(i) - 1) return false;
  return true;
};

function begin(tree: Ref): Ref {
  root = tree;
  height = mem.word(tree, HEIGHT);
  return mem.refAt(tree, NODE);
}

/** Goes to the item of this rank; to the place after the last one, if there are just so many. */
function goToRank(tree: Ref, rank: number): void {
  let node = begin(tree);
  let left = rank;
  for (let level = height; level > 0; level--) {
    const words = chunks[node >>> CHUNK_SHIFT]!.words;
    const head = (node & CHUNK_MASK) << 1;
    const last = head + ITEMS + (words[head + USED]! - 1) * PAIR_WORDS;
    let at = head + ITEMS;
    for (; at < last && left >= words[at + BELOW]!; at += PAIR_WORDS) left -= words[at + BELOW]!;
    nodes[level] = node;
    places[level] = (at - head - ITEMS) / PAIR_WORDS;
    node = (words[at + CHILD]! >>> 0) as Ref;
  }
  nodes[0] = node;
  places[0] = left;
}

/** The rank of the place that the way leads to. */
function rankHere(): number {
  let rank = places[0]!;
  for (let level = 1; level <= height; level++) {
    const node = nodeAt(level);
    const words = chunks[node >>> CHUNK_SHIFT]!.words;
    const first = ((node & CHUNK_MASK) << 1) + ITEMS + BELOW;
    const end = first + places[level]! * PAIR_WORDS;
    for (let at = first; at < end; at += PAIR_WORDS) rank += words[at]!;
  }
  return rank;
}

// What is looked for: the first item that is not before it.
const THE_ITEM = 0; // this score with this key
const THE_SCORE = 1; // this score with any key
const AFTER_SCORE = 2;
const THE_KEY = 3; // this key with any score
const AFTER_KEY = 4;
let wanted = THE_ITEM;
let wantedHigh = 0;
let wantedLow = 0;
let wantedRegion: Region;
let wantedStart = 0;
let wantedEnd = 0;

const scratch = new Float64Array(1);
const halves = new Int32Array(scratch.buffer); // allowed: a scratch of its own

/** Reads a score into `wantedHigh` and `wantedLow`. */
function wantScore(score: number): void {
  scratch[0] = score + 0; // -0 becomes 0
  const high = halves[1]!;
  const low = halves[0]!;
  // The order of negative doubles is that of their bits backwards. The low half is unsigned by nature.
  wantedHigh = high < 0 ? high ^ 0x7fffffff : high;
  wantedLow = (high < 0 ? ~low : low) ^ 0x80000000;
}

/** The score whose halves these are: what `wantScore` did, undone. Of -0 only 0 is left. */
function scoreOf(high: number, low: number): number {
  const plain = low ^ 0x80000000;
  halves[1] = high < 0 ? high ^ 0x7fffffff : high;
  halves[0] = high < 0 ? ~plain : plain;
  return scratch[0]!;
}

function wantKey(region: Region, start: number, end: number): void {
  wantedRegion = region;
  wantedStart = start;
  wantedEnd = end;
}

function wantItem(score: number, ref: Ref): void {
  wanted = THE_ITEM;
  wantScore(score);
  const start = entry.keyStart(ref);
  wantKey(mem.chunkOf(ref), start, start + entry.keyLength(ref));
}

/** Whether the item at this word comes before what is wanted. */
function isBefore(words: Int32Array, at: number): boolean {
  if (wanted < THE_KEY) {
    const high = words[at + HIGH]!;
    if (high !== wantedHigh) return high < wantedHigh;
    const low = words[at + LOW]!;
    if (low !== wantedLow) return low < wantedLow;
    if (wanted !== THE_ITEM) return wanted === AFTER_SCORE;
  }
  const ref = (words[at + ENTRY]! >>> 0) as Ref;
  const start = entry.keyStart(ref);
  const end = start + entry.keyLength(ref);
  const order = compare(mem.chunkOf(ref), start, end, wantedRegion, wantedStart, wantedEnd);
  return order < 0 || (order === 0 && wanted === AFTER_KEY);
}

/**
 * Goes to what is wanted, or to where it would have to be: the place after a leaf's last item is then as good as the first
 * one of the next leaf.
 */
function goToWanted(tree: Ref): void {
  let node = begin(tree);
  for (let level = height; ; level--) {
    const words = chunks[node >>> CHUNK_SHIFT]!.words;
    const head = (node & CHUNK_MASK) << 1;
    const stride = wordsOf(level);
    // The first pair is not asked: it is the right one if none of the others is.
    let low = level === 0 ? 0 : 1;
    let high = words[head + USED]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(words, head + ITEMS + middle * stride)) low = middle + 1;
      else high = middle;
    }
    nodes[level] = node;
    if (level === 0) {
      places[0] = low;
      return;
    }
    places[level] = low - 1;
    node = (words[head + ITEMS + (low - 1) * PAIR_WORDS + CHILD]! >>> 0) as Ref;
  }
}

/** Goes to the item of an entry that is there. */
function goToItem(tree: Ref, score: number, ref: Ref): void {
  wantItem(score, ref);
  goToWanted(tree);
  if (places[0] === usedAt(0)) nextLeaf();
  if (mem.refAt(nodeAt(0), wordAt(0) + ENTRY) !== ref)
    throw new Error(`ranking ${tree}: entry ${ref} is not at its place`);
}

function nextLeaf(): void {
  let level = 1;
  while (level < height && places[level] === usedAt(level) - 1) level++;
  places[level]!++;
  for (; level > 0; level--) {
    nodes[level - 1] = mem.refAt(nodeAt(level), wordAt(level) + CHILD);
    places[level - 1] = 0;
  }
}

// --- Asking --------------------------------------------------------------------------------------------------------

/** The rank of an entry that is there, from 0 on. */
export function rankOf(tree: Ref, score: number, ref: Ref): number {
  wantItem(score, ref);
  goToWanted(tree);
  return rankHere();
}

/** How many entries come before all with this score, or (`isAfter`) after them. */
export function rankOfScore(tree: Ref, score: number, isAfter: boolean): number {
  wanted = isAfter ? AFTER_SCORE : THE_SCORE;
  wantScore(score);
  goToWanted(tree);
  return rankHere();
}

/** How many entries come before a key, or (`isAfter`) up to it, all scores being equal. */
export function rankOfKey(tree: Ref, region: Region, start: number, end: number, isAfter: boolean): number {
  wanted = isAfter ? AFTER_KEY : THE_KEY;
  wantKey(region, start, end);
  goToWanted(tree);
  return rankHere();
}

/** The entry of this rank, which must be below `count`. */
export function at(tree: Ref, rank: number): Ref {
  goToRank(tree, rank);
  return mem.refAt(nodeAt(0), wordAt(0) + ENTRY);
}

/**
 * Visits `length` entries from a rank on, upwards or downwards, with their scores (0 may stand for -0); there must be so
 * many. A visit that answers false is the last one. It may not change this ranking.
 */
export function each(
  tree: Ref,
  from: number,
  length: number,
  isReverse: boolean,
  visit: (entry: Ref, score: number) => unknown,
): void {
  for (let done = 0; done < length; ) {
    // Found anew for each leaf, since a visit may go its way through another ranking.
    goToRank(tree, isReverse ? from - done : from + done);
    const leaf = nodeAt(0);
    const place = places[0]!;
    const run = Math.min(length - done, isReverse ? place + 1 : usedAt(0) - place);
    warm(leaf, isReverse ? place - run + 1 : place, run);
    const { words } = mem.chunkOf(leaf);
    const step = isReverse ? -LEAF_WORDS : LEAF_WORDS;
    let item = mem.wordOffset(leaf) + ITEMS + place * LEAF_WORDS;
    for (let i = 0; i < run; i++, item += step) {
      const score = scoreOf(words[item + HIGH]!, words[item + LOW]!);
      if (visit((words[item + ENTRY]! >>> 0) as Ref, score) === false) return;
    }
    done += run;
  }
}

let sink = 0;

/**
 * Brings a run of entries into the cache: the reads do not depend on each other, so the processor has many misses under way
 * at once, as in `prefetch` of struct/table.ts.
 */
function warm(leaf: Ref, place: number, run: number): void {
  const items = chunks[leaf >>> CHUNK_SHIFT]!.words;
  const first = ((leaf & CHUNK_MASK) << 1) + ITEMS + place * LEAF_WORDS + ENTRY;
  let sum = 0;
  for (let i = first; i < first + run * LEAF_WORDS; i += LEAF_WORDS) {
    const ref = items[i]!;
    const words = chunks[ref >>> CHUNK_SHIFT]!.words;
    const head = (ref & CHUNK_MASK) << 1;
    // The head, and where a member of 16 bytes has its score.
    sum ^= words[head]! ^ words[head + 6]!;
  }
  sink ^= sum;
}

/**
 * What `warm` read: exported, so that the reads are not optimised away.
 * @public
 */
export const warmed = () => sink;

// --- Adding --------------------------------------------------------------------------------------------------------

/** Adds an entry that is not there yet. */
export function insert(tree: Ref, score: number, ref: Ref): void {
  wantItem(score, ref);
  goToWanted(tree);
  addCounts(1);
  place(0, places[0]!, wantedHigh, wantedLow, ref, 0, 0);
}

/** Adds to the counts of all that lie above the leaf. */
function addCounts(difference: number): void {
  mem.touch(root);
  mem.setWord(root, COUNT, mem.word(root, COUNT) + difference);
  for (let level = 1; level <= height; level++) addBelow(level, difference);
}

function addBelow(level: number, difference: number): void {
  const node = nodeAt(level);
  const at = wordAt(level) + BELOW;
  mem.touch(node);
  mem.setWord(node, at, mem.word(node, at) + difference);
}

/** Puts an item, or a pair, at a place of the node at this level. The counts above are right already. */
function place(level: number, at: number, high: number, low: number, ref: Ref, child: number, below: number): void {
  const used = usedAt(level);
  if (used < maxOf(level)) {
    write(withRoom(level), level, at, high, low, ref, child, below);
    if (at === 0) rename(level);
    return;
  }
  const isAtEnd = at === used && isLastFrom(level + 1);
  if (isAtEnd || (at === 0 && isFirstFrom(level + 1))) {
    const alone = newNode(level, maxOf(level));
    write(alone, level, 0, high, low, ref, child, below);
    link(level, alone, isAtEnd);
    return;
  }
  const half = used >> 1;
  const right = newNode(level, used - half + 1);
  copyItems(right, 0, nodeAt(level), half, used - half, level);
  mem.touch(nodeAt(level));
  mem.setWord(nodeAt(level), USED, half);
  const left = resize(level, half + 1);
  if (at > half) write(right, level, at - half, high, low, ref, child, below);
  else write(left, level, at, high, low, ref, child, below);
  if (at === 0) rename(level);
  link(level, right, true);
}

function newNode(level: number, items: number): Ref {
  const node = mem.alloc(bytesFor(level, items));
  mem.setWord(node, USED, 0);
  return node;
}

/** Writes an item, or a pair, into a node that has room and may be changed. */
function write(
  node: Ref,
  level: number,
  at: number,
  high: number,
  low: number,
  ref: Ref,
  child: number,
  below: number,
): void {
  const words = chunks[node >>> CHUNK_SHIFT]!.words;
  const head = (node & CHUNK_MASK) << 1;
  const stride = wordsOf(level);
  const from = head + ITEMS + at * stride;
  words.copyWithin(from + stride, from, head + ITEMS + words[head + USED]! * stride);
  words[head + USED]!++;
  words[from + HIGH] = high;
  words[from + LOW] = low;
  words[from + ENTRY] = ref;
  if (level === 0) return;
  words[from + CHILD] = child;
  words[from + BELOW] = below;
}

/** Appends items of one node to another that has room and may be changed, at its end `to`. */
function copyItems(target: Ref, to: number, source: Ref, from: number, items: number, level: number): void {
  const stride = wordsOf(level);
  const output = chunks[target >>> CHUNK_SHIFT]!.words;
  const input = chunks[source >>> CHUNK_SHIFT]!.words;
  const outputAt = ((target & CHUNK_MASK) << 1) + ITEMS + to * stride;
  const inputAt = ((source & CHUNK_MASK) << 1) + ITEMS + from * stride;
  for (let i = 0; i < items * stride; i++) output[outputAt + i] = input[inputAt + i]!;
  mem.setWord(target, USED, to + items);
}

/** The node at this level, with room for one more: another block where it was full. */
function withRoom(level: number): Ref {
  const node = nodeAt(level);
  const used = mem.word(node, USED);
  mem.touch(node);
  if (bytesFor(level, used + 1) <= mem.capacity(node)) return node;
  return resize(level, Math.min(maxOf(level), used + 3 + (used >> 3)));
}

/** Gives the node at this level a block for so many items. */
function resize(level: number, items: number): Ref {
  const node = nodeAt(level);
  if (mem.fits(node, bytesFor(level, items))) return node;
  const fresh = newNode(level, items);
  copyItems(fresh, 0, node, 0, mem.word(node, USED), level);
  mem.free(node);
  nodes[level] = fresh;
  const above = level === height ? root : nodeAt(level + 1);
  mem.touch(above);
  mem.setWord(above, level === height ? NODE : wordAt(level + 1) + CHILD, fresh);
  return fresh;
}

/** Tells the pairs above what the first item of the node at this level is now. */
function rename(level: number): void {
  const node = nodeAt(level);
  for (let above = level + 1; above <= height; above++) {
    const parent = nodeAt(above);
    const at = wordAt(above);
    mem.touch(parent);
    for (let i = 0; i < LEAF_WORDS; i++) mem.setWord(parent, at + i, mem.word(node, ITEMS + i));
    if (places[above] !== 0) return;
  }
}

/** Makes a new node the neighbour of the one at this level, from which its items have been taken. */
function link(level: number, fresh: Ref, isAfter: boolean): void {
  const below = total(fresh, level);
  if (level === height) addRoot(level);
  else addBelow(level + 1, -below);
  const at = places[level + 1]! + (isAfter ? 1 : 0);
  const ref = mem.refAt(fresh, ITEMS + ENTRY);
  place(level + 1, at, mem.word(fresh, ITEMS + HIGH), mem.word(fresh, ITEMS + LOW), ref, fresh, below);
}

/** Puts a root with one pair above the node at this level. */
function addRoot(level: number): void {
  const node = nodeAt(level);
  const above = newNode(level + 1, 3);
  const ref = mem.refAt(node, ITEMS + ENTRY);
  const below = total(node, level);
  write(above, level + 1, 0, mem.word(node, ITEMS + HIGH), mem.word(node, ITEMS + LOW), ref, node, below);
  height = level + 1;
  nodes[height] = above;
  places[height] = 0;
  mem.touch(root);
  mem.setWord(root, NODE, above);
  mem.setWord(root, HEIGHT, height);
}

/** Items in a node or below it. */
function total(node: Ref, level: number): number {
  const used = mem.word(node, USED);
  if (level === 0) return used;
  let sum = 0;
  for (let i = 0; i < used; i++) sum += mem.word(node, ITEMS + i * PAIR_WORDS + BELOW);
  return sum;
}

// --- Moving and removing -------------------------------------------------------------------------------------------

/** Gives an entry that is there another score. */
export function move(tree: Ref, from: number, to: number, ref: Ref): void {
  goToItem(tree, from, ref);
  wantScore(to);
  if (staysInPlace()) {
    const leaf = nodeAt(0);
    mem.touch(leaf);
    mem.setWord(leaf, wordAt(0) + HIGH, wantedHigh);
    mem.setWord(leaf, wordAt(0) + LOW, wantedLow);
    if (places[0] === 0) rename(0);
    return;
  }
  removeHere(1);
  insert(tree, to, ref);
}

/** Whether what is wanted belongs between the two neighbours of the place, as far as this leaf can tell. */
function staysInPlace(): boolean {
  const leaf = nodeAt(0);
  const words = chunks[leaf >>> CHUNK_SHIFT]!.words;
  const at = ((leaf & CHUNK_MASK) << 1) + wordAt(0);
  const isAfterPrevious = places[0] === 0 ? isFirstFrom(1) : isBefore(words, at - LEAF_WORDS);
  if (!isAfterPrevious) return false;
  return places[0] === usedAt(0) - 1 ? isLastFrom(1) : !isBefore(words, at + LEAF_WORDS);
}

/** Removes an entry that is there; its block stays the caller's. */
export function remove(tree: Ref, score: number, ref: Ref): void {
  goToItem(tree, score, ref);
  removeHere(1);
}

/** Removes the entry of this rank, which must be below `count`, and returns it. */
export function removeAt(tree: Ref, rank: number): Ref {
  goToRank(tree, rank);
  const ref = mem.refAt(nodeAt(0), wordAt(0) + ENTRY);
  removeHere(1);
  return ref;
}

/**
 * Removes `length` entries from a rank on, each of which is given to `release`, which may free it but may not use any
 * ranking. There must be so many.
 */
export function removeRange(tree: Ref, from: number, length: number, release: (entry: Ref) => void): void {
  for (let left = length; left > 0; ) {
    goToRank(tree, from);
    const leaf = nodeAt(0);
    const run = Math.min(left, usedAt(0) - places[0]!);
    warm(leaf, places[0]!, run);
    for (let i = 0; i < run; i++) release(mem.refAt(leaf, wordAt(0) + i * LEAF_WORDS + ENTRY));
    removeHere(run);
    left -= run;
  }
}

/** Removes items of one leaf, from the place that the way leads to on. Entries are not asked: they may be gone. */
function removeHere(run: number): void {
  addCounts(-run);
  take(0, places[0]!, run);
  while (height > 0 && mem.word(mem.refAt(root, NODE), USED) === 1) removeRoot();
}

/** Below these a node looks for a neighbour to join, if both together have no more than the others. */
const fewOf = (level: number) => (maxOf(level) / 3) | 0;
const joinedMaxOf = (level: number) => (maxOf(level) * 0.75) | 0;

/** Takes items, or pairs, out of the node at this level. The counts above are right already. */
function take(level: number, at: number, run: number): void {
  const node = nodeAt(level);
  const left = usedAt(level) - run;
  if (left === 0 && level < height) {
    mem.free(node);
    take(level + 1, places[level + 1]!, 1);
    return;
  }
  if (left === 0 && level > 0) return becomeEmpty(node);
  mem.touch(node);
  const words = chunks[node >>> CHUNK_SHIFT]!.words;
  const first = ((node & CHUNK_MASK) << 1) + ITEMS;
  const stride = wordsOf(level);
  words.copyWithin(first + at * stride, first + (at + run) * stride, first + (left + run) * stride);
  mem.setWord(node, USED, left);
  if (at === 0 && left > 0) rename(level);
  if (level < height && left < fewOf(level) && join(level)) return;
  if (mem.capacity(node) > bytesFor(level, left) * 1.5 + 32) resize(level, left + 2 + (left >> 4));
}

/** The last node went, and all above it with it: an empty leaf is the root again. */
function becomeEmpty(node: Ref): void {
  mem.free(node);
  mem.touch(root);
  mem.setWord(root, NODE, newNode(0, 2));
  mem.setWord(root, HEIGHT, 0);
  height = 0;
}

/** Joins the node at this level with a neighbour below the same parent, if there is one that is small enough. */
function join(level: number): boolean {
  const here = places[level + 1]!;
  return joinAt(level, here) || joinAt(level, here - 1);
}

/** Joins the children of two neighbouring pairs, of which the first one is at this place, if they are small enough. */
function joinAt(level: number, at: number): boolean {
  const parent = nodeAt(level + 1);
  if (at < 0 || at + 1 >= mem.word(parent, USED)) return false;
  const leftAt = ITEMS + at * PAIR_WORDS;
  const rightAt = leftAt + PAIR_WORDS;
  const left = mem.refAt(parent, leftAt + CHILD);
  const right = mem.refAt(parent, rightAt + CHILD);
  const ofLeft = mem.word(left, USED);
  const ofRight = mem.word(right, USED);
  if (ofLeft + ofRight > joinedMaxOf(level)) return false;
  nodes[level] = left;
  places[level + 1] = at;
  mem.touch(left);
  const both = resize(level, ofLeft + ofRight);
  copyItems(both, ofLeft, right, 0, ofRight, level);
  mem.touch(parent);
  mem.setWord(parent, leftAt + BELOW, mem.word(parent, leftAt + BELOW) + mem.word(parent, rightAt + BELOW));
  mem.free(right);
  take(level + 1, at + 1, 1);
  return true;
}

/** Lets a root's only child be the root. */
function removeRoot(): void {
  const node = mem.refAt(root, NODE);
  height--;
  mem.touch(root);
  mem.setWord(root, NODE, mem.refAt(node, ITEMS + CHILD));
  mem.setWord(root, HEIGHT, height);
  mem.free(node);
}

// --- As a whole ----------------------------------------------------------------------------------------------------

/** Visits every block of the ranking itself: the nodes, the root. */
export function blocks(tree: Ref, visit: (block: Ref) => void): void {
  nodesBelow(mem.refAt(tree, NODE), mem.word(tree, HEIGHT), visit);
  visit(tree);
}

function nodesBelow(node: Ref, level: number, visit: (block: Ref) => void): void {
  if (level > 0) {
    const used = mem.word(node, USED);
    for (let i = 0; i < used; i++) nodesBelow(mem.refAt(node, ITEMS + i * PAIR_WORDS + CHILD), level - 1, visit);
  }
  visit(node);
}

/** Nodes freed for each element of a budget: none has fewer than a few dozen entries, which are freed elsewhere. */
const NODES_PER_ELEMENT = 0.5;

/**
 * Frees a ranking that nobody can reach any more, a slice at a time, from its end on; the entries are not asked. True when
 * all is gone.
 */
export function drain(tree: Ref, budget: number): boolean {
  for (let left = Math.max(1, budget * NODES_PER_ELEMENT); left > 0; left--) {
    let node = begin(tree);
    for (let level = height; level > 0; level--) {
      nodes[level] = node;
      places[level] = usedAt(level) - 1;
      node = mem.refAt(node, wordAt(level) + CHILD);
    }
    mem.free(node);
    let level = 1;
    for (; level <= height && usedAt(level) === 1; level++) mem.free(nodeAt(level));
    if (level > height) {
      mem.free(tree);
      return true;
    }
    mem.touch(nodeAt(level));
    mem.setWord(nodeAt(level), USED, usedAt(level) - 1);
  }
  return false;
}
