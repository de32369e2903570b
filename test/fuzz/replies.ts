/**
 * Replies as the model predicts them: the bytes of RESP2 as a Latin-1 string, or, where the server has a choice (an order,
 * a random member, an id), a judge of the reply that it gave, which lets the model adopt the choice.
 */
import { printable, type Reply } from "../support/resp.ts";

/** Null when the reply is right, else what is wrong with it. */
export type Judge = (reply: Reply) => string | null;

export type Predicted = string | Judge;

export const OK = "+OK\r\n";
export const NULL = "$-1\r\n";
export const NULL_ARRAY = "*-1\r\n";
export const WRONGTYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

export const integer = (value: number | bigint): string => `:${value}\r\n`;
export const bulk = (value: string | undefined): string =>
  value === undefined ? NULL : `$${value.length}\r\n${value}\r\n`;
/** An array of replies that are encoded already. */
export const array = (items: readonly string[]): string => `*${items.length}\r\n${items.join("")}`;
export const bulks = (items: readonly string[]): string => array(items.map(bulk));

/** The text of all parts of an array reply. */
export const textsOf = (reply: Reply): string[] => (reply.items ?? []).map((item) => item.text ?? "(null)");

/** These bulk strings in any order. */
export function inAnyOrder(expected: readonly string[]): Judge {
  return (reply) => {
    const actual = textsOf(reply).sort();
    return difference([...expected].sort(), actual);
  };
}

/** The first place where two lists differ, in words; null when they are equal. */
export function difference(expected: readonly string[], actual: readonly string[]): string | null {
  const at = expected.findIndex((each, i) => each !== actual[i]);
  if (at < 0 && actual.length <= expected.length) return null;
  const place = at < 0 ? expected.length : at;
  const show = (list: readonly string[]) => (place < list.length ? printable(list[place]!) : "nothing");
  return `${actual.length} parts instead of ${expected.length}: part ${place} is ${show(actual)} instead of ${show(expected)}`;
}

/** A reply of RESP2 as bytes again. */
export function encodeReply({ type, text, items }: Reply): string {
  if (items !== null) return array(items.map(encodeReply));
  if (type === "*") return NULL_ARRAY;
  if (type !== "$") return `${type}${text}\r\n`;
  return bulk(text ?? undefined);
}

/** What is wrong with a reply; null when it is as predicted. */
export function wrongReply(predicted: Predicted, reply: Reply): string | null {
  if (typeof predicted !== "string") return predicted(reply);
  const actual = encodeReply(reply);
  if (actual === predicted) return null;
  return `expected ${printable(predicted)}\n  received ${printable(actual)}`;
}
