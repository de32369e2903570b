/**
 * The sequence: refs in an order that their owner gives them, as a counted B+tree. Each item has a weight, the number of
 * elements it stands for (those of a listpack, say), so that the n-th element of millions is found in a few steps.
 *
 *     root   top node · first leaf · last leaf · u32 items · u32 weight of all · what the first and the last item gained
 *     node   u16 entries, u16 level (0: leaf) · parent · previous leaf · next leaf · entries of ┌ ref │ u32 weight ┐
 *
 * The entries of a leaf are the items, those of a node above it its children with the sums of their weights. A node takes
 * 512 bytes and 62 entries; only a leaf that is alone may be smaller. No step is longer than splitting one node per level,
 * so growing never pauses.
 *
 * Most changes are to the weight of the first or last item (of a queue, say). They do not climb: the root notes what the
 * item gained, and the sums above it learn of that before the next change of the tree's shape (`settle`).
 *
 * Adding at an end leaves full nodes behind. A node that has become a quarter full joins a neighbour, if both fit into
 * three quarters of one; a node without entries goes.
 *
 * Items are reached through the place: one cursor for all sequences, which the seeking functions set, and which stays where
 * it is until the next seek or a change of another place of the same sequence.
 */
import * as mem from "../mem/mem.ts";
import { NIL, type Ref } from "../mem/mem.ts";

// Words of the root.
const TOP = 0;
const FIRST = 1;
const LAST = 2;
const ITEMS = 3;
const WEIGHT = 4;
const FIRST_GAIN = 5;
const LAST_GAIN = 6;
const ROOT_BYTES = 28;

// Words of a node; an entry is two words.
const SHAPE = 0;
const PARENT = 1;
const PREVIOUS = 2;
const NEXT = 3;
const ENTRIES = 4;

const COUNT_MASK = 0xffff;
const LEVEL_SHIFT = 16;
const HEAD_BYTES = ENTRIES * 4;
const NODE_BYTES = 512;
const ALONE_BYTES_MIN = 64;
const ENTRIES_MAX = (NODE_BYTES - HEAD_BYTES) >> 3;
/** Below so many entries a node looks for a neighbour to join, and up to so many they may have together. */
const SPARSE = ENTRIES_MAX >> 2;
const JOINED_MAX = (ENTRIES_MAX * 3) >> 2;

// Where a node is added: at one end of the sequence, or somewhere.
const BEFORE_ALL = -1;
const INSIDE = 0;
const AFTER_ALL = 1;

/** The place: an entry of a leaf; no leaf when there is no item. */
let leaf: Ref = NIL;
let index = 0;

/** An empty sequence. */
export function create(): Ref {
  const seq = mem.alloc(ROOT_BYTES);
  const only = newNode(0, ALONE_BYTES_MIN);
  mem.setWord(seq, TOP, only);
  mem.setWord(seq, FIRST, only);
  mem.setWord(seq, LAST, only);
  mem.setWord(seq, ITEMS, 0);
  mem.setWord(seq, WEIGHT, 0);
  mem.setWord(seq, FIRST_GAIN, 0);
  mem.setWord(seq, LAST_GAIN, 0);
  return seq;
}

/** The weight of all items together. */
export function count(seq: Ref): number {
  return mem.word(seq, WEIGHT) >>> 0;
}

/** Number of items. */
export function items(seq: Ref): number {
  return mem.word(seq, ITEMS);
}

// --- Nodes ---------------------------------------------------------------------------------------------------------

function newNode(level: number, bytes: number): Ref {
  const node = mem.alloc(bytes);
  mem.setWord(node, SHAPE, level << LEVEL_SHIFT);
  mem.setWord(node, PARENT, NIL);
  mem.setWord(node, PREVIOUS, NIL);
  mem.setWord(node, NEXT, NIL);
  return node;
}

const entriesOf = (node: Ref) => mem.word(node, SHAPE) & COUNT_MASK;
const levelOf = (node: Ref) => mem.word(node, SHAPE) >>> LEVEL_SHIFT;
const parentOf = (node: Ref) => mem.refAt(node, PARENT);
const refIn = (node: Ref, i: number) => mem.refAt(node, ENTRIES + 2 * i);
const weightIn = (node: Ref, i: number) => mem.word(node, ENTRIES + 2 * i + 1) >>> 0;

