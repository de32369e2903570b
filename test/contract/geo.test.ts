/**
 * What a sorted set does as a map, whatever its encoding: each scenario runs in this process and on a real redis-server, in both
 * encodings and both protocols; replies, events and changes are compared, and at the end all data.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { zsetMaxListpackEntries } from "../../src/types/zset/parameters.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { SideBySide } from "../support/side-by-side.ts";

const seed = seedOfRun();
const ENCODINGS = ["listpack", "skiplist"] as const;

let both: SideBySide;
beforeAll(async () => {
  both = await SideBySide.start();
});
afterAll(async () => {
  await both?.configure(zsetMaxListpackEntries, 128);
  await both?.stop();
});

const words = (text: string) => text.split(" ");
/** Several commands, each a line. */
const all = async (...lines: string[]) => {
  for (const line of lines) await both.line(line);
};

const SICILY =
  "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.758489 38.788135 edge1 17.24151 38.788135 edge2";
const EDGES = ["180", "-180", "179.99999999", "0", "-0", "66.5", "-81"];
const NORTH = ["85.05112878", "-85.05112878", "85.05112877", "0", "-66.5", "81"];
const UNITS = ["m", "km", "ft", "mi", "KM", "Ft"];

type Scenario = () => Promise<void>;

const SCENARIOS: Record<string, Scenario> = {
  "adds places and tells them": async () => {
    await all(SICILY, "GEOPOS g Palermo none edge1", "GEOHASH g Palermo none edge1", "GEOPOS g", "GEOHASH g");
    for (const unit of UNITS) await both.line(`GEODIST g Palermo Catania ${unit}`);
    await all(
      "GEODIST g Palermo Palermo",
      "GEODIST g Palermo none",
      "GEODIST g none Palermo",
      "ZRANGE g 0 -1 WITHSCORES",
    );
    for (const longitude of EDGES) {
      for (const latitude of NORTH) {
        const member = `${longitude},${latitude}`;
        await all(`GEOADD e ${longitude} ${latitude} ${member}`, `GEOPOS e ${member}`, `GEOHASH e ${member}`);
        await all(`GEODIST e ${member} 0,0`, `ZSCORE e ${member}`);
      }
    }
  },

  "adds on conditions": async () => {
    await all("GEOADD g XX 1 1 a", "GEOADD g NX 1 1 a", "GEOADD g NX CH 2 2 a 3 3 b", "GEOADD g XX CH 2 2 a 3 3 c");
    await all(
      "GEOADD g ch 2 2 a 4 4 b 5 5 d",
      "GEOADD g CH XX 6 6 d 6 6 d 7 7 d",
      "GEOADD g 7 7 d 7 7 d",
      "ZRANGE g 0 -1",
    );
    await all(
      "GEOADD g NX XX 1 1 a",
      "GEOADD g NX NX 1 1 n",
      "GEOADD g NX CH CH",
      "GEOADD g CH CH 1 1",
      "GEOADD g 1 1",
    );
  },

  "refuses what is wrong, the first thing first": async () => {
    await all(SICILY, "SET s text");
    const places = [
      "181 0",
      "0 86",
      "200.0078125 -99.0234375",
      "1e300 -1e300",
      "inf -inf",
      "nan 0",
      "x y",
      "181 x",
      " 1",
    ];
    for (const place of places) {
      await all(
        `GEOADD g 1 1 new ${place} bad`,
        `GEORADIUS g ${place} 1 km`,
        `GEOSEARCH g FROMLONLAT ${place} BYRADIUS 1 km`,
      );
    }
    await all(
      "EXISTS new",
      "GEOADD s 1 1 a",
      "GEOADD s 181 1 a",
      "GEOADD s 1 1",
      "GEOPOS s a",
      "GEOHASH s a",
      "GEODIST s a b",
    );
    await all(
      "GEODIST s a b x",
      "GEODIST none a b x",
      "GEODIST none a b",
      "GEODIST g a b m x",
      "GEOPOS none a b",
      "GEOHASH none a",
    );
    const tails = [
      "",
      "1 km",
      "-1 km",
      "x km",
      "1 x",
      "1 km x",
      "1 km COUNT",
      "1 km COUNT 0",
      "1 km COUNT -1",
      "1 km COUNT x",
    ]
      .concat(["1 km ANY", "1 km COUNT 1 ANY ANY", "1 km STORE", "1 km STORE d WITHDIST", "1 km STOREDIST d WITHHASH"])
      .concat(["1 km WITHCOORD STORE d COUNT 0", "1 km STORE d ANY", "1 km STORE d STOREDIST d", "1 km ASC DESC ASC"]);
    for (const key of ["g", "s", "none"]) {
      for (const tail of tails) {
        for (const head of [`GEORADIUS ${key} 15 37`, `GEORADIUS_RO ${key} 15 37`]) await both.line(`${head} ${tail}`);
        for (const member of ["Palermo", "nobody"]) {
          await all(`GEORADIUSBYMEMBER ${key} ${member} ${tail}`, `GEORADIUSBYMEMBER_RO ${key} ${member} ${tail}`);
        }
      }
    }
    await all("EXISTS d", "GEORADIUS", "GEOSEARCH", "GEOSEARCHSTORE", "GEOADD", "GEOPOS", "GEODIST g a");
  },

  "refuses searches that are no searches": async () => {
    await all(SICILY, "SET s text");
    const parts = ["FROMMEMBER Palermo", "FROMMEMBER nobody", "FROMLONLAT 15 37", "FROMLONLAT 15", "BYRADIUS 100 km"]
      .concat([
        "BYRADIUS x km",
        "BYRADIUS 1 x",
        "BYBOX 100 200 km",
        "BYBOX 1 x km",
        "BYBOX x 1 km",
        "BYBOX -1 1 km",
        "BYBOX 1 1",
      ])
      .concat(["COUNT 1", "STOREDIST", "STORE d", "WITHDIST", "ANY", "BYRADIUS", "FROMMEMBER"]);
    for (const key of ["g", "s", "none"]) {
      for (const a of parts) {
        for (const b of parts) {
          await all(`GEOSEARCH ${key} ${a} ${b} ASC`, `geosearch ${key} ${a} ${b} BYRADIUS 1 km`);
          await both.line(`GEOSEARCHSTORE d ${key} ${a} ${b} FROMLONLAT 1 1`);
        }
      }
    }
  },

  "searches around the world, at its edges and at its poles": async () => {
    const random = seededRandom(seed);
    const places = Array.from({ length: 300 }, (_, i) => [...anyPlace(random), `m${i}`]);
    await both.same("GEOADD", "g", ...places.flat());
    for (let round = 0; round < 150; round++) await both.same(...randomSearch(random, "g"));
  },

  "searches where many are equally far": async () => {
    const random = seededRandom(seed + 1);
    for (const count of [5, 7, 20, 60, 200]) {
      const spread = random.pick([1, 2, 4]);
      const places = Array.from({ length: count }, (_, i) => [
        String(random.between(-spread, spread)),
        String(random.between(-spread, spread)),
        `${random.pick(["m", "", "-"])}${i}`,
      ]);
      await both.same("DEL", "g");
      await both.same("GEOADD", "g", ...places.flat());
      for (let limit = 1; limit <= count + 1; limit += 1 + (count >> 4)) {
        const query = words(`GEOSEARCH g FROMLONLAT 0 0 BYRADIUS 2000 km COUNT ${limit}`);
        for (const more of [[], ["DESC"], ["ANY"], ["ASC", "ANY"], ["WITHDIST"]]) await both.same(...query, ...more);
      }
      await all("GEOSEARCH g FROMLONLAT 0 0 BYRADIUS 2000 km DESC", "GEORADIUS g 0 0 2000 km ASC");
    }
  },

  "stores what it finds, or deletes": async () => {
    await all(SICILY, "GEOADD g 15 37 17 15.1 37.1 -4", "SET d text PX 100000000", "SET s text");
    const center = "FROMLONLAT 15 37 BYRADIUS 200 km";
    await all(
      `GEOSEARCHSTORE d g ${center}`,
      "ZRANGE d 0 -1 WITHSCORES",
      "TTL d",
      `GEOSEARCHSTORE d g ${center} STOREDIST`,
    );
    await all(
      "ZRANGE d 0 -1 WITHSCORES",
      `GEOSEARCHSTORE d g ${center} STOREDIST COUNT 2 DESC`,
      "ZRANGE d 0 -1 WITHSCORES",
    );
    await all("GEORADIUS g 15 37 200 km STORE d", "GEORADIUS g 15 37 200 mi STOREDIST d", "ZRANGE d 0 -1 WITHSCORES");
    await all("GEORADIUS g 15 37 200 km STOREDIST s STORE d", "ZRANGE d 0 -1 WITHSCORES", "TYPE s");
    await all("GEORADIUSBYMEMBER g Palermo 500 ft STORE d", "GEORADIUSBYMEMBER g Palermo 500 km STOREDIST s", "TYPE s");
    await all(
      "GEOSEARCHSTORE d g FROMLONLAT 100 37 BYRADIUS 1 km",
      "EXISTS d",
      "GEOSEARCHSTORE d g FROMLONLAT 100 37 BYRADIUS 1 km",
    );
    await all(
      "GEORADIUS none 1 1 1 km STORE s",
      "EXISTS s",
      "GEORADIUS none 1 1 1 km STORE s",
      "GEORADIUSBYMEMBER none x 1 km STORE s",
    );
    await all(
      `GEOSEARCHSTORE g g ${center} COUNT 3`,
      "ZRANGE g 0 -1 WITHSCORES",
      "GEOSEARCHSTORE g none FROMMEMBER x BYRADIUS 1 m",
      "EXISTS g",
    );
    await both.same(
      "GEOADD",
      "many",
      ...Array.from({ length: 300 }, (_, i) => [`${i / 100}`, `${i / 100}`, `m${i}`]).flat(),
    );
    await all(
      "GEOSEARCHSTORE d many FROMLONLAT 1 1 BYBOX 200 200 km",
      "OBJECT ENCODING d",
      "GEOSEARCHSTORE d d FROMLONLAT 1 1 BYRADIUS 20 km",
    );
    await all("OBJECT ENCODING d", "ZRANGE d 0 -1 WITHSCORES");
  },

  "takes any score for a place": async () => {
    const scores = words(
      "-1 -1.5 1e300 -1e300 inf -inf 1.5 18446744073709551615 9223372036854775808 9007199254740993 -0",
    );
    const odd = words(
      "-9223372036854775808 18446744073709551616 13510798882111488 27021597764222976 4294967295.5 3e15",
    );
    const members = [...scores, ...odd];
    await both.same("ZADD", "g", ...members.flatMap((score) => [score, score]));
    await both.same("GEOPOS", "g", ...members);
    await both.same("GEOHASH", "g", ...members);
    for (const member of members) {
      await both.same("GEODIST", "g", member, "3e15");
      for (const radius of ["0", "1", "5000", "21000", "inf"]) {
        await both.same("GEORADIUSBYMEMBER", "g", member, radius, "km", "WITHHASH", "WITHDIST", "WITHCOORD");
      }
    }
  },
};

