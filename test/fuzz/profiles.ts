/**
 * The fuzzer's cases come from profiles: each drives the store into one kind of trouble, and all share one generator.
 */
import type { Random } from "../support/random.ts";

export interface Profile {
  name: string;
  /** Commands in one case. */
  length: number;
  /** How many different keys, fields and how long values; a larger hash or string crosses more thresholds. */
  keys: number;
  fields: number;
  valueLengthMax: number;
  /** Relative weights of what the commands do: make or change strings, make or change hashes, remove, look. */
  weights: { strings: number; hashes: number; removals: number; looks: number };
}

export const PROFILES: Profile[] = [
  {
    name: "mixture",
    length: 600,
    keys: 12,
    fields: 20,
    valueLengthMax: 100,
    weights: { strings: 3, hashes: 4, removals: 1, looks: 3 },
  },
  {
    name: "many keys",
    length: 6000,
    keys: 5000,
    fields: 4,
    valueLengthMax: 40,
    weights: { strings: 6, hashes: 1, removals: 2, looks: 1 },
  },
  {
    name: "keys come and go",
    length: 6000,
    keys: 3000,
    fields: 4,
    valueLengthMax: 30,
    weights: { strings: 3, hashes: 1, removals: 4, looks: 1 },
  },
  {
    name: "large hashes",
    length: 3000,
    keys: 3,
    fields: 4000,
    valueLengthMax: 90,
    weights: { strings: 0, hashes: 8, removals: 1, looks: 2 },
  },
  {
    name: "long strings",
    length: 400,
    keys: 6,
    fields: 4,
    valueLengthMax: 200_000,
    weights: { strings: 6, hashes: 1, removals: 2, looks: 2 },
  },
  {
    name: "long fields",
    length: 500,
    keys: 4,
    fields: 60,
    valueLengthMax: 20_000,
    weights: { strings: 1, hashes: 6, removals: 1, looks: 2 },
  },
];

/** The commands of one case. */
export function generateCommands(profile: Profile, random: Random): string[][] {
  const { strings, hashes, removals, looks } = profile.weights;
  const total = strings + hashes + removals + looks;
  return Array.from({ length: profile.length }, () => {
    const drawn = (random.below(1_000_000) / 1_000_000) * total;
    if (drawn < strings) return changeString(profile, random);
    if (drawn < strings + hashes) return changeHash(profile, random);
    if (drawn < strings + hashes + removals) return remove(profile, random);
    return look(profile, random);
  });
}

const stringKey = (profile: Profile, random: Random): string => `s${random.below(profile.keys)}`;
const hashKey = (profile: Profile, random: Random): string => `h${random.below(profile.keys)}`;
const anyKey = (profile: Profile, random: Random): string =>
  (random.chance(0.5) ? stringKey : hashKey)(profile, random);
const counterKey = (profile: Profile, random: Random): string => `n${random.below(profile.keys)}`;
const field = (profile: Profile, random: Random): string =>
  `${random.chance(0.3) ? "" : "field:"}${random.below(profile.fields)}`;
const increment = (random: Random): string => String(random.between(-1_000_000, 1_000_000) * 10 ** random.below(4));

/** Mostly short, sometimes long, sometimes a number, sometimes binary. */
function value(profile: Profile, random: Random): string {
  const length = random.below(random.chance(0.7) ? Math.min(70, profile.valueLengthMax) : profile.valueLengthMax);
  if (random.chance(0.2)) return increment(random);
  if (random.chance(0.2)) return random.bytes(Math.min(length, 200));
  return String.fromCharCode(random.between(32, 126)).repeat(length);
}

function changeString(profile: Profile, random: Random): string[] {
  const key = random.chance(0.03) ? hashKey(profile, random) : stringKey(profile, random);
  switch (random.below(6)) {
    case 0:
      return ["APPEND", key, value(profile, random)];
    case 1:
      return ["SETRANGE", key, String(random.below(profile.valueLengthMax)), value(profile, random)];
    case 2:
      return ["INCRBY", counterKey(profile, random), increment(random)];
    case 3:
      return [random.chance(0.5) ? "RENAME" : "COPY", key, stringKey(profile, random)];
    default:
      return ["SET", stringKey(profile, random), value(profile, random)];
  }
}

function changeHash(profile: Profile, random: Random): string[] {
  const key = random.chance(0.03) ? stringKey(profile, random) : hashKey(profile, random);
  switch (random.below(8)) {
    case 0:
      return ["HINCRBY", key, `counter${random.below(5)}`, increment(random)];
    case 1:
      return [random.chance(0.5) ? "RENAME" : "COPY", key, hashKey(profile, random)];
    case 2:
      return ["HDEL", key, ...Array.from({ length: random.between(1, 10) }, () => field(profile, random))];
    default: {
      const pairs = random.between(1, random.chance(0.1) ? 100 : 3);
      return [
        "HSET",
        key,
        ...Array.from({ length: pairs }, () => [field(profile, random), value(profile, random)]).flat(),
      ];
    }
  }
}

function remove(profile: Profile, random: Random): string[] {
  const count = random.between(1, random.chance(0.05) ? Math.ceil(profile.keys / 4) : 3);
  return [random.chance(0.5) ? "DEL" : "UNLINK", ...Array.from({ length: count }, () => anyKey(profile, random))];
}

function look(profile: Profile, random: Random): string[] {
  switch (random.below(6)) {
    case 0:
      return ["GET", anyKey(profile, random)];
    case 1:
      return ["STRLEN", anyKey(profile, random)];
    case 2:
      return [
        "GETRANGE",
        stringKey(profile, random),
        String(random.below(50)),
        String(random.below(profile.valueLengthMax)),
      ];
    case 3:
      return ["HLEN", anyKey(profile, random)];
    case 4:
      return random.chance(0.1) ? ["DBSIZE"] : ["EXISTS", anyKey(profile, random), anyKey(profile, random)];
    default:
      return ["HGET", anyKey(profile, random), field(profile, random)];
  }
}
