/**
 * What a client notices of commands that wait, over real sockets and beside a real server: order in its own pipeline,
 * time, CLIENT UNBLOCK and PAUSE, figures, and what becomes of those who go.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { seededRandom, seedOfRun } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { encodeCommand, latin1 } from "../support/resp.ts";
import { startServer, subjectKind, type TestServer } from "../support/server.ts";

const PATIENCE_MS = 5000;

let servers: TestServer[];
beforeAll(async () => {
  servers = await Promise.all([startServer(subjectKind()), startServer("redis")]);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});
beforeEach(async () => {
  for (const server of servers) {
    using client = await server.connect();
    await client.raw("FLUSHALL");
    await client.raw("CONFIG", "RESETSTAT");
  }
});

const wire = (...lines: string[]) => lines.map((line) => encodeCommand(line.split(" "))).join("");

async function figure(client: RawClient, section: string, name: string): Promise<string> {
  return new RegExp(`^${name}:(.*)\r$`, "m").exec((await client.command("INFO", section)).text!)?.[1] ?? "";
}

async function untilBlocked(client: RawClient, count: number): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while ((await figure(client, "clients", "blocked_clients")) !== String(count)) {
    if (performance.now() > giveUpAt) throw new Error(`never ${count} blocked clients`);
    await Bun.sleep(5);
  }
}

/** Runs a scenario on each server, and expects that it comes out the same. */
async function same<T>(scenario: (server: TestServer, feeder: RawClient) => Promise<T>): Promise<T> {
  const results: T[] = [];
  for (const server of servers) {
    using feeder = await server.connect();
    results.push(await scenario(server, feeder));
  }
  expect(results[0]).toEqual(results[1]!);
  return results[0]!;
}

describe("the pipeline of a client that waits", () => {
  test("goes on in order, however it was sent", async () => {
    const got = await same(async (server, feeder) => {
      using client = await server.connect();
      client.send(
        `${wire("SET a 1", "BLPOP l 0", "INCR a")}SET b "in\\x41line words"\r\n${wire("GET b", "BLPOP m 0")}GET a\r\n`,
      );
      await client.replies(1);
      await untilBlocked(feeder, 1);
      client.send("*2\r\n$3\r\nGET\r");
      await feeder.raw("PING");
      client.send("\n$1\r\nb\r\n");
      expect(await feeder.raw("GET", "a")).toBe("$1\r\n1\r\n");
      await feeder.raw("RPUSH", "l", "x");
      await client.replies(4);
      await untilBlocked(feeder, 1);
      await feeder.raw("RPUSH", "m", "y");
      return (await client.replies(3)).map((reply) => latin1(reply));
    });
    expect(got).toEqual(["*2\r\n$1\r\nm\r\n$1\r\ny\r\n", "$1\r\n2\r\n", "$13\r\ninAline words\r\n"]);
  });

  test("is long", async () => {
    const count = 3000;
    for (const server of servers) {
      using feeder = await server.connect();
      using client = await server.connect();
      client.send(wire("BLPOP l 0") + wire("INCR n").repeat(count) + wire("BLPOP l 0", "GET n"));
      await untilBlocked(feeder, 1);
      client.send(encodeCommand(["SET", "big", "v".repeat(2_000_000)]));
      await feeder.raw("RPUSH", "l", "x");
      await client.replies(1 + count);
      await untilBlocked(feeder, 1);
      await feeder.raw("RPUSH", "l", "y");
      expect((await client.replies(3)).map((reply) => latin1(reply)).slice(1)).toEqual([
        `$${String(count).length}\r\n${count}\r\n`,
        "+OK\r\n",
      ]);
    }
  });

  test("is a long row of commands that all wait: what is left is not copied each time", async () => {
    const [ours] = servers;
    const count = 20_000;
    using feeder = await ours!.connect();
    using client = await ours!.connect();
    client.send(wire("BLPOP l 0").repeat(count) + wire("PING"));
    await untilBlocked(feeder, 1);
    feeder.send(wire("RPUSH l x").repeat(count));
    await Promise.all([feeder.replies(count), client.replies(count)]);
    expect(latin1((await client.replies(1))[0]!)).toBe("+PONG\r\n");
  }, 10_000);

  test.each([
    `${wire("BLPOP l 0", "PING")}*1\r\nnonsense\r\n`,
    `${wire("BLPOP l 0")}PING "a\\tb"\r\nECHO "x\\ny" 'unbalanced\r\nPING\r\n`,
    `${wire("BLPOP l 0")}PING "a\\tb"\r\n*1\r\nnonsense\r\n`,
  ])("may end in a protocol error, which comes after it was served: %j", (request) =>
    same(async (server, feeder) => {
      using client = await server.connect();
      client.send(request);
      await untilBlocked(feeder, 1);
      await feeder.raw("RPUSH", "l", "x");
      return (await client.untilClosed(PATIENCE_MS)).text;
    }),
  );

  test("ends with the connection when it is larger than client-query-buffer-limit", async () => {
    const [ours] = servers;
    using feeder = await ours!.connect();
    await feeder.raw("CONFIG", "SET", "client-query-buffer-limit", "1048576");
    using client = await ours!.connect();
    client.send(wire("BLPOP l 0"));
    await untilBlocked(feeder, 1);
    client.send("x".repeat(3_000_000));
    expect((await client.untilClosed(PATIENCE_MS)).closed).toBe(true);
    await untilBlocked(feeder, 0);
    await feeder.raw("CONFIG", "SET", "client-query-buffer-limit", "1073741824");
  });
});

