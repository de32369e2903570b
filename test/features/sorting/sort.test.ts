/** SORT beside the real server: every option on every type, then random ones. */
import { afterAll, beforeAll, test } from "bun:test";
import { type Random, seededRandom, seedOfRun } from "../../support/random.ts";
import { SideBySide } from "../../support/side-by-side.ts";

const seed = seedOfRun();
let both: SideBySide;
beforeAll(async () => {
  both = await SideBySide.start();
});
afterAll(() => both.stop());

const NUMBERS = [
  "3",
  "1",
  "2",
  "10",
  "-5",
  "1.5",
  "inf",
  " 7",
  "3",
  "",
  "-inf",
  "0x10",
  "1e3",
  "9007199254740993",
  "-0",
];
const TEXTS = ["b", "a", "c", "a\0z", "a\0b", "B", "\xe9", "aa", "", "aaaaaaa", "aaaaaaab", "aaaaaa", "aaaaaa\0"];
const NONE = ["x", "1x", "1 ", "nan", " ", "--1", "\x001", "1\x002", "0x", "."];
/** The real server finds these out of range, and whatever it reads next as well: it does not reset `errno`. */
const OUT_OF_RANGE = ["1e400", "-1e400", "4e-320", "1e-400"];
const RESET_ERRNO = "INCRBYFLOAT none x";

async function fill(): Promise<void> {
  await both.clear();
  await both.same("RPUSH", "numbers", ...NUMBERS);
  await both.same("RPUSH", "texts", ...TEXTS);
  await both.same("SADD", "integers", "5", "3", "9", "-1");
  await both.same("SADD", "members", "x", "y", "z", "a", "12");
  await both.same("ZADD", "scored", "3", "a", "1", "b", "2", "c", "2", "12");
  await both.same("HSET", "hash", "f", "v");
  await both.same("SET", "text", "v");
  for (const name of ["1", "2", "3", "9", "10", "a", "b", "c", "x", "-5"]) {
    const weight = String(20 - (name.charCodeAt(0) % 7));
    await both.same("SET", `w_${name}`, weight);
    await both.same("HSET", `h_${name}`, "f", `v${name}`, "n", String((name.charCodeAt(0) * 7) % 5), "12", weight);
  }
  await both.line("SET w_z none");
  await both.line("RPUSH w_y 1");
  await both.line("HSET old f v");
}

const KEYS = ["numbers", "texts", "integers", "members", "scored", "hash", "text", "none", "w_1"];
const OPTIONS = [
  ..."|ALPHA|DESC|ASC|ALPHA DESC|desc asc|BY w_*|BY w_* DESC|BY h_*->n|BY h_*->n DESC|BY h_*->12|BY *->n|BY nosort".split(
    "|",
  ),
  ..."GET #|GET w_*|GET h_*->f GET # GET #|GET nokey|GET #->x|GET *|GET h_*->|GET h_*->->f|GET ->*|GET *->f*".split(
    "|",
  ),
  ..."LIMIT 0 3|LIMIT -1 2|LIMIT 5 -1|LIMIT 100 3|LIMIT 0 0|LIMIT 2 9223372036854775807|LIMIT -5 -5 DESC".split("|"),
  ..."LIMIT a 1|LIMIT 1 a|LIMIT 1|LIMIT|BY|GET|STORE|foo|LIMIT 9223372036854775808 1|ALPHA LIMIT 1 2".split("|"),
  ..."STORE d|ALPHA STORE d|DESC ALPHA STORE old|STORE d STORE e|GET w_* STORE d ALPHA|LIMIT 0 0 ALPHA STORE d".split(
    "|",
  ),
  ..."BY nosort STORE d|BY nosort DESC LIMIT 1 2 STORE d|BY nosort BY w_* STORE d|BY w_* BY nosort GET # STORE d".split(
    "|",
  ),
];
/** Of a set and of a sorted set, where it is neither sorted whole nor stored, the order is nobody's. */
const isOpen = (key: string, option: string) =>
  /integers|members/.test(key) && /nosort/.test(option) && !/STORE/.test(option);

test("every option on every type", async () => {
  await fill();
  for (const key of KEYS) {
    for (const option of OPTIONS) {
      if (isOpen(key, option)) continue;
      const words = option.split(" ").filter(Boolean);
      await both.same("SORT", key, ...words);
      await both.same("SORT_RO", key, ...words);
      if (!option.includes("STORE ")) continue;
      for (const stored of ["d", "e", "old"]) {
        await both.same("TYPE", stored);
        if ((await both.same("EXISTS", stored)).reply === ":1\r\n") await both.same("DUMP", stored);
      }
    }
  }
  await both.sameState();
}, 60_000);