function addEntries(node: Ref, difference: number): void {
  mem.setWord(node, SHAPE, mem.word(node, SHAPE) + difference);
}

function setLink(node: Ref, word: number, to: Ref): void {
  mem.touch(node);
  mem.setWord(node, word, to);
}

/** Which entry of its parent a node is. */
function indexIn(parent: Ref, node: Ref): number {
  const { words } = mem.chunkOf(parent);
  const entries = mem.wordOffset(parent) + ENTRIES;
  const last = entriesOf(parent) - 1;
  // The ends of a sequence are where most changes happen.
  if (words[entries + 2 * last]! >>> 0 === node) return last;
  let i = 0;
  while (words[entries + 2 * i]! >>> 0 !== node) i++;
  return i;
}

/** Adds to the weight of all. */
function addCount(seq: Ref, difference: number): void {
  mem.touch(seq);
  mem.setWord(seq, WEIGHT, mem.word(seq, WEIGHT) + difference);
}

/** Adds to the weight of the node's entry in every node above it. */
function addWeight(node: Ref, difference: number): void {
  for (let child = node, parent = parentOf(node); parent !== NIL; child = parent, parent = parentOf(parent)) {
    addToEntry(parent, indexIn(parent, child), difference);
  }
}

/** Lets the sums above the first and the last item know what these gained. */
function settle(seq: Ref): void {
  const first = mem.word(seq, FIRST_GAIN);
  const last = mem.word(seq, LAST_GAIN);
  if (first === 0 && last === 0) return;
  mem.touch(seq);
  mem.setWord(seq, FIRST_GAIN, 0);
  mem.setWord(seq, LAST_GAIN, 0);
  if (first !== 0) addWeight(mem.refAt(seq, FIRST), first);
  if (last !== 0) addWeight(mem.refAt(seq, LAST), last);
}

function addToEntry(node: Ref, i: number, difference: number): void {
  const word = ENTRIES + 2 * i + 1;
  mem.touch(node);
  mem.setWord(node, word, mem.word(node, word) + difference);
}

/** Moves the entries from `from` on to the end of another node. Returns their weight. */
function moveEntries(node: Ref, from: number, target: Ref): number {
  const end = entriesOf(node);
  const at = entriesOf(target);
  const isLeaf = levelOf(node) === 0;
  let weight = 0;
  mem.touch(node);
  mem.touch(target);
  for (let i = from; i < end; i++) {
    const moved = refIn(node, i);
    writeEntry(target, at + i - from, moved, weightIn(node, i));
    weight += weightIn(node, i);
    if (!isLeaf) setLink(moved, PARENT, target);
  }
  addEntries(target, end - from);
  addEntries(node, from - end);
  return weight;
}

/** Moves the entries from `from` on to `to`, within the node. */
function shiftEntries(node: Ref, from: number, to: number): void {
  const entries = mem.wordOffset(node) + ENTRIES;
  mem.chunkOf(node).words.copyWithin(entries + 2 * to, entries + 2 * from, entries + 2 * entriesOf(node));
}

function writeEntry(node: Ref, i: number, ref: Ref, weight: number): void {
  mem.setWord(node, ENTRIES + 2 * i, ref);
  mem.setWord(node, ENTRIES + 2 * i + 1, weight);
}

/** Puts a leaf that is not linked yet between two that are neighbours; either may be NIL. */
function linkLeaf(seq: Ref, previous: Ref, fresh: Ref, next: Ref): void {
  mem.setWord(fresh, PREVIOUS, previous);
  mem.setWord(fresh, NEXT, next);
  setNeighbours(seq, previous, fresh);
  setNeighbours(seq, fresh, next);
}

/** Makes two leaves neighbours; NIL is what lies beyond the ends. */
function setNeighbours(seq: Ref, left: Ref, right: Ref): void {
  if (left === NIL) setLink(seq, FIRST, right);
  else setLink(left, NEXT, right);
  if (right === NIL) setLink(seq, LAST, left);
  else setLink(right, PREVIOUS, left);
}

// --- The place -----------------------------------------------------------------------------------------------------

/** The item at the place; NIL when there is none. */
export function item(): Ref {
  return leaf === NIL ? NIL : refIn(leaf, index);
}

/** The weight of the item at the place. */
export function weight(): number {
  return weightIn(leaf, index);
}

function setPlace(at: Ref, i: number): void {
  leaf = entriesOf(at) === 0 ? NIL : at;
  index = i;
}

