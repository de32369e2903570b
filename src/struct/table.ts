/**
 * The hash table: entries sorted by hash, with gaps.
 *
 *     root       u32 count · u32 depth · u32 directory · u32 deepest (segments whose local depth is depth)
 *     directory  2^depth pairs   ┌ segment ref │ homes << 5 | local depth ┐   chosen by the top `depth` bits of the hash
 *     segment    u32 count · u32 slots, then slots of ┌ hash (31 bits) │ entry ref ┐, ref 0 = empty
 *
 * The rest of the hash, scaled to `homes`, gives a slot's home; an entry lies at its home or after it (linear probing),
 * and within a segment entries are in order of their hashes, always. From that one invariant follow
 *  - a miss ends at the first larger hash, so segments may be 90 % full;
 *  - growing is a merge-like copy that never reads a key, and deleting shifts back and leaves no tombstones;
 *  - SCAN's cursor is simply the next hash to visit: no resizing can make it miss an entry that stays.
 *
 * No pause: a segment has at most SLOTS_MAX slots. It grows by an eighth until then, and splits in two afterwards; the
 * directory is all that doubles, at 8 bytes per ~900 entries. The average load is 0.85: 9.4 bytes per entry. Only where a
 * thousand hashes are equal, or nearly, does a segment grow beyond SLOTS_MAX: splitting would never part them.
 *
 * A segment's last slot is always empty: it ends every search. Slots have refs of their own (they are granules).
 */
import type { Region } from "../base/region.ts";
import * as mem from "../mem/mem.ts";
import { CHUNK_MASK, CHUNK_SHIFT, chunks, NIL, type Ref } from "../mem/mem.ts";
import { hasKey } from "./entry.ts";

// Words of the root, of a segment's head, of a slot.
const COUNT = 0;
const DEPTH = 1;
const DIRECTORY = 2;
const DEEPEST = 3;
const ROOT_BYTES = 16;
const SLOTS = 1;
const HASH = 0;
const ENTRY = 1;

const HASH_BITS = 31;
const SLOTS_MIN = 7;
const SLOTS_MAX = 1023;

const SHAPE_DEPTH = 31;
const shapeOf = (slots: number, depth: number) => (homesOf(slots) << 5) | depth;
/**
 * Homes of a segment: the slots after the last home take what spills over, and the empty slot that ends searches. A segment
 * above SLOTS_MAX has no more homes than one of that size: what made it so large are equal hashes, which only spill over.
 */
const homesOf = (slots: number) => Math.min(slots - 2 - (slots >>> 6), HOMES_MAX);
const HOMES_MAX = SLOTS_MAX - 2 - (SLOTS_MAX >>> 6);
/** The home of a hash among `homes`, by the bits below the top `depth` ones. */
const homeOf = (hash: number, depth: number, homes: number) => (((hash << (depth + 1)) >>> 16) * homes) >>> 16;
/** Entries at which a segment of this many slots grows. */
const fullAt = (slots: number) => (slots * 0.9) | 0;

/** Part of a segment's slots that are taken when a table gets as many entries as it was made for. */
const EXPECTED_LOAD = 0.85;

/**
 * An empty table, with room for so many entries. Who fills it in the order of the hashes, from another table, should say how
 * many they will be: else it would have to grow, again and again, just where they all are.
 */
export function create(expected = 0): Ref {
  const depth = Math.max(0, Math.ceil(Math.log2(expected / (SLOTS_MAX * EXPECTED_LOAD))));
  const table = mem.alloc(ROOT_BYTES);
  const directory = mem.alloc(8 << depth);
  mem.setWord(table, COUNT, 0);
  mem.setWord(table, DEPTH, depth);
  mem.setWord(table, DIRECTORY, directory);
  mem.setWord(table, DEEPEST, 1 << depth);
  const slots = Math.max(SLOTS_MIN, Math.ceil(expected / EXPECTED_LOAD) >> depth);
  for (let i = 0; i < 1 << depth; i++) {
    const segment = newSegment(slots);
    mem.setWord(directory, i * 2, segment);
    mem.setWord(directory, i * 2 + 1, shapeOf(mem.word(segment, SLOTS), depth));
  }
  return table;
}

/** Entries in the table. */
export function count(table: Ref): number {
  return mem.word(table, COUNT);
}

