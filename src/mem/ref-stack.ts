/**
 * A stack of refs that may become long: it grows by a piece at a time and never copies what it has, as an array would, which
 * at a million refs is a pause of milliseconds.
 */
import type { Ref } from "./chunks.ts";

const PIECE = 16_384;

export class RefStack {
  private readonly pieces: Uint32Array[] = [];
  length = 0;

  push(ref: Ref): void {
    const at = this.length % PIECE;
    if (at === 0) this.pieces.push(new Uint32Array(PIECE));
    this.pieces[this.pieces.length - 1]![at] = ref;
    this.length++;
  }

  /** The ref that was pushed last. There must be one. */
  pop(): Ref {
    this.length--;
    const at = this.length % PIECE;
    const ref = this.pieces[this.pieces.length - 1]![at]!;
    if (at === 0) this.pieces.pop();
    return ref as Ref;
  }

  *[Symbol.iterator](): Iterator<Ref> {
    for (let i = 0; i < this.length; i++) yield this.pieces[Math.floor(i / PIECE)]![i % PIECE]! as Ref;
  }
}
