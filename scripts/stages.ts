/** Runs commands one after the other as named stages, each told in one line; what it printed is shown if it fails. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const BUN = process.execPath;

/** Folders of test/ whose tests start dist/ashlar or redis-server, and so must wait until both are there. */
const BLACK_BOX = ["clients", "crash", "hostile", "oracle"];

/** A folder whose tests take minutes, and have a stage of their own. */
const SIMULATION = "sim";

export interface Stage {
  name: string;
  command: string[];
  /** Takes minutes: pass on what it prints as it comes. */
  live?: boolean;
}

/** The tests that a stage counted itself (`N pass` of bun test, `N passed, M failed` of ours), or the stage as one. */
export interface Sum {
  passed: number;
  failed: number;
}

/** A script of ours, or a tool from node_modules: run by Bun either way, since a machine need not have Node. */
export const script = (path: string, ...args: string[]): string[] => [BUN, path, ...args];

/** How long one test may take: machines that are busy with something else are no failure. */
const TEST_MS_MAX = 60_000;

/** How much of a failed stage's output is shown again for each failure. */
const REASON_LINES = 30;

/** `bun test` over folders or files of test/. */
export const bunTest = (...paths: string[]): string[] => [
  BUN,
  "test",
  `--timeout=${TEST_MS_MAX}`,
  ...paths.map((path) => `./test/${path}`),
];

/** The same with each file in a world of its own, two at once: what one leaves in memory slows no other down. */
export const bunTestApart = (...paths: string[]): string[] => [...bunTest(...paths), "--parallel=2"];

/** The folders of test/ that `bun test` finds something in: those that need only the sources, and those that need dist/. */
export function testFolders(): { unit: string[]; blackBox: string[] } {
  const files = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" });
  const tests = files.filter((file) => file.endsWith(".test.ts")).map((file) => file.split("/"));
  const folders = [...new Set(tests.filter((path) => path.length > 1).map(([folder]) => `${folder}/`))].sort();
  const isBlackBox = (folder: string): boolean => BLACK_BOX.includes(folder.slice(0, -1));
  const isUnit = (folder: string): boolean => !isBlackBox(folder) && folder !== `${SIMULATION}/`;
  return { unit: folders.filter(isUnit), blackBox: folders.filter(isBlackBox) };
}

/**
 * Runs all stages, or up to the first that fails, prints the sum as the last line, and ends the process with it. Before it
 * stands once more what failed: of a long output, the end is what is kept and read.
 */
export async function runAll(stages: Stage[], untilFailure: boolean): Promise<never> {
  const sum: Sum = { passed: 0, failed: 0 };
  const failures: string[] = [];
  for (const stage of stages) {
    const { passed, failed, output } = await run(stage);
    sum.passed += passed;
    sum.failed += failed;
    if (failed > 0) failures.push(`${stage.name} failed:\n${failuresIn(output)}`);
    if (untilFailure && failed > 0) break;
  }
  for (const failure of failures) console.log(failure);
  console.log(`${sum.passed} passed, ${sum.failed} failed`);
  process.exit(sum.failed > 0 ? 1 : 0);
}

async function run({ name, command, live = false }: Stage): Promise<Sum & { output: string }> {
  const started = performance.now();
  process.stdout.write(live ? `${name} …\n` : name.padEnd(16));
  const child = Bun.spawn(command, { cwd: ROOT, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([collect(child.stdout, live), collect(child.stderr, live)]);
  const output = stdout + stderr;
  const sum = sumOf(output, (await child.exited) === 0);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const verdict = sum.failed > 0 ? "FAILED" : "ok";
  console.log(
    `${live ? name.padEnd(16) : ""}${verdict.padEnd(8)}${sum.passed} passed, ${sum.failed} failed in ${seconds} s`,
  );
  if (sum.failed > 0 && !live) console.log(output);
  return { ...sum, output };
}

async function collect(stream: ReadableStream<Uint8Array>, live: boolean): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    if (live) process.stdout.write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** Reads the figures from the end of an output. A stage that ended badly has failed at least once, whatever it says. */
export function sumOf(output: string, succeeded: boolean): Sum {
  const plain = Bun.stripANSI(output);
  const ours = [...plain.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  const passed = Number(ours?.[1] ?? lastNumber(plain, /^\s*(\d+) pass$/gm));
  const failed = Number(ours?.[2] ?? lastNumber(plain, /^\s*(\d+) fail$/gm));
  if (passed + failed === 0) return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1 };
  return { passed, failed: succeeded ? failed : Math.max(1, failed) };
}

/** What stands before each `(fail)` of bun test is its reason. Without any, the end of the output is. */
export function failuresIn(output: string): string {
  const lines = Bun.stripANSI(output).trimEnd().split("\n");
  const isShown = lines.map(() => false);
  const show = (last: number): void => {
    isShown.fill(true, Math.max(0, last + 1 - REASON_LINES), last + 1);
  };
  // Told again at the end of a run, and by a stage within a stage, it has no reason before it.
  for (const [at, line] of lines.entries()) if (line.startsWith("(fail)") && lines.indexOf(line) === at) show(at);
  if (!isShown.includes(true)) show(lines.length - 1);
  return lines.filter((line, at) => isShown[at] && !line.startsWith("(pass)")).join("\n");
}

function lastNumber(text: string, pattern: RegExp): number {
  return Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0);
}
