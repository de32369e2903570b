/**
 * Redis' own tools against the compiled binary: redis-cli in the modes that parse replies, and redis-benchmark with few
 * requests (that it runs, not how fast).
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { encodeCommand } from "../support/resp.ts";
import { startServer, subjectKind, type TestServer } from "../support/server.ts";

const TIMEOUT_MS = 60_000;

let server: TestServer;
beforeAll(async () => {
  server = await startServer(subjectKind());
}, TIMEOUT_MS);
afterAll(() => server?.stop());
beforeEach(async () => {
  using client = await server.connect();
  await client.command("FLUSHALL");
});

/** Runs a tool against the server and returns what it printed; a tool that fails fails the test. */
async function run(tool: string, args: string[], input: string | Buffer = ""): Promise<string> {
  const child = Bun.spawn([tool, "-p", String(server.port), ...args], {
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
    timeout: TIMEOUT_MS,
  });
  const [output, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect(code, `${tool} ${args.join(" ")}: ${output}${errors}`).toBe(0);
  return output;
}

describe("redis-cli", () => {
  test("prints replies of every kind, in both protocols", async () => {
    expect(await run("redis-cli", ["SET", "a", "1"])).toBe("OK\n");
    expect(await run("redis-cli", ["--no-raw", "INCR", "a"])).toBe("(integer) 2\n");
    expect(await run("redis-cli", ["--no-raw", "GET", "absent"])).toBe("(nil)\n");
    expect(await run("redis-cli", ["HSET", "h", "f", "v", "g", "w"])).toBe("2\n");
    expect(await run("redis-cli", ["--no-raw", "-3", "HGETALL", "h"])).toBe('1# "f" => "v"\n2# "g" => "w"\n');
    expect(await run("redis-cli", ["--no-raw", "-2", "HGETALL", "h"])).toBe('1) "f"\n2) "v"\n3) "g"\n4) "w"\n');
    expect(await run("redis-cli", ["--no-raw", "HGET", "a", "f"])).toStartWith("(error) WRONGTYPE");
    expect(await run("redis-cli", ["--json", "HGETALL", "h"])).toBe('{"f":"v","g":"w"}\n');
  });

  test("reads commands from its input", async () => {
    expect(await run("redis-cli", [], 'SET "two words" 1\nINCR "two words"\nSELECT 3\nDBSIZE\n')).toBe(
      "OK\n2\nOK\n0\n",
    );
    expect(await run("redis-cli", ["-x", "SET", "from input"], "content")).toBe("OK\n");
    expect(await run("redis-cli", ["-n", "3", "DBSIZE"])).toBe("0\n");
  });

  test(
    "--pipe loads a hundred thousand commands",
    async () => {
      const commands = Array.from({ length: 100_000 }, (_, i) => encodeCommand(["SET", `key:${i}`, `value:${i}`]));
      const output = await run("redis-cli", ["--pipe"], Buffer.from(commands.join(""), "latin1"));
      expect(output).toContain("errors: 0, replies: 100000");
      expect(await run("redis-cli", ["DBSIZE"])).toBe("100000\n");
    },
    TIMEOUT_MS,
  );

  test("--pipe counts errors", async () => {
    const mixed = encodeCommand(["SET", "a", "x"]) + encodeCommand(["INCR", "a"]) + encodeCommand(["NOSUCH"]);
    const child = Bun.spawn(["redis-cli", "-p", String(server.port), "--pipe"], {
      stdin: Buffer.from(mixed),
      stdout: "pipe",
      stderr: "pipe",
    });
    expect(await child.stdout.text()).toContain("errors: 2, replies: 3");
    await child.exited;
  });

  describe("with some keys", () => {
    beforeEach(async () => {
      using client = await server.connect();
      const hash = Array.from({ length: 300 }, (_, i) => [`f${i}`, "v"]).flat();
      const commands = Array.from({ length: 50 }, (_, i) => ["SET", `string:${i}`, "x".repeat(i)]);
      commands.push(
        ["SET", "string:longest", "x".repeat(5000)],
        ["HSET", "hash:largest", ...hash],
        ["HSET", "hash:small", "f", "v"],
      );
      client.send(commands.map(encodeCommand).join(""));
      await client.replies(commands.length);
    });

    test("--scan lists them", async () => {
      const all = (await run("redis-cli", ["--scan"])).trim().split("\n");
      expect(new Set(all).size).toBe(53);
      const hashes = (await run("redis-cli", ["--scan", "--pattern", "hash:*"])).trim().split("\n").sort();
      expect(hashes).toEqual(["hash:largest", "hash:small"]);
    });

    test("--bigkeys finds the biggest", async () => {
      const report = await run("redis-cli", ["--bigkeys"]);
      expect(report).toMatch(/Biggest string found '"?string:longest"?' has 5000 bytes/);
      expect(report).toMatch(/Biggest\s+hash found '"?hash:largest"?' has 300 fields/);
      expect(report).toContain("Sampled 53 keys");
    });

    test("--memkeys finds the heaviest", async () => {
      const report = await run("redis-cli", ["--memkeys"]);
      expect(report).toMatch(/Biggest\s+string found '"?string:longest"?' has [5-9]\d\d\d bytes/);
      expect(report).toContain("Sampled 53 keys");
    });

    test("--stat prints a line", async () => {
      const child = Bun.spawn(["redis-cli", "-p", String(server.port), "--stat", "-i", "0.05"], { stdout: "pipe" });
      const reader = child.stdout.getReader();
      const first = await reader.read();
      child.kill();
      await child.exited;
      expect(new TextDecoder().decode(first.value)).toContain("keys");
    });
  });
});

describe("redis-benchmark", () => {
  test(
    "runs its ordinary tests, pipelined and not",
    async () => {
      for (const pipeline of ["1", "16"]) {
        const args = [
          "-t",
          "ping,set,get,incr,mset,hset",
          "-n",
          "5000",
          "-c",
          "10",
          "-P",
          pipeline,
          "-r",
          "1000",
          "--csv",
        ];
        const rows = (await run("redis-benchmark", args)).trim().split("\n").slice(1);
        expect(rows.map((row) => row.split(",")[0])).toEqual([
          '"PING_INLINE"',
          '"PING_MBULK"',
          '"SET"',
          '"GET"',
          '"INCR"',
          '"HSET"',
          '"MSET (10 keys)"',
        ]);
      }
      using client = await server.connect();
      expect(Number((await client.command("DBSIZE")).text)).toBeGreaterThan(900);
    },
    TIMEOUT_MS,
  );

  test(
    "runs with large values and in RESP3",
    async () => {
      const rows = await run("redis-benchmark", [
        "-t",
        "set,get",
        "-n",
        "2000",
        "-c",
        "10",
        "-d",
        "20000",
        "-3",
        "--csv",
      ]);
      expect(rows.trim().split("\n").length).toBe(3);
    },
    TIMEOUT_MS,
  );
});
