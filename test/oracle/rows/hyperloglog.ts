/**
 * The oracle asks: HyperLogLogs. They are strings, so GET shows their bytes, and SETRANGE ruins them.
 */

import type { Random } from "../../support/random.ts";
import { type Argument, anyValue, hllKey, hostile, integer, oneOf, times } from "../arguments.ts";
import { exact } from "../compare.ts";
import { often, type Row, rare, row, seldom } from "../row.ts";
import * as syntax from "../syntax.ts";

const element = oneOf((random) => `e${random.below(500)}`, integer, anyValue);

/** So many that the sparse form becomes too long, and more than once. */
const elementsInBulk: Argument = (random) => {
  const first = random.below(20_000);
  return Array.from({ length: random.pick([50, 300, 2000]) }, (_, i) => `e${first + i}`);
};

const byte = (random: Random, from: number, to: number) => String.fromCharCode(random.between(from, to));
/** An opcode of each kind. An XZERO that is cut off is what Redis goes astray with, so none is ever left at an end. */
const opcode = (random: Random) =>
  random.pick([
    byte(random, 0, 0x3f),
    byte(random, 0x80, 0xff),
    byte(random, 0x40, 0x7f) + byte(random, 0, 255),
    byte(random, 0x40, 0x45) + byte(random, 0, 255),
  ]);
const opcodes = (random: Random) => Array.from({ length: random.below(12) }, () => opcode(random)).join("");
/** Runs of all kinds that add up to what they should. */
const wholeOpcodes = (random: Random) => {
  let left = 16_384;
  let text = "";
  while (left > 0) {
    const run = Math.min(left, random.pick([1, 2, 4, 60, 64, 65, 300, 5000, 16_384]));
    if (run > 64) text += String.fromCharCode(0x40 | ((run - 1) >> 8), (run - 1) & 0xff);
    else if (run > 4) text += String.fromCharCode(run - 1);
    else text += String.fromCharCode(0x80 | (random.below(32) << 2) | (run - 1));
    left -= run;
  }
  return text;
};

const inHeader: Argument = (random) => String(random.below(16));
const headerByte: Argument = (random) => random.pick(["\0", "\x01", "\x02", "\x7f", "\x80", "\xff", "H"]);
/** Beyond the end of most sparse ones, which get zeros then. */
const inDense: Argument = (random) => String(random.between(3020, 12_310));
const never = { damage: "never" } as const;

const header = (form: string) => `HYLL${form}\0\0\0${"\0".repeat(7)}`;
/** HyperLogLogs that were never made by PFADD. */
const foreign: Argument = (random) => {
  const top = random.pick(["\0", "\x80"]);
  return random.pick([
    `${header("\x01")}${top}\x7f\xff`,
    `${header("\x01")}${top}${opcodes(random)}`,
    `${header("\x01")}${top}${wholeOpcodes(random)}`,
    `${header("\x01")}${top}${wholeOpcodes(random)}${opcode(random)}`,
    `${header("\x01")}${top}\x7f\xfe\x80`,
    `${header("\0")}${top}${random.pick(["\0", "\xff", "\x55", random.bytes(1)]).repeat(12_288)}`,
    `${header("\0")}${top}`,
    `${header("\x02")}${top}\x7f\xff`,
    header("\x01"),
  ]);
};

export const hyperloglogRows: Row[] = [
  row("PFADD", [hllKey, times(0, 4, element)], exact, often),
  row("PFADD", [hllKey, elementsInBulk], exact, seldom),
  row("PFCOUNT", [hllKey], exact, often),
  row("PFCOUNT", [times(1, 4, hllKey)], exact),
  row("PFMERGE", [hllKey, times(0, 3, hllKey)], exact, seldom),
  row("PFDEBUG", [oneOf("ENCODING", "encoding", "decode"), hllKey], exact),
  row("PFDEBUG", [oneOf("TODENSE", "GETREG", hostile), hllKey], exact, { weight: 1 }),
  row("GET", [hllKey], exact, often),
  row("OBJECT", [oneOf("ENCODING"), hllKey], exact, seldom),
  // Damage of the oracle's own could cut an XZERO off.
  row("SETRANGE", [hllKey, inHeader, headerByte], exact, { ...seldom, ...never }),
  row("SETRANGE", [hllKey, inDense, oneOf("\0", "\x01", "\x80", "\xff")], exact, { ...rare, ...never }),
  row("SET", [hllKey, foreign], exact, { ...seldom, ...never }),
  row("APPEND", [hllKey, opcode], exact, { ...rare, ...never }),
  row("DEL", [hllKey], exact),
  row("COPY", [hllKey, hllKey, syntax.copyOptions], exact, seldom),
];
