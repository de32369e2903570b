/** A reply of as many elements as a client likes: whole, or an error and nothing else. */
import { expect, test } from "bun:test";
import { Region } from "../../src/base/region.ts";
import { replyRepeated } from "../../src/command/repeated-reply.ts";
import { Reply } from "../../src/resp/reply.ts";
import { LocalClient, openStore } from "../support/in-process.ts";
import { latin1 } from "../support/resp.ts";

const TOO_LARGE = "-ERR the reply would take more than 512 MiB\r\n";
const element = new Region(new Uint8Array(2 ** 20).fill(65));

function replied(times: number, length: number): { text: string; written: number } {
  const reply = new Reply();
  reply.ok();
  let written = 0;
  const writeOne = () => {
    written++;
    reply.bulk(element, 0, length);
  };
  replyRepeated(reply, times, () => reply.array(times), writeOne);
  return { text: latin1(reply.bytes, 0, Math.min(reply.length, 60)), written };
}

test("is written whole, behind what was there", () => {
  expect(replied(3, 1)).toEqual({ text: `+OK\r\n*3\r\n${"$1\r\nA\r\n".repeat(3)}`, written: 3 });
  expect(replied(0, 1).text).toBe("+OK\r\n*0\r\n");
});

test("is refused at once where no element could be short enough", () => {
  expect(replied(2 ** 62, 1)).toEqual({ text: `+OK\r\n${TOO_LARGE}`, written: 0 });
});

test("is refused when it has become too large", () => {
  expect(replied(600, 2 ** 20)).toEqual({ text: `+OK\r\n${TOO_LARGE}`, written: 512 });
});

test("of commands that choose by chance", () => {
  openStore();
  const client = new LocalClient();
  const run = (line: string) => client.raw(...line.split(" "));
  for (const line of ["HSET h f v", "SADD s m", "ZADD z 1 m"]) run(line);
  for (const command of ["HRANDFIELD h", "SRANDMEMBER s", "ZRANDMEMBER z"]) {
    expect(run(`${command} -9223372036854775807`)).toBe(TOO_LARGE);
    expect(run(`${command} -2`)).toStartWith("*2\r\n");
  }
  expect(run("HRANDFIELD h -4611686018427387903 WITHVALUES")).toBe(TOO_LARGE);
  expect(run("ZRANDMEMBER z -4611686018427387903 WITHSCORES")).toBe(TOO_LARGE);
  run("FLUSHALL");
});
