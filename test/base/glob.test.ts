import { describe, expect, test } from "bun:test";
import * as glob from "../../src/base/glob.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { startServer } from "../support/server.ts";

const seed = seedOfRun();
/** Patterns that are sent to the real server; `CASES=20000` for a long run. */
const cases = Number(process.env["CASES"] ?? 1500);

/** Matches in the middle of stars, so that reading past either range shows. */
function matches(pattern: string, text: string, ignoreCase = false): boolean {
  const p = Buffer.from(`*]${pattern}*]`, "latin1");
  const t = Buffer.from(`aa${text}aa`, "latin1");
  return glob.matches(p, 2, p.length - 2, t, 2, t.length - 2, ignoreCase);
}

/** Bytes that mean something in a pattern, letters of both cases, and bytes that are negative as C's char. */
const ALPHABET = [..."aabbcBZz-]^\\_", "\x80", "\xff", "\0"];
const SPECIAL = [..."***??[[[]^-\\\\"];

function randomText(random: Random, alphabet: readonly string[], lengthMax: number): string {
  return Array.from({ length: random.between(0, lengthMax) }, () => random.pick(alphabet)).join("");
}

function randomPattern(random: Random, alphabet: readonly string[]): string {
  let pattern = "";
  for (let parts = random.between(0, 5); parts > 0; parts--) {
    if (random.chance(0.25)) pattern += `[${random.pick(["", "^"])}${randomText(random, [...alphabet, "-", "\\"], 4)}]`;
    else pattern += randomText(random, random.chance(0.5) ? SPECIAL : alphabet, 3);
  }
  return pattern;
}

/** Compares our matches among the texts with those that the server lists for each random pattern. */
async function compareWithServer(
  client: RawClient,
  texts: readonly string[],
  alphabet: readonly string[],
  ignoreCase: boolean,
  list: (pattern: string) => Promise<string[]>,
): Promise<void> {
  const random = seededRandom(seed);
  let matched = 0;
  for (let i = 0; i < cases && !client.isClosed; i++) {
    const pattern = randomPattern(random, alphabet);
    if (pattern === "*") continue; // KEYS doesn't match at all then
    const ours = texts.filter((text) => matches(pattern, text, ignoreCase)).sort();
    const theirs = (await list(pattern)).sort();
    matched += theirs.length;
    if (ours.join("\n") !== theirs.join("\n")) expect({ pattern, ours }).toEqual({ pattern, ours: theirs });
  }
  expect(matched).toBeGreaterThan(cases / 5); // the patterns aren't all hopeless
}

describe("glob", () => {
  test("elements and quirks", () => {
    const table: [pattern: string, text: string, expected: boolean][] = [
      ["", "", true],
      ["", "a", false],
      ["*", "", false],
      ["*", "a", true],
      ["***", "ab", true],
      ["a*", "a", true],
      ["a**", "a", true],
      ["*a", "bba", true],
      ["*a*b*", "xxaxxb", true],
      ["a?c", "abc", true],
      ["?", "", false],
      ["[abc]", "b", true],
      ["[a-c]", "b", true],
      ["[c-a]", "b", true],
      ["[^a-c]", "b", false],
      ["[^a-c]", "d", true],
      ["[]", "a", false],
      ["[^]", "a", true],
      ["[]a]", "a]", false],
      ["[abc", "c", true],
      ["[", "a", false],
      ["[^", "a", true],
      ["[a-", "-", true],
      ["[a-]]", "b", false],
      ["[\\]]", "]", true],
      ["[\\", "\\", true],
      ["\\*", "*", true],
      ["\\*", "a", false],
      ["\\", "\\", true],
      ["a\\", "a\\", true],
      ["[\x80-a]", "\xff", true],
      ["[\x80-a]", "z", false],
    ];
    for (const [pattern, text, expected] of table) {
      expect({ pattern, text, is: matches(pattern, text) }).toEqual({ pattern, text, is: expected });
    }
  });

  test("ignoring case", () => {
    expect(matches("HeL?O", "hEllo", true)).toBe(true);
    expect(matches("[A-C]x", "bX", true)).toBe(true);
    expect(matches("[\\A]", "a", true)).toBe(false);
    expect(matches("[_-A]", "a", true)).toBe(false);
    expect(matches("HELLO", "hello", false)).toBe(false);
  });

  test("many stars take no exponential time", () => {
    expect(matches(`${"a*".repeat(50)}b`, "a".repeat(2000))).toBe(false);
    expect(matches(`${"*a".repeat(50)}*`, "a".repeat(2000))).toBe(true);
  });

  test("more than 1000 stars match nothing, but for those in a row, at the end, or behind the text", () => {
    const text = "a".repeat(1000);
    expect(matches("*a".repeat(1000), text)).toBe(true);
    expect(matches("**a".repeat(1000), text)).toBe(true);
    expect(matches("?*".repeat(1001), `a${text}`)).toBe(true);
    expect(matches(`${"*a".repeat(1000)}***`, text)).toBe(true);
    expect(matches("*a".repeat(1001), `a${text}`)).toBe(false);
    expect(matches("*?".repeat(50_000), "a".repeat(50_000))).toBe(false);
  });

  test("isLiteral", () => {
    const isLiteral = (pattern: string): boolean => glob.isLiteral(Buffer.from(pattern), 0, pattern.length);
    for (const pattern of ["", "key", "a]b", "a-b", "^", "user:{1}"]) expect(isLiteral(pattern)).toBe(true);
    for (const pattern of ["*", "a*", "a?", "[", "a\\b"]) expect(isLiteral(pattern)).toBe(false);
    expect(glob.isLiteral(Buffer.from("*key*"), 1, 4)).toBe(true);
  });

  describe.skipIf(Bun.which("redis-server") === null)(`against a real server, SEED=${seed} CASES=${cases}`, () => {
    test("KEYS", async () => {
      await using server = await startServer("redis");
      using client = await server.connect();
      const random = seededRandom(seed);
      const texts = new Set([""]);
      while (texts.size < 300) texts.add(randomText(random, [...ALPHABET, ...SPECIAL], 5));
      await client.command("MSET", ...[...texts].flatMap((text) => [text, ""]));
      await compareWithServer(client, [...texts], ALPHABET, false, async (pattern) => {
        const reply = await client.command("KEYS", pattern);
        return (reply.items ?? []).map((item) => item.text ?? "");
      });
    }, 120_000);

    test("FUNCTION LIST, which ignores case", async () => {
      await using server = await startServer("redis");
      using client = await server.connect();
      const random = seededRandom(seed);
      const alphabet = [..."aAbBcCzZ_09"];
      const texts = new Set<string>(["a"]);
      while (texts.size < 60) texts.add(`a${randomText(random, alphabet, 3)}`);
      let index = 0;
      for (const name of texts) {
        const code = `#!lua name=${name}\nredis.register_function('f${index++}', function() return 1 end)`;
        expect((await client.command("FUNCTION", "LOAD", code)).text).toBe(name);
      }
      await compareWithServer(client, [...texts], [...alphabet, "-", "]", "\xff"], true, async (pattern) => {
        const reply = await client.command("FUNCTION", "LIST", "LIBRARYNAME", pattern);
        return (reply.items ?? []).map((library) => library.items?.[1]?.text ?? "");
      });
    }, 120_000);
  });
});
