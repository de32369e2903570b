/**
 * Where the oracle's arguments come from: small generators that the command table (`commands.ts`) composes. All bytes are
 * Latin-1 strings. Few keys and fields, so that commands meet; many values, so that thresholds and formats are crossed;
 * and now and then something hostile.
 *
 * Rule of the clock: two servers never read the same clock, so no generated deadline is near. Relative ones are a day or
 * more ahead or not in the future at all; absolute ones are before 2020 or after 2100.
 */
import type { Random } from "../support/random.ts";

/** Makes one argument or several; a plain string stands for itself. */
export type Argument = string | ((random: Random) => string | string[]);

/** Numbers at which implementations break, and things that almost look like numbers. */
export const BOUNDARIES = [
  ..."0 1 -1 2147483647 2147483648 2147483649 -2147483648 -2147483649 4294967295 4294967296 4294967297".split(" "),
  ..."9007199254740991 9007199254740992 9007199254740993 -9007199254740992 -9007199254740993".split(" "),
  ..."9223372036854775806 9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616".split(" "),
  ..."-9223372036854775807 -9223372036854775808 -9223372036854775809".split(" "),
  ..."1e400 -1e400 5e-324 1.7976931348623157e308 nan -nan inf -inf +inf Infinity -0 0.0 -0.0 1. .5 1e5 1.5".split(" "),
  ..."+1 01 00 0x10 1_000 1,5 - + --1 one".split(" "),
  ...["", " 1", "1 ", "\0", "1\0"],
];

const WORDS = [..."nx XX ex PX keepttl GET withvalues COUNT match * $-1 NaN".split(" "), "", " ", "\r\n", "\0\xff"];

/** What damage puts into a call, besides boundaries: options out of place, keys of both types, a long field. */
export const POISON_WORDS = [
  "",
  "NX",
  "ex",
  "PX",
  "GET",
  "WITHVALUES",
  "COUNT",
  "match",
  "key:h0",
  "key:s0",
  "\0",
  "f".repeat(70),
];

/** Each argument in turn, as one list. */
export function expand(list: readonly Argument[], random: Random): string[] {
  const args: string[] = [];
  for (const argument of list) {
    const made = typeof argument === "string" ? argument : argument(random);
    if (typeof made === "string") args.push(made);
    else args.push(...made);
  }
  return args;
}

// Composition

/** One of several, all equally likely. */
export function oneOf(...choices: Argument[]): Argument {
  return (random) => expand([random.pick(choices)], random);
}

/** All of these in a row. */
export function group(...list: Argument[]): Argument {
  return (random) => expand(list, random);
}

/** All of these half of the time, else nothing. */
export function maybe(...list: Argument[]): Argument {
  return (random) => (random.chance(0.5) ? expand(list, random) : []);
}

/** All of these once in a hundred times, else nothing. */
export function rarely(...list: Argument[]): Argument {
  return (random) => (random.chance(0.01) ? expand(list, random) : []);
}

/** These, from `low` to `high` times. */
export function times(low: number, high: number, ...list: Argument[]): Argument {
  return (random) => Array.from({ length: random.between(low, high) }, () => expand(list, random)).flat();
}

/** The first normally, the second with the given probability. */
function usually(common: Argument, rare: Argument, probability: number): Argument {
  return (random) => expand([random.chance(probability) ? rare : common], random);
}

// Names

const keysOf = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `key:${letter}${i}`);
const STRING_KEYS = keysOf("s", 10);
const NUMBER_KEYS = keysOf("n", 5);
const HASH_KEYS = keysOf("h", 8);
const LIST_KEYS = keysOf("l", 6);
const SET_KEYS = keysOf("t", 6);
const ZSET_KEYS = keysOf("z", 6);
const STREAM_KEYS = keysOf("x", 4);
const BITMAP_KEYS = keysOf("b", 4);
const HLL_KEYS = keysOf("p", 4);
const GEO_KEYS = keysOf("g", 3);
const ODD_KEYS = ["", "key:absent", "key:\0\xff\r\n binary", "{key}:tag", `key:long:${"k".repeat(300)}`];
/** Every name that a key has unless a command was damaged, or made them in bulk. */
export const ALL_KEYS = [
  ...STRING_KEYS,
  ...NUMBER_KEYS,
  ...BITMAP_KEYS,
  ...HLL_KEYS,
  ...LIST_KEYS,
  ...SET_KEYS,
  ...ZSET_KEYS,
  ...GEO_KEYS,
  ...HASH_KEYS,
  ...STREAM_KEYS,
  ...ODD_KEYS,
];