describe("time", () => {
  test.each(["BLPOP l 0.05", "BZMPOP 0.05 1 z MIN", "XREAD BLOCK 50 STREAMS s $"])("%s", async (line) => {
    await same(async (server) => {
      using client = await server.connect();
      const startMs = performance.now();
      client.send(wire(line, "PING"));
      const [reply] = await client.replies(1);
      // How late it may come is the machine's affair: a bench's, not a test's.
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(50);
      expect(latin1((await client.replies(1))[0]!)).toBe("+PONG\r\n");
      return latin1(reply!);
    });
  });

  test("of many deadlines at once, none comes early", async () => {
    const [ours] = servers;
    const clients = await Promise.all(Array.from({ length: 50 }, () => ours!.connect()));
    const startMs = performance.now();
    const late = await Promise.all(
      clients.map(async (client, i) => {
        client.send(wire(`BLPOP l ${(10 + i * 5) / 1000}`));
        await client.replies(1);
        return performance.now() - startMs - (10 + i * 5);
      }),
    );
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    for (const client of clients) client.close();
  });
});

describe("who goes", () => {
  test.each(["close", "kill", "half"])("by %s leaves the queue", (how) =>
    same(async (server, feeder) => {
      const client = await server.connect();
      const id = (await client.command("CLIENT", "ID")).text!;
      client.send(wire("BLPOP l 0"));
      await untilBlocked(feeder, 1);
      let killed = "";
      if (how === "kill") killed = await feeder.raw("CLIENT", "KILL", "ID", id);
      else client.close();
      await untilBlocked(feeder, 0);
      expect(client.isClosed).toBe(how !== "kill" || (await client.untilClosed(PATIENCE_MS)).closed);
      return [killed, await feeder.raw("RPUSH", "l", "x")];
    }),
  );
});