/** Slots in the table, taken or not: what Redis calls the table's size. Walks the directory. */
export function slots(table: Ref): number {
  let sum = 0;
  for (let i = 0; i < segments(table); i = nextSegment(table, i)) sum += mem.word(segmentAt(table, i), SLOTS);
  return sum;
}

function newSegment(slots: number): Ref {
  return initSegment(mem.allocZeroed((slots + 1) * 8));
}

/** Uses all of the block: size classes are eighths, as are the steps of growth. */
function initSegment(segment: Ref): Ref {
  mem.setWord(segment, SLOTS, mem.capacity(segment) / 8 - 1);
  return segment;
}

const segments = (table: Ref) => 1 << mem.word(table, DEPTH);
const segmentAt = (table: Ref, index: number) => mem.refAt(mem.refAt(table, DIRECTORY), index * 2);
const localDepthAt = (table: Ref, index: number) => mem.word(mem.refAt(table, DIRECTORY), index * 2 + 1) & SHAPE_DEPTH;

/** Index of the first directory pair after those of the segment at `index`. */
function nextSegment(table: Ref, index: number): number {
  const span = 1 << (mem.word(table, DEPTH) - localDepthAt(table, index));
  return (index & -span) + span;
}

/**
 * Counts the times that slots became other slots (a segment grew, split or shrank): while it stands still, a slot that
 * was found may be asked again, and what it says of hash and key is true.
 */
export let generation = 0;

/** The entry in `slot`, which was found since `generation` last changed, if it has this key; else NIL. */
export function held(slot: Ref, hash: number, key: Region, start: number, end: number): Ref {
  const words = chunks[slot >>> CHUNK_SHIFT]!.words;
  const at = (slot & CHUNK_MASK) << 1;
  const entry = (words[at + ENTRY]! >>> 0) as Ref;
  return entry !== NIL && words[at + HASH] === hash && hasKey(entry, key, start, end) ? entry : NIL;
}

/** Where the entry with this key is, as the ref of its slot; NIL when there is none. */
export function find(table: Ref, hash: number, key: Region, start: number, end: number): Ref {
  const root = chunks[table >>> CHUNK_SHIFT]!.words;
  const rootAt = (table & CHUNK_MASK) << 1;
  const directory = root[rootAt + DIRECTORY]! >>> 0;
  const pair = ((directory & CHUNK_MASK) << 1) + ((hash >>> (HASH_BITS - root[rootAt + DEPTH]!)) << 1);
  const pairs = chunks[directory >>> CHUNK_SHIFT]!.words;
  const segment = pairs[pair]! >>> 0;
  const shape = pairs[pair + 1]!;
  const words = chunks[segment >>> CHUNK_SHIFT]!.words;
  const first = ((segment & CHUNK_MASK) << 1) + 2;
  let at = first + (homeOf(hash, shape & SHAPE_DEPTH, shape >>> 5) << 1);
  while (words[at + ENTRY] !== 0 && words[at + HASH]! < hash) at += 2;
  for (; words[at + HASH] === hash; at += 2) {
    const entry = words[at + ENTRY]!;
    if (entry === 0) return NIL;
    if (hasKey((entry >>> 0) as Ref, key, start, end)) return (segment + 1 + ((at - first) >>> 1)) as Ref;
  }
  return NIL;
}

/** The entry in a slot. */
export function entryAt(slot: Ref): Ref {
  return mem.refAt(slot, ENTRY);
}

/** Puts another entry with the same key into a slot. */
export function setEntry(table: Ref, slot: Ref, entry: Ref): void {
  const segment = segmentOf(table, mem.word(slot, HASH));
  mem.touchPart(segment, (slot - segment) * mem.GRANULE_BYTES, mem.GRANULE_BYTES);
  mem.setWord(slot, ENTRY, entry);
}

function segmentOf(table: Ref, hash: number): Ref {
  return segmentAt(table, hash >>> (HASH_BITS - mem.word(table, DEPTH)));
}

/** Adds an entry whose key is not there yet. */
export function insert(table: Ref, hash: number, entry: Ref): void {
  mem.touch(table);
  for (;;) {
    const index = hash >>> (HASH_BITS - mem.word(table, DEPTH));
    const segment = segmentAt(table, index);
    if (place(segment, localDepthAt(table, index), hash, entry)) break;
    grow(table, index);
  }
  mem.setWord(table, COUNT, mem.word(table, COUNT) + 1);
}

