/**
 * Makes a listpack of elements that come one after the other, out of an old format or one by one: they are written to a
 * buffer that doubles, and the listpack gets a block of its size at the end. (Appending to a block would copy a large
 * listpack again and again.)
 */
import { copy, Region } from "../base/region.ts";
import type { Ref } from "../mem/mem.ts";
import type { Element } from "../struct/listpack.ts";
import * as listpack from "../struct/listpack.ts";
import { COUNT_UNKNOWN, HEADER_BYTES } from "../struct/listpack.ts";

const END = 0xff;

const INITIAL_BYTES = 4096;
/** A buffer that one listpack has blown up beyond this is given back. */
const KEPT_BYTES_MAX = 1024 * 1024;

export class ListpackWriter {
  readonly region = new Region(new Uint8Array(INITIAL_BYTES));
  /** Bytes of the listpack so far. */
  private size = HEADER_BYTES;
  /** Elements so far. */
  count = 0;

  /** Begins an empty listpack. */
  begin(): void {
    this.size = HEADER_BYTES;
    this.count = 0;
    if (this.region.bytes.length > KEPT_BYTES_MAX) this.region.aim(new Uint8Array(INITIAL_BYTES));
  }

  add(element: Element): void {
    this.reserve(element.length + listpack.ELEMENT_OVERHEAD_MAX + 1);
    const end = element.start + element.length;
    this.size = listpack.writeElement(this.region, this.size, element.region, element.start, end);
    this.count++;
  }

  private reserve(bytes: number): void {
    const needed = this.size + bytes;
    const held = this.region.bytes;
    if (needed <= held.length) return;
    const larger = new Region(new Uint8Array(Math.max(needed, held.length * 2)));
    copy(larger, 0, this.region, 0, this.size);
    this.region.aim(larger.bytes);
  }

  /** Ends the listpack, which lies at the beginning of `region` then; its bytes. */
  end(): number {
    const output = this.region.bytes;
    const count = Math.min(this.count, COUNT_UNKNOWN);
    output[this.size++] = END;
    for (let i = 0; i < 4; i++) output[i] = this.size >>> (8 * i);
    output[4] = count & 0xff;
    output[5] = count >>> 8;
    return this.size;
  }

  /** The listpack, in a block of its own. */
  finish(): Ref {
    return listpack.load(this.region, 0, this.end());
  }
}
