/**
 * How two replies to the same command are judged. Most must be the same bytes. Where Redis leaves something open (the order
 * of a table, a random choice, the clock), a looser comparison says exactly how much. An error is always compared exactly,
 * whatever the comparison.
 */

import { decodeReply, latin1, type Reply } from "../support/resp.ts";
import { ALL_KEYS, BOUNDARIES, POISON_WORDS } from "./arguments.ts";

/** What a comparison sees: the reply, and the reply to the last witness command if there is one. */
export interface Answer {
  reply: Uint8Array;
  witness: Uint8Array | null;
}

export interface Comparison {
  /** For people. */
  name: string;
  /** Commands sent right before. They are not compared; the reply to the last one tells what was possible. */
  witness?: (args: readonly string[]) => string[][];
  /** Whether the real server's answer is a mistake that is known: then it is not compared. */
  isMistake?: (reference: Answer) => boolean;
  /** `null` when the answers agree, else in which way they don't. Never called with errors or with equal bytes. */
  judge(subject: Answer, reference: Answer, args: readonly string[]): string | null;
}

/** Byte for byte. */
export const exact: Comparison = {
  name: "exact",
  judge: () => "the bytes differ",
};

/** The same elements in any order. */
export const asSet: Comparison = {
  name: "as a set",
  judge: (subject, reference) => sameElements(decodeReply(subject.reply), decodeReply(reference.reply), 1),
};

/** The same pairs in any order. */
export const asMap: Comparison = {
  name: "as a map",
  judge: (subject, reference) => sameElements(decodeReply(subject.reply), decodeReply(reference.reply), 2),
};

const encodingOfKey = (args: readonly string[]): string[][] => [["OBJECT", "ENCODING", args[1] ?? ""]];

/**
 * Asks for every key that can exist, which removes those past their deadline. Commands that walk the table need this
 * first: they remove the dead keys they meet, and which they meet depends on the order of the table.
 */
const sweep = ["EXISTS", ...ALL_KEYS, ...BOUNDARIES, ...POISON_WORDS];

/** The elements of a hash: in the order of insertion while it is a listpack, in any order when it is a table. */
export function elementsOfHash(partsPerElement: 1 | 2): Comparison {
  return {
    name: "as a set, in order if a listpack",
    witness: encodingOfKey,
    judge(subject, reference) {
      if (latin1(reference.witness!).includes("listpack")) return "the bytes differ, and a listpack keeps its order";
      return sameElements(decodeReply(subject.reply), decodeReply(reference.reply), partsPerElement);
    },
  };
}

/** A COUNT with which every scan ends in one page. */
export const WHOLE_SCAN_COUNT = "1000000";

/**
 * One page of a scan that began at cursor 0 and came back to it: the same elements in any order. Of a page from the
 * middle only the type counts, for what a cursor means is the server's own affair.
 */
export function wholeScan(partsPerElement: 1 | 2, cursorAt: number = partsPerElement): Comparison {
  return {
    name: "as a set, if the scan is whole",
    witness: () => [sweep],
    judge(subject, reference, args) {
      const [ours, theirs] = [decodeReply(subject.reply), decodeReply(reference.reply)];
      const [ourCursor, theirCursor] = [ours.items?.[0]?.text, theirs.items?.[0]?.text];
      const beganAtZero = args[cursorAt] === "0"; // SCAN 0, but HSCAN key 0
      if (beganAtZero && asksForAll(args) && ourCursor !== theirCursor) return `the cursor is ${ourCursor}`;
      if (!beganAtZero || ourCursor !== "0" || theirCursor !== "0") return sameShape(ours, theirs, false);
      return sameElements(ours.items![1]!, theirs.items![1]!, partsPerElement);
    },
  };
}

function asksForAll(args: readonly string[]): boolean {
  const at = args.indexOf(WHOLE_SCAN_COUNT);
  return at > 0 && args[at - 1]!.toUpperCase() === "COUNT";
}