/**
 * Adds an entry, with this key, unless the key is there already: returns its slot then, else NIL. No keys are compared but
 * those that have the same hash, so this costs as much as `insert`.
 */
export function add(table: Ref, hash: number, entry: Ref, key: Region, start: number, end: number): Ref {
  insert(table, hash, entry);
  if (!isPlacedBehindItsHash) return NIL;
  let slot = find(table, hash, key, start, end);
  if (entryAt(slot) === entry) return NIL;
  while (entryAt(slot) !== entry) slot++;
  remove(table, slot);
  return find(table, hash, key, start, end);
}

/** Whether the slot before the one that `place` has filled last has the same hash: where there are several, the newest is last. */
let isPlacedBehindItsHash = false;

/** Puts an entry where its hash belongs; false when the segment should grow first. */
function place(segment: Ref, depth: number, hash: number, entry: Ref): boolean {
  const words = chunks[segment >>> CHUNK_SHIFT]!.words;
  const head = (segment & CHUNK_MASK) << 1;
  const slots = words[head + SLOTS]!;
  if (words[head + COUNT]! >= fullAt(slots)) return false;
  let at = head + 2 + (homeOf(hash, depth, homesOf(slots)) << 1);
  while (words[at + ENTRY] !== 0 && words[at + HASH]! <= hash) at += 2;
  let hole = at;
  while (words[hole + ENTRY] !== 0) hole += 2;
  if (hole === head + slots * 2) return false;
  mem.touch(segment);
  for (let to = hole; to > at; to -= 2) {
    words[to + HASH] = words[to - 2 + HASH]!;
    words[to + ENTRY] = words[to - 2 + ENTRY]!;
  }
  words[at + HASH] = hash;
  words[at + ENTRY] = entry;
  words[head + COUNT]!++;
  isPlacedBehindItsHash = words[at - 2 + HASH] === hash;
  return true;
}

/** Makes room in the segment that the directory names at `index`. */
function grow(table: Ref, index: number): void {
  const segment = segmentAt(table, index);
  const slots = mem.word(segment, SLOTS);
  const depth = localDepthAt(table, index);
  // Hashes spread evenly never need as many pairs as there are entries.
  if (slots < SLOTS_MAX || 2 ** depth > mem.word(table, COUNT)) {
    resize(table, index, slots < 64 ? slots * 2 + 1 : slots + 2);
    return;
  }
  if (depth === mem.word(table, DEPTH)) {
    doubleDirectory(table);
    index *= 2;
  }
  const count = mem.word(segment, COUNT);
  const half = Math.min(SLOTS_MAX, ((count / 2) * 1.25) | 0);
  const low = newSegment(half);
  const high = newSegment(half);
  const span = 1 << (mem.word(table, DEPTH) - depth);
  const first = index & -span;
  // The directory names the halves before they are filled, since filling one may have to make it grow.
  name(table, first, span / 2, low, depth + 1);
  name(table, first + span / 2, span / 2, high, depth + 1);
  if (depth + 1 === mem.word(table, DEPTH)) mem.setWord(table, DEEPEST, mem.word(table, DEEPEST) + 2);
  spread(table, segment);
  mem.free(segment);
}

/** Makes `pairs` pairs of the directory, from `first` on, name a segment. */
function name(table: Ref, first: number, pairs: number, segment: Ref, depth: number): void {
  generation++;
  const directory = mem.refAt(table, DIRECTORY);
  mem.touch(directory);
  const shape = shapeOf(mem.word(segment, SLOTS), depth);
  for (let i = first; i < first + pairs; i++) {
    mem.setWord(directory, i * 2, segment);
    mem.setWord(directory, i * 2 + 1, shape);
  }
}

/** Puts all entries of a segment that the directory no longer names where they belong now. */
function spread(table: Ref, segment: Ref): void {
  const slots = mem.word(segment, SLOTS);
  for (let slot = segment + 1; slot <= segment + slots; slot++) {
    const entry = entryAt(slot as Ref);
    if (entry === NIL) continue;
    const hash = mem.word(slot as Ref, HASH);
    for (;;) {
      const index = hash >>> (HASH_BITS - mem.word(table, DEPTH));
      if (append(segmentAt(table, index), localDepthAt(table, index), hash, entry)) break;
      grow(table, index);
    }
  }
}