/** Goes to the first item. */
export function seekFirst(seq: Ref): void {
  setPlace(mem.refAt(seq, FIRST), 0);
}

/** Goes to the last item. */
export function seekLast(seq: Ref): void {
  const last = mem.refAt(seq, LAST);
  setPlace(last, entriesOf(last) - 1);
}

/** Goes to the next item; false, and no item, when that was the last. */
export function next(): boolean {
  if (++index === entriesOf(leaf)) {
    leaf = mem.refAt(leaf, NEXT);
    index = 0;
  }
  return leaf !== NIL;
}

/** Goes to the item before; false, and no item, when that was the first. */
export function previous(): boolean {
  if (index === 0) {
    leaf = mem.refAt(leaf, PREVIOUS);
    index = leaf === NIL ? 0 : entriesOf(leaf);
  }
  index--;
  return leaf !== NIL;
}

/** Goes to the item that holds element `n`, from 0 to `count(seq) - 1`, and returns which of its elements that is. */
export function seekIndex(seq: Ref, n: number): number {
  let node = mem.refAt(seq, TOP);
  let left = n;
  if (levelOf(node) > 0) {
    const first = mem.refAt(seq, FIRST);
    if (n < weightIn(first, 0)) {
      setPlace(first, 0);
      return n;
    }
    const gain = mem.word(seq, FIRST_GAIN);
    left -= gain;
    for (; levelOf(node) > 0; node = refIn(node, index)) left = seekEntry(node, left);
    if (node === first) left += gain;
  }
  leaf = node;
  return seekEntry(node, left);
}

/** Sets the index to the entry of a node that holds element `n`, and returns which of its elements that is. */
function seekEntry(node: Ref, n: number): number {
  const { words } = mem.chunkOf(node);
  const entries = mem.wordOffset(node) + ENTRIES;
  // What is in no other entry is in the last one: its weight may not be settled.
  const last = entriesOf(node) - 1;
  let left = n;
  let i = 0;
  for (; i < last; i++) {
    const held = words[entries + 2 * i + 1]! >>> 0;
    if (left < held) break;
    left -= held;
  }
  index = i;
  return left;
}

/**
 * Goes to the first item that is not before what is looked for; no item when all are. What `isBefore` says of one item it
 * must say of all those in front of it.
 */
export function search(seq: Ref, isBefore: (item: Ref) => boolean): void {
  let node = mem.refAt(seq, TOP);
  while (levelOf(node) > 0) {
    // The last child whose first item is before: the place is in it, or right after it.
    node = refIn(node, Math.max(0, firstNotBefore(node, isBefore) - 1));
  }
  setPlace(node, firstNotBefore(node, isBefore));
  if (leaf !== NIL && index === entriesOf(leaf)) {
    index--;
    next();
  }
}

/** The first entry of a node whose first item is not before; the number of entries when all are. */
function firstNotBefore(node: Ref, isBefore: (item: Ref) => boolean): number {
  let low = 0;
  let high = entriesOf(node);
  while (low < high) {
    const middle = (low + high) >> 1;
    let first = refIn(node, middle);
    for (let level = levelOf(node); level > 0; level--) first = refIn(first, 0);
    if (isBefore(first)) low = middle + 1;
    else high = middle;
  }
  return low;
}

// --- Changes -------------------------------------------------------------------------------------------------------

/** Puts another item, or the same with another weight, in the place of the one there. */
export function setItem(seq: Ref, ref: Ref, weight: number): void {
  mem.touch(leaf);
  const { words } = mem.chunkOf(leaf);
  const node = mem.wordOffset(leaf);
  const entry = node + ENTRIES + 2 * index;
  // Of 32 bits, as the sums are: they wrap alike.
  const difference = (weight - words[entry + 1]!) | 0;
  words[entry] = ref;
  words[entry + 1] = weight;
  if (difference === 0) return;
  mem.touch(seq);
  const root = mem.chunkOf(seq).words;
  const at = mem.wordOffset(seq);
  root[at + WEIGHT]! += difference;
  if (words[node + PARENT] === NIL) return;
  if (index === 0 && words[node + PREVIOUS] === NIL) root[at + FIRST_GAIN]! += difference;
  else if (words[node + NEXT] === NIL && index === (words[node + SHAPE]! & COUNT_MASK) - 1) {
    root[at + LAST_GAIN]! += difference;
  } else {
    addWeight(leaf, difference);
  }
}

