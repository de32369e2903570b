/**
 * The fuzzer's cases come from profiles: each drives the store into one kind of trouble (an encoding that changes, keys
 * that come and go, values that are large), and all share one generator.
 */
import type { Random } from "../support/random.ts";
import { Draw } from "./fuzz-type.ts";
import { drawKeyspaceChange, drawKeyspaceLook, drawRemoval } from "./keyspace.ts";
import { TYPES } from "./types.ts";

export interface Profile {
  readonly name: string;
  /** Commands in one case. */
  readonly length: number;
  /** How many different keys, elements and scores, how long values, how many elements in a large command. */
  readonly keys: number;
  readonly elements: number;
  readonly scores: number;
  readonly valueLengthMax: number;
  readonly batch: number;
  /** The share of integers among new members of sets. */
  readonly integers: number;
  /** Relative weights: of the types, and of what commands do. */
  readonly types: Readonly<Record<string, number>>;
  readonly weights: { changes: number; keyspace: number; removals: number; looks: number };
  /** Parameters as CONFIG SET takes them. */
  readonly config: readonly string[];
}

const ALL = { string: 2, hyperloglog: 1, list: 2, set: 2, zset: 2, hash: 2, stream: 2 };

const ordinary: Omit<Profile, "name"> = {
  length: 600,
  keys: 4,
  elements: 30,
  scores: 20,
  valueLengthMax: 100,
  batch: 40,
  integers: 0.2,
  types: ALL,
  weights: { changes: 10, keyspace: 2, removals: 1, looks: 5 },
  config: [],
};

/** Limits so low that values change their encoding all the time. */
const LOW_LIMITS = [
  ["hash-max-listpack-entries", "8"],
  ["set-max-intset-entries", "6"],
  ["zset-max-listpack-entries", "8"],
  ["list-max-listpack-size", "4"],
  ["stream-node-max-entries", "5"],
].flat();

export const PROFILES: readonly Profile[] = [
  { ...ordinary, name: "mixture" },
  { ...ordinary, name: "low limits", length: 1500, elements: 14, batch: 12, config: LOW_LIMITS },
  {
    ...ordinary,
    name: "long elements",
    keys: 3,
    elements: 40,
    valueLengthMax: 20_000,
    types: { string: 1, list: 3, hash: 3, stream: 3 },
  },
  { ...ordinary, name: "deadlines of fields", length: 2000, keys: 3, elements: 120, types: { hash: 1 } },
  {
    ...ordinary,
    name: "many keys",
    length: 6000,
    keys: 1500,
    elements: 4,
    valueLengthMax: 40,
    batch: 4,
    types: { ...ALL, string: 6 },
  },
  {
    ...ordinary,
    name: "keys come and go",
    length: 6000,
    keys: 800,
    elements: 4,
    valueLengthMax: 30,
    batch: 4,
    weights: { changes: 6, keyspace: 2, removals: 4, looks: 1 },
  },
  {
    ...ordinary,
    name: "keyspace",
    length: 1500,
    keys: 2,
    elements: 60,
    weights: { changes: 6, keyspace: 8, removals: 0, looks: 2 },
  },
  { ...ordinary, name: "long strings", length: 400, keys: 6, valueLengthMax: 200_000, types: { string: 1 } },
  { ...large("hash"), name: "large hashes" },
  { ...large("list"), name: "large lists" },
  { ...large("set"), name: "large sets", integers: 0.05 },
  { ...large("set"), name: "large sets of integers", elements: 1500, integers: 0.9 },
  { ...large("zset"), name: "large sorted sets" },
  { ...large("zset"), name: "large sorted sets of few scores", scores: 1 },
  { ...large("stream"), name: "large streams", length: 5000 },
];

/** Few values of one type that grow large. */
function large(type: string): Omit<Profile, "name"> {
  return {
    ...ordinary,
    length: 2500,
    keys: 2,
    elements: 4000,
    scores: 3000,
    batch: 300,
    types: { [type]: 1 },
    weights: { changes: 16, keyspace: 0.5, removals: 0.1, looks: 4 },
  };
}

/** The commands of one case. `knows` tells which commands the server has: others are left out. */
export function generateCommands(profile: Profile, random: Random, knows: (name: string) => boolean): string[][] {
  const draw = new Draw(random, profile);
  const types = TYPES.filter((type) => profile.types[type.name] !== undefined);
  const pickType = () => pickWeighted(random, types, (type) => profile.types[type.name]!);
  const kinds = Object.entries(profile.weights);
  const known = (generate: () => string[]): string[] => {
    for (;;) {
      const command = generate();
      if (knows(command[0]!)) return command;
    }
  };
  const change = () => known(() => pickType().change(draw));
  const list: string[][] = [];
  while (list.length < profile.length) {
    const [kind] = pickWeighted(random, kinds, ([, weight]) => weight);
    if (kind === "changes") list.push(change());
    else if (kind === "removals") list.push(drawRemoval(draw));
    else if (kind === "keyspace") {
      const commands = drawKeyspaceChange(draw, change);
      if (commands.every(([name]) => knows(name!))) list.push(...commands);
    } else list.push(random.chance(0.1) ? drawKeyspaceLook(draw) : known(() => pickType().look(draw)));
  }
  return list;
}

function pickWeighted<T>(random: Random, list: readonly T[], weightOf: (item: T) => number): T {
  let left = (random.below(1_000_000) / 1_000_000) * list.reduce((sum, item) => sum + weightOf(item), 0);
  for (const item of list) {
    left -= weightOf(item);
    if (left < 0) return item;
  }
  return list[0]!;
}