function anyPlace(random: Random): [string, string] {
  if (random.chance(0.1)) return [random.pick(EDGES), random.pick(NORTH)];
  if (random.chance(0.4)) return [String(random.below(2000) / 1000), String(random.below(2000) / 1000)];
  return [String(random.below(3_600_000) / 10_000 - 180), String(random.below(1_700_000) / 10_000 - 85)];
}

function randomSearch(random: Random, key: string): string[] {
  const length = () => String(10 ** (random.below(80) / 10));
  const center = random.chance(0.5) ? ["FROMLONLAT", ...anyPlace(random)] : ["FROMMEMBER", `m${random.below(300)}`];
  const area = random.chance(0.5) ? ["BYRADIUS", length()] : ["BYBOX", length(), length()];
  const options = ["WITHDIST", "WITHCOORD", "WITHHASH", "ASC", "DESC"].filter(() => random.chance(0.3));
  if (random.chance(0.3)) options.push("COUNT", String(random.between(1, 50)), ...(random.chance(0.3) ? ["ANY"] : []));
  return ["GEOSEARCH", key, ...center, ...area, random.pick(UNITS), ...options];
}

for (const protocol of [2, 3] as const) {
  for (const encoding of ENCODINGS) {
    describe(`a map as ${encoding}, RESP${protocol} (SEED=${seed})`, () => {
      for (const [name, scenario] of Object.entries(SCENARIOS)) {
        test(name, async () => {
          await both.clear();
          await both.configure(zsetMaxListpackEntries, encoding === "listpack" ? 1000 : 0);
          both.runOurs("HELLO", String(protocol));
          await both.runReal("HELLO", String(protocol));
          try {
            await scenario();
            await both.sameState();
          } finally {
            both.runOurs("HELLO", "2");
            await both.runReal("HELLO", "2");
          }
        }, 60_000);
      }
    });
  }
}

