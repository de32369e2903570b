/**
 * Values as the commands that make them: what the types have in common (`ValueType.rewrite`). As in Redis, one command adds at
 * most 64 elements, so that whoever executes them is never held up by one.
 */
import type { Region } from "../base/region.ts";
import type { Reply } from "../resp/reply.ts";

const ELEMENTS_PER_COMMAND = 64;

/** A word as it stands in a command, such as `$4\r\nSADD\r\n`. */
export function word(text: string): Uint8Array {
  return Buffer.from(`$${text.length}\r\n${text}\r\n`, "latin1");
}

/** Begins a command of `count` words: its name, and the key `[start, end)`. */
export function begin(out: Reply, count: number, name: Uint8Array, key: Region, start: number, end: number): void {
  out.array(count);
  out.raw(name);
  out.bulk(key, start, end - start);
}

/** Begins the command that adds element `index` of `length`, where one is due. Each element has `words` words. */
export function beginElement(
  out: Reply,
  index: number,
  length: number,
  words: number,
  name: Uint8Array,
  key: Region,
  start: number,
  end: number,
): void {
  if (index % ELEMENTS_PER_COMMAND !== 0) return;
  begin(out, 2 + Math.min(ELEMENTS_PER_COMMAND, length - index) * words, name, key, start, end);
}

/** An integer of 64 bits. */
export function integer(out: Reply, value: number | bigint): void {
  if (typeof value === "number") out.bulkInteger(value);
  else out.bulkText(String(value));
}
