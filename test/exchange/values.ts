/**
 * Random values of every type and encoding, as the commands that make them. Small and large, plain and hostile: integers at
 * the edges of their widths, lengths at the edges of headers, repetitions that compress and noise that does not.
 */
import type { Random } from "../support/random.ts";

export type ValueKind = "string" | "list" | "set" | "zset" | "hash" | "stream";
export const KINDS: readonly ValueKind[] = ["string", "list", "set", "zset", "hash", "stream"];

const EDGES = [0n, 12n, 13n, 127n, 128n, 4095n, 4096n, 32767n, 32768n, 8388607n, 8388608n]
  .concat([2147483647n, 2147483648n, 4294967296n, 9007199254740993n, 9223372036854775807n])
  .flatMap((edge) => [edge, -edge, -edge - 1n])
  .map(String);
const LENGTHS = [0, 1, 20, 21, 44, 45, 63, 64, 65, 127, 128, 253, 254, 255, 4094, 4095, 4096, 16383, 16384];
const SCORES = ["0", "-0", "1", "-1.5", "3.14159", "1e300", "-1e-300", "inf", "-inf", "9007199254740993", "5e-324"];
const MANY = [200, 600, 2000];

function text(random: Random): string {
  const kind = random.below(12);
  if (kind < 3) return random.pick(EDGES);
  if (kind < 6) return String(random.between(-1000, 1000));
  if (kind < 9) return random.bytes(random.below(30));
  if (kind < 10) return random.pick(["", "01", "-0", "1.5", "9223372036854775808", "\0", "\xff"]);
  const length = random.pick(LENGTHS);
  return random.chance(0.5) ? random.bytes(1).repeat(length) : random.bytes(length);
}

/** How many elements: mostly a few, one in eight times so many that no compact encoding holds them. */
const countOf = (random: Random): number => (random.chance(0.12) ? random.pick(MANY) : 1 + random.below(20));

const listOf = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** The commands that make a random value of this kind at `key`, which does not exist. */
export function valueCommands(random: Random, kind: ValueKind, key: string): string[][] {
  const one = () => text(random);
  // Elements that are all short, or all integers, keep their compact encoding.
  const small = () => (random.chance(0.5) ? String(random.between(-70_000, 70_000)) : random.bytes(random.below(20)));
  const element = random.pick([one, small, () => random.pick(EDGES), () => String(random.below(30_000))]);
  const count = countOf(random);
  switch (kind) {
    case "string":
      return random.chance(0.1) ? [["APPEND", key, one()]] : [["SET", key, one()]];
    case "list":
      return [["RPUSH", key, ...listOf(count, element)]];
    case "set":
      return [["SADD", key, ...listOf(count, element)]];
    case "zset":
      return [["ZADD", key, ...listOf(count, () => [score(random), element()]).flat()]];
    case "hash":
      return [["HSET", key, ...listOf(count, () => [element(), one()]).flat()]];
    case "stream":
      return streamCommands(random, key, count);
  }
}

const score = (random: Random): string =>
  random.chance(0.3) ? random.pick(SCORES) : String(random.between(-1000, 1000) / random.pick([1, 7, 100]));

function streamCommands(random: Random, key: string, count: number): string[][] {
  const commands: string[][] = [];
  let ms = random.pick([0, 1, 1_000_000]);
  let sequence = 1;
  const ids: string[] = [];
  for (let i = 0; i < Math.min(count, 300); i++) {
    if (random.chance(0.3)) {
      ms += 1 + random.below(1000);
      sequence = random.below(3);
    }
    const id = `${ms}-${sequence++}`;
    ids.push(id);
    const fields = random.chance(0.6) ? ["a", "b"] : listOf(1 + random.below(3), () => text(random));
    commands.push(["XADD", key, id, ...fields.flatMap((field) => [field, text(random)])]);
  }
  for (const id of ids) if (random.chance(0.1)) commands.push(["XDEL", key, id]);
  if (random.chance(0.2)) commands.push(["XTRIM", key, "MAXLEN", String(random.below(ids.length + 1))]);
  for (const group of listOf(random.below(3), () => `g${random.below(5)}`)) {
    commands.push(["XGROUP", "CREATE", key, group, random.pick(["0", "$", ids[0]!])]);
    for (const consumer of listOf(random.below(3), () => text(random))) {
      commands.push(["XGROUP", "CREATECONSUMER", key, group, consumer]);
      commands.push([
        "XREADGROUP",
        "GROUP",
        group,
        consumer,
        "COUNT",
        String(1 + random.below(10)),
        "STREAMS",
        key,
        ">",
      ]);
    }
    commands.push(["XACK", key, group, random.pick(ids)]);
  }
  if (random.chance(0.2)) commands.push(["XSETID", key, `${ms + 5}-7`]);
  return commands;
}

/** Settings under which values are made and loaded: each chooses other encodings. */
export const SETTINGS: readonly Record<string, string>[] = [
  {},
  { "hash-max-listpack-entries": "4", "zset-max-listpack-entries": "4", "set-max-intset-entries": "4" },
  { "hash-max-listpack-value": "5000", "zset-max-listpack-value": "5000", "list-max-listpack-size": "2" },
  { "list-max-listpack-size": "-1", "stream-node-max-entries": "3", "list-compress-depth": "1" },
  { rdbcompression: "no", "stream-node-max-bytes": "100", "list-max-listpack-size": "-5" },
];
