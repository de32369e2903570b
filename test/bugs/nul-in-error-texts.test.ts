/**
 * Found by the oracle: an argument with a NUL in it was repeated whole in an error text. Redis prints arguments as C
 * strings, which end there.
 */
import { beforeAll, expect, test } from "bun:test";
import { LocalClient, openStore } from "../support/in-process.ts";

beforeAll(openStore);

test.each([
  [["EXPIRE", "key", "1", "a\0b"], "-ERR Unsupported option a\r\n"],
  [["HELLO", "3", "a\0b"], "-ERR Syntax error in HELLO option 'a'\r\n"],
  [["CLIENT", "LIST", "TYPE", "a\0b"], "-ERR Unknown client type 'a'\r\n"],
  [["CLIENT", "KILL", "TYPE", "a\0b"], "-ERR Unknown client type 'a'\r\n"],
  [["CLIENT", "KILL", "USER", "a\0b"], "-ERR No such user 'a'\r\n"],
  [["CLIENT", "a\0b"], "-ERR unknown subcommand 'a'. Try CLIENT HELP.\r\n"],
  [["a\0b", "c\0d"], "-ERR unknown command 'a', with args beginning with: 'c' \r\n"],
])("%j", (command, reply) => {
  expect(new LocalClient().raw(...command)).toBe(reply);
});
