// What the rows of durability save, load and write: over the wire, the same for both servers, always the same.
//
// Ten keys of all types belong to one number, so that 200,000 numbers are 2,000,000 keys. Texts that nobody could compress
// keep LZF from turning everything into nothing; others repeat themselves, as people's data does.

import { DEADLINE, type Filling, NUMBER, SPREAD } from "./fill.ts";

export interface DataSet {
  readonly name: string;
  readonly fillings: readonly Filling[];
  readonly keys: number;
}

const FIELDS_PER_COMMAND = 10;
const KEYS_PER_NUMBER = 10;
const ELEMENTS = 8;
const TTL_MS = 24 * 3_600_000;

/** Letters and digits that do not repeat themselves: a generator's, the same in every run. */
function noise(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % 36;
  })
    .map((digit) => digit.toString(36))
    .join("");
}

const each = (words: (i: number) => string[]): string[] => Array.from({ length: ELEMENTS }, (_, i) => words(i)).flat();

/** Strings of 64 bytes under keys of 16. */
export function strings(count: number): DataSet {
  const words = ["SET", `key:${NUMBER}`, `${NUMBER}${noise(52)}`];
  return { name: "strings", keys: count, fillings: [{ commands: [words], count }] };
}

/** Keys of all types and sizes, and one hash that has many fields. */
export function mixed(keys: number, fields: number): DataSet {
  const numbers: Filling = {
    commands: [
      ["SET", `counter:${NUMBER}`, NUMBER],
      ["SET", `short:${NUMBER}`, noise(32)],
      ["SET", `session:${NUMBER}`, `{"user":"${NUMBER}","token":"${noise(40)}"}`, "PXAT", DEADLINE],
      ["SET", `page:${NUMBER}`, `<li class="item">${NUMBER}</li>`.repeat(6)],
      ["HSET", `hash:${NUMBER}`, ...each((i) => [`field${i}`, `value:${i}:${NUMBER}`])],
      ["RPUSH", `list:${NUMBER}`, ...each((i) => [`element:${i}:${NUMBER}`])],
      ["SADD", `set:${NUMBER}`, ...each((i) => [`member:${i}:${NUMBER}`])],
      ["SADD", `ints:${NUMBER}`, ...each((i) => [`${i + 1}${NUMBER}`])],
      ["ZADD", `zset:${NUMBER}`, ...each((i) => [`${i}.5`, `member:${i}:${NUMBER}`])],
      ["XADD", `stream:${NUMBER}`, `${NUMBER}-1`, "kind", "event", "text", noise(24)],
    ],
    replyLines: KEYS_PER_NUMBER + 1, // XADD's reply has two
    count: keys / KEYS_PER_NUMBER,
    deadlineMs: (index) => Date.now() + TTL_MS + index,
  };
  const large: Filling = {
    commands: [
      [
        "HSET",
        "large",
        ...Array.from({ length: FIELDS_PER_COMMAND }, (_, i) => [`field:${NUMBER}${i}`, `value:${NUMBER}`]).flat(),
      ],
    ],
    count: fields / FIELDS_PER_COMMAND,
  };
  return { name: "mixed", keys: keys + 1, fillings: [numbers, large] };
}

/** Writes to what `mixed` has made, all over it, without end: what is there becomes something else of the same size. */
export function mixedWrites(keys: number): Filling {
  return {
    commands: [
      ["SET", `short:${SPREAD}`, `${NUMBER}${noise(20)}`],
      ["HSET", `hash:${SPREAD}`, "field3", `value:3:${NUMBER}`],
      ["LSET", `list:${SPREAD}`, "3", `element:3:${NUMBER}`],
      ["ZADD", `zset:${SPREAD}`, "3.5", `member:5:${SPREAD}`],
      ["HSET", "large", `field:${SPREAD}3`, `value:${NUMBER}`],
    ],
    count: Number.MAX_SAFE_INTEGER,
    spread: keys / KEYS_PER_NUMBER,
  };
}
