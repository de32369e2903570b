/**
 * CONFIG GET and CONFIG SET beside a real redis-server: the same requests, the same replies, the same values afterwards.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { RawClient } from "../../support/raw-client.ts";
import { startServer, type TestServer } from "../../support/server.ts";
import { load, registry, useFreshCells } from "./cells.ts";

let real: TestServer;
let client: RawClient;

beforeAll(async () => {
  real = await startServer("redis", { args: ["--enable-protected-configs", "yes"] });
  client = await real.connect();
});
afterAll(async () => {
  client.close();
  await real.stop();
});
useFreshCells();

/** The cells as the real server was started. */
function loadLikeReal(): void {
  const lines = [`port ${real.port}`, 'save ""', `dir ${real.dir}`, "enable-debug-command yes"];
  load(undefined, [...lines, "enable-protected-configs yes"].join("\n"));
}

async function realGet(...patterns: string[]): Promise<[string, string][]> {
  const texts = (await realReply("get", ...patterns)) as string[];
  return texts.flatMap((text, i) => (i % 2 === 0 ? [[text, texts[i + 1]!] as [string, string]] : []));
}

/** What the real server answers to CONFIG …: a list of texts, `OK`, or the text of an error. */
async function realReply(...args: string[]): Promise<string | string[]> {
  const { text, items } = await client.command("config", ...args);
  return items?.map((item) => item.text ?? "") ?? text ?? "";
}

const local = { local: true, loading: false };
const ours = (name: string, value: string): string => registry.set([[name, value]], local) ?? "OK";
const sorted = (pairs: [string, string][]): [string, string][] => pairs.sort(([a], [b]) => (a < b ? -1 : 1));

describe("beside the real server", () => {
  test("every parameter is known, with its default", async () => {
    loadLikeReal();
    expect(sorted(registry.get(["*"]))).toEqual(sorted(await realGet("*")));
  });

  test("hidden ones are found by name only", async () => {
    const hidden = registry.all.filter((parameter) => parameter.hidden).map((parameter) => parameter.name);
    expect(hidden.length).toBeGreaterThan(3);
    expect(sorted(registry.get(hidden))).toEqual(sorted(await realGet(...hidden)));
  });

  test("patterns, plain names in any case, repetitions", async () => {
    loadLikeReal();
    for (const patterns of [["SLAVE-PRIORITY", "slave-p*"], ["max*", "*clients"], ["nosuch"], ["h?", "HZ", "[a-d]*"]]) {
      expect(sorted(registry.get(patterns))).toEqual(sorted(await realGet(...patterns)));
    }
  });

  /** Setting these does something to the real server that cells alone cannot do. */
  const effects = /^(bind|port|tls-.*|maxclients|requirepass|appendonly|dir|oom-score-adj|watchdog-period)$/;
  const values = [
    ..."|0|1|-1|2|007|+5|99|100|101|1000|65535|65536|2147483647|2147483648|9223372036854775807".split("|"),
    ..."9223372036854775808|18446744073709551615|99999999999999999999|1.5|1kb|5MB|1gb|16g|10%|101%|kb|-5kb".split("|"),
    ..."yes|NO|junk|a/b|1 2| 1 2|1 2 3|0 0 2001|3600 1 300 100|save now|save nosave|no|always|local".split("|"),
    ..."normal 1kb 2 3|slave 0 0 0 pubsub 1 1 1|foo 0 0 0|normal 1 2 x|KEA|mKEAn|Kn|50 99.9|50 101|nan|1e-5".split("|"),
    ...["0x10", "1e400", "inf", "1\0", "yes\0", "local\0x"],
    ..."allkeys-lru|VOLATILE-TTL|noeviction|{title}|{port} x|{foo}|{title|a_b|a.b-c|swapdb|optional|debug|hostname".split(
      "|",
    ),
  ];

  test("every parameter takes and refuses the same values, in the same words", async () => {
    loadLikeReal();
    let compared = 0;
    for (const name of [...registry.names()].filter((known) => !effects.test(known))) {
      for (const value of values) {
        const where = `CONFIG SET ${name} '${value}'`;
        expect(`${where}: ${ours(name, value)}`).toBe(`${where}: ${await realReply("set", name, value)}`);
        expect(registry.get([name])).toEqual(await realGet(name));
        compared++;
      }
      ours(name, registry.find(name)!.defaultText);
      await realReply("set", name, registry.find(name)!.defaultText);
    }
    expect(compared).toBeGreaterThan(9000);
  }, 60_000);

  test("many at once: all or nothing", async () => {
    loadLikeReal();
    for (const pairs of [
      ["timeout", "1", "hz", "20"],
      ["timeout", "2", "TIMEOUT", "3"],
      ["timeout", "4", "nosuch", "1"],
      ["timeout", "5", "maxmemory", "junk"],
      ["hash-max-listpack-entries", "1", "hash-max-ziplist-entries", "2"],
      ["hash-max-listpack-value", "1", "hash-max-listpack-value", "2"],
      ["timeout", "6", "io-threads", "4"],
      ["dir", "/nonexistent", "timeout", "7"],
      ["dir", "/etc/passwd"],
      ["dir", ""],
      ["hz", "1000"],
      ["HZ", "junk"],
      ["HASH-max-ZIPLIST-value", "junk"],
      ["DataBases", "1"],
      ["no\0such", "1"],
      ["repl-backlog-size", "1"],
    ]) {
      const ourPairs = pairs.flatMap((name, i) => (i % 2 === 0 ? [[name, pairs[i + 1]!] as const] : []));
      expect<unknown>(registry.set(ourPairs, local) ?? "OK").toBe(await realReply("set", ...pairs));
      const names = ["timeout", "hz", "maxmemory", "hash-max-*", "dir", "repl-backlog-size"];
      expect(sorted(registry.get(names))).toEqual(sorted(await realGet(...names)));
    }
  });
});

describe("alone", () => {
  test("protected parameters need leave, and some wait for loading to end", () => {
    expect(ours("dbfilename", "x")).toContain("can't set protected config");
    load(undefined, "enable-protected-configs local");
    expect(registry.set([["dbfilename", "x"]], { local: false, loading: false })).toContain("can't set protected");
    expect(ours("dbfilename", "x")).toBe("OK");
    expect(registry.set([["appendonly", "yes"]], { local: true, loading: true })).toStartWith("LOADING ");
  });

  test("a hook that refuses puts everything back, and runs again for the old values", () => {
    const port = registry.find("port")!;
    const timeout = registry.find("timeout")!;
    const seen: string[] = [];
    port.apply = () => {
      seen.push(`${port.text} ${timeout.text}`);
      return port.value === 7 ? "Unable to listen on this port. Check server logs." : undefined;
    };
    const reply = registry.set(
      [
        ["timeout", "9"],
        ["port", "7"],
      ],
      local,
    );
    port.apply = undefined;
    expect(reply).toContain("'port') - Unable to listen");
    expect(seen).toEqual(["7 9", "6379 0"]);
    expect([port.text, timeout.value]).toEqual(["6379", 0]);
  });

  test("an unchanged value calls no hook", () => {
    const port = registry.find("port")!;
    let calls = 0;
    port.apply = () => {
      calls++;
      return undefined;
    };
    ours("port", "6379");
    ours("port", "6380");
    port.apply = undefined;
    expect(calls).toBe(1);
  });
});