/** As `place`, for entries that come in order: the place is the first free slot at or after the home. */
function append(segment: Ref, depth: number, hash: number, entry: Ref): boolean {
  const words = chunks[segment >>> CHUNK_SHIFT]!.words;
  const head = (segment & CHUNK_MASK) << 1;
  const slots = words[head + SLOTS]!;
  let at = head + 2 + (homeOf(hash, depth, homesOf(slots)) << 1);
  while (words[at + ENTRY] !== 0) at += 2;
  if (at === head + slots * 2) return false;
  words[at + HASH] = hash;
  words[at + ENTRY] = entry;
  words[head + COUNT]!++;
  return true;
}

/** Gives a segment at least `slots` slots, more or fewer than it has. */
function resize(table: Ref, index: number, slots: number): void {
  const segment = segmentAt(table, index);
  const depth = localDepthAt(table, index);
  const span = 1 << (mem.word(table, DEPTH) - depth);
  name(table, index & -span, span, newSegment(slots), depth);
  spread(table, segment);
  mem.free(segment);
}

function doubleDirectory(table: Ref): void {
  const depth = mem.word(table, DEPTH);
  const old = mem.refAt(table, DIRECTORY);
  const directory = mem.alloc(16 << depth);
  for (let i = 0; i < 1 << depth; i++) {
    for (let half = 0; half < 2; half++) {
      mem.setWord(directory, (i * 2 + half) * 2, mem.word(old, i * 2));
      mem.setWord(directory, (i * 2 + half) * 2 + 1, mem.word(old, i * 2 + 1));
    }
  }
  replaceDirectory(table, directory, depth + 1, 0);
}

function halveDirectory(table: Ref): void {
  const depth = mem.word(table, DEPTH) - 1;
  const old = mem.refAt(table, DIRECTORY);
  const directory = mem.alloc(8 << depth);
  let deepest = 0;
  for (let i = 0; i < 1 << depth; i++) {
    const shape = mem.word(old, i * 4 + 1);
    mem.setWord(directory, i * 2, mem.word(old, i * 4));
    mem.setWord(directory, i * 2 + 1, shape);
    if ((shape & SHAPE_DEPTH) === depth) deepest++;
  }
  replaceDirectory(table, directory, depth, deepest);
}

function replaceDirectory(table: Ref, directory: Ref, depth: number, deepest: number): void {
  mem.free(mem.refAt(table, DIRECTORY));
  mem.setWord(table, DIRECTORY, directory);
  mem.setWord(table, DEPTH, depth);
  mem.setWord(table, DEEPEST, deepest);
}

/** Takes the entry in `slot` out of the table; the entry's block stays the caller's. */
export function remove(table: Ref, slot: Ref): void {
  const hash = mem.word(slot, HASH);
  const index = hash >>> (HASH_BITS - mem.word(table, DEPTH));
  const segment = segmentAt(table, index);
  mem.touch(table);
  mem.touch(segment);
  const depth = localDepthAt(table, index);
  const words = chunks[segment >>> CHUNK_SHIFT]!.words;
  const head = (segment & CHUNK_MASK) << 1;
  const slots = words[head + SLOTS]!;
  const homes = homesOf(slots);
  let at = head + (slot - segment) * 2;
  for (;;) {
    const next = at + 2;
    const entry = words[next + ENTRY]!;
    if (entry === 0 || head + 2 + homeOf(words[next + HASH]!, depth, homes) * 2 === next) break;
    words[at + HASH] = words[next + HASH]!;
    words[at + ENTRY] = entry;
    at = next;
  }
  words[at + HASH] = 0;
  words[at + ENTRY] = 0;
  const left = --words[head + COUNT]!;
  mem.setWord(table, COUNT, mem.word(table, COUNT) - 1);
  if (slots > SLOTS_MIN && left < slots * 0.4) shrink(table, index, left);
}

