/** Who is turned away while data is loaded, and while nothing can be written to disk. */
import { afterEach, beforeAll, expect, test } from "bun:test";
import { disk, loading } from "../../src/command/gates.ts";
import * as commands from "../../src/command/table.ts";
import { LocalClient, openStore } from "../support/in-process.ts";

beforeAll(openStore);
afterEach(() => {
  loading.isUnderWay = false;
  disk.whyNotWritable = undefined;
});

const LOADING = "-LOADING Redis is loading the dataset in memory\r\n";
const MISCONF = "-MISCONF Errors writing to the AOF file: No space left on device\r\n";
const fail = () => MISCONF.slice(1, -2);

test("while data is loaded only those run that say they can", () => {
  const client = new LocalClient();
  loading.isUnderWay = true;
  for (const [name, command] of commands.commands) {
    if (command.has("loading") || command.subcommands.length > 0) continue;
    const args = Array.from({ length: Math.max(0, Math.abs(command.arity) - 1) }, () => "1");
    expect(client.raw(name, ...args), name).toBe(LOADING);
  }
  expect(client.raw("INFO")).toStartWith("$");
  expect(client.raw("MULTI")).toBe("+OK\r\n");
  expect(client.raw("GET", "a")).toBe(LOADING);
  expect(client.raw("EXEC")).toStartWith("-EXECABORT");
  expect(client.raw("GET")).toBe("-ERR wrong number of arguments for 'get' command\r\n");
});

test("while nothing can be written those run that change nothing; PING says it, too", () => {
  const client = new LocalClient();
  const other = new LocalClient();
  for (const each of [client, other]) expect(each.raw("MULTI")).toBe("+OK\r\n");
  client.raw("SET", "a", "1");
  other.raw("GET", "a");
  disk.whyNotWritable = fail;
  expect(client.raw("SET", "a", "2")).toBe(MISCONF);
  expect(client.raw("EXEC")).toBe(`-EXECABORT Transaction discarded because of: ${MISCONF.slice(1)}`);
  expect(other.raw("EXEC")).toBe("*1\r\n$-1\r\n");
  expect(client.raw("PING")).toBe(MISCONF);
  expect(client.raw("ECHO", "a")).toBe("$1\r\na\r\n");
  expect(client.raw("FLUSHALL")).toBe(MISCONF);
  disk.whyNotWritable = () => undefined;
  expect(client.raw("PING")).toBe("+PONG\r\n");
});