/** Whole numbers that may differ by so much, because two servers read two clocks. */
export function near(differenceMax: number): Comparison {
  return {
    name: `within ${differenceMax}`,
    judge(subject, reference) {
      const [ours, theirs] = [decodeReply(subject.reply), decodeReply(reference.reply)];
      if (ours.type !== theirs.type) return "the types differ";
      const [a, b] = [Number(ours.text), Number(theirs.text)];
      if (a < 0 || b < 0) return "a negative answer is exact";
      return Math.abs(a - b) <= differenceMax ? null : `${a} is not within ${differenceMax} of ${b}`;
    },
  };
}

const SHARED = ":2147483647\r\n";
const ALONE = ":1\r\n";

/**
 * What OBJECT REFCOUNT says. Redis shares one object among all keys that hold a small integer, except those that COPY
 * made; Ashlar shares nothing and says "shared" of every small integer, for a bit per key would be a high price.
 */
export const sharing: Comparison = {
  name: "exact, but a small integer may be shared here alone",
  judge(subject, reference) {
    const isCopyOfSmallInteger = latin1(subject.reply) === SHARED && latin1(reference.reply) === ALONE;
    return isCopyOfSmallInteger ? null : "the bytes differ";
  },
};

/** What OBJECT IDLETIME says: near, unless Redis shares the object, and with it the time of its last use, among keys. */
export function idleSeconds(differenceMax: number): Comparison {
  const { judge } = near(differenceMax);
  return {
    name: `within ${differenceMax}, unless shared`,
    witness: (args) => [["OBJECT", "REFCOUNT", args[2] ?? ""]],
    judge(subject, reference, args) {
      if (latin1(reference.witness!) === SHARED)
        return sameShape(decodeReply(subject.reply), decodeReply(reference.reply), false);
      return judge(subject, reference, args);
    },
  };
}

/** A random choice: the same shape, and each server chose only what its own witness reply contains. */
export function drawnFrom(population: (args: readonly string[]) => string[]): Comparison {
  return {
    name: "a choice among what exists",
    witness: (args) => [sweep, population(args)],
    judge(subject, reference, args) {
      const [ours, theirs] = [decodeReply(subject.reply), decodeReply(reference.reply)];
      return sameShape(ours, theirs, true) ?? isChoice(ours, decodeReply(subject.witness!), args);
    },
  };
}

/** A map in which some entries belong to the server itself. */
export function asMapExcept(...names: string[]): Comparison {
  const without = (reply: Reply): Reply => {
    const items = reply.items ?? [];
    return { ...reply, items: items.filter((_, i) => !names.includes(items[i - (i % 2)]!.text ?? "")) };
  };
  return {
    name: `as a map, without ${names.join(", ")}`,
    judge: (subject, reference) =>
      sameElements(without(decodeReply(subject.reply)), without(decodeReply(reference.reply)), 2),
  };
}

/** Only the type of the reply counts. The reason is part of the table. */
export function sameType(reason: string): Comparison {
  return {
    name: `only its type: ${reason}`,
    judge: (subject, reference) => (subject.reply[0] === reference.reply[0] ? null : "the types differ"),
  };
}

function sameElements(ours: Reply, theirs: Reply, partsPerElement: 1 | 2): string | null {
  if (ours.type !== theirs.type) return "the types differ";
  if (ours.items?.length !== theirs.items?.length) return `${ours.items?.length} parts, not ${theirs.items?.length}`;
  const [mine, wanted] = [elements(ours, partsPerElement), elements(theirs, partsPerElement)];
  const wrong = mine.findIndex((element, i) => element !== wanted[i]);
  return wrong < 0 ? null : `the element ${mine[wrong]} instead of ${wanted[wrong]}, both sorted`;
}

