/**
 * A server with a password: who may do what before and after saying it, as the real server has it.
 */
import { expect, test } from "bun:test";
import { sameReplies } from "../../support/conversation.ts";
import { startServer } from "../../support/server.ts";

const withPassword = { args: ["--requirepass", "sesame"] };
const neutral = (reply: string): string => reply.replace(/\$2\r\nid\r\n:\d+/, "$2\r\nid\r\n:ID");

test("asks for the password", async () => {
  await using ours = await startServer("source", withPassword);
  await using theirs = await startServer("redis", withPassword);
  const same = (...lines: string[]): Promise<void> => sameReplies({ ours, theirs, neutral }, ...lines);
  await same("get k", "ping", "hello", "hello 3", "reset", "client id", "nosuch", "get", "quit");
  await same(
    "auth wrong",
    "get k",
    "auth default wrong",
    "auth nobody sesame",
    "auth a b c",
    "auth",
    'auth ""',
    "get k",
  );
  await same("auth sesame", "get k", "auth wrong", "get k", "reset", "get k", "auth default sesame", "get k");
  await same(
    "hello 3 auth default wrong",
    "hello 3 setname me",
    "hello 3 auth default sesame setname me",
    "client getname",
  );
});

test("a password set later is asked of those who come later", async () => {
  await using ours = await startServer("source");
  using early = await ours.connect();
  expect(await early.raw("CONFIG", "SET", "requirepass", "sesame")).toBe("+OK\r\n");
  expect(await early.raw("PING")).toBe("+PONG\r\n");
  using late = await ours.connect();
  expect(await late.raw("PING")).toBe("-NOAUTH Authentication required.\r\n");
  expect(await early.raw("CONFIG", "SET", "requirepass", "")).toBe("+OK\r\n");
  expect(await late.raw("PING")).toBe("+PONG\r\n");
});
