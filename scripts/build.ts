/**
 * Writes dist/ashlar for this machine; with --all, one executable per target that we ship, and SHA256SUMS over them.
 *
 * The same sources give the same bytes, as long as the file's name is the same: Bun embeds it.
 */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";

/** Bun's name of each target, and ours for its executable. Bun fetches the runtimes from npm and keeps them. */
const TARGETS: Record<string, string> = {
  "bun-linux-x64": "ashlar-linux-x64",
  "bun-linux-x64-baseline": "ashlar-linux-x64-baseline",
  "bun-linux-arm64": "ashlar-linux-arm64",
  "bun-linux-x64-musl": "ashlar-linux-x64-musl",
  "bun-linux-arm64-musl": "ashlar-linux-arm64-musl",
  "bun-darwin-x64": "ashlar-darwin-x64",
  "bun-darwin-arm64": "ashlar-darwin-arm64",
  "bun-windows-x64": "ashlar-windows-x64.exe",
};

/**
 * Bytecode halves the start-up, and wants ES modules. Minifying measured no gain and costs the names in a stack trace; the
 * source map, which the executable carries, gives it files and lines at no cost. Without the last two flags, whoever can
 * write a file into the folder where the server starts runs code in it.
 */
const FLAGS = [
  "--compile",
  "--bytecode",
  "--format=esm",
  "--sourcemap=linked",
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
];

const root = join(import.meta.dir, "..");
const dist = join(root, "dist");

/** Workers are entries of their own, beside the one that the executable begins with. */
const WORKERS = ["src/snapshot-worker.ts"];

/** Compiles `entry` into the executable `outfile`, for this machine unless a target is named. */
async function compile(entry: string, outfile: string, target?: string): Promise<void> {
  const args = [...FLAGS, ...(target ? [`--target=${target}`] : []), `--outfile=${outfile}`, entry, ...WORKERS];
  const child = Bun.spawn([process.execPath, "build", ...args], { cwd: root, stdout: "pipe", stderr: "pipe" });
  const output = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
  if ((await child.exited) !== 0) throw new Error(`bun build of ${basename(outfile)} failed:\n${output}`);
  rmSync(`${outfile}.map`, { force: true }); // the executable has its own copy
  chmodSync(outfile, 0o755);
  console.log(`${basename(outfile).padEnd(28)} ${(statSync(outfile).size / 1e6).toFixed(1)} MB`);
}

async function compileAll(entry: string): Promise<void> {
  const sums: string[] = [];
  for (const [target, name] of Object.entries(TARGETS)) {
    const outfile = join(dist, name);
    await compile(entry, outfile, target);
    sums.push(`${createHash("sha256").update(readFileSync(outfile)).digest("hex")}  ${name}\n`);
  }
  writeFileSync(join(dist, "SHA256SUMS"), sums.join(""));
}

const { values } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    entry: { type: "string", default: "src/main.ts" },
  },
});
mkdirSync(dist, { recursive: true });
if (values.all) {
  for (const name of Object.values(TARGETS)) rmSync(join(dist, name), { force: true });
  await compileAll(values.entry);
} else {
  await compile(values.entry, join(dist, "ashlar"));
}