/** Makes a segment with `left` entries smaller, or one with its neighbour where both fit into one. */
function shrink(table: Ref, index: number, left: number): void {
  const depth = localDepthAt(table, index);
  if (depth > 0) {
    const span = 1 << (mem.word(table, DEPTH) - depth);
    const first = index & -(span * 2);
    const low = segmentAt(table, first);
    const high = segmentAt(table, first + span);
    const both = mem.word(low, COUNT) + mem.word(high, COUNT);
    if (localDepthAt(table, first) === localDepthAt(table, first + span) && both < SLOTS_MAX * 0.6) {
      name(table, first, span * 2, newSegment(Math.max(SLOTS_MIN, (both * 1.25) | 0)), depth - 1);
      if (span === 1) mem.setWord(table, DEEPEST, mem.word(table, DEEPEST) - 2);
      spread(table, low);
      spread(table, high);
      mem.free(low);
      mem.free(high);
      while (mem.word(table, DEEPEST) === 0) halveDirectory(table);
      return;
    }
  }
  const slots = Math.max(SLOTS_MIN, (left * 1.3) | 0);
  if (slots < mem.word(segmentAt(table, index), SLOTS) * 0.7) resize(table, index, slots);
}

/**
 * Visits entries in the order of their hashes, from the cursor on, until at least `limit` were visited. Returns the
 * cursor to go on from: 0 when all are done. A visit may not change the table.
 */
export function scan(table: Ref, cursor: number, limit: number, visit: (entry: Ref, hash: number) => void): number {
  if (cursor > 2 ** HASH_BITS - 1) return 0;
  let visited = 0;
  let last = -1;
  let index = cursor >>> (HASH_BITS - mem.word(table, DEPTH));
  for (; index < segments(table); index = nextSegment(table, index)) {
    const segment = segmentAt(table, index);
    const end = segment + mem.word(segment, SLOTS);
    for (let slot = segment + 1; slot < end; slot++) {
      const entry = entryAt(slot as Ref);
      if (entry === NIL) continue;
      const hash = mem.word(slot as Ref, HASH);
      if (hash < cursor) continue;
      if (visited >= limit && hash !== last) return hash;
      visit(entry, hash);
      visited++;
      last = hash;
    }
  }
  return 0;
}

/** Visits the entries with this hash: one, seldom more, or none. A visit may not change the table. */
export function each(table: Ref, hash: number, visit: (entry: Ref, slot: Ref) => void): void {
  const index = hash >>> (HASH_BITS - mem.word(table, DEPTH));
  const segment = segmentAt(table, index);
  const home = homeOf(hash, localDepthAt(table, index), homesOf(mem.word(segment, SLOTS)));
  for (let slot = (segment + 1 + home) as Ref; ; slot = (slot + 1) as Ref) {
    const entry = entryAt(slot);
    if (entry === NIL || mem.word(slot, HASH) > hash) return;
    if (mem.word(slot, HASH) === hash) visit(entry, slot);
  }
}

/** An entry of a table that is not empty, each with the same probability. `below(n)` gives chance from 0 to n-1. */
export function random(table: Ref, below: (n: number) => number): Ref {
  return entryAt(randomSlot(table, below));
}

/** Slots that were drawn and not used yet, for a table as it was at a generation. */
const DRAWN_MAX = 16;
const drawn = new Uint32Array(DRAWN_MAX);
let drawnLeft = 0;
let drawnFor = NIL;
let drawnAt = -1;

/** As `random`, but the slot that the entry lies in. */
export function randomSlot(table: Ref, below: (n: number) => number): Ref {
  const isSame = drawnFor === table && drawnAt === generation;
  if (!isSame) drawnLeft = 0;
  for (;;) {
    while (drawnLeft === 0) draw(table, below, isSame ? DRAWN_MAX : 1);
    const slot = drawn[--drawnLeft]! as Ref;
    // Only now is it asked what lies there: until somebody wants it, a slot may be emptied or taken.
    if (entryAt(slot) !== NIL) return slot;
  }
}

/**
 * Draws slots, each with the same probability: one, and from the second time on so many that the waits for memory overlap,
 * as in `prefetch`: SPOP from 2,000,000 members takes two thirds of the time.
 */
