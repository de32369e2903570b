/**
 * COMMAND's subcommands answer as the real server's do, in both protocols; the table as a whole is compared in
 * table.test.ts.
 */
import { expect, test } from "bun:test";
import { sameReplies } from "../../support/conversation.ts";
import { startServer } from "../../support/server.ts";

const CONVERSATION = [
  "command count x",
  "command list x",
  "command list filterby what x",
  "command list filterby aclcat nosuch",
  "command list filterby aclcat @read",
  "command list filterby module nosuch",
  "command list filterby pattern GETE*",
  "command list filterby pattern",
  "command what",
  "command info nosuch get COPY rename mset client|id object|nosuch",
  "command info get|key config|get|key config| |",
  "command docs nosuch",
  "command getkeys",
  "command getkeys get",
  "command getkeys nosuch a",
  "command getkeys ping x",
  "command getkeys get a b",
  "command getkeys set a b",
  "command getkeys mset a b c d",
  "command getkeys mset a b c d e",
  "command getkeys object encoding k",
  "command getkeys object nosuch k",
  "command getkeys object help k",
  "command getkeys client kill a",
  "command getkeysandflags set a b ex 10",
  "command getkeysandflags set a b ex 10 GET",
  "command getkeysandflags copy a b",
  "command getkeysandflags lcs a b",
  "command getkeysandflags del a b c",
];

test("COMMAND answers as the real server does", async () => {
  await using ours = await startServer("source");
  await using theirs = await startServer("redis");
  // The real HELLO tells a number of the connection; it serves only to change the protocol.
  const neutral = (reply: string): string => reply.replace(/\$2\r\nid\r\n:\d+/, "$2\r\nid\r\n:ID");
  await sameReplies({ ours, theirs, neutral }, ...CONVERSATION, "hello 3", ...CONVERSATION);
});

test("COMMAND LIST, COUNT and INFO agree", async () => {
  await using server = await startServer("source");
  using client = await server.connect();
  const names = (await client.command("COMMAND", "LIST")).items!.map(({ text }) => text!);
  expect(new Set(names).size).toBe(names.length);
  const count = Number((await client.command("COMMAND", "COUNT")).text);
  expect(names.filter((name) => !name.includes("|")).length).toBe(count);
  expect((await client.command("COMMAND")).items!.length).toBe(count);
  for (const { items } of (await client.command("COMMAND", "INFO", ...names)).items!) {
    expect(names).toContain(items![0]!.text!);
  }
});
