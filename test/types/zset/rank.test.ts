/** ZRANK and ZREVRANK with one argument more than Redis 7.0 knows: through the gates, which count them. */
import { expect, test } from "bun:test";
import { LocalClient, openStore } from "../../support/in-process.ts";

openStore();

test("ZRANK and ZREVRANK WITHSCORE, as Redis 7.2 has it", () => {
  const client = new LocalClient();
  client.raw("ZADD", "z", "1.5", "a", "2", "b");
  expect(client.raw("ZRANK", "z", "b", "WITHSCORE")).toBe("*2\r\n:1\r\n$1\r\n2\r\n");
  expect(client.raw("ZREVRANK", "z", "a", "withscore")).toBe("*2\r\n:1\r\n$3\r\n1.5\r\n");
  expect(client.raw("ZRANK", "z", "x", "WITHSCORE")).toBe("*-1\r\n");
  expect(client.raw("ZRANK", "none", "x", "WITHSCORE")).toBe("*-1\r\n");
  for (const more of [["x"], ["WITHSCORE", "x"]]) {
    expect(client.raw("ZREVRANK", "z", "b", ...more)).toBe("-ERR wrong number of arguments for 'zrevrank' command\r\n");
  }
  client.raw("DEL", "z");
});
