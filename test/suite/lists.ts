/**
 * The lists that stand beside the runner: two scoreboards (`file,ok`), and the tests that are left out, each with its
 * reason (`file | test | reason`, where `*` in a file or test stands for anything and `tag:name` for all tests so tagged).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Scores = Map<string, number>;

export interface Exclusion {
  file: string;
  test: string;
  reason: string;
}

const here = (name: string): string => join(import.meta.dir, name);

export const readReal = (): Scores => parseScores(readFileSync(here("real-7.0.15.csv"), "utf8"));
export const readCommitted = (): Scores => parseScores(readFileSync(here("score.csv"), "utf8"));
export const readExclusions = (): Exclusion[] => parseExclusions(readFileSync(here("excluded.txt"), "utf8"));

/** Writes the committed scoreboard, sorted by file. */
export function writeCommitted(scores: Scores): void {
  const rows = [...scores].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, ok]) => `${file},${ok}\n`);
  writeFileSync(here("score.csv"), `file,ok\n${rows.join("")}`);
}

function parseScores(text: string): Scores {
  const rows = text.trim().split("\n").slice(1);
  return new Map(rows.map((row) => row.split(",")).map(([file = "", ok]) => [file, Number(ok)]));
}

/** Blank lines and those that begin with `#` are comments. A line without all three parts throws: a reason is the price. */
export function parseExclusions(text: string): Exclusion[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [, file, test, reason] = /^(\S+) \| (.+) \| (.+)$/.exec(line) ?? [];
    if (!file || !test || !reason) throw new Error(`excluded.txt: not \`file | test | reason\`: ${line}`);
    return { file, test, reason };
  });
}

/** What `runtest` is told to leave out of a file: the lines of its --skipfile, and its --tags. */
export function leftOut(exclusions: Exclusion[], file: string): { skipLines: string[]; tags: string[] } {
  const tests = exclusions.filter((each) => globToRegExp(each.file).test(file)).map((each) => each.test);
  const isTag = (test: string): boolean => test.startsWith("tag:");
  return {
    skipLines: tests.filter((test) => !isTag(test)).map(skipLine),
    tags: tests.filter(isTag).map((test) => `-${test.slice("tag:".length)}`),
  };
}

/** The harness compares a line with the whole name, unless it begins with `/`: then the rest is a regular expression. */
function skipLine(test: string): string {
  return test.includes("*") || test.startsWith("/") ? `/${globToRegExp(test).source}` : test;
}

function globToRegExp(glob: string): RegExp {
  const literals = glob.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literals.join(".*")}$`);
}