/** Adds an item before the one at the place, or at the end when there is none there. The place is the new item then. */
export function insertBefore(seq: Ref, ref: Ref, weight: number): void {
  if (leaf === NIL) {
    const last = mem.refAt(seq, LAST);
    insertItem(seq, last, entriesOf(last), ref, weight);
  } else {
    insertItem(seq, leaf, index, ref, weight);
  }
}

/** Adds an item after the one at the place, or at the end when there is none there. The place is the new item then. */
export function insertAfter(seq: Ref, ref: Ref, weight: number): void {
  if (leaf === NIL) insertBefore(seq, ref, weight);
  else insertItem(seq, leaf, index + 1, ref, weight);
}

function insertItem(seq: Ref, at: Ref, i: number, ref: Ref, weight: number): void {
  settle(seq);
  let where = INSIDE;
  if (i === entriesOf(at) && mem.refAt(at, NEXT) === NIL) where = AFTER_ALL;
  else if (i === 0 && mem.refAt(at, PREVIOUS) === NIL) where = BEFORE_ALL;
  insertEntry(seq, at, i, ref, weight, where);
  addWeight(leaf, weight);
  addCount(seq, weight);
  mem.setWord(seq, ITEMS, mem.word(seq, ITEMS) + 1);
}

/** Puts an entry into a node, which is split when it is full. The nodes above do not know of its weight yet. */
function insertEntry(seq: Ref, node: Ref, at: number, ref: Ref, weight: number, where: number): void {
  let target = node;
  let i = at;
  if (entriesOf(node) === (mem.capacity(node) - HEAD_BYTES) >> 3) {
    if (mem.capacity(node) < NODE_BYTES) target = enlarge(seq, node);
    else {
      target = split(seq, node, at, where);
      if (target !== node) i = where === INSIDE ? at - entriesOf(node) : 0;
    }
  }
  mem.touch(target);
  shiftEntries(target, i, i + 1);
  writeEntry(target, i, ref, weight);
  addEntries(target, 1);
  if (levelOf(target) > 0) {
    setLink(ref, PARENT, target);
  } else {
    leaf = target;
    index = i;
  }
}

/** A leaf that is alone, in a block of twice the size. */
function enlarge(seq: Ref, alone: Ref): Ref {
  const larger = newNode(0, mem.capacity(alone) * 2);
  moveEntries(alone, 0, larger);
  setLink(seq, TOP, larger);
  linkLeaf(seq, NIL, larger, NIL);
  mem.free(alone);
  return larger;
}

/** Puts a fresh node beside a full one. Returns the one of the two that takes a new entry for `at`. */
function split(seq: Ref, node: Ref, at: number, where: number): Ref {
  const fresh = newNode(levelOf(node), NODE_BYTES);
  const isLeaf = levelOf(node) === 0;
  if (parentOf(node) === NIL) raise(seq, node);
  const place = indexIn(parentOf(node), node);
  if (where === BEFORE_ALL) {
    if (isLeaf) linkLeaf(seq, NIL, fresh, node);
    insertEntry(seq, parentOf(node), place, fresh, 0, where);
    return fresh;
  }
  if (isLeaf) linkLeaf(seq, node, fresh, mem.refAt(node, NEXT));
  insertEntry(seq, parentOf(node), place + 1, fresh, 0, where);
  if (where === AFTER_ALL) return fresh;
  const half = entriesOf(node) >> 1;
  const moved = moveEntries(node, half, fresh);
  addWeight(node, -moved);
  addWeight(fresh, moved);
  return at > half ? fresh : node;
}

/** Puts a node above the top one. */
function raise(seq: Ref, node: Ref): void {
  const top = newNode(levelOf(node) + 1, NODE_BYTES);
  writeEntry(top, 0, node, count(seq));
  addEntries(top, 1);
  setLink(node, PARENT, top);
  setLink(seq, TOP, top);
}

/** Takes the item at the place out. The place is the item that came after it then; none when it was the last. */
export function remove(seq: Ref): void {
  const at = leaf;
  const gone = weightIn(at, index);
  settle(seq);
  addWeight(at, -gone);
  addCount(seq, -gone);
  mem.setWord(seq, ITEMS, mem.word(seq, ITEMS) - 1);
  removeEntry(at, index);
  if (index === entriesOf(at)) {
    leaf = mem.refAt(at, NEXT);
    index = 0;
  }
  tidy(seq, at);
}

