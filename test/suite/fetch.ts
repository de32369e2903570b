/**
 * Gets Redis' own test suite: Debian's source package `redis`, unpacked and patched, under `.cache/redis-suite/source`.
 *
 * apt reads source packages only where an entry says `deb-src`. We write such entries into a folder of our own, derived
 * from those of this machine, and point apt at it: nothing of the system's changes, and no root is needed.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const CACHE = join(import.meta.dir, "../../.cache/redis-suite");
const SOURCE = join(CACHE, "source");
const APT = join(CACHE, "apt");

/** The folder that holds `runtest`, fetched on the first call. */
export function suiteSource(): string {
  if (existsSync(join(SOURCE, "runtest"))) return SOURCE;
  console.log("suite: fetching Debian's source package of redis");
  rmSync(CACHE, { recursive: true, force: true });
  writeSourceLists();
  // An entry without sources makes `update` fail for itself alone; what counts is whether redis is found.
  apt("update", "-qq");
  const { exitCode, output } = apt("source", "-qq", "redis");
  const unpacked = readdirSync(APT).find((name) => /^redis-\d/.test(name));
  if (exitCode !== 0 || unpacked === undefined) throw new Error(`apt-get source redis failed:\n${output}`);
  cpSync(join(APT, unpacked), SOURCE, { recursive: true });
  rmSync(APT, { recursive: true, force: true });
  return SOURCE;
}

/** Copies this machine's apt entries, each asking for sources instead of packages. */
function writeSourceLists(): void {
  const parts = join(APT, "parts");
  mkdirSync(parts, { recursive: true });
  mkdirSync(join(APT, "lists/partial"), { recursive: true });
  mkdirSync(join(APT, "cache/archives/partial"), { recursive: true });
  const folder = "/etc/apt/sources.list.d";
  const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  for (const file of [...files, "/etc/apt/sources.list"].filter(
    (file) => existsSync(file) && statSync(file).isFile(),
  )) {
    const entries = asSourceEntries(readFileSync(file, "utf8"));
    writeFileSync(join(parts, file.slice(1).replaceAll("/", "-")), entries);
  }
}

/** Both of apt's formats: `deb …` on one line, and stanzas with `Types: deb`. */
function asSourceEntries(text: string): string {
  return text
    .replace(/^deb-src\s.*$/gm, "")
    .replace(/^deb\s/gm, "deb-src ")
    .replace(/^Types:.*$/gm, "Types: deb-src");
}

function apt(...args: string[]): { exitCode: number; output: string } {
  const options = {
    "Dir::Etc::SourceList": "/dev/null",
    "Dir::Etc::SourceParts": join(APT, "parts"),
    "Dir::State::Lists": join(APT, "lists"),
    "Dir::Cache": join(APT, "cache"),
    "APT::Sandbox::User": "", // do not drop to a user that cannot write here
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const child = Bun.spawnSync(["apt-get", ...flags, ...args], { cwd: APT, stdout: "pipe", stderr: "pipe" });
  return { exitCode: child.exitCode, output: `${child.stdout}${child.stderr}` };
}

if (import.meta.main) suiteSource();
