/**
 * ASCII on byte ranges.
 *
 * Everywhere in this program text is a byte range (bytes, start, end), end exclusive. Only letters A-Z have a case; bytes
 * from 128 up are opaque and equal only to themselves.
 */

export const NUL = 0;
export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const SPACE = 32;
export const BANG = 33;
export const DOUBLE_QUOTE = 34;
export const HASH = 35;
export const DOLLAR = 36;
export const PERCENT = 37;
export const AMPERSAND = 38;
export const SINGLE_QUOTE = 39;
export const OPEN_PAREN = 40;
export const CLOSE_PAREN = 41;
export const STAR = 42;
export const PLUS = 43;
export const COMMA = 44;
export const MINUS = 45;
export const DOT = 46;
export const SLASH = 47;
export const ZERO = 48;
export const NINE = 57;
export const COLON = 58;
export const LESS = 60;
export const EQUALS = 61;
export const GREATER = 62;
export const QUESTION = 63;
export const AT = 64;
export const UPPER_A = 65;
export const UPPER_Z = 90;
export const OPEN_BRACKET = 91;
export const BACKSLASH = 92;
export const CLOSE_BRACKET = 93;
export const CARET = 94;
export const UNDERSCORE = 95;
export const LOWER_A = 97;
export const LOWER_Z = 122;
export const OPEN_BRACE = 123;
export const PIPE = 124;
export const CLOSE_BRACE = 125;
export const TILDE = 126;

/** What separates a capital from its small letter. */
const CASE_BIT = 32;

/** Below this length a plain loop beats the call that makes a string natively. */
const LOOP_LENGTH_MAX = 24;

const encoder = new TextEncoder();

/** The text up to its first NUL: what is left of it where Redis treats it as a C string. */
export function upToNul(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}

/** The byte with A-Z turned to a-z; every other value comes back unchanged. */
export function lower(byte: number): number {
  return byte >= UPPER_A && byte <= UPPER_Z ? byte | CASE_BIT : byte;
}

/** The byte with a-z turned to A-Z; every other value comes back unchanged. */
export function upper(byte: number): number {
  return byte >= LOWER_A && byte <= LOWER_Z ? byte & ~CASE_BIT : byte;
}

/** True for 0-9. */
export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/** True when two ranges hold the same bytes. */
export function equals(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  for (let i = aStart, j = bStart; i < aEnd; i++, j++) if (a[i] !== b[j]) return false;
  return true;
}

/** True when the range spells the word in any case. The word must be given in lower case. */
export function equalsIgnoreCase(bytes: Uint8Array, start: number, end: number, lowerWord: Uint8Array): boolean {
  if (end - start !== lowerWord.length) return false;
  for (let i = start, j = 0; i < end; i++, j++) if (lower(bytes[i]!) !== lowerWord[j]) return false;
  return true;
}

/** The range as a string of one character (0-255) per byte: lossless, for messages, names and slow paths. */
export function toLatin1(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > LOOP_LENGTH_MAX) {
    // Not by way of `bytes.buffer`, which may move the bytes (base/region.ts).
    return Buffer.prototype.toString.call(bytes, "latin1", start, end);
  }
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** The text in UTF-8, in an array of its own. For constants and slow paths. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Writes a text of characters 0-255, one byte each, and returns the offset behind it. For short pieces of a reply. */
export function writeLatin1(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}
