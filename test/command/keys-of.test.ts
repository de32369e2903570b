/**
 * Keys of commands, found from key specifications: the real server's own specifications, fed to our search, must find in
 * random arguments what the real server finds there.
 */
import { expect, test } from "bun:test";
import type { CommandSpec, KeySpec } from "../../src/command/command.ts";
import { areMovable, keysOf, rangeOf } from "../../src/command/keys-of.ts";
import { argsOf } from "../support/handlers.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";
import type { Reply } from "../support/resp.ts";
import { startServer } from "../support/server.ts";

/** Here the real server asks a function of the command when its specifications find nothing, or first of all. */
const OWN_SEARCH = new Set([
  ...["sort", "sort_ro", "migrate", "set", "bitfield", "georadius", "georadiusbymember"],
  ...["xread", "xreadgroup"],
]);

const TRIES = 30;
const WORDS = ["0", "1", "2", "3", "-1", "x", "k1", "k2", "STREAMS", "keys", "STORE", "storedist"];

test("finds the keys that the real server finds", async () => {
  const seed = seedOfRun();
  console.log(`keys-of: SEED=${seed}`);
  const random = seededRandom(seed);
  await using redis = await startServer("redis");
  using client = await redis.connect();
  let compared = 0;
  for (const info of await allCommands(client)) {
    const { name, arity, spec } = info;
    if (spec.keys!.length === 0 || OWN_SEARCH.has(name)) continue;
    for (let i = 0; i < TRIES; i++) {
      const count = arity > 0 ? arity : -arity + random.below(5);
      const words = name.split("|");
      while (words.length < count) words.push(random.pick(WORDS));
      if (words.length < 2) continue;
      const theirs = await client.command("COMMAND", "GETKEYSANDFLAGS", ...words);
      const found = keysOf(spec, argsOf(...words)) ?? [];
      const ours = found.map(({ position, flags }) => [words[position], ...flags.split(" ")]);
      const expected = (theirs.items ?? []).map(({ items }) => [
        items![0]!.text!,
        ...items![1]!.items!.map(({ text }) => text!),
      ]);
      expect(ours, words.join(" ")).toEqual(expected);
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(3000);
}, 60_000);

test("derives first key, last key, step and movablekeys as the real server does", async () => {
  await using redis = await startServer("redis");
  using client = await redis.connect();
  for (const { name, spec, range, isMovable } of await allCommands(client)) {
    const { first, last, step } = rangeOf(spec.keys!);
    expect({ name, range: [first, last, step] }).toEqual({ name, range });
    expect({ name, isMovable: areMovable(spec.keys!) }).toEqual({ name, isMovable });
  }
});

const flagsOf = (reply: Reply): string[] => reply.items!.map(({ text }) => text!);

interface RealCommand {
  name: string;
  arity: number;
  range: number[];
  isMovable: boolean;
  spec: CommandSpec;
}

/** The real server's commands and subcommands, with their key specifications in our form. */
async function allCommands(client: { command(...args: string[]): Promise<Reply> }): Promise<RealCommand[]> {
  const replies = (await client.command("COMMAND")).items!;
  return replies
    .flatMap((reply) => [reply, ...reply.items![9]!.items!])
    .map(({ items }) => ({
      name: items![0]!.text!,
      arity: Number(items![1]!.text),
      range: [3, 4, 5].map((i) => Number(items![i]!.text)),
      isMovable: flagsOf(items![2]!).includes("movablekeys"),
      spec: { flags: flagsOf(items![2]!), keys: items![8]!.items!.map(keySpecOf) } as unknown as CommandSpec,
    }));
}

function keySpecOf(reply: Reply): KeySpec {
  const fields = mapOf(reply);
  const flags = fields
    .get("flags")!
    .items!.map(({ text }) => text)
    .join(" ");
  const begin = mapOf(fields.get("begin_search")!);
  const find = mapOf(fields.get("find_keys")!);
  const [from, range] = [mapOf(begin.get("spec")!), mapOf(find.get("spec")!)];
  const number = (name: string): number => Number(range.get(name)?.text ?? 0);
  return {
    flags,
    begin: from.get("keyword")?.text ?? Number(from.get("index")?.text ?? 0),
    from: Number(from.get("startfrom")?.text ?? 1),
    last: number("lastkey"),
    step: number("keystep"),
    limit: number("limit"),
    ...(find.get("type")!.text === "keynum"
      ? { keyNumber: { at: number("keynumidx"), firstKey: number("firstkey") } }
      : {}),
  };
}

function mapOf(reply: Reply): Map<string, Reply> {
  const map = new Map<string, Reply>();
  for (let i = 0; i < reply.items!.length; i += 2) map.set(reply.items![i]!.text!, reply.items![i + 1]!);
  return map;
}