function draw(table: Ref, below: (n: number) => number, wanted: number): void {
  drawnFor = table;
  drawnAt = generation;
  const depth = mem.word(table, DEPTH);
  let found = 0;
  let sum = 0;
  for (let i = 0; i < wanted; i++) {
    // A segment is named by 2^(depth - its own) pairs: take it once in as many times, then any slot of a full-sized one.
    const index = below(1 << depth);
    if (below(1 << (depth - localDepthAt(table, index))) !== 0) continue;
    const segment = segmentAt(table, index);
    drawn[found++] = segment;
    sum ^= mem.word(segment, SLOTS);
  }
  drawnLeft = 0;
  for (let i = 0; i < found; i++) {
    const segment = drawn[i]!;
    const slots = mem.word(segment as Ref, SLOTS);
    // Segments above SLOTS_MAX get less than their share, which is better than an endless search.
    const slot = below(depth === 0 ? slots : Math.max(slots, SLOTS_MAX));
    if (slot >= slots) continue;
    drawn[drawnLeft++] = segment + 1 + slot;
    sum ^= mem.word((segment + 1 + slot) as Ref, ENTRY);
  }
  for (let i = 0; i < drawnLeft; i++) sum ^= mem.word(entryAt(drawn[i]! as Ref), 0);
  sink ^= sum;
}

/** Most hashes that `prefetch` takes. */
export const PREFETCH_MAX = 1024;
let sink = 0;
const segmentsOf = new Int32Array(PREFETCH_MAX);
const placesOf = new Int32Array(PREFETCH_MAX);

/**
 * Brings what looking up `n` hashes (at most PREFETCH_MAX) will read into the cache: first the slots at their homes, then,
 * walking on from there, the entries. The loads of one loop do not depend on each other, so the processor has many
 * misses under way at once. With 1,000,000 keys this doubles the throughput of a pipeline (bench rows "… 1M keys").
 *
 * `slots[i]` becomes the slot where hash `i` is or would be: worth asking (`held`) before `find`.
 */
export function prefetch(table: Ref, hashes: Int32Array, n: number, slots: Int32Array): void {
  const directory = mem.refAt(table, DIRECTORY);
  const pairs = mem.chunkOf(directory).words;
  const pairsAt = mem.wordOffset(directory);
  const shift = HASH_BITS - mem.word(table, DEPTH);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const hash = hashes[i]!;
    const pair = pairsAt + ((hash >>> shift) << 1);
    const segment = pairs[pair]!;
    const shape = pairs[pair + 1]!;
    const at = ((segment & CHUNK_MASK) << 1) + 2 + (homeOf(hash, shape & SHAPE_DEPTH, shape >>> 5) << 1);
    segmentsOf[i] = segment;
    placesOf[i] = at;
    sum ^= chunks[segment >>> CHUNK_SHIFT]!.words[at]!;
  }
  for (let i = 0; i < n; i++) {
    const segment = segmentsOf[i]!;
    const words = chunks[segment >>> CHUNK_SHIFT]!.words;
    const hash = hashes[i]!;
    let at = placesOf[i]!;
    while (words[at + ENTRY] !== 0 && words[at + HASH]! < hash) at += 2;
    placesOf[i] = words[at + ENTRY]!;
    slots[i] = (segment & ~CHUNK_MASK) | (at >>> 1);
  }
  for (let i = 0; i < n; i++) {
    const entry = placesOf[i]!;
    const words = chunks[entry >>> CHUNK_SHIFT]!.words;
    const at = (entry & CHUNK_MASK) << 1;
    // The head, and what lies one cache line on: values of 32 bytes already do.
    sum ^= words[at]! ^ words[at + 14]!;
  }
  sink ^= sum;
}

/** Brings the places of `n` hashes into the cache, where entries with them will be added. */
export function prefetchPlaces(table: Ref, hashes: Int32Array, n: number): void {
  const directory = mem.refAt(table, DIRECTORY);
  const pairs = mem.chunkOf(directory).words;
  const pairsAt = mem.wordOffset(directory);
  const shift = HASH_BITS - mem.word(table, DEPTH);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const pair = pairsAt + ((hashes[i]! >>> shift) << 1);
    const segment = pairs[pair]!;
    const shape = pairs[pair + 1]!;
    const head = (segment & CHUNK_MASK) << 1;
    const { words } = chunks[segment >>> CHUNK_SHIFT]!;
    sum ^= words[head]! ^ words[head + 2 + (homeOf(hashes[i]!, shape & SHAPE_DEPTH, shape >>> 5) << 1)]!;
  }
  sink ^= sum;
}

