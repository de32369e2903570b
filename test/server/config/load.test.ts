/**
 * Configuration files and command lines beside a real redis-server: the same report for what is wrong, the same values
 * for what is right.
 */
import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCommandLine } from "../../../src/server/command-line.ts";
import { FatalConfigError } from "../../../src/server/config/fatal.ts";
import { loadConfig } from "../../../src/server/config/load.ts";
import { RawClient } from "../../support/raw-client.ts";
import { freePort } from "../../support/server.ts";
import { load, registry, useFreshCells } from "./cells.ts";

useFreshCells();

function inDirectory(test: (directory: string) => Promise<void> | void): () => Promise<void> {
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), "ashlar-config-"));
    try {
      await test(directory);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
}

/** What is printed when the program refuses to start, without what we add to Redis' report. */
function ourReport(argv: readonly string[]): string {
  const request = parseCommandLine(argv);
  if (request.kind !== "serve") throw new Error(request.kind);
  try {
    loadConfig(registry, request.sources);
    return "";
  } catch (error) {
    if (!(error instanceof FatalConfigError)) throw error;
    return error.message.replace(/ of \/.*/, "").replace(/\nDid you mean .*/, "");
  }
}

/** The same of the real server; it must refuse, for it would go on running otherwise. */
function realReport(argv: readonly string[]): string {
  const { stdout, stderr } = Bun.spawnSync(["redis-server", ...argv], { timeout: 5000 });
  return `${stdout}${stderr}`.replace(/^\d+:C .{24} # /, "");
}

const badFiles = [
  "port 21301\n\n  nosuch   3 \n",
  "timeout\n",
  "timeout 1 2\n",
  'timeout "1\n',
  'appendfilename ""\n',
  "appenddirname a/b\n",
  'appendfilename "a\\\\b"\n',
  'dbfilename "a\\\\b"\n',
  "dir /nonexistent\n",
  "logfile /nonexistent/x\n",
  "loglevel nothing\n",
  "unixsocketperm 1777\n",
  "unixsocketperm 8\n",
  "databases 0\n",
  "io-threads 129\n",
  "socket-mark-id 4294967296\n",
  "supervised x\n",
  "enable-debug-command maybe\n",
  "syslog-facility x\n",
  "tcp-backlog -1\n",
  "include /nonexistent\n",
  "include /nonexistent/*.conf\nfoo\n",
  "rename-command get\n",
  "user\n",
  "loadmodule\n",
  "sentinel monitor\n",
  "a.b\n",
  "save 1\n",
  "save 0 1\n",
  'save "1 2 3"\n',
  'save 1 2 "3 4"\n',
  "client-output-buffer-limit normal 0 0\n",
  "notify-keyspace-events K A\n",
  "lua-replicate-commands\n",
  "bind 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n",
  "replicaof a\n",
  "replicaof a b\n",
  "replicaof a 1\ncluster-enabled yes\n",
  "shutdown-on-sigint save nosave\n",
  "shutdown-on-sigint\n",
  "oom-score-adj-values\n",
  "replicaof\n",
  "activedefrag yes\n",
];

describe("refused", () => {
  test.each(badFiles)("file %j", (text) =>
    inDirectory((directory) => {
      const file = join(directory, "bad.conf");
      writeFileSync(file, text);
      expect(ourReport([file])).toBe(realReport([file]));
    })(),
  );

  test.each([
    [["--nosuch", "2"]],
    [["--timeout"]],
    [["--timeout", "1", "2"]],
    [["--timeout", "--hz", "10"]],
    [["--port", "21304", "--timeout 3", "bad"]],
    [["--port", "21304", "-timeout", "3"]],
    [["--timeout=5", "--port", "21301"]],
    [["--save", "3600", "1", "300 100"]],
    [["/nonexistent/x.conf", "--port", "1"]],
    [["--port", "99999"]],
    [["--timeout", "1\nhz 10"]],
  ])("command line %j", (argv) => {
    expect(ourReport(argv)).toBe(realReport(argv));
  });

  test(
    "with the file's name and the word that was meant",
    inDirectory((directory) => {
      const file = join(directory, "typo.conf");
      writeFileSync(file, "port 1\nmaxmemmory 1gb\n");
      expect(() => load(file)).toThrow(
        `at line 2 of ${file}\n>>> 'maxmemmory 1gb'\nBad directive or wrong number of arguments\nDid you mean 'maxmemory'?`,
      );
      expect(() => load(undefined, "xyzzy 1")).toThrow(/arguments\n$/);
    }),
  );

  test(
    "a file that includes itself",
    inDirectory((directory) => {
      const file = join(directory, "loop.conf");
      writeFileSync(file, `include ${file}\n`);
      expect(() => load(file)).toThrow("nested too deeply");
    }),
  );
});

test(
  "lines are counted on from the file through standard input",
  inDirectory((directory) => {
    const file = join(directory, "whole.conf");
    writeFileSync(file, "timeout 1\n\n");
    const main = join(import.meta.dir, "../../../src/main.ts");
    for (const argv of [["-"], [file, "-"]]) {
      const [ours, theirs] = [[process.execPath, main], ["redis-server"]].map((program) => {
        const { stderr, stdout } = Bun.spawnSync([...program, ...argv], {
          stdin: Buffer.from("timeout 1\nnosuch 1\n"),
        });
        return /at line \d+/.exec(`${stderr}${stdout}`)?.[0];
      });
      expect(ours).toBe(argv.length === 1 ? "at line 2" : "at line 4");
      expect(ours).toBe(theirs);
    }
  }),
);

/**
 * Command lines that the real server accepts; `%` is the directory of the test's files. Left out: `save` after an
 * `include`. The real server has then forgotten that it reads a file, and replaces the save points instead of adding.
 */
const goodLines: string[][] = [
  ["%/all.conf"],
  ["%/all.conf", "--timeout", "9"],
  ["%/plain.conf", "--save", "7 7"],
  ["%/bare.conf"],
  ["%/all.conf", "--save", ""],
  ["--save", "--timeout", "5"],
  ["--save", "3600 1  300 100"],
  ["--save", "3600", "1", "--SAVE", "300", "100"],
  ["--timeout 7", "--hz 20"],
  ["--dbfilename", "--foo"],
  ["--dbfilename", 'a b"c'],
  ["--client-output-buffer-limit", "  normal  1kb 2 3"],
  ["--client-output-buffer-limit", "normal", "1kb", "2", "3", "--client-output-buffer-limit", "slave", "0", "0", "0"],
  ["--shutdown-on-sigint", "now save now", "--notify-keyspace-events", "KEA", "--maxmemory", "kb"],
  ["--masterauth", "Grüße", "--include", "%/part-a.conf"],
  ["--timeout 1\nhz 10"],
];

describe("accepted", () => {
  test.each(goodLines.map((argv) => [argv] as const))("%j", (argv) =>
    inDirectory(async (directory) => {
      mkdirSync(join(directory, "sub"));
      writeFileSync(join(directory, "part-a.conf"), "timeout 33\nsave 5 5\n");
      writeFileSync(join(directory, "part-b.conf"), "hz 44\n");
      writeFileSync(join(directory, "plain.conf"), 'save 1 1\nsave ""\nsave 2 2\n');
      writeFileSync(
        join(directory, "bare.conf"),
        "save\nclient-output-buffer-limit\nlatency-tracking-info-percentiles\n",
      );
      writeFileSync(
        join(directory, "all.conf"),
        `# a comment\n\nsave 1 1\nsave 2 2\n  TIMEOUT   3  \nslave-priority 50\nhash-max-ziplist-entries 9\n` +
          `masterauth "a\\x41\\n'\\""\nmasteruser 'it\\'s'\nmaxmemory 1gb\nlist-max-ziplist-value 3\nrename-command get ""\n` +
          `include ${directory}/part-?.conf\nlatency-tracking-info-percentiles 50 99.99\n`,
      );
      const args = argv.map((argument) => argument.replace("%", directory));
      const names = "save timeout hz replica-priority hash-max-listpack-entries masterauth masteruser maxmemory";
      const patterns = [..."dbfilename notify-* shutdown-* client-output-* latency-*".split(" "), ...names.split(" ")];

      const port = freePort();
      args.push("--port", String(port), "--dir", directory);
      const real = Bun.spawn(["redis-server", ...args], { stdin: "ignore", stdout: "ignore" });
      let theirs: Record<string, string>;
      try {
        const client = await connectSoon(port);
        theirs = toRecord((await client.command("config", "get", ...patterns)).items!.map((item) => item.text!));
        client.close();
      } finally {
        real.kill("SIGKILL");
        await real.exited;
      }
      const request = parseCommandLine(args);
      if (request.kind !== "serve") throw new Error(request.kind);
      loadConfig(registry, request.sources);
      expect(Object.fromEntries(registry.get(patterns))).toEqual(theirs);
    })(),
  );
});

function toRecord(texts: string[]): Record<string, string> {
  return Object.fromEntries(texts.flatMap((text, i) => (i % 2 === 0 ? [[text, texts[i + 1]!]] : [])));
}

/** Connects to a server that is just starting. */
async function connectSoon(port: number): Promise<RawClient> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      return await RawClient.connect(port);
    } catch {
      await Bun.sleep(20);
    }
  }
  throw new Error("redis-server did not start");
}