// Valkey's (9.0): what a Redis 7.0 has no answer to. The places and distances are those of its documentation.
describe("BYPOLYGON", () => {
  const corners =
    "12.41098696654226 38.05033923003755 15.107936245794182 38.00616649901906 18.148439288534455 " +
    "38.63804787603499 17.80831874257693 39.50316813110968 12.458468633214036 38.57719533463012";
  const ours = (line: string) => both.ours.raw(...words(line));
  const members = (reply: string) => reply.split("\r\n").filter((line) => /^[a-zA-Z]/.test(line));

  test("finds what is inside of it, and no more", async () => {
    await both.clear();
    ours(SICILY);
    expect(members(ours(`GEOSEARCH g BYPOLYGON 5 ${corners}`))).toEqual(["Palermo", "edge2"]);
    expect(ours(`GEOSEARCH g BYPOLYGON 5 ${corners} DESC WITHDIST`)).toBe(
      "*2\r\n*2\r\n$5\r\nedge2\r\n$11\r\n180861.7725\r\n*2\r\n$7\r\nPalermo\r\n$11\r\n166482.0159\r\n",
    );
    expect(ours(`GEOSEARCHSTORE d g bypolygon 5 ${corners} COUNT 1 STOREDIST`)).toBe(":1\r\n");
    expect(members(ours("ZRANGE d 0 -1"))).toEqual(["Palermo"]);
    expect(ours(`GEOSEARCH none BYPOLYGON 5 ${corners}`)).toBe("*0\r\n");
  });

  test("refuses what is no polygon, and what has a center already", () => {
    const few = "-ERR GEOSEARCH BYPOLYGON must have at least 3 vertices\r\n";
    expect(ours("GEOSEARCH g BYPOLYGON 2 1 1 2 2 3 3")).toBe(few);
    expect(ours("GEOSEARCH g BYPOLYGON 4 1 1 2 2 3 3")).toBe(few);
    expect(ours("GEOSEARCH g BYPOLYGON -1 1 1 2 2 3 3")).toBe(few);
    expect(ours("GEOSEARCH g BYPOLYGON 9999999999 1 1 2 2 3 3")).toBe("-ERR invalid number of vertices\r\n");
    expect(ours("GEOSEARCH g BYPOLYGON x 1 1 2 2 3 3")).toBe("-ERR invalid number of vertices\r\n");
    expect(ours("GEOSEARCH g BYPOLYGON 3 1 1 2 x 3 3")).toBe("-ERR value is not a valid float\r\n");
    expect(ours("GEOSEARCH g BYPOLYGON 3 1 1 2 99 3 3")).toStartWith("-ERR invalid longitude,latitude pair");
    for (const tail of ["FROMLONLAT 1 1", "FROMMEMBER Palermo", "BYRADIUS 1 km", "BYBOX 1 1 km"]) {
      expect(ours(`GEOSEARCH g BYPOLYGON 5 ${corners} ${tail}`)).toBe("-ERR syntax error\r\n");
      expect(ours(`GEOSEARCH g ${tail} BYPOLYGON 5 ${corners}`)).toBe("-ERR syntax error\r\n");
    }
    expect(ours(`GEORADIUS g 1 1 1 km BYPOLYGON 5 ${corners}`)).toBe("-ERR syntax error\r\n");
  });
});