test("sorted sets keep their order without sorting", async () => {
  await fill();
  for (const option of [
    "",
    "DESC",
    "LIMIT 1 2",
    "DESC LIMIT 1 2",
    "LIMIT 10 2",
    "DESC LIMIT 0 0",
    "GET h_*->f",
    "STORE d",
  ]) {
    await both.same("SORT", "scored", "BY", "nosort", ...option.split(" ").filter(Boolean));
  }
  await both.line("LRANGE d 0 -1");
});

test("weights that are texts, weights that are not there", async () => {
  await both.clear();
  await both.line("RPUSH l a b c d e f");
  for (const [name, weight] of [
    ["a", "x"],
    ["b", ""],
    ["d", "x\0z"],
    ["e", "x\0a"],
  ] as const)
    await both.same("SET", `w_${name}`, weight);
  for (const option of ["ALPHA", "ALPHA DESC", "ALPHA STORE l2", "ALPHA DESC STORE l2", "", "ALPHA GET w_* GET #"]) {
    await both.same("SORT", "l", "BY", "w_*", ...option.split(" ").filter(Boolean));
    await both.line("LRANGE l2 0 -1");
  }
});

test("what is a number and what is none", async () => {
  await both.clear();
  for (const text of [...NUMBERS, ...NONE, "+5", "\t5", "5\t", "infinity", "INF", "-1e-5", "0x1p3", ...OUT_OF_RANGE]) {
    await both.line(RESET_ERRNO);
    await both.same("RPUSH", "l", text, "5", "-3");
    await both.line("SORT l");
    await both.line("SORT l DESC STORE d");
    await both.line("DEL l");
    await both.same("SET", "w_1", text);
    await both.line("RPUSH l 1 2");
    await both.line(RESET_ERRNO);
    await both.line("SORT l BY w_*");
    await both.line("DEL l");
  }
});

test("the destination may be what is sorted or looked up", async () => {
  await fill();
  await both.line("SORT numbers STORE numbers");
  await both.line("LRANGE numbers 0 -1");
  await both.line("SORT texts ALPHA DESC STORE texts");
  await both.line("LRANGE texts 0 -1");
  await both.line("SORT integers GET w_* GET # STORE w_3");
  await both.line("LRANGE w_3 0 -1");
  await both.line("SORT scored BY nosort GET h_*->f STORE h_a");
  await both.line("LRANGE h_a 0 -1");
  await both.line("EXPIRE numbers 1000");
  await both.line("SORT integers STORE numbers");
  await both.line("TTL numbers");
  await both.line("SORT none STORE numbers");
  await both.line("SORT none STORE numbers");
  const long = Array.from({ length: 500 }, (_, i) => `${i}`.padStart(200, "x"));
  await both.same("RPUSH", "long", ...long);
  await both.line("SORT long ALPHA DESC STORE long");
  await both.line("LRANGE long 0 -1");
  await both.sameState();
});

test("keys of a call", async () => {
  for (const call of [
    "SORT a",
    "SORT a STORE b",
    "sort a get STORE store STORE b STORE c",
    "SORT a LIMIT STORE b",
    "SORT a BY STORE STORE c",
  ]) {
    await both.line(`COMMAND GETKEYS ${call}`);
    await both.line(`COMMAND GETKEYSANDFLAGS ${call}`);
  }
  await both.line("COMMAND GETKEYS SORT_RO a BY x STORE b");
});

function randomWords(random: Random): string[] {
  const element = () =>
    random.pick([
      String(random.between(-50, 50)),
      String(random.below(1e6) / 1000),
      random.bytes(random.below(9)),
      "aaaaaa".slice(random.below(6)) + random.bytes(1),
    ]);
  const number = () =>
    random.pick([
      String(random.between(-50, 50)),
      String(random.below(1e6) / 1000),
      `${random.below(100)}e${random.below(5)}`,
    ]);
  const numeric = random.chance(0.5);
  return Array.from({ length: 1 + random.below(60) }, numeric ? number : element);
}

test(`random lists, sets and sorted sets (SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  await both.clear();
  for (let i = 0; i < 60; i++) {
    const words = randomWords(random);
    await both.same("RPUSH", "l", ...words);
    await both.same("SADD", "s", ...words);
    await both.same("ZADD", "z", ...words.flatMap((word) => [String(random.below(10)), word]));
    for (const word of words.slice(0, 10)) await both.same("SET", `w${word}`, random.pick(words));
    for (const key of ["l", "s", "z"]) {
      for (const option of [
        "",
        "ALPHA",
        "DESC",
        "ALPHA DESC",
        "LIMIT 3 5 ALPHA",
        "DESC LIMIT 3 5",
        "BY w*",
        "GET w* ALPHA",
      ]) {
        // Where weights or texts up to a NUL are equal, the order is that of the table.
        await both.same("SORT", key, ...option.split(" ").filter(Boolean), ...(key === "l" ? [] : ["STORE", "d"]));
      }
    }
    await both.line("LRANGE d 0 -1");
    await both.line("DEL l s z d");
  }
  await both.sameState();
}, 60_000);
