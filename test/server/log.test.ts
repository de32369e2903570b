/** The lines of the log, as a process writes them that does nothing else. */
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LOG = join(import.meta.dir, "../../src/server/log.ts");
const PARAMETERS = join(import.meta.dir, "../../src/server/parameters.ts");

/** What a process prints that runs `script` with the log and the parameters at hand. */
function run(script: string): { pid: number; stdout: string } {
  const source = `const { log, setRole } = await import(${JSON.stringify(LOG)});
    const { loglevel, logfile } = await import(${JSON.stringify(PARAMETERS)});
    ${script}`;
  const { pid, stdout } = Bun.spawnSync([process.execPath, "-e", source]);
  return { pid, stdout: stdout.toString() };
}

test("pid, role, date, level and message, at the configured level and above", () => {
  const { pid, stdout } = run(`
    log.debug("a"); log.verbose("b"); log.notice("c"); setRole("M"); log.warning("d €");
    loglevel.assign("debug"); log.debug("e"); log.verbose("f"); loglevel.assign("warning"); log.notice("g");`);
  const date = "\\d\\d [A-Z][a-z]{2} 2\\d{3} \\d\\d:\\d\\d:\\d\\d\\.\\d{3}";
  const lines = [`${pid}:C ${date} \\* c`, `${pid}:M ${date} # d €`, `${pid}:M ${date} \\. e`, `${pid}:M ${date} - f`];
  expect(stdout).toMatch(new RegExp(`^${lines.join("\n")}\n$`));
});

test("into a file, and into a new one when the old one was moved away", () => {
  const directory = mkdtempSync(join(tmpdir(), "ashlar-log-"));
  const file = join(directory, "x.log");
  const { stdout } = run(`
    logfile.assign(${JSON.stringify(file)});
    log.warning("one"); require("node:fs").renameSync(${JSON.stringify(file)}, ${JSON.stringify(`${file}.1`)}); log.warning("two");
    logfile.assign("/nonexistent/file"); log.warning("nobody reads this");`);
  expect(stdout).toBe("");
  expect(readFileSync(`${file}.1`, "utf8")).toEndWith(" # one\n");
  expect(readFileSync(file, "utf8")).toEndWith(" # two\n");
  rmSync(directory, { recursive: true });
});

test("a message as long as a book is cut", () => {
  const { stdout } = run(`log.warning("€".repeat(5000)); log.warning("next");`);
  const [first, second] = stdout.split("\n");
  expect(Buffer.byteLength(first!)).toBeLessThan(1100);
  expect(second).toEndWith("# next");
});

test.each(["UTC", "America/New_York", "Asia/Kolkata"])("the date is local time in %s", (TZ) => {
  const source = `const { timestamp } = await import(${JSON.stringify(LOG)});
    for (const month of [0, 6]) console.log(timestamp(new Date(2026, month, 2, 3, 4, 5, 6).getTime()));`;
  const { stdout } = Bun.spawnSync([process.execPath, "-e", source], { env: { ...process.env, TZ } });
  expect(stdout.toString()).toBe("02 Jan 2026 03:04:05.006\n02 Jul 2026 03:04:05.006\n");
});
