/** What Redis 7.0 does not have: XDELEX and XACKDEL of Redis 8.2, and `+` in XREAD of Redis 7.4. */
import { afterEach, expect, test } from "bun:test";
import * as events from "../../../src/keyspace/events.ts";
import { removeKeys } from "../../support/handlers.ts";
import { line } from "./commands.ts";

afterEach(() => removeKeys("x", "s"));

function begin(): void {
  for (const id of ["1-0", "2-0", "3-0"]) line(`XADD x ${id} f v`);
  for (const group of ["g", "h"]) {
    line(`XGROUP CREATE x ${group} 0`);
    line(`XREADGROUP GROUP ${group} c COUNT 2 STREAMS x >`);
  }
}

const codes = (...values: number[]) => `*${values.length}\r\n${values.map((value) => `:${value}\r\n`).join("")}`;
const pending = (group: string) => Number(/:(\d+)/.exec(line(`XPENDING x ${group}`))![1]);

test("XDELEX keeps references, deletes them, or waits for them to go", () => {
  begin();
  expect(line("XDELEX x IDS 2 1-0 9-0")).toBe(codes(1, -1));
  expect(pending("g")).toBe(2);
  // It is gone, and the references with it.
  expect(line("XDELEX x DELREF IDS 1 1-0")).toBe(codes(-1));
  expect([pending("g"), pending("h")]).toEqual([1, 1]);
  expect(line("XDELEX x ACKED IDS 2 2-0 3-0")).toBe(codes(2, 2));
  line("XACK x g 2-0");
  expect(line("XDELEX x IDS 1 2-0 ACKED")).toBe(codes(2));
  line("XACK x h 2-0");
  expect(line("XDELEX x ACKED IDS 1 2-0")).toBe(codes(1));
  // Nobody has read it, then one group, then both.
  for (const group of ["g", "h"]) {
    expect(line("XDELEX x ACKED IDS 1 3-0")).toBe(codes(2));
    line(`XREADGROUP GROUP ${group} c NOACK STREAMS x >`);
  }
  const before = events.changes.dirty;
  expect(line("XDELEX x ACKED IDS 1 3-0")).toBe(codes(1));
  expect(events.changes.dirty - before).toBe(1);
  expect(line("XLEN x")).toBe(":0\r\n");
  expect(line("XDELEX none IDS 2 1 2")).toBe(codes(-1, -1));
});

test("XDELEX ACKED deletes what no group is there to read", () => {
  line("XADD x 1-0 f v");
  expect(line("XDELEX x ACKED IDS 1 1")).toBe(codes(1));
});

test("XACKDEL acknowledges, and deletes as XDELEX does", () => {
  begin();
  expect(line("XACKDEL x g IDS 3 1-0 3-0 1-0")).toBe(codes(1, -1, -1));
  expect([pending("g"), pending("h")]).toEqual([1, 2]);
  // Deleted already, acknowledged now.
  expect(line("XACKDEL x h KEEPREF IDS 1 1-0")).toBe(codes(1));
  expect(line("XACKDEL x g ACKED IDS 1 2-0")).toBe(codes(2));
  expect(line("XLEN x")).toBe(":2\r\n");
  expect(line("XACKDEL x h ACKED IDS 1 2-0")).toBe(codes(1));
  expect(line("XLEN x")).toBe(":1\r\n");
  expect(line("XACKDEL x none IDS 1 3-0")).toBe(codes(-1));
  expect(line("XACKDEL none g IDS 1 3-0")).toBe(codes(-1));
  removeKeys("x");
  begin();
  expect(line("XACKDEL x g DELREF IDS 2 1-0 2-0")).toBe(codes(1, 1));
  expect([pending("g"), pending("h")]).toEqual([0, 0]);
});

test("both refuse arguments that do not go together, and change nothing", () => {
  begin();
  for (const command of ["XDELEX x", "XACKDEL x g"]) {
    for (const [tail, error] of [
      ["IDS 0 1-0", "ERR Number of IDs must be a positive integer"],
      ["IDS x 1-0", "ERR Number of IDs must be a positive integer"],
      ["IDS 3 1-0 2-0", "ERR The `numids` parameter must match the number of arguments"],
      ["IDS 1 1-0 2-0", "ERR syntax error"],
      ["KEEPREF DELREF IDS 1 1-0", "ERR syntax error"],
      ["ACKED IDS 1 1-0 KEEPREF", "ERR syntax error"],
      ["IDS 2 1-0 x", "ERR Invalid stream ID specified as stream command argument"],
      ["KEEPREF 1 1-0", "ERR syntax error"],
    ]) {
      expect(line(`${command} ${tail}`)).toBe(`-${error}\r\n`);
    }
  }
  expect(line("XLEN x")).toBe(":3\r\n");
});

test("XREAD + reads the last entry, whatever the count", () => {
  begin();
  const last = "*1\r\n*2\r\n$1\r\nx\r\n*1\r\n*2\r\n$3\r\n3-0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n";
  expect(line("XREAD STREAMS x +")).toBe(last);
  expect(line("XREAD COUNT 10 STREAMS x +")).toBe(last);
  line("XDEL x 3-0");
  expect(line("XREAD STREAMS x none + +")).toBe(last.replace("3-0", "2-0"));
  line("XDEL x 1-0 2-0");
  expect(line("XREAD STREAMS x +")).toBe("*-1\r\n");
});
