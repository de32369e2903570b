/**
 * The arguments of one command, as byte ranges of the buffer they arrived in. Nothing is copied: they are borrowed until
 * the handler returns, and who wants to keep them copies the bytes into the store.
 *
 * One object serves all commands of a batch in turn (`aim`): the ranges lie in the batch's flat arrays, from `first` on.
 */
import { toLatin1, upToNul } from "../base/ascii.ts";
import { equal, Region } from "../base/region.ts";
import { hash } from "../base/siphash.ts";
import type { Ref } from "../mem/mem.ts";

const UNHASHED = -1;

export class Args {
  readonly region = new Region(new Uint8Array(0));
  /** The buffer that all ranges point into. */
  bytes: Uint8Array = this.region.bytes;
  /** Number of arguments, the command's name among them. */
  count = 0;
  private first = 0;
  private starts: Int32Array = new Int32Array(1024);
  private ends: Int32Array = new Int32Array(1024);
  private hashes: Int32Array = new Int32Array(1024);
  /** Slots worth asking, and the tables they belong to; a slot of 0 is no hint (keyspace/hints.ts). */
  private slots: Int32Array = new Int32Array(1024);
  private tables: Int32Array = new Int32Array(1024);

  /** Takes over another buffer; the ranges are forgotten. */
  rebase(bytes: Uint8Array): void {
    this.region.aim(bytes);
    this.bytes = bytes;
    this.first = 0;
    this.count = 0;
  }

  /** Makes room for `total` ranges; what is there stays. */
  reserve(total: number): void {
    if (total <= this.starts.length) return;
    const length = Math.max(total, this.starts.length * 2);
    this.starts = enlarged(this.starts, length);
    this.ends = enlarged(this.ends, length);
    this.hashes = enlarged(this.hashes, length);
    this.slots = enlarged(this.slots, length);
    this.tables = enlarged(this.tables, length);
  }

  /** Sets range `index` of the batch. `reserve` came first. */
  setRange(index: number, start: number, end: number): void {
    this.starts[index] = start;
    this.ends[index] = end;
    this.hashes[index] = UNHASHED;
    this.slots[index] = 0;
  }

  /** Start of range `index` of the batch, whichever command it belongs to. */
  rangeStart(index: number): number {
    return this.starts[index]!;
  }

  rangeEnd(index: number): number {
    return this.ends[index]!;
  }

  /** Lets the object stand for the command whose ranges begin at `first`. */
  aim(first: number, count: number): void {
    this.first = first;
    this.count = count;
  }

  start(i: number): number {
    return this.starts[this.first + i]!;
  }

  end(i: number): number {
    return this.ends[this.first + i]!;
  }

  length(i: number): number {
    const at = this.first + i;
    return this.ends[at]! - this.starts[at]!;
  }

  /** The seeded hash of argument `i`, computed once. */
  hash(i: number): number {
    const at = this.first + i;
    const known = this.hashes[at]!;
    if (known !== UNHASHED) return known;
    const fresh = hash(this.bytes, this.starts[at]!, this.ends[at]!);
    this.hashes[at] = fresh;
    return fresh;
  }

  /** Whether range `range` of the batch has the bytes of `earlier`, whose hash is known, and is then that of both. */
  isTwin(range: number, earlier: number): boolean {
    const end = this.ends[range]!;
    const other = this.ends[earlier]!;
    const length = end - this.starts[range]!;
    if (other - this.starts[earlier]! !== length) return false;
    // From behind: keys often begin alike.
    for (let k = 1; k <= length; k++) if (this.bytes[end - k] !== this.bytes[other - k]) return false;
    this.hashes[range] = this.hashes[earlier]!;
    return true;
  }

  /** Place of argument `i` in the batch. */
  rangeOf(i: number): number {
    return this.first + i;
  }

  /** A slot worth asking for argument `i`, or NIL (keyspace/hints.ts). */
  slotHint(i: number): Ref {
    return (this.slots[this.first + i]! >>> 0) as Ref;
  }

  /** The table whose slot the hint is; without a hint, it means nothing. */
  hintedTable(i: number): number {
    return this.tables[this.first + i]! >>> 0;
  }

  /** Notes a slot for range `range` of the batch. */
  setHint(range: number, table: Ref, slot: number): void {
    this.tables[range] = table;
    this.slots[range] = slot;
  }

  /** Whether argument `i` is this word, whatever its case. `lower` is in lower case. */
  is(i: number, lower: string): boolean {
    const at = this.first + i;
    const start = this.starts[at]!;
    if (this.ends[at]! - start !== lower.length) return false;
    for (let k = 0; k < lower.length; k++) {
      const byte = this.bytes[start + k]!;
      if ((byte >= 65 && byte <= 90 ? byte | 32 : byte) !== lower.charCodeAt(k)) return false;
    }
    return true;
  }

  /** Whether arguments `i` and `k` have the same bytes. */
  isSame(i: number, k: number): boolean {
    const length = this.length(i);
    return length === this.length(k) && equal(this.region, this.start(i), this.region, this.start(k), length);
  }

  /** Argument `i` as text, a character per byte. For errors, options and other cold paths. */
  text(i: number): string {
    return toLatin1(this.bytes, this.start(i), this.end(i));
  }

  /** Argument `i` as text up to the first NUL, which is where C strings end: Redis puts these into error texts. */
  cString(i: number): string {
    return upToNul(this.text(i));
  }

  /** A copy of the bytes of argument `i`. For cold paths. */
  copyOf(i: number): Uint8Array {
    // Not the `slice` of a Buffer, which gives a view.
    return Uint8Array.prototype.slice.call(this.bytes, this.start(i), this.end(i));
  }
}

function enlarged(array: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}
