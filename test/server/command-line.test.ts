/** The command line. What reaches the configuration is compared with the real server in config/load.test.ts. */
import { expect, test } from "bun:test";
import { helpText, parseCommandLine } from "../../src/server/command-line.ts";

function sources(...argv: string[]) {
  const request = parseCommandLine(argv);
  if (request.kind !== "serve") throw new Error(`${request.kind}, not serve`);
  return request.sources;
}

test("nothing at all means defaults", () => {
  expect(sources()).toEqual({ file: undefined, stdin: false, options: "" });
  expect(sources("")).toEqual({ file: undefined, stdin: false, options: "" });
});

test("a file is made absolute, before the directory changes", () => {
  expect(sources("a.conf").file).toBe(`${process.cwd()}/a.conf`);
});

test("standard input first or last", () => {
  expect(sources("-").stdin).toBe(true);
  expect(sources("-", "--port", "1")).toEqual({ file: undefined, stdin: true, options: 'port "1"' });
  expect(sources("/x", "--port", "1", "-")).toEqual({ file: "/x", stdin: true, options: 'port "1"' });
  expect(sources("--bind", "-", "-::1").stdin).toBe(false);
});

test("options become lines", () => {
  expect(sources("--save", "900", "1", "--port 7000", "--dir", "--odd").options).toBe(
    'save "900" "1"\nport 7000\ndir "--odd"',
  );
});

test("an empty list of save points", () => {
  expect(sources("--save", "--port", "1").options).toBe('save ""\nport "1"');
  expect(sources("--save").options).toBe('save ""');
  expect(sources("--save", "").options).toBe('save ""');
});

test("what is asked for instead of serving", async () => {
  expect(parseCommandLine(["--version"]).kind).toBe("version");
  expect(parseCommandLine(["-h"]).kind).toBe("help");
  expect(parseCommandLine(["--test-memory", "64"]).kind).toBe("refuse");
  expect(parseCommandLine(["--check-system"]).kind).toBe("refuse");
  expect(parseCommandLine(["/x", "--sentinel"]).kind).toBe("refuse");
  expect(await helpText()).toContain("ashlar /etc/ashlar.conf --loglevel verbose");
});

test("check", async () => {
  const rdb = { kind: "check", what: "rdb", file: "a.rdb", fix: false } as const;
  expect(parseCommandLine(["check", "rdb", "a.rdb"])).toEqual(rdb);
  const fixing = { kind: "check", what: "aof", file: "a", fix: true } as const;
  expect(parseCommandLine(["check", "aof", "a", "--fix"])).toEqual(fixing);
  expect(parseCommandLine(["check", "aof", "--fix", "a"])).toEqual(fixing);
  for (const wrong of [
    ["a"],
    ["rdb"],
    ["aof", "--fix"],
    ["rdb", "a", "--fix"],
    ["rdb", "a", "b"],
    ["aof", "--other"],
  ]) {
    expect(parseCommandLine(["check", ...wrong]).kind, wrong.join(" ")).toBe("refuse");
  }
  for (const asking of [[], ["--help"], ["aof", "-h"]]) {
    expect(parseCommandLine(["check", ...asking])).toEqual({ kind: "help", topic: "check" });
  }
  expect(await helpText("check")).toContain("ashlar check rdb dump.rdb");
});