/** The elements as comparable text, sorted. */
function elements(reply: Reply, partsPerElement: 1 | 2): string[] {
  const parts = (reply.items ?? []).map((item) => JSON.stringify(item));
  if (partsPerElement === 1) return parts.sort();
  const pairs: string[] = [];
  for (let i = 0; i < parts.length; i += 2) pairs.push(`${parts[i]} ${parts[i + 1]}`);
  return pairs.sort();
}

function sameShape(ours: Reply, theirs: Reply, withLengths: boolean): string | null {
  if (ours.type !== theirs.type) return "the types differ";
  if ((ours.text === null) !== (theirs.text === null)) return "one is null";
  if (!withLengths || ours.items === null || theirs.items === null) return null;
  if (ours.items.length !== theirs.items.length) return `${ours.items.length} parts, not ${theirs.items.length}`;
  for (let i = 0; i < ours.items.length; i++) {
    const difference = sameShape(ours.items[i]!, theirs.items[i]!, true);
    if (difference !== null) return difference;
  }
  return null;
}

function isChoice(reply: Reply, population: Reply, args: readonly string[]): string | null {
  const withValues = args.at(-1)?.toUpperCase() === "WITHVALUES";
  const chosen = leaves(reply);
  const names = chosen.filter((_, i) => !withValues || i % 2 === 0);
  const known = leaves(population);
  // The witness of a hash is HGETALL (field, value, …), that of the keyspace is KEYS (name, …).
  const isHash = args[0]?.toUpperCase() === "HRANDFIELD";
  const valueByName = new Map<string, string | undefined>();
  for (let i = 0; i < known.length; i += isHash ? 2 : 1) valueByName.set(known[i]!, known[i + 1]);
  const stranger = names.find((name) => !valueByName.has(name));
  if (stranger !== undefined) return `${JSON.stringify(stranger)} does not exist`;
  const count = args[2] === undefined ? 1 : Number(args[2]);
  if (count > 0 && new Set(names).size !== names.length) return "a positive count gave an element twice";
  if (withValues && names.some((name, i) => valueByName.get(name) !== chosen[2 * i + 1]))
    return "a value of another field";
  return null;
}

/** Every scalar of a reply, depth first. */
function leaves(reply: Reply): string[] {
  if (reply.items !== null) return reply.items.flatMap(leaves);
  return reply.text === null ? [] : [reply.text];
}

const CLOCKS_APART_MS = 5000;

/** Splits a reply into what must be the same, and the times in it, which two clocks tell. */
function splitTimes(reply: Reply, isTime: boolean, found: number[]): unknown {
  const { items } = reply;
  if (items === null) {
    if (!isTime || reply.type !== ":") return [reply.type, reply.text];
    found.push(Number(reply.text));
    return "time";
  }
  return [reply.type, items.map((item, i) => splitTimes(item, isTimeAt(items, i), found))];
}

/** Whether a part is a time: that of a pending entry, or one that is named as such. */
function isTimeAt(items: readonly Reply[], i: number): boolean {
  const types = items.map(({ type }) => type).join("");
  if (types === "$$::") return i === 2;
  if (types === "$::") return i === 1;
  const name = items[i - 1]?.text;
  return name === "seen-time" || name === "idle";
}

/** Of streams: exact, except for times of delivery and idle times, which differ as two clocks may. */
export const exceptTimes: Comparison = {
  name: "exact, times near",
  judge(subject, reference) {
    const [ourTimes, theirTimes]: [number[], number[]] = [[], []];
    const ours = JSON.stringify(splitTimes(decodeReply(subject.reply), false, ourTimes));
    const theirs = JSON.stringify(splitTimes(decodeReply(reference.reply), false, theirTimes));
    if (ours !== theirs) return "the bytes differ, times apart";
    const far = ourTimes.findIndex((time, i) => Math.abs(time - theirTimes[i]!) > CLOCKS_APART_MS);
    return far < 0 ? null : `the time ${ourTimes[far]} is not near ${theirTimes[far]}`;
  },
};
