/** Commands that were parsed and written anew are the same commands, also those that came inline, with escapes. */
import { expect, test } from "bun:test";
import { Batch, parse, Torn } from "../../src/resp/parser.ts";
import { requestOf } from "../../src/resp/request.ts";
import { latin1 } from "../support/resp.ts";

function parsed(bytes: Uint8Array): { batch: Batch; commands: string[][] } {
  const batch = new Batch();
  parse(batch, bytes, 0, bytes.length, new Torn(), true);
  const commands = Array.from({ length: batch.commands }, (_, i) => {
    batch.args.aim(batch.firsts[i]!, batch.counts[i]!);
    return Array.from({ length: batch.args.count }, (_, k) => batch.args.text(k));
  });
  return { batch, commands };
}

const INPUT = [
  "*2\r\n$3\r\nGET\r\n$3\r\na\r\n\r\n",
  'SET "a \\"quoted\\" key" "line\\r\\nend \\x00\\xff"\r\n',
  "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$2\r\n\r\n\r\n",
  "PING\n",
  `*2\r\n$4\r\nECHO\r\n$${12_345}\r\n${"e".repeat(12_345)}\r\n`,
].join("");

test("from any command on, what is written is what was parsed", () => {
  const { batch, commands } = parsed(new Uint8Array(Buffer.from(INPUT, "latin1")));
  expect(commands.map((words) => words.length)).toEqual([2, 3, 3, 1, 2]);
  for (let first = 0; first <= commands.length; first++) {
    expect(parsed(requestOf(batch, first)).commands).toEqual(commands.slice(first));
  }
  expect(latin1(requestOf(batch, 3)).slice(0, 14)).toBe("*1\r\n$4\r\nPING\r\n");
});