/** Any key, of any type or of none. */
export const key: Argument = (random) => random.pick(ALL_KEYS);
/** A key that mostly holds text (the wrong type, once in thirty times). */
export const stringKey: Argument = usually((random) => random.pick(STRING_KEYS), key, 0.03);
/** A key that mostly holds a number. */
export const numberKey: Argument = usually((random) => random.pick(NUMBER_KEYS), key, 0.05);
/** A key that mostly holds a hash. */
export const hashKey: Argument = usually((random) => random.pick(HASH_KEYS), key, 0.04);

// Keys that mostly hold a value of their type.
export const listKey: Argument = usually((random) => random.pick(LIST_KEYS), key, 0.03);
export const setKey: Argument = usually((random) => random.pick(SET_KEYS), key, 0.03);
export const zsetKey: Argument = usually((random) => random.pick(ZSET_KEYS), key, 0.03);
export const geoKey: Argument = usually((random) => random.pick(GEO_KEYS), key, 0.03);
export const streamKey: Argument = usually((random) => random.pick(STREAM_KEYS), key, 0.03);
export const bitmapKey: Argument = usually((random) => random.pick(BITMAP_KEYS), key, 0.03);
export const hllKey: Argument = usually((random) => random.pick(HLL_KEYS), key, 0.03);

/** Ordinary fields, and those that a listpack stores in each of its integer widths or not at all. */
export const FIELDS = [
  ...Array.from({ length: 16 }, (_, i) => `f${i}`),
  ..."0 1 -1 127 128 4095 4096 -4096 32767 32768 8388607 8388608 2147483648 01".split(" "),
  ...["9223372036854775807", "-9223372036854775808", "", "\0", "\xff\xfe"],
  ...[63, 64, 65].map((length) => "f".repeat(length)),
];
export const field: Argument = (random) => random.pick(FIELDS);
/** Fields that mostly hold numbers. */
export const numberField: Argument = (random) => `n${random.below(6)}`;
/** Many fields at once, so that hashes become tables and tables grow. */
export const fieldsInBulk: Argument = (random) => {
  const first = random.below(500);
  const count = random.pick([10, 60, 130, 300]);
  return Array.from({ length: count }, (_, i) => [`bulk${first + i}`, `${i}`]).flat();
};
/** Many keys at once, so that the keyspace's table grows and shrinks. */
export const keysInBulk: Argument = (random) => {
  const first = random.below(300);
  return Array.from({ length: random.pick([30, 100, 200]) }, (_, i) => `many:${first + i}`);
};
export const keysAndValuesInBulk: Argument = (random) => expand([keysInBulk], random).flatMap((name) => [name, "bulk"]);

// Values

/** Lengths at which a representation changes: embstr, listpack headers, size classes, hash-max-listpack-value. */
const LENGTHS = [
  ...[0, 1, 2, 7, 8, 9, 15, 16, 20, 21, 31, 43, 44, 45, 62, 63, 64, 65, 100],
  ...[126, 127, 128, 255, 256, 1000, 4095, 4096, 5000],
];
const MEGABYTE = 1 << 20;

const text: Argument = (random) => {
  const length = random.chance(0.02) ? random.between(5000, 70_000) : random.pick(LENGTHS);
  return String.fromCharCode(97 + random.below(26)).repeat(length);
};
const sequence: Argument = (random) =>
  Array.from({ length: random.below(24) }, () => random.pick(["a", "b", "c", "d"])).join("");
const binary: Argument = (random) => random.bytes(random.below(40));
const megabyte: Argument = (random) => random.pick(["m", "\0", "\xff"]).repeat(MEGABYTE + random.below(3));
export const hostile: Argument = (random) => random.pick(random.chance(0.7) ? BOUNDARIES : WORDS);

