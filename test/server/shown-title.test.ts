/** What `ps` shows. The expected titles are what the real server shows, but for its name. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Launched, launchReady } from "./launch.ts";

const TEMPLATE = "T {title}|{listen-addr}|{server-mode}|{port}|{tls-port}|{unixsocket}|{config-file}";

const shown = ({ pid }: Launched): string => readFileSync(`/proc/${pid}/cmdline`, "latin1");

test.skipIf(process.platform !== "linux")("the title follows its template", async () => {
  const config = `port {port}\nbind ::1 127.0.0.1\nunixsocket ./s\nproc-title-template "${TEMPLATE}"\n`;
  await using server = await launchReady([], { config });
  const { port, dir } = server;
  expect(shown(server)).toBe(`T ${process.execPath}|::1:${port}||${port}|0|./s|${join(dir, "test.conf")}\0`);

  using client = await server.connect();
  const long = "x".repeat(3000);
  expect(await client.raw("CONFIG", "SET", "proc-title-template", long)).toBe("+OK\r\n");
  expect(shown(server)).toBe(`${long}\0`);
  expect(await client.raw("CONFIG", "SET", "proc-title-template", "gr\xfc\xdfe")).toBe("+OK\r\n");
  expect(shown(server)).toBe("gr\xfc\xdfe\0");
});

test.skipIf(process.platform !== "linux")(
  "without a port it shows the Unix socket, and by default the address",
  async () => {
    await using silent = await launchReady(["--port", "0", "--unixsocket", "./s"]);
    expect(shown(silent)).toBe(`${process.execPath} unixsocket:./s\0`);
    await using plain = await launchReady(["--port", "{port}"]);
    expect(shown(plain)).toBe(`${process.execPath} *:${plain.port}\0`);
  },
);

test("set-proc-title no leaves the command line alone", async () => {
  await using server = await launchReady(["--port", "{port}", "--set-proc-title", "no"]);
  if (process.platform === "linux") expect(shown(server)).toEndWith("\0--set-proc-title\0no\0");
});
