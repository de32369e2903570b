/**
 * The Redis protocol as tests need it: commands to bytes, bytes split into replies, replies as values. Written apart from
 * `src/resp` on purpose, so that one mistake isn't made twice. Bytes are Latin-1 strings: one character is one byte.
 */

/** A decoded reply. `text` holds the line or the bulk bytes, `items` the parts of an aggregate (maps are flattened). */
export interface Reply {
  /** The type byte as a character: one of `+-:$*_#,(!=%~>|`. */
  type: string;
  /** Bytes of a scalar; `null` for the null forms and for aggregates. */
  text: string | null;
  items: Reply[] | null;
}

/** A server wrote bytes that aren't the Redis protocol. */
export class ProtocolError extends Error {}

const CR = 13;
const LF = 10;
const MINUS = 45;

/** One command in wire form, as a Latin-1 string. */
export function encodeCommand(args: readonly string[]): string {
  let wire = `*${args.length}\r\n`;
  for (const arg of args) wire += `$${arg.length}\r\n${arg}\r\n`;
  return wire;
}

/** The offset behind the reply that begins at `start`, or -1 while it isn't whole; `end` bounds what has arrived. */
export function replyEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let partsLeft = 1; partsLeft > 0; partsLeft--) {
    const lineEnd = endOfLine(bytes, at, end);
    if (lineEnd < 0) return -1;
    const type = String.fromCharCode(bytes[at]!);
    const header = at;
    at = lineEnd;
    switch (type) {
      case "$":
      case "!":
      case "=": {
        const length = headerNumber(bytes, header);
        if (length >= 0) at += length + 2;
        if (at > end) return -1;
        break;
      }
      case "*":
      case "~":
      case ">":
        partsLeft += Math.max(0, headerNumber(bytes, header));
        break;
      case "%":
        partsLeft += 2 * headerNumber(bytes, header);
        break;
      case "|": // an attribute stands before the reply it belongs to
        partsLeft += 2 * headerNumber(bytes, header) + 1;
        break;
      case "+":
      case "-":
      case ":":
      case "_":
      case "#":
      case ",":
      case "(":
        break;
      default:
        throw new ProtocolError(`not a reply: ${printable(latin1(bytes, header, Math.min(end, header + 80)))}`);
    }
  }
  return at;
}

/** Decodes the one reply that `bytes` holds. */
export function decodeReply(bytes: Uint8Array): Reply {
  let at = 0;
  function decodeNext(): Reply {
    const type = String.fromCharCode(bytes[at]!);
    const lineEnd = endOfLine(bytes, at, bytes.length);
    const line = latin1(bytes, at + 1, lineEnd - 2);
    at = lineEnd;
    if ("$!=".includes(type)) {
      const length = Number(line);
      if (length < 0) return { type, text: null, items: null };
      at += length + 2;
      return { type, text: latin1(bytes, at - length - 2, at - 2), items: null };
    }
    if ("*~>%|".includes(type)) {
      const count = Number(line) * (type === "%" || type === "|" ? 2 : 1);
      if (count < 0) return { type, text: null, items: null };
      return { type, text: null, items: Array.from({ length: count }, decodeNext) };
    }
    return { type, text: type === "_" ? null : line, items: null };
  }
  return decodeNext();
}

/** Bytes as a Latin-1 string. */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
}

/** A Latin-1 string for people: quoted, escaped, and cut in the middle when it is long. */
export function printable(text: string, lengthMax = 200): string {
  const escaped = (part: string): string =>
    JSON.stringify(part)
      .slice(1, -1)
      .replace(/[\u007f-\u00ff]/g, hexEscape);
  if (text.length <= lengthMax) return `"${escaped(text)}"`;
  return `"${escaped(text.slice(0, lengthMax / 2))}" … ${text.length} bytes … "${escaped(text.slice(-lengthMax / 4))}"`;
}

function hexEscape(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16)}`;
}

/** The offset behind CR LF, or -1. */
function endOfLine(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at + 1 < end; at++) {
    if (bytes[at] === CR && bytes[at + 1] === LF) return at + 2;
  }
  return -1;
}

/** The decimal number that follows the type byte at `header`. */
function headerNumber(bytes: Uint8Array, header: number): number {
  let value = 0;
  let at = header + 1;
  const negative = bytes[at] === MINUS;
  if (negative) at++;
  for (; bytes[at] !== CR; at++) value = value * 10 + bytes[at]! - 48;
  return negative ? -value : value;
}
