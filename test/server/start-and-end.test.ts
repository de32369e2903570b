/** How the program begins and ends: what it prints, which code it returns, and what remains. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { launch, launchReady } from "./launch.ts";

test("--version and --help", async () => {
  await using asked = await launch(["--version"]);
  expect(await asked.exitCode()).toBe(0);
  expect(await asked.printed()).toBe(`Ashlar ${version}, compatible with Redis server v=7.0.15 bits=64\n`);
  await using helped = await launch(["--help"]);
  expect(await helped.exitCode()).toBe(0);
  expect(await helped.printed()).toStartWith("Usage: ashlar [config-file | -] [--directive value ...]\n");
});

test("what cannot be done is refused with a code", async () => {
  await using server = await launch(["--test-memory", "100"]);
  expect(await server.exitCode()).toBe(1);
  expect(await server.printed()).toStartWith("--test-memory: ");
});

test("a bad directive is fatal, on standard error", async () => {
  await using server = await launch([], { config: "port {port}\nmaxmemroy 1gb\n" });
  expect(await server.exitCode()).toBe(1);
  const printed = await server.printed();
  expect(printed).toContain(
    "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line 2",
  );
  expect(printed).toContain(
    ">>> 'maxmemroy 1gb'\nBad directive or wrong number of arguments\nDid you mean 'maxmemory'?",
  );
});

test.each(["user a on >b ~* +@all", "aclfile users.acl", "loadmodule x.so"])(
  "what would leave a door open: %s",
  async (line) => {
    await using server = await launch([], { config: `port {port}\n${line}\n` });
    expect(await server.exitCode()).toBe(1);
    expect(await server.printed()).toMatch(/not supported/);
  },
);

test("the lines that others wait for, in their order", async () => {
  await using server = await launchReady([], { config: `always-show-logo yes\nport {port}\nsave ""\n` });
  const printed = await server.printed();
  const places = [
    "# Ashlar is starting",
    "# Configuration loaded",
    ` PID: ${server.pid}\n`,
    "# Server initialized",
    "* Ready to accept connections",
  ].map((text) => printed.indexOf(text));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(printed).not.toContain("already in use");
});

test("what is configured and not built is said", async () => {
  await using server = await launchReady(["--port", "{port}", "--cluster-enabled", "yes", "--save", "1 1"]);
  expect(await server.printed()).toContain("# WARNING cluster-enabled is not supported yet:");
  expect(await server.printed()).not.toContain("WARNING save");
});

test.each(["SIGTERM", "SIGINT"] as const)("%s ends it in order", async (signal) => {
  await using server = await launchReady(["--port", "{port}", "--pidfile", "a.pid"]);
  expect(readFileSync(join(server.dir, "a.pid"), "utf8")).toBe(`${server.pid}\n`);
  using client = await server.connect();
  await client.raw("PING");
  server.kill(signal);
  expect(await server.exitCode()).toBe(0);
  const printed = (await server.printed()).replace(/^\d+:[MC] .{24} /gm, "");
  expect(printed).toEndWith(
    `# Received ${signal} scheduling shutdown...\n# User requested shutdown...\n` +
      "* Saving the final RDB snapshot before exiting.\n* DB saved on disk\n* Removing the pid file.\n# Ashlar is now ready to exit, bye bye...\n",
  );
  expect(existsSync(join(server.dir, "a.pid"))).toBe(false);
  expect((await client.untilClosed(1000)).closed).toBe(true);
});

test("shutdown-on-sigterm", async () => {
  for (const [word, points, isSaved] of [
    ["save", "", true],
    ["nosave", "1 1", false],
  ] as const) {
    await using server = await launchReady(["--port", "{port}", "--shutdown-on-sigterm", word, "--save", points]);
    server.kill("SIGTERM");
    expect(await server.exitCode()).toBe(0);
    expect(existsSync(join(server.dir, "dump.rdb"))).toBe(isSaved);
  }
});

test("SIGHUP disturbs nobody, and the log goes on in a new file when the old one was moved away", async () => {
  await using server = await launch(["--port", "{port}", "--logfile", "a.log", "--loglevel", "verbose"]);
  const log = join(server.dir, "a.log");
  const grows = async () => {
    for (let attempt = 0; attempt < 500 && !(existsSync(log) && readFileSync(log).length > 0); attempt++)
      await Bun.sleep(20);
  };
  await grows();
  while (!readFileSync(log, "utf8").includes("Ready to accept")) await Bun.sleep(20);
  await Bun.$`mv ${log} ${log}.1`;
  server.kill("SIGHUP");
  using client = await server.connect();
  expect(await client.raw("PING")).toBe("+PONG\r\n");
  await grows();
  expect(readFileSync(log, "utf8")).toContain("Accepted 127.0.0.1:");
});

test("rename-command", async () => {
  const config = `port {port}\nrename-command FLUSHALL ""\nrename-command CONFIG secret\n`;
  await using server = await launchReady([], { config });
  using client = await server.connect();
  expect(await client.raw("FLUSHALL")).toStartWith("-ERR unknown command 'FLUSHALL'");
  expect(await client.raw("CONFIG", "GET", "port")).toStartWith("-ERR unknown command 'CONFIG'");
  expect(await client.raw("SECRET", "GET", "port")).toBe(
    `*2\r\n$4\r\nport\r\n$${String(server.port).length}\r\n${server.port}\r\n`,
  );
  for (const [line, reason] of [
    ["rename-command nosuch x", "No such command in rename-command"],
    ["rename-command get set", "Target command name already exists"],
  ]) {
    await using refused = await launch([], { config: `port {port}\n${line}\n` });
    expect(await refused.exitCode()).toBe(1);
    expect(await refused.printed()).toContain(reason!);
  }
});

test("as many databases as configured", async () => {
  await using server = await launchReady(["--port", "{port}", "--databases", "3"]);
  using client = await server.connect();
  expect(await client.raw("SELECT", "2")).toBe("+OK\r\n");
  expect(await client.raw("SELECT", "3")).toBe("-ERR DB index is out of range\r\n");
});