/** The same for the heads of the segments, which adding and removing have to change. */
export function prefetchHeads(table: Ref, hashes: Int32Array, n: number): void {
  let sum = 0;
  for (let i = 0; i < n; i++) sum ^= mem.word(segmentOf(table, hashes[i]!), COUNT);
  sink ^= sum;
}

/**
 * What `prefetch` read: exported, so that the reads are not optimised away.
 * @public
 */
export const prefetched = () => sink;

/** Visits every entry of the table. A visit may not change the table. */
export function entries(table: Ref, visit: (entry: Ref) => void): void {
  for (let i = firstSegment(table); i < segments(table); i = nextSegment(table, i)) {
    const segment = segmentAt(table, i);
    const slots = mem.word(segment, SLOTS);
    for (let from = segment + 1; from <= segment + slots; from += VISITED_AHEAD) {
      const to = Math.min(from + VISITED_AHEAD, segment + slots + 1);
      touchEntries(from as Ref, to as Ref);
      for (let slot = from; slot < to; slot++) {
        const entry = entryAt(slot as Ref);
        if (entry !== NIL) visit(entry);
      }
    }
  }
}

/** Slots whose entries are brought into the cache before the first of them is visited. */
const VISITED_AHEAD = 64;

function touchEntries(from: Ref, to: Ref): void {
  const { words } = chunks[from >>> CHUNK_SHIFT]!;
  const first = (from & CHUNK_MASK) << 1;
  const end = first + (to - from) * 2;
  let sum = 0;
  for (let at = first; at < end; at += 2) {
    const entry = words[at + ENTRY]! >>> 0;
    const held = chunks[entry >>> CHUNK_SHIFT]!.words;
    const word = (entry & CHUNK_MASK) << 1;
    // The head, and what lies one cache line on. An empty slot leads to the granules of NIL, which are nobody's.
    sum ^= held[word]! ^ held[word + 14]!;
  }
  sink ^= sum;
}

/** Visits every block of the table itself (for the audit): the segments, the directory, the root. */
export function blocks(table: Ref, visit: (block: Ref) => void): void {
  for (let i = firstSegment(table); i < segments(table); ) {
    const segment = segmentAt(table, i);
    i = nextSegment(table, i);
    visit(segment);
  }
  visit(mem.refAt(table, DIRECTORY));
  visit(table);
}

/** Bytes of the table itself, without its entries. */
export function bytes(table: Ref): number {
  let sum = 0;
  blocks(table, (block) => {
    sum += mem.capacity(block);
  });
  return sum;
}

/** In COUNT: the table is being drained, and DEEPEST is the first directory pair whose segment is still there. */
const DRAINING = -1;
const firstSegment = (table: Ref) => (mem.word(table, COUNT) === DRAINING ? mem.word(table, DEEPEST) : 0);

/**
 * Frees a table that nobody can reach any more, a slice at a time: at most `budget` entries a call, each given to
 * `release`. True when all is gone, the table too.
 */
export function drain(table: Ref, budget: number, release: (entry: Ref) => void): boolean {
  generation++;
  mem.touch(table);
  let index = firstSegment(table);
  mem.setWord(table, COUNT, DRAINING);
  mem.setWord(table, DEEPEST, index);
  for (let left = budget; index < segments(table); left--) {
    const segment = segmentAt(table, index);
    left = drainSegment(segment, left, release);
    if (left <= 0) return false;
    index = nextSegment(table, index);
    mem.setWord(table, DEEPEST, index);
    mem.free(segment);
  }
  mem.free(mem.refAt(table, DIRECTORY));
  mem.free(table);
  return true;
}

/** Empties the slots of a segment, `budget` of them. Returns what is left of the budget: not 0 if the segment is empty. */
function drainSegment(segment: Ref, budget: number, release: (entry: Ref) => void): number {
  let left = budget;
  mem.touch(segment);
  for (let slot = segment + 1; left > 0 && slot <= segment + mem.word(segment, SLOTS); slot++) {
    const entry = entryAt(slot as Ref);
    if (entry === NIL) continue;
    mem.setWord(slot as Ref, ENTRY, NIL);
    release(entry);
    left--;
  }
  return left;
}