function removeEntry(node: Ref, i: number): void {
  mem.touch(node);
  shiftEntries(node, i + 1, i);
  addEntries(node, -1);
}

/** Sees to a node that has lost an entry: an empty one goes, a sparse one joins a neighbour. */
function tidy(seq: Ref, node: Ref): void {
  const parent = parentOf(node);
  const entries = entriesOf(node);
  if (parent === NIL) {
    if (levelOf(node) > 0 && entries === 1) lower(seq, node);
    return;
  }
  if (entries >= SPARSE) return;
  const place = indexIn(parent, node);
  if (entries === 0) removeNode(seq, parent, place);
  else if (place > 0 && entriesOf(refIn(parent, place - 1)) + entries <= JOINED_MAX) join(seq, parent, place - 1);
  else if (place + 1 < entriesOf(parent) && entriesOf(refIn(parent, place + 1)) + entries <= JOINED_MAX) {
    join(seq, parent, place);
  } else return;
  tidy(seq, parent);
}

/** Takes away the top node, which has one child. */
function lower(seq: Ref, node: Ref): void {
  const only = refIn(node, 0);
  setLink(only, PARENT, NIL);
  setLink(seq, TOP, only);
  mem.free(node);
  tidy(seq, only);
}

/** Moves what the child after entry `i` has into that of entry `i`. */
function join(seq: Ref, parent: Ref, i: number): void {
  const left = refIn(parent, i);
  const right = refIn(parent, i + 1);
  if (leaf === right) {
    leaf = left;
    index += entriesOf(left);
  }
  addToEntry(parent, i, moveEntries(right, 0, left));
  removeNode(seq, parent, i + 1);
}

/** Frees the child of entry `i`, which has no entries. */
function removeNode(seq: Ref, parent: Ref, i: number): void {
  const node = refIn(parent, i);
  if (levelOf(node) === 0) setNeighbours(seq, mem.refAt(node, PREVIOUS), mem.refAt(node, NEXT));
  removeEntry(parent, i);
  mem.free(node);
}

// --- All of it -----------------------------------------------------------------------------------------------------

/** Visits all items in order. A visit may not change the sequence, and may use the place. */
export function each(seq: Ref, visit: (item: Ref, weight: number) => void): void {
  for (let at = mem.refAt(seq, FIRST); at !== NIL; at = mem.refAt(at, NEXT)) {
    const entries = entriesOf(at);
    for (let i = 0; i < entries; i++) visit(refIn(at, i), weightIn(at, i));
  }
}

/** Visits every block of the sequence itself: the nodes, then the root. */
export function blocks(seq: Ref, visit: (block: Ref) => void): void {
  nodeBlocks(mem.refAt(seq, TOP), visit);
  visit(seq);
}

function nodeBlocks(node: Ref, visit: (block: Ref) => void): void {
  if (levelOf(node) > 0) {
    const entries = entriesOf(node);
    for (let i = 0; i < entries; i++) nodeBlocks(refIn(node, i), visit);
  }
  visit(node);
}

/**
 * Frees a sequence that nobody can reach any more, a slice at a time: about `budget` items a call, from the last one on,
 * each given to `release`. True when all is gone, the sequence too. In between, `each` and `blocks` tell what is left, and
 * nothing else does.
 */
export function drain(seq: Ref, budget: number, release: (item: Ref) => void): boolean {
  let left = budget;
  for (;;) {
    const at = mem.refAt(seq, LAST);
    mem.touch(at);
    for (; left > 0 && entriesOf(at) > 0; left--) {
      addEntries(at, -1);
      release(refIn(at, entriesOf(at)));
    }
    if (entriesOf(at) > 0) return false;
    const before = mem.refAt(at, PREVIOUS);
    freeUpwards(at);
    if (before === NIL) break;
    setLink(seq, LAST, before);
    setLink(before, NEXT, NIL);
    left--;
  }
  mem.free(seq);
  return true;
}

/** Frees a leaf without entries, and each node above it whose last child is gone with it. */
function freeUpwards(at: Ref): void {
  let node = at;
  for (;;) {
    const parent = parentOf(node);
    mem.free(node);
    if (parent === NIL) return;
    mem.touch(parent);
    addEntries(parent, -1);
    if (entriesOf(parent) > 0) return;
    node = parent;
  }
}
