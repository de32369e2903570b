/**
 * Output of one client that the kernel has yet to take, in order.
 *
 *     pieces   [ sent | waiting ] [ waiting ] [ waiting | room ]
 *
 * Small outputs are gathered in pieces of PIECE_BYTES, so that a client that reads slowly costs what it has waiting and
 * not an object per reply; large ones are kept as they come, and so is one that is alone: most often it
 * is gone before another comes (held-output.ts). Nothing is ever dropped from the middle.
 */

const PIECE_BYTES = 16 * 1024;

interface Piece {
  readonly data: Uint8Array;
  /** Bytes of `data` that the kernel has taken, and that there are. */
  sent: number;
  filled: number;
}

/** Offers `length` bytes from `start` on to the kernel; returns how many it took. */
type Write = (data: Uint8Array, start: number, length: number) => number;

export class OutputQueue {
  private pieces: Piece[] = [];
  /** The first piece that is not sent in full. */
  private first = 0;
  /** Bytes waiting. */
  bytes = 0;

  /** Adds output; `data` belongs to the queue from now on. */
  append(data: Uint8Array): void {
    const isOnly = this.bytes === 0;
    this.bytes += data.length;
    const last = this.pieces.at(-1);
    if (last !== undefined && data.length <= last.data.length - last.filled) {
      last.data.set(data, last.filled);
      last.filled += data.length;
    } else if (isOnly || data.length >= PIECE_BYTES) {
      this.pieces.push({ data, sent: 0, filled: data.length });
    } else {
      this.gather(data);
    }
  }

  /** Begins a piece with room, and takes a short one in front of it along. */
  private gather(data: Uint8Array): void {
    const piece = { data: new Uint8Array(PIECE_BYTES), sent: 0, filled: 0 };
    const last = this.pieces.at(-1);
    if (last !== undefined && last.data.length + data.length <= PIECE_BYTES) {
      piece.data.set(last.data);
      piece.sent = last.sent;
      piece.filled = last.filled;
      this.pieces.pop();
    }
    piece.data.set(data, piece.filled);
    piece.filled += data.length;
    this.pieces.push(piece);
  }

  /** Lets `write` take as much as it will. */
  drain(write: Write): void {
    while (this.first < this.pieces.length) {
      const piece = this.pieces[this.first]!;
      const taken = write(piece.data, piece.sent, piece.filled - piece.sent);
      piece.sent += taken;
      this.bytes -= taken;
      if (piece.sent < piece.filled) break;
      this.first++;
    }
    if (this.first * 2 >= this.pieces.length) {
      this.pieces = this.pieces.slice(this.first);
      this.first = 0;
    }
  }

  clear(): void {
    this.pieces = [];
    this.first = this.bytes = 0;
  }
}
