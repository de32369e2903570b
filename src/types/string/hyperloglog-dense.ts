/**
 * The dense form of a HyperLogLog: 16,384 registers of 6 bits each, the lower bits of a byte first.
 *
 *     byte    0        1        2        3
 *            11000000 22221111 33333322 55444444        4 registers in 3 bytes, 12,288 bytes in all
 */

export const REGISTERS = 16_384;
export const REGISTER_MAX = 63;
export const DENSE_BYTES = (REGISTERS * 6) / 8;

/** The register `index` of those that begin at `start`. */
export function get(bytes: Uint8Array, start: number, index: number): number {
  const bit = index * 6;
  const at = start + (bit >>> 3);
  return ((bytes[at]! | (bytes[at + 1]! << 8)) >> (bit & 7)) & REGISTER_MAX;
}

/** Sets the register `index`. */
export function set(bytes: Uint8Array, start: number, index: number, value: number): void {
  const bit = index * 6;
  const shift = bit & 7;
  const at = start + (bit >>> 3);
  const kept = (bytes[at]! | (bytes[at + 1]! << 8)) & ~(REGISTER_MAX << shift);
  const both = kept | (value << shift);
  bytes[at] = both;
  // The last register ends with the last byte.
  if (shift > 2) bytes[at + 1] = both >> 8;
}

/** Raises each of `maxima`, a byte per register, to what the register here holds. */
export function merge(bytes: Uint8Array, start: number, maxima: Uint8Array): void {
  for (let index = 0, at = start; index < REGISTERS; index += 4, at += 3) {
    const four = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    for (let k = 0; k < 4; k++) {
      const value = (four >> (k * 6)) & REGISTER_MAX;
      if (value > maxima[index + k]!) maxima[index + k] = value;
    }
  }
}

/** Counts the registers by what they hold. */
export function count(bytes: Uint8Array, start: number, histogram: Int32Array): void {
  for (let at = start; at < start + DENSE_BYTES; at += 3) {
    const four = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    for (let shift = 0; shift < 24; shift += 6) histogram[(four >> shift) & REGISTER_MAX]!++;
  }
}