test("a crowd that comes, waits, is fed and goes leaves nobody in a queue, and no element is lost", async () => {
  const [ours] = servers;
  const seed = seedOfRun();
  const random = seededRandom(seed);
  using feeder = await ours!.connect();
  const crowd: RawClient[] = [];
  let pushed = 0;
  let taken = 0;
  const part = (client: RawClient) => {
    taken += client.received().split("$5\r\nelem\n").length - 1;
    client.close();
  };
  for (let round = 0; round < 400; round++) {
    if (crowd.length < 40 && random.chance(0.6)) {
      const client = await ours!.connect();
      crowd.push(client);
      const key = () => `l${random.below(3)}`;
      client.send(
        wire(
          ...random.pick([
            [`BLPOP ${key()} ${key()} 0`],
            [`BRPOP ${key()} 0.01`, "PING"],
            [`BLMOVE ${key()} ${key()} LEFT RIGHT 0`],
          ]),
        ),
      );
    } else if (random.chance(0.5) && crowd.length > 0) {
      // Who goes with an element that it has not read takes it along; so only those go who are at rest.
      await feeder.raw("PING");
      await Bun.sleep(1);
      part(crowd.splice(random.below(crowd.length), 1)[0]!);
    } else {
      pushed++;
      await feeder.raw("RPUSH", `l${random.below(3)}`, "elem\n");
    }
  }
  await feeder.raw("PING");
  await Bun.sleep(20);
  for (const client of crowd) part(client);
  await untilBlocked(feeder, 0);
  expect(await figure(feeder, "clients", "clients_in_timeout_table")).toBe("0");
  let left = 0;
  for (const key of ["l0", "l1", "l2"]) left += Number((await feeder.command("LLEN", key)).text);
  expect(pushed, `SEED=${seed}`).toBeGreaterThan(20);
  expect(taken + left, `SEED=${seed}`).toBeGreaterThanOrEqual(pushed);
  expect(await feeder.raw("DEBUG", "AUDIT")).toStartWith("+OK");
}, 30_000);

describe("CLIENT UNBLOCK", () => {
  test("as if the time were up, or with an error; not those who do not wait", () =>
    same(async (server, feeder) => {
      using client = await server.connect();
      const id = (await client.command("CLIENT", "ID")).text!;
      const answers: string[] = [];
      for (const [line, ...reason] of [
        ["BLPOP l 0"],
        ["BLMOVE l m LEFT LEFT 0", "TIMEOUT"],
        ["BZPOPMIN z 9", "error"],
      ]) {
        client.send(wire(line!, "PING"));
        await untilBlocked(feeder, 1);
        answers.push(await feeder.raw("CLIENT", "UNBLOCK", id, ...reason));
        answers.push(...(await client.replies(2)).map((reply) => latin1(reply)));
        answers.push(await feeder.raw("CLIENT", "UNBLOCK", id, ...reason));
      }
      for (const line of ["x", "1 x", "99999999999999999999", "-1", "7777777", "1 TIMEOUT more"])
        answers.push(await feeder.raw("CLIENT", "UNBLOCK", ...line.split(" ")));
      return answers;
    }));
});

test("figures: blocked clients, those with a deadline, calls, failures, the letter in CLIENT LIST", () =>
  same(async (server, feeder) => {
    using a = await server.connect();
    using b = await server.connect();
    using c = await server.connect();
    const id = (await a.command("CLIENT", "ID")).text!;
    a.send(wire("BLPOP l 0"));
    b.send(wire("BLPOP l 100"));
    c.send(wire("BLMOVE l m LEFT LEFT 100"));
    await untilBlocked(feeder, 3);
    const list = (await feeder.command("CLIENT", "LIST", "ID", id)).text!;
    const seen = [
      / flags=\w+/.exec(list)![0],
      / cmd=\w+/.exec(list)![0],
      await figure(feeder, "clients", "clients_in_timeout_table"),
    ];
    await feeder.raw("SET", "m", "text");
    await feeder.raw("RPUSH", "l", "1", "2", "3");
    for (const client of [a, b, c]) seen.push(latin1((await client.replies(1))[0]!));
    for (const name of ["cmdstat_blpop", "cmdstat_blmove"]) {
      seen.push((await figure(feeder, "commandstats", name)).replace(/usec\w*=[\d.]+,/g, ""));
    }
    seen.push(await figure(feeder, "errorstats", "errorstat_WRONGTYPE"));
    seen.push(
      await figure(feeder, "clients", "blocked_clients"),
      await figure(feeder, "clients", "clients_in_timeout_table"),
    );
    return seen;
  }));

