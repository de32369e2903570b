/**
 * The bytes of one file on the simulated disk, and which of them a loss of power leaves.
 *
 *     now       what the process reads
 *     durable   what the last sync that succeeded left, cut or grown by no change since
 *     changes   appends and cuts since, in order, with their bytes
 *     doubtful  ranges that a failed sync gave up: their pages count as clean, so no later sync writes them
 *
 * A file system that is as bad as the contract allows keeps the length in order (it has a journal) and the pages in none: the
 * length is that after some of the changes, the last append among them torn at any byte, and each page that was not synced
 * holds what was written, or zeros, or whatever lay there before.
 */

/** Bytes that are there or not there together: a sector, rather than a page, since the files of a simulation are short. */
const SECTOR = 512;

export type Chance = () => number;

/** How the surviving pages look. `short`: none is missing, the file ends early. */
export type Damage = "short" | "zeros" | "garbage";

interface Change {
  number: number;
  /** Length of the file before and after. */
  from: number;
  to: number;
  /** What was appended; nothing for a cut. */
  bytes: Uint8Array | undefined;
  isGivenUp: boolean;
}

interface Range {
  from: number;
  to: number;
}

export class SimFile {
  private bytes: Uint8Array<ArrayBufferLike>;
  private length: number;
  private durable: Uint8Array<ArrayBufferLike>;
  private changes: Change[] = [];
  private doubtful: Range[] = [];
  private changesMade = 0;

  /** A file whose bytes are all durable. */
  constructor(content: Uint8Array = new Uint8Array(0)) {
    this.bytes = content.slice();
    this.length = content.length;
    this.durable = content;
  }

  size(): number {
    return this.length;
  }

  /** What the process reads now, as a copy. */
  content(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  read(at: number, into: Uint8Array, from: number, to: number): number {
    const count = Math.max(0, Math.min(to - from, this.length - at));
    into.set(this.bytes.subarray(at, at + count), from);
    return count;
  }

  append(bytes: Uint8Array): void {
    const from = this.length;
    const to = from + bytes.length;
    if (to > this.bytes.length) {
      const grown = new Uint8Array(Math.max(to, 2 * this.bytes.length));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes.set(bytes, from);
    this.length = to;
    this.note(from, to, bytes.slice());
  }

  truncate(size: number): void {
    if (size >= this.length) return;
    this.note(this.length, size, undefined);
    this.length = size;
  }

  private note(from: number, to: number, bytes: Uint8Array | undefined): void {
    this.changes.push({ number: ++this.changesMade, from, to, bytes, isGivenUp: false });
  }

  /** The number of the last change: what a sync that begins now will make durable. */
  get lastChange(): number {
    return this.changesMade;
  }

  /** Whether a loss of power can take anything away. */
  get isSafe(): boolean {
    return this.changes.length === 0 && this.doubtful.length === 0;
  }

  /** A sync of the changes up to that number succeeded. */
  synced(upTo: number): void {
    while (this.changes.length > 0 && this.changes[0]!.number <= upTo) {
      const { from, to, bytes, isGivenUp } = this.changes.shift()!;
      this.durable = after(this.durable, to, from, bytes);
      for (const range of this.doubtful) range.to = Math.min(range.to, to);
      if (isGivenUp && bytes !== undefined) this.doubtful.push({ from, to });
      this.doubtful = this.doubtful.filter((range) => range.from < range.to);
    }
  }

  /** A sync of them failed: nothing is known of them, for good. */
  syncFailed(upTo: number): void {
    for (const change of this.changes) if (change.number <= upTo) change.isGivenUp = true;
  }

  /** What may be on the disk after a loss of power. */
  survive(chance: Chance, damage: Damage): Uint8Array {
    let left = damagedSectors(this.durable, this.doubtful, chance, damage);
    if (this.changes.length === 0) return left;
    const unsynced: Range[] = [];
    const count = Math.floor(chance() * (this.changes.length + 1));
    for (const [i, { from, to, bytes }] of this.changes.slice(0, count).entries()) {
      const isTorn = i === count - 1 && bytes !== undefined && chance() < 0.5;
      const end = isTorn ? from + Math.floor(chance() * (to - from)) : to;
      left = after(left, end, from, bytes);
      for (const range of unsynced) range.to = Math.min(range.to, end);
      if (bytes !== undefined) unsynced.push({ from, to: end });
    }
    return damagedSectors(left, unsynced, chance, damage);
  }
}

/** A file of bytes, cut at `end`, or grown to it by `bytes` from `from` on. */
function after(before: Uint8Array, end: number, from: number, bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) return before.slice(0, end);
  const grown = new Uint8Array(end);
  grown.set(before.subarray(0, from));
  grown.set(bytes.subarray(0, end - from), from);
  return grown;
}

/** The same bytes, where in some of the sectors the ranges are zeros or garbage. */
function damagedSectors(bytes: Uint8Array, ranges: readonly Range[], chance: Chance, damage: Damage): Uint8Array {
  if (damage === "short" || ranges.length === 0) return bytes;
  const damaged = bytes.slice();
  const lossRate = chance();
  const lost = new Map<number, boolean>();
  for (const { from, to } of ranges) {
    for (let at = from; at < to; ) {
      const sector = Math.floor(at / SECTOR);
      const end = Math.min(to, (sector + 1) * SECTOR);
      if (!lost.has(sector)) lost.set(sector, chance() < lossRate);
      if (lost.get(sector)) for (; at < end; at++) damaged[at] = damage === "zeros" ? 0 : Math.floor(chance() * 256);
      at = end;
    }
  }
  return damaged;
}
