/** Where the server listens: addresses, ports, Unix sockets, and what happens when it cannot. */
import { expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { RawClient } from "../support/raw-client.ts";
import { freePort, startServer } from "../support/server.ts";
import { launch, launchReady } from "./launch.ts";

/** An address of this machine that others could use, if it has one. */
const publicAddress = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === "IPv4" && !each.internal)?.address;

/** The line that a connection to this address gets, which says PING. */
async function ask(hostname: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    Bun.connect({
      hostname,
      port,
      socket: {
        open: (socket) => void socket.write("PING\r\n"),
        data(socket, chunk) {
          text += Buffer.from(chunk).toString("latin1");
          if (text.endsWith("\r\n")) socket.end();
        },
        close: () => resolve(text),
        connectError: (_socket, error) => reject(error),
      },
    }).catch(reject);
  });
}

test("by default, every address of both protocols", async () => {
  await using server = await launchReady(["--port", "{port}"]);
  expect(await ask("127.0.0.1", server.port)).toBe("+PONG\r\n");
  expect(await ask("::1", server.port)).toBe("+PONG\r\n");
});

test("several addresses; one that is optional may be missing", async () => {
  await using server = await launchReady(["--port", "{port}", "--bind", "127.0.0.1", "-10.9.9.9", "127.0.0.2"]);
  expect(await ask("127.0.0.1", server.port)).toBe("+PONG\r\n");
  expect(await ask("127.0.0.2", server.port)).toBe("+PONG\r\n");
  await expect(ask("127.0.0.3", server.port)).rejects.toThrow();
  expect(await server.printed()).toContain(
    `# Warning: Could not create server TCP listening socket 10.9.9.9:${server.port}: bind: Cannot assign requested address`,
  );
});

test("an address that is missing and not optional ends the start", async () => {
  await using server = await launch(["--port", "{port}", "--bind", "127.0.0.1", "10.9.9.9"]);
  expect(await server.exitCode()).toBe(1);
  expect(await server.printed()).toContain(`# Failed listening on port ${server.port} (TCP), aborting.`);
});

test("a port that is taken ends the start, with Redis' words", async () => {
  await using first = await launchReady(["--port", "{port}"]);
  await using second = await launch(["--port", "{port}"], { port: first.port });
  expect(await second.exitCode()).toBe(1);
  expect(await second.printed()).toContain(
    `# Warning: Could not create server TCP listening socket *:${first.port}: bind: Address already in use`,
  );
});

test("nowhere to listen ends the start", async () => {
  await using server = await launch(["--port", "0"]);
  expect(await server.exitCode()).toBe(1);
  expect(await server.printed()).toContain("# Configured to not listen anywhere, exiting.");
});

test("a Unix socket alone: its mode, one left behind is replaced, removed at the end", async () => {
  const args = ["--port", "0", "--unixsocket", "a.sock", "--unixsocketperm", "770"];
  await using first = await launchReady(args);
  const path = join(first.dir, "a.sock");
  expect((statSync(path).mode & 0o777).toString(8)).toBe("770");
  using client = await first.connect("a.sock");
  expect(await client.raw("PING")).toBe("+PONG\r\n");
  expect((await client.command("CLIENT", "INFO")).text).toContain("addr=a.sock:0 laddr=a.sock:0");
  expect((await client.command("CLIENT", "INFO")).text).toContain(" flags=U ");
  first.kill("SIGKILL");
  await first.exitCode();
  expect(existsSync(path)).toBe(true);
  await using second = await launchReady(args, { dir: first.dir });
  using later = await second.connect("a.sock");
  expect(await later.raw("PING")).toBe("+PONG\r\n");
  second.kill("SIGTERM");
  expect(await second.exitCode()).toBe(0);
  expect(existsSync(path)).toBe(false);
});

test("a file that is no socket is not replaced", async () => {
  await using server = await launch(["--port", "0", "--unixsocket", "test.conf"], { config: "save 10 10" });
  expect(await server.exitCode()).toBe(1);
  expect(await server.printed()).toContain("# Failed opening Unix socket: bind: ");
  expect(existsSync(join(server.dir, "test.conf"))).toBe(true);
});

test("CONFIG SET port moves the doors; who is inside stays, and a port that is taken changes nothing", async () => {
  await using server = await launchReady(["--port", "{port}"]);
  await using other = await launchReady(["--port", "{port}"]);
  using client = await server.connect();
  let moved = freePort();
  while (moved === server.port || moved === other.port) moved = freePort();
  expect(await client.raw("CONFIG", "SET", "port", String(moved))).toBe("+OK\r\n");
  expect(await ask("127.0.0.1", moved)).toBe("+PONG\r\n");
  await expect(ask("127.0.0.1", server.port)).rejects.toThrow();
  expect(await client.raw("CONFIG", "SET", "port", String(other.port))).toBe(
    "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.\r\n",
  );
  expect((await client.command("CONFIG", "GET", "port")).items?.[1]?.text).toBe(String(moved));
  expect(await ask("127.0.0.1", moved)).toBe("+PONG\r\n");
});

test("CONFIG SET bind, from all addresses to some and back, and to one that is missing", async () => {
  await using server = await launchReady(["--port", "{port}"]);
  using client = await server.connect();
  expect(await client.raw("CONFIG", "SET", "bind", "127.0.0.1 ::1")).toBe("+OK\r\n");
  await expect(ask("127.0.0.2", server.port)).rejects.toThrow();
  expect(await ask("::1", server.port)).toBe("+PONG\r\n");
  expect(await client.raw("CONFIG", "SET", "bind", "* 10.9.9.9")).toBe(
    "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.\r\n",
  );
  expect(await ask("127.0.0.1", server.port)).toBe("+PONG\r\n");
  await expect(ask("127.0.0.2", server.port)).rejects.toThrow();
  expect(await client.raw("CONFIG", "SET", "bind", "* -::*")).toBe("+OK\r\n");
  expect(await ask("127.0.0.2", server.port)).toBe("+PONG\r\n");
});

test.skipIf(publicAddress === undefined)(
  "protected mode turns strangers away, in the very words of Redis",
  async () => {
    await using server = await launchReady(["--port", "{port}"]);
    await using real = await startServer("redis", { args: ["--bind", "*", "--protected-mode", "yes"] });
    const denied = await ask(publicAddress!, server.port);
    expect(denied).toStartWith("-DENIED ");
    expect(denied).toBe(await ask(publicAddress!, real.port));
    using client = await RawClient.connect(server.port);
    expect((await client.command("INFO", "stats")).text).toContain("rejected_connections:1\r\n");
    expect(await client.raw("CONFIG", "SET", "protected-mode", "no")).toBe("+OK\r\n");
    expect(await ask(publicAddress!, server.port)).toBe("+PONG\r\n");
    await client.raw("CONFIG", "SET", "protected-mode", "yes", "requirepass", "secret");
    expect(await ask(publicAddress!, server.port)).toBe("-NOAUTH Authentication required.\r\n");
  },
  20_000,
);