describe("CLIENT PAUSE", () => {
  test("WRITE: who writes waits, in the order of arrival; who reads does not, nor who is refused", () =>
    same(async (server, feeder) => {
      using a = await server.connect();
      using b = await server.connect();
      await feeder.raw("SET", "k", "0");
      const seen = [await feeder.raw("CLIENT", "PAUSE", "100000", "WRITE")];
      a.send(`${wire("PING", "APPEND k a", "GET k")}GET k\r\n`);
      seen.push(latin1((await a.replies(1))[0]!));
      await untilBlocked(feeder, 1);
      b.send('APPEND k "b\\n"\r\n');
      await untilBlocked(feeder, 2);
      seen.push(await feeder.raw("GET", "k"), await feeder.raw("SET", "k"), await feeder.raw("NOSUCH"));
      seen.push(await feeder.raw("CLIENT", "UNPAUSE"));
      seen.push(...(await a.replies(3)).map((reply) => latin1(reply)), latin1((await b.replies(1))[0]!));
      return [...seen, await feeder.raw("GET", "k")];
    }));

  test("a transaction waits as a whole, if anything in it writes", () =>
    same(async (server, feeder) => {
      using reader = await server.connect();
      using writer = await server.connect();
      for (const line of ["MULTI", "SET k v"]) await writer.raw(...line.split(" "));
      for (const line of ["MULTI", "GET k"]) await reader.raw(...line.split(" "));
      await feeder.raw("CLIENT", "PAUSE", "100000", "WRITE");
      const seen = [await reader.raw("EXEC")];
      writer.send(wire("EXEC"));
      await untilBlocked(feeder, 1);
      await feeder.raw("CLIENT", "UNPAUSE");
      return [...seen, latin1((await writer.replies(1))[0]!)];
    }));

  test("ALL ends by itself, and then everything is executed once", () =>
    same(async (server, feeder) => {
      using client = await server.connect();
      await feeder.raw("CLIENT", "PAUSE", "150");
      const startMs = performance.now();
      client.send(wire("INCR n", "PING"));
      feeder.send(wire("PING"));
      const seen = (await client.replies(2)).map((reply) => latin1(reply));
      expect(performance.now() - startMs).toBeGreaterThan(140);
      seen.push(latin1((await feeder.replies(1))[0]!));
      return [...seen, await feeder.raw("GET", "n")];
    }));

  test("the longer and the stricter of two pauses holds; what is wrong is said", () =>
    same(async (server, feeder) => {
      using client = await server.connect();
      const seen: string[] = [];
      for (const line of ["x", "-1", "1 some", "", "0", "1 write more"])
        seen.push(await feeder.raw("CLIENT", "PAUSE", ...line.split(" ").filter(Boolean)));
      await feeder.raw("CLIENT", "PAUSE", "300", "WRITE");
      await feeder.raw("CLIENT", "PAUSE", "10", "ALL");
      const startMs = performance.now();
      client.send(wire("GET k"));
      await client.replies(1);
      expect(performance.now() - startMs).toBeGreaterThan(250);
      return seen;
    }));

  test("keys past their deadline are hidden, and not removed", () =>
    same(async (_server, feeder) => {
      for (const line of ["MULTI", "SET k v PX 5", "CLIENT PAUSE 100000 WRITE", "EXEC"])
        await feeder.raw(...line.split(" "));
      await Bun.sleep(20);
      const seen = [
        await feeder.raw("GET", "k"),
        await feeder.raw("EXISTS", "k"),
        await feeder.raw("DBSIZE"),
        await figure(feeder, "stats", "expired_keys"),
      ];
      await feeder.raw("CLIENT", "UNPAUSE");
      seen.push(
        await feeder.raw("GET", "k"),
        await feeder.raw("DBSIZE"),
        await figure(feeder, "stats", "expired_keys"),
      );
      return seen;
    }));

  test("who goes while paused leaves no trace", () =>
    same(async (server, feeder) => {
      await feeder.raw("CLIENT", "PAUSE", "100000", "WRITE");
      const client = await server.connect();
      client.send(wire("SET k v"));
      await untilBlocked(feeder, 1);
      client.close();
      await untilBlocked(feeder, 0);
      await feeder.raw("CLIENT", "UNPAUSE");
      return await feeder.raw("GET", "k");
    }));
});
