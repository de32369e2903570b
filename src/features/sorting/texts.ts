/**
 * Many byte strings, by number, without an object for each: where each lies, in flat arrays. Bytes in the store are not
 * copied (mem chunks never move, so a place stays good until its block is freed or changed); others, such as the digits of
 * an integer, are copied to a buffer of the object's own.
 */
import { compare, copy, Region } from "../../base/region.ts";
import { type Chunk, chunks } from "../../mem/mem.ts";

const ROOM_MIN = 16;
/** The source that is our own buffer; others are a chunk's number and one. */
const OWN = 0;
const ABSENT = -1;

export class Texts {
  count = 0;
  private sources: Uint8Array;
  private starts: Int32Array;
  private lengths: Int32Array;
  private readonly own: Region;
  private ownSize = 0;
  /** Most come out of the same chunk as the one before. */
  private lastRegion: Region;
  private lastSource = OWN;

  /** With room for so many; `own` is the buffer of others, whose bytes are to be added. */
  constructor(room: number, own = new Region(new Uint8Array(0))) {
    const length = Math.max(room, ROOM_MIN);
    this.sources = new Uint8Array(length);
    this.starts = new Int32Array(length);
    this.lengths = new Int32Array(length);
    this.own = own;
    this.lastRegion = own;
  }

  /** These of the texts, in this order; their bytes stay where they are. */
  select(order: Uint32Array): Texts {
    const selected = new Texts(order.length, this.own);
    for (let to = 0; to < order.length; to++) {
      const from = order[to]!;
      selected.sources[to] = this.sources[from]!;
      selected.starts[to] = this.starts[from]!;
      selected.lengths[to] = this.lengths[from]!;
    }
    selected.count = order.length;
    selected.ownSize = this.ownSize;
    return selected;
  }

  /** Adds bytes, which are neither freed nor changed as long as they are asked for here, unless they are no store's. */
  add(region: Region, start: number, length: number): void {
    if (this.count === this.starts.length) this.grow();
    if (region !== this.lastRegion) this.lookAt(region);
    const i = this.count++;
    this.sources[i] = this.lastSource;
    this.starts[i] = this.lastSource === OWN ? this.copied(region, start, length) : start;
    this.lengths[i] = length;
  }

  /** Adds none: a text that is not there. */
  addAbsent(): void {
    if (this.count === this.starts.length) this.grow();
    this.lengths[this.count++] = ABSENT;
  }

  private lookAt(region: Region): void {
    this.lastRegion = region;
    this.lastSource = chunks.indexOf(region as Chunk) + 1;
  }

  private copied(region: Region, start: number, length: number): number {
    const at = this.ownSize;
    this.ownSize += length;
    if (this.ownSize > this.own.bytes.length) {
      const larger = new Region(new Uint8Array(Math.max(this.ownSize, this.own.bytes.length * 2, 1024)));
      copy(larger, 0, this.own, 0, at);
      this.own.aim(larger.bytes);
    }
    copy(this.own, at, region, start, length);
    return at;
  }

  private grow(): void {
    const room = this.starts.length * 2;
    const { sources, starts, lengths } = this;
    this.sources = new Uint8Array(room);
    this.starts = new Int32Array(room);
    this.lengths = new Int32Array(room);
    this.sources.set(sources);
    this.starts.set(starts);
    this.lengths.set(lengths);
  }

  has(i: number): boolean {
    return this.lengths[i] !== ABSENT;
  }

  region(i: number): Region {
    const source = this.sources[i]!;
    return source === OWN ? this.own : chunks[source - 1]!;
  }

  start(i: number): number {
    return this.starts[i]!;
  }

  length(i: number): number {
    return this.lengths[i]!;
  }

  /** Below 0, 0 or above 0 as text `i` sorts before, with or after text `k`; both are there. */
  compare(i: number, k: number): number {
    const start = this.starts[i]!;
    const other = this.starts[k]!;
    return compare(this.region(i), start, start + this.lengths[i]!, this.region(k), other, other + this.lengths[k]!);
  }

  /** As `compare`, of C strings: they end before their first NUL. */
  compareToNul(i: number, k: number): number {
    const left = this.region(i).bytes;
    const right = this.region(k).bytes;
    const leftEnd = this.starts[i]! + this.lengths[i]!;
    const rightEnd = this.starts[k]! + this.lengths[k]!;
    for (let a = this.starts[i]!, b = this.starts[k]!; ; a++, b++) {
      const one = a < leftEnd ? left[a]! : 0;
      const other = b < rightEnd ? right[b]! : 0;
      if (one !== other) return one - other;
      if (one === 0) return 0;
    }
  }

  /** How many of the first `max` bytes of texts `i` and `k` are the same. */
  sharedWith(i: number, k: number, max: number): number {
    const left = this.region(i).bytes;
    const right = this.region(k).bytes;
    const start = this.starts[i]!;
    const other = this.starts[k]!;
    const end = Math.min(max, this.lengths[i]!, this.lengths[k]!);
    let shared = 0;
    while (shared < end && left[start + shared] === right[other + shared]) shared++;
    return shared;
  }

  /** Copies all bytes: what they lie in now may be freed after that. */
  detach(): void {
    for (let i = 0; i < this.count; i++) {
      if (this.sources[i] === OWN || this.lengths[i] === ABSENT) continue;
      this.starts[i] = this.copied(this.region(i), this.starts[i]!, this.lengths[i]!);
      this.sources[i] = OWN;
    }
  }
}
