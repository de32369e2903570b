/** The tools that the other tests trust: reply splitting, random streams that replay, shrinking, servers that end. */
import { expect, test } from "bun:test";
import { seededRandom } from "./random.ts";
import { decodeReply, latin1, ProtocolError, printable, replyEnd } from "./resp.ts";
import { startServer } from "./server.ts";
import { shrinkFailing } from "./shrink.ts";

const REPLIES = [
  "+OK\r\n",
  "-ERR bad\r\n",
  ":-12\r\n",
  "$-1\r\n",
  "$0\r\n\r\n",
  "$4\r\n\r\n\0\xff\r\n",
  "*-1\r\n",
  "*0\r\n",
  "*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
  "_\r\n",
  "#t\r\n",
  ",3.5\r\n",
  "(123456789012345678901234567890\r\n",
  "!3\r\nERR\r\n",
  "=7\r\ntxt:abc\r\n",
  "%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n_\r\n",
  "~1\r\n+x\r\n",
  ">2\r\n+push\r\n:1\r\n",
  "|1\r\n+ttl\r\n:3600\r\n$1\r\nv\r\n",
];

test("a reply ends where it ends, and not before", () => {
  for (const reply of REPLIES) {
    const bytes = Buffer.from(`${reply}+next\r\n`, "latin1");
    for (let arrived = 0; arrived < reply.length; arrived++) expect(replyEnd(bytes, 0, arrived), reply).toBe(-1);
    for (let arrived = reply.length; arrived <= bytes.length; arrived++) {
      expect(replyEnd(bytes, 0, arrived), reply).toBe(reply.length);
    }
  }
  expect(() => replyEnd(Buffer.from("GET\r\n"), 0, 5)).toThrow(ProtocolError);
});

test("replies are decoded as a real server means them", async () => {
  await using server = await startServer("redis");
  using client = await server.connect();
  expect(await client.command("PING")).toEqual({ type: "+", text: "PONG", items: null });
  expect(await client.command("GET", "absent")).toEqual({ type: "$", text: null, items: null });
  await client.command("HELLO", "3");
  expect(await client.command("GET", "absent")).toEqual({ type: "_", text: null, items: null });
  await client.command("HSET", "h", "f", "\0\xff");
  const map = await client.command("HGETALL", "h");
  expect([map.type, map.items?.map((item) => item.text)]).toEqual(["%", ["f", "\0\xff"]]);
  expect((await client.command("DEBUG", "PROTOCOL", "double")).type).toBe(",");
});

test("a seed replays, and seeds differ", () => {
  const draw = (seed: number): string => {
    const random = seededRandom(seed);
    return JSON.stringify([random.below(1e9), random.between(-5, 5), random.pick([1, 2, 3]), random.bytes(20)]);
  };
  expect(draw(7)).toBe(draw(7));
  expect(draw(7)).not.toBe(draw(8));
  const spread = new Set(Array.from({ length: 1000 }, (_, seed) => seededRandom(seed).between(3, 5)));
  expect([...spread].sort()).toEqual([3, 4, 5]);
});

test("shrinking keeps what matters and nothing else", async () => {
  const list = Array.from({ length: 500 }, (_, i) => i);
  const failsAt = async (candidate: readonly number[]): Promise<number | null> => {
    const at = candidate.indexOf(444);
    return at >= 0 && candidate.indexOf(17) >= 0 && candidate.indexOf(17) < at ? at : null;
  };
  expect(await shrinkFailing(list.slice(0, 445), failsAt)).toEqual([17, 444]);
});

test("a server ends with its test, and takes its directory along", async () => {
  let pid = 0;
  {
    await using server = await startServer("redis");
    pid = server.pid;
    expect(server.residentBytes()).toBeGreaterThan(1 << 20);
    expect(server.isRunning()).toBe(true);
  }
  expect(() => process.kill(pid, 0)).toThrow();
});

test("printable text shows every byte", () => {
  expect(printable("a\r\n\0\xff")).toBe(String.raw`"a\r\n\u0000\xff"`);
  expect(latin1(Buffer.from([0xff, 0]))).toBe("\xff\0");
  expect(printable("x".repeat(1000)).length).toBeLessThan(220);
  expect(decodeReply(Buffer.from("*1\r\n_\r\n")).items?.[0]?.text).toBeNull();
});