/** A value that isn't extraordinarily long. */
export const value: Argument = (random) =>
  expand([random.pick([text, sequence, binary, smallInteger, integer, float, hostile])], random);
/** Any value; one in two thousand is a megabyte. */
export const anyValue: Argument = usually(value, megabyte, 0.0005);

// Numbers

const smallInteger: Argument = (random) => String(random.between(-20, 120));
export const integer: Argument = (random) => {
  const magnitude = 2n ** BigInt(random.below(64));
  return String((random.chance(0.5) ? magnitude : -magnitude) + BigInt(random.between(-1, 1)));
};
const decimal: Argument = (random) => (random.between(-1_000_000, 1_000_000) / 10 ** random.below(7)).toString();
const exponent: Argument = (random) => `${random.between(-99, 99) / 10}e${random.between(-30, 30)}`;
export const float: Argument = (random) =>
  expand([random.pick([smallInteger, decimal, decimal, exponent, integer])], random);

/** An increment: mostly sensible, one in twenty hostile. */
export const increment: Argument = usually(
  (random) => expand([random.pick([smallInteger, integer])], random),
  hostile,
  0.05,
);
export const floatIncrement: Argument = usually(float, hostile, 0.05);
/** An index into a string: mostly inside short ones. */
export const index: Argument = usually((random) => String(random.between(-12, 50)), hostile, 0.05);
/** Where SETRANGE writes: small, or so far that the limit of 512 MB answers. */
export const offset: Argument = usually(
  (random) => String(random.chance(0.05) ? random.below(9000) : random.below(60)),
  (random) => random.pick(BOUNDARIES),
  0.04,
);
/** How many random elements: no huge negative number, for both servers would really write so many. */
export const randomCount: Argument = usually(
  (random) => String(random.between(-12, 25)),
  (random) => random.pick(BOUNDARIES.filter((text) => !/^-\d{4,}$/.test(text) || text === "-9223372036854775808")),
  0.05,
);
export const database: Argument = usually(
  (random) => String(random.below(3)),
  (random) => random.pick([...BOUNDARIES, "15", "16"]),
  0.03,
);

// Times

const DAY_SECONDS = 86_400;
const YEAR_2100_SECONDS = 4_102_444_800;

/** True for text that a server may read as a moment so near that the clock would decide the reply. */
function isNear(text: string, nearMax: number): boolean {
  return /^\d+$/.test(text) && Number(text) > 0 && Number(text) < nearMax;
}
/** Boundaries that are safe as a relative time in seconds and in milliseconds. */
export const TIMELESS_BOUNDARIES = BOUNDARIES.filter((text) => !isNear(text, DAY_SECONDS * 1000));

// Different draws differ by at least an hour, so GT and LT never depend on a millisecond.
export const secondsAhead: Argument = (random) => String(DAY_SECONDS + 3600 * random.below(1_000_000));
export const msAhead: Argument = (random) => String(1000 * (DAY_SECONDS + 3600 * random.below(1_000_000)));
export const seconds: Argument = usually(secondsAhead, (random) => random.pick(TIMELESS_BOUNDARIES), 0.1);
export const ms: Argument = usually(msAhead, (random) => random.pick(TIMELESS_BOUNDARIES), 0.1);
export const unixSeconds: Argument = oneOf(
  (random) => String(YEAR_2100_SECONDS + random.below(100_000)),
  (random) => String(YEAR_2100_SECONDS + random.below(100)),
  usually(
    (random) => String(1 + random.below(1_500_000_000)),
    (random) => random.pick(TIMELESS_BOUNDARIES),
    0.5,
  ),
);
export const unixMs: Argument = oneOf(
  (random) => String(YEAR_2100_SECONDS * 1000 + random.below(100_000)),
  (random) => String(YEAR_2100_SECONDS * 1000 + random.below(100)),
  usually(
    (random) => String(1 + random.below(1_500_000_000_000)),
    (random) => random.pick(TIMELESS_BOUNDARIES),
    0.5,
  ),
);
