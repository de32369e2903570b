/**
 * CRC-64 as RDB files, DUMP payloads and our AOF check lines carry it: the polynomial of Jones, reflected, start 0, no final
 * inversion. Check value: "123456789" gives e9c6d914c4b8d9ca.
 *
 * A running checksum is two 32-bit words, since JavaScript has no fast 64-bit integer. Eight bytes are taken per step: the
 * tables say what a byte contributes after 0 to 7 further bytes have passed, so that the eight contributions don't wait for
 * each other (slicing by eight). Long ranges are read as words: 1.2 instead of 1.0 GB/s.
 */

/** A running checksum: its low word, then its high word. The caller owns it; nothing else is ever allocated. */
export type Crc64 = Int32Array;

const LOW = 0;
const HIGH = 1;

/** Bytes of a stored checksum. */
export const BYTES = 8;

/** 0xad93d23594c935a9 with its 64 bits in reverse order. */
const POLYNOMIAL_LOW = 0xac4bc9b5 | 0;
const POLYNOMIAL_HIGH = 0x95ac9329 | 0;

const SLICES = 8;
/** Entry `256 * distance + byte`: the contribution of a byte that is followed by `distance` zero bytes. */
const TABLE_LOW = new Int32Array(256 * SLICES);
const TABLE_HIGH = new Int32Array(256 * SLICES);

fillTables();

function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) {
    let low = byte;
    let high = 0;
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = (low & 1) === 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (isOdd) {
        low ^= POLYNOMIAL_LOW;
        high ^= POLYNOMIAL_HIGH;
      }
    }
    TABLE_LOW[byte] = low;
    TABLE_HIGH[byte] = high;
  }
  for (let i = 256; i < 256 * SLICES; i++) {
    const low = TABLE_LOW[i - 256]!;
    const high = TABLE_HIGH[i - 256]!;
    TABLE_LOW[i] = ((low >>> 8) | (high << 24)) ^ TABLE_LOW[low & 255]!;
    TABLE_HIGH[i] = (high >>> 8) ^ TABLE_HIGH[low & 255]!;
  }
}

/** A checksum of no bytes yet. */
export function create(): Crc64 {
  return new Int32Array(2);
}

/** Makes the checksum that of no bytes again. */
export function reset(crc: Crc64): void {
  crc[LOW] = 0;
  crc[HIGH] = 0;
}

/** Ranges of this length are worth an object for their words. */
const WORDS_MIN = 4096;

/** Carries the checksum on over the range. */
export function update(crc: Crc64, bytes: Uint8Array, start: number, end: number): void {
  if (end - start < WORDS_MIN) return updateBytes(crc, bytes, start, end);
  const from = start + (-(bytes.byteOffset + start) & 3);
  const count = ((end - from) >>> 3) * 2;
  updateBytes(crc, bytes, start, from);
  updateWords(crc, new Int32Array(bytes.buffer, bytes.byteOffset + from, count));
  updateBytes(crc, bytes, from + count * 4, end);
}

/** The words are taken as they are on a machine whose lowest byte comes first: there is no other that Bun runs on. */
function updateWords(crc: Crc64, words: Int32Array): void {
  let low = crc[LOW]!;
  let high = crc[HIGH]!;
  for (let i = 0; i < words.length; i += 2) {
    const first = low ^ words[i]!;
    const second = high ^ words[i + 1]!;
    // The first byte is followed by seven others, the last by none.
    const b0 = 0x700 | (first & 255);
    const b1 = 0x600 | ((first >>> 8) & 255);
    const b2 = 0x500 | ((first >>> 16) & 255);
    const b3 = 0x400 | (first >>> 24);
    const b4 = 0x300 | (second & 255);
    const b5 = 0x200 | ((second >>> 8) & 255);
    const b6 = 0x100 | ((second >>> 16) & 255);
    const b7 = second >>> 24;
    low =
      TABLE_LOW[b0]! ^
      TABLE_LOW[b1]! ^
      TABLE_LOW[b2]! ^
      TABLE_LOW[b3]! ^
      TABLE_LOW[b4]! ^
      TABLE_LOW[b5]! ^
      TABLE_LOW[b6]! ^
      TABLE_LOW[b7]!;
    high =
      TABLE_HIGH[b0]! ^
      TABLE_HIGH[b1]! ^
      TABLE_HIGH[b2]! ^
      TABLE_HIGH[b3]! ^
      TABLE_HIGH[b4]! ^
      TABLE_HIGH[b5]! ^
      TABLE_HIGH[b6]! ^
      TABLE_HIGH[b7]!;
  }
  crc[LOW] = low;
  crc[HIGH] = high;
}

function updateBytes(crc: Crc64, bytes: Uint8Array, start: number, end: number): void {
  let low = crc[LOW]!;
  let high = crc[HIGH]!;
  let i = start;
  for (; i + SLICES <= end; i += SLICES) {
    // The first byte is followed by seven others, the last by none.
    const b0 = 0x700 + ((low ^ bytes[i]!) & 255);
    const b1 = 0x600 + (((low >>> 8) ^ bytes[i + 1]!) & 255);
    const b2 = 0x500 + (((low >>> 16) ^ bytes[i + 2]!) & 255);
    const b3 = 0x400 + ((low >>> 24) ^ bytes[i + 3]!);
    const b4 = 0x300 + ((high ^ bytes[i + 4]!) & 255);
    const b5 = 0x200 + (((high >>> 8) ^ bytes[i + 5]!) & 255);
    const b6 = 0x100 + (((high >>> 16) ^ bytes[i + 6]!) & 255);
    const b7 = (high >>> 24) ^ bytes[i + 7]!;
    low =
      TABLE_LOW[b0]! ^
      TABLE_LOW[b1]! ^
      TABLE_LOW[b2]! ^
      TABLE_LOW[b3]! ^
      TABLE_LOW[b4]! ^
      TABLE_LOW[b5]! ^
      TABLE_LOW[b6]! ^
      TABLE_LOW[b7]!;
    high =
      TABLE_HIGH[b0]! ^
      TABLE_HIGH[b1]! ^
      TABLE_HIGH[b2]! ^
      TABLE_HIGH[b3]! ^
      TABLE_HIGH[b4]! ^
      TABLE_HIGH[b5]! ^
      TABLE_HIGH[b6]! ^
      TABLE_HIGH[b7]!;
  }
  for (; i < end; i++) {
    const index = (low ^ bytes[i]!) & 255;
    low = ((low >>> 8) | (high << 24)) ^ TABLE_LOW[index]!;
    high = (high >>> 8) ^ TABLE_HIGH[index]!;
  }
  crc[LOW] = low;
  crc[HIGH] = high;
}

/** Writes the checksum as its eight bytes, lowest first, and returns the offset behind them. */
export function write(crc: Crc64, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < BYTES; i++) bytes[at + i] = byteOf(crc, i);
  return at + BYTES;
}

/** True when the eight bytes at the offset are this checksum, lowest first. */
export function equalsAt(crc: Crc64, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < BYTES; i++) if (bytes[at + i] !== byteOf(crc, i)) return false;
  return true;
}

/** The checksum as 16 hexadecimal digits, highest first. */
export function toHex(crc: Crc64): string {
  return (crc[HIGH]! >>> 0).toString(16).padStart(8, "0") + (crc[LOW]! >>> 0).toString(16).padStart(8, "0");
}

function byteOf(crc: Crc64, index: number): number {
  return (index < 4 ? crc[LOW]! >>> (8 * index) : crc[HIGH]! >>> (8 * (index - 4))) & 255;
}
