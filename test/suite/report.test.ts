/** The reader of the harness' output, on lines as the harness prints them. */
import { expect, test } from "bun:test";
import { OUTSIDE, parse } from "./report.ts";

const END = "\n                   The End\n\n";

test("counts what passed, failed and was skipped, and stops at the end, where failures are repeated", () => {
  const report = parse(`Starting test server at port 21200
[ready]: 4711
Testing unit/quit
[ok]: QUIT returns OK (12 ms)
[skip]: a test that is left out
[ignore]: large memory flag not provided
[err]: Pipelined commands after QUIT in tests/unit/quit.tcl
Expected 'OK' to be equal to 'ERR' (context: type eval line 3)
and a second line
[1/1 done]: unit/quit (0 seconds)
${END}!!! WARNING The following tests failed:

*** [err]: Pipelined commands after QUIT in tests/unit/quit.tcl
[err]: not counted twice in tests/unit/quit.tcl`);
  expect(report).toEqual({
    ok: 1,
    skipped: 1,
    failures: [
      {
        test: "Pipelined commands after QUIT",
        detail: "Expected 'OK' to be equal to 'ERR' (context: type eval line 3)\nand a second line",
      },
    ],
    abort: undefined,
  });
});

test("a failure between tests has no name", () => {
  expect(parse(`[err]: Can't start the Redis server\nCONFIGURATION: port 1${END}`).failures).toEqual([
    { test: OUTSIDE, detail: "Can't start the Redis server\nCONFIGURATION: port 1" },
  ]);
});

test("a file that isn't run to its end says why", () => {
  const abortOf = (output: string): string => parse(output).abort ?? "none";
  expect(abortOf("[ok]: one (1 ms)\n")).toContain("early");
  expect(abortOf("[ok]: one (1 ms)\n[exception]: Executing test client: ERR unknown command.\n")).toContain("unknown");
  expect(abortOf(`[TIMEOUT]: clients state report follows.\n${END}`)).toContain("no progress");
});
