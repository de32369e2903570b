/** Strings, as texts, numbers and bits. */

import { printable } from "../../support/resp.ts";
import type { FuzzType } from "../fuzz-type.ts";
import { bulk, integer, NULL, OK } from "../replies.ts";

const BIT_MAX = 4000;

const bitOf = (text: string, at: number): number => ((text.charCodeAt(at >> 3) || 0) >> (7 - (at & 7))) & 1;

function setBit(text: string, at: number, bit: number): string {
  const padded = text.padEnd((at >> 3) + 1, "\0");
  const mask = 1 << (7 - (at & 7));
  const byte = padded.charCodeAt(at >> 3);
  const changed = bit === 1 ? byte | mask : byte & ~mask;
  return padded.slice(0, at >> 3) + String.fromCharCode(changed) + padded.slice((at >> 3) + 1);
}

function countBits(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) for (let byte = text.charCodeAt(i); byte !== 0; byte &= byte - 1) count++;
  return count;
}

function combine(operation: string, sources: string[]): string {
  const bytes = Math.max(...sources.map((source) => source.length));
  const at = (source: string, i: number) => source.charCodeAt(i) || 0;
  return Array.from({ length: bytes }, (_, i) => {
    const [first = 0, ...rest] = sources.map((source) => at(source, i));
    if (operation === "NOT") return ~first & 255;
    return rest.reduce((a, b) => (operation === "AND" ? a & b : operation === "OR" ? a | b : a ^ b), first);
  })
    .map((byte) => String.fromCharCode(byte))
    .join("");
}

export const stringType: FuzzType<string> = {
  name: "string",
  answer: "string",
  prefix: "s",
  commands: {
    SET(model, [key = "", value = ""]) {
      model.keys.delete(key);
      model.keys.set(key, { type: stringType as FuzzType, held: value, deadline: undefined });
      return OK;
    },
    GET: (model, [key = ""]) => model.with(stringType, key, (text) => bulk(text)),
    GETDEL: (model, [key = ""]) =>
      model.with(stringType, key, (text) => {
        model.keys.delete(key);
        return bulk(text);
      }),
    STRLEN: (model, [key = ""]) => model.with(stringType, key, (text = "") => integer(text.length)),
    APPEND: (model, [key = "", more = ""]) =>
      model.with(stringType, key, (text = "") => {
        model.hold(stringType, key, text + more);
        return integer(text.length + more.length);
      }),
    SETRANGE: (model, [key = "", offset = "", part = ""]) =>
      model.with(stringType, key, (text = "") => {
        if (part === "") return integer(text.length);
        const at = Number(offset);
        const padded = text.padEnd(at, "\0");
        const changed = padded.slice(0, at) + part + padded.slice(at + part.length);
        model.hold(stringType, key, changed);
        return integer(changed.length);
      }),
    GETRANGE: (model, [key = "", from = "", to = ""]) =>
      model.with(stringType, key, (text = "") => bulk(text.slice(Number(from), Number(to) + 1))),
    INCRBY: (model, [key = "", increment = ""]) =>
      model.with(stringType, key, (text = "0") => {
        if (!/^(0|-?[1-9]\d{0,17})$/.test(text)) return "-ERR value is not an integer or out of range\r\n";
        const sum = BigInt(text) + BigInt(increment);
        model.hold(stringType, key, String(sum));
        return integer(sum);
      }),
    SETBIT: (model, [key = "", at = "", bit = ""]) =>
      model.with(stringType, key, (text = "") => {
        model.hold(stringType, key, setBit(text, Number(at), Number(bit)));
        return integer(bitOf(text, Number(at)));
      }),
    GETBIT: (model, [key = "", at = ""]) =>
      model.with(stringType, key, (text = "") => integer(bitOf(text, Number(at)))),
    BITCOUNT: (model, [key = ""]) => model.with(stringType, key, (text = "") => integer(countBits(text))),
    BITOP: (model, [operation = "", target = "", ...sources]) =>
      model.withAll(stringType, sources, (texts) => {
        const combined = combine(
          operation,
          texts.map((text) => text ?? ""),
        );
        if (combined === "") model.keys.delete(target);
        else model.replace(stringType, target, combined);
        return integer(combined.length);
      }),
  },
  create: (draw, key) => ["SET", key, draw.value()],
  change(draw) {
    const key = draw.key("s");
    switch (draw.random.below(9)) {
      case 0:
      case 1:
        return ["APPEND", key, draw.value()];
      case 2:
        return ["SETRANGE", key, String(draw.random.below(draw.profile.valueLengthMax)), draw.value()];
      case 3:
        return ["INCRBY", `n${draw.random.below(draw.profile.keys)}`, draw.integer()];
      case 4:
        return ["GETDEL", key];
      case 5:
        return ["SETBIT", key, String(draw.random.below(BIT_MAX)), draw.oneOf("0", "1")];
      case 6:
        return draw.random.chance(0.2)
          ? ["BITOP", "NOT", draw.key("s"), key]
          : ["BITOP", draw.oneOf("AND", "OR", "XOR"), draw.key("s"), key, draw.key("s"), draw.key("s")];
      default:
        return ["SET", key, draw.value()];
    }
  },
  look(draw) {
    const key = draw.key("s");
    switch (draw.random.below(5)) {
      case 0:
        return ["STRLEN", key];
      case 1:
        return ["GETRANGE", key, String(draw.random.below(50)), String(draw.random.below(draw.profile.valueLengthMax))];
      case 2:
        return ["GETBIT", key, String(draw.random.below(BIT_MAX))];
      case 3:
        return ["BITCOUNT", key];
      default:
        return ["GET", key];
    }
  },
  copy: (text) => text,
  isEmpty: () => false,
  async compare(client, key, text) {
    const reply = await client.command("GET", key);
    if (reply.text === text) return null;
    return `holds ${printable(reply.text ?? NULL)} instead of ${printable(text)}`;
  },
};
