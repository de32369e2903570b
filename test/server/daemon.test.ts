/** The process among others: each case in a process of its own, since limits and signals are for all of it. */
import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SERVER = join(import.meta.dir, "../../src/server");
const PRELUDE = `
  const daemon = await import("${SERVER}/daemon.ts");
  const files = await import("${SERVER}/file-limit.ts");
  const calls = await import("${SERVER}/system-calls.ts");
  const parameters = await import("${SERVER}/parameters.ts");`;

/** Prints what `script` prints; `limits` are commands of the shell that starts it. */
function run(script: string, limits = "true", env: Record<string, string> = {}): string {
  const { stdout, stderr } = Bun.spawnSync(
    ["sh", "-c", `${limits}; exec "$0" -e "$1"`, process.execPath, PRELUDE + script],
    {
      env: { ...process.env, ...env },
    },
  );
  return stdout.toString() + stderr.toString();
}

test("maxclients is lowered to what the limit of open files leaves", () => {
  const printed = run("files.fitClientsToFiles(); console.log(parameters.maxclients.text);", "ulimit -n 200");
  expect(printed).toContain("You requested maxclients of 10000 requiring at least 10032 max file descriptors.");
  expect(printed).toContain("Current maximum open files is 200. maxclients has been reduced to 168 to compensate");
  expect(printed).toEndWith("\n168\n");
});

test("maxclients stays when there is room, and CONFIG SET beyond it is refused", () => {
  const script = `
    parameters.maxclients.assign(100); files.fitClientsToFiles(); console.log(parameters.maxclients.text);
    parameters.maxclients.assign(500); console.log(parameters.maxclients.apply());`;
  const [kept, ...rest] = run(script, "ulimit -n 200").split("\n");
  expect(kept).toBe("100");
  expect(rest.at(-2)).toBe("The operating system is not able to handle the specified number of clients, try with 168");
});

test("too few files for a single client", () => {
  const script = `parameters.maxclients.assign(100);
    calls.setOpenFilesLimit({ soft: 30n, hard: 30n });
    try { files.fitClientsToFiles(); } catch (error) { console.log(error.message); }`;
  expect(run(script)).toContain("Your current 'ulimit -n' of 30 is not enough for the server to start.");
});

test.skipIf(process.platform !== "linux").each(["/notify", "@ashlar-test"])("systemd is told through %s", (name) => {
  const directory = mkdtempSync(join(tmpdir(), "ashlar-notify-"));
  const socketName = name.startsWith("@") ? `${name}-${process.pid}` : join(directory, name);
  // The other end: a datagram socket bound to that name, by hand since Bun has none.
  const script = `
    const { dlopen, FFIType: t, ptr } = await import("bun:ffi");
    const { symbols: c } = dlopen("libc.so.6", {
      socket: { args: [t.i32, t.i32, t.i32], returns: t.i32 },
      bind: { args: [t.i32, t.ptr, t.u32], returns: t.i32 },
      recv: { args: [t.i32, t.ptr, t.u64, t.i32], returns: t.i64 },
    });
    const path = Buffer.from(process.env.NOTIFY_SOCKET.replace(/^@/, "\\0"));
    const address = Buffer.concat([Buffer.from([1, 0]), path]);
    const fd = c.socket(1, 2, 0);
    if (c.bind(fd, ptr(address), address.length) !== 0) throw new Error("bind");
    const got = Buffer.alloc(100);
    const receive = () => got.toString("utf8", 0, Number(c.recv(fd, ptr(got), 100, 0x40)));
    console.log(daemon.notifySupervisor("READY=1"));
    parameters.supervised.assign("systemd");
    console.log(daemon.notifySupervisor("READY=1"), receive());
    console.log(daemon.notifySupervisor("STOPPING=1"), receive());`;
  try {
    expect(run(script, "true", { NOTIFY_SOCKET: socketName })).toBe("false\ntrue READY=1\ntrue STOPPING=1\n");
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("signals: the first asks, a refusal may be asked again, SIGHUP means nothing", () => {
  const printed = run(`
    let asked = 0;
    daemon.listenForSignals({
      end(signal, flags) { console.log("end", signal, flags); asked++; },
      endNow() { console.log("end now"); process.exit(1); },
      isEnding: () => asked > 1,
      save: () => console.log("save"),
    });
    parameters.shutdownOnSigterm.assign(parameters.SHUTDOWN_NOSAVE);
    const send = async (signal) => { process.kill(process.pid, signal); await Bun.sleep(30); };
    await send("SIGHUP"); await send("SIGUSR1");
    await send("SIGTERM"); await send("SIGINT"); await send("SIGTERM"); await send("SIGINT");
    console.log("not reached");`);
  expect(printed.trim().split("\n")).toEqual(["save", "end SIGTERM 2", "end SIGINT 0", "end now"]);
});

test("the pid file comes and goes", () => {
  const directory = mkdtempSync(join(tmpdir(), "ashlar-pid-"));
  const file = join(directory, "x.pid");
  const printed = run(`
    parameters.pidfile.assign(${JSON.stringify(file)});
    daemon.writePidfile();
    console.log(require("node:fs").readFileSync(${JSON.stringify(file)}, "utf8") === process.pid + "\\n");
    daemon.removePidfile();`);
  expect(printed).toContain("true\n");
  expect(existsSync(file)).toBe(false);
  rmSync(directory, { recursive: true });
});

test("in the background: a process of its own session, with the same arguments and standard input", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ashlar-background-"));
  const script = join(directory, "main.ts");
  const out = join(directory, "out");
  await Bun.write(
    script,
    `${PRELUDE}
    parameters.daemonize.assign(true);
    if (daemon.mustGoToBackground()) daemon.goToBackground("from stdin");
    else require("node:fs").writeFileSync("${out}", JSON.stringify([process.argv.slice(2), await Bun.stdin.text()]));`,
  );
  Bun.spawnSync([process.execPath, script, "--port", "7"], { cwd: directory });
  for (let attempt = 0; attempt < 200 && !existsSync(out); attempt++) await Bun.sleep(10);
  await Bun.sleep(50);
  expect(JSON.parse(readFileSync(out, "utf8"))).toEqual([["--port", "7"], "from stdin"]);
  rmSync(directory, { recursive: true });
});
