/**
 * `ashlar check aof`: is an AOF whole, and if not, where does it end and what would a repair drop? Asked for a manifest, it looks
 * at all files that it names; asked for one file, at that. Nothing is executed and no data is kept; only a repair changes a
 * file: the last one is cut off behind what is good, or the last but one, if nothing that follows it counts (aof-follower.ts).
 */
import { StorageError, type StorageFile, storage } from "../../base/storage.ts";
import { RdbLoader } from "../../keyspace/rdb-load.ts";
import { RdbError } from "../../rdb/reader.ts";
import { Args } from "../../resp/args.ts";
import { drop, type Follower, followerAt, isUnproven } from "./aof-follower.ts";
import { ManifestError, parse } from "./aof-manifest.ts";
import { Proof } from "./aof-proof.ts";
import { AofReader, BAD, COMMAND, END, FULL, NOTE, SHORT } from "./aof-reader.ts";

export interface CheckReport {
  /** Whether all is good, now: after a repair it is. */
  readonly isValid: boolean;
  /** What was found, for people. */
  readonly lines: readonly string[];
}

/** What is known of one file. */
interface Finding {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  keys: number;
  commands: number;
  pieces: number;
  /** Bytes that are good, from the beginning; with `size` there is nothing wrong. */
  goodBytes: number;
  /** What is wrong behind them. */
  problem: string;
  /** What is lost by cutting it off there was on the disk for certain. */
  isDamage: boolean;
  /** It is good as a whole or not at all. */
  isBase: boolean;
}

const STEP_BYTES = 1024 * 1024;

/** Checks a manifest with its files, or one file. `fix` cuts the last one off behind what is good. */
export function checkAof(path: string, { fix }: { fix: boolean }): CheckReport {
  const lines: string[] = [];
  let files: { name: string; path: string }[];
  try {
    files = filesOf(path, lines);
  } catch (error) {
    lines.push(`${path}: ${problemOf(error)}`, "The manifest is not valid: it cannot be repaired.");
    return { isValid: false, lines };
  }
  const findings: Finding[] = [];
  for (const [i, { name, path: place }] of files.entries()) {
    try {
      const finding = look(name, place);
      lookBehind(finding, files[i + 1]?.path);
      findings.push(finding);
      describe(finding, lines);
    } catch (error) {
      lines.push(`${name}: ${problemOf(error)}`);
      return { isValid: false, lines };
    }
  }
  const index = findings.findIndex(({ problem }) => problem !== "");
  const bad = findings[index];
  if (bad === undefined) {
    lines.push(files.length > 1 ? "All AOF files and the manifest are valid" : `AOF ${path} is valid`);
    return { isValid: true, lines };
  }
  const isFollowed = index === findings.length - 2 && isIncremental(bad);
  const follower = isFollowed ? followerAt(findings[index + 1]!.path) : undefined;
  const isLast = index === findings.length - 1 || (follower !== undefined && isUnproven(follower));
  try {
    return { isValid: repair(bad, isLast, follower, fix, lines), lines };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    lines.push(`Failed to truncate AOF ${bad.name}: ${error.message} (${error.path})`);
    return { isValid: false, lines };
  }
}

const isIncremental = ({ name }: Finding): boolean => name.endsWith(".incr.aof");

/** Whether the file behind this one knows of more. */
function lookBehind(finding: Finding, next: string | undefined): void {
  if (next === undefined || finding.problem !== "" || !isIncremental(finding)) return;
  const { previousBytes } = followerAt(next);
  if (finding.size < previousBytes) finding.problem = `the next file knows of ${previousBytes} bytes`;
}

/** The files to look at. A manifest begins with a line about a file, or a comment. */
function filesOf(path: string, lines: string[]): { name: string; path: string }[] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (!name.endsWith(".manifest")) {
    lines.push(`Start checking Old-Style AOF ${path}`);
    return [{ name, path }];
  }
  lines.push(`Start checking Multi Part AOF ${path}`);
  const { base, incremental } = parse(textOf(path));
  const folder = path.slice(0, path.length - name.length);
  return [...(base === undefined ? [] : [base]), ...incremental].map((file) => ({
    name: file.name,
    path: folder + Buffer.from(file.name, "latin1").toString("utf8"),
  }));
}

function textOf(path: string): string {
  const file = storage.open(path, "read");
  const bytes = Buffer.alloc(file.size());
  const read = file.read(0, bytes, 0, bytes.length);
  file.close();
  return bytes.toString("latin1", 0, read);
}

function problemOf(error: unknown): string {
  if (error instanceof ManifestError && error.line !== undefined) {
    return `${error.message}, in line ${error.line.number}: ${error.line.text}`;
  }
  return (error as Error).message;
}

function look(name: string, path: string): Finding {
  const file = storage.open(path, "read");
  const finding: Finding = {
    name,
    path,
    size: file.size(),
    keys: 0,
    commands: 0,
    pieces: 0,
    goodBytes: 0,
    problem: "",
    isDamage: false,
    isBase: false,
  };
  try {
    const magic = Buffer.alloc(6);
    file.read(0, magic, 0, magic.length);
    const isRdb = /^(REDIS|VALKEY)/.test(magic.toString("latin1"));
    if (!isRdb || lookAtRdb(file, finding)) lookAtCommands(file, finding);
  } finally {
    file.close();
  }
  return finding;
}

/** Looks at the RDB part. False when it is not good. */
function lookAtRdb(file: StorageFile, finding: Finding): boolean {
  const loader = new RdbLoader(file, { dropsExpired: false, isCheck: true });
  try {
    while (!loader.step(STEP_BYTES));
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
    finding.problem = `the RDB part is damaged ${error.message}`;
    finding.isDamage = true;
    return false;
  } finally {
    finding.keys = loader.keysLoaded;
  }
  finding.goodBytes = loader.end;
  return true;
}

function lookAtCommands(file: StorageFile, finding: Finding): void {
  const reader = new AofReader(file, finding.goodBytes);
  const args = new Args();
  args.rebase(reader.bytes);
  /** Where a transaction began that has not ended yet. */
  let multiAt = -1;
  const proof = new Proof(file, { isBase: !isIncremental(finding) });
  for (;;) {
    const found = reader.look(args, 0);
    if (found === FULL) {
      reader.fill();
      args.rebase(reader.bytes);
      continue;
    }
    let problem = found === BAD ? "there is no command" : found === SHORT ? "the file ends within a command" : "";
    if (found === COMMAND) {
      args.aim(0, reader.count);
      if (reader.count === 1 && args.is(0, "multi")) multiAt = reader.at;
      else if (reader.count === 1 && args.is(0, "exec")) multiAt = -1;
      else finding.commands++;
    } else if (found === NOTE) {
      problem = proof.flawOf(reader)?.text ?? "";
    } else if (found === END && multiAt >= 0) {
      problem = "a transaction has no EXEC";
    } else if (found === END && !proof.isWhole(reader.at)) {
      problem = "the end is missing";
    }
    finding.pieces = proof.pieces;
    if (problem !== "") {
      finding.problem = problem;
      finding.isBase = proof.isOwnBase;
      finding.goodBytes = finding.isBase ? proof.goodBytes : multiAt >= 0 ? multiAt : reader.at;
      finding.isDamage = proof.isDamage(reader.at);
      return;
    }
    if (found === END) {
      finding.goodBytes = finding.size;
      return;
    }
    reader.skip();
  }
}

function describe(
  { name, size, keys, commands, pieces, goodBytes, problem, isDamage }: Finding,
  lines: string[],
): void {
  const parts = [`${size} bytes`];
  if (keys > 0) parts.push(`${keys} keys of an RDB part`);
  parts.push(`${commands} commands`);
  if (pieces > 0) parts.push(`${pieces} pieces with checksums`);
  if (problem === "") {
    lines.push(`${name} is valid: ${parts.join(", ")}`);
    return;
  }
  lines.push(
    `${name} is not valid: ${problem}, at byte ${goodBytes} of ${size}. Before that: ${parts.slice(1).join(", ")}`,
  );
  if (isDamage)
    lines.push("These bytes had been on the disk for certain: this is damage, and no write that was interrupted.");
}

/** Cuts a file off behind what is good, or says what that would mean. True when it was done. */
function repair(
  { name, path, size, goodBytes, isDamage, isBase }: Finding,
  isLast: boolean,
  follower: Follower | undefined,
  fix: boolean,
  lines: string[],
): boolean {
  const dropped = size - goodBytes;
  const alsoDropped = follower === undefined ? "" : `, and all of ${follower.path}, which was never told to be safe`;
  if (!isLast || isBase || goodBytes === 0) {
    const reason = isBase ? "nothing of a base may be missing: take it from a backup" : "nothing of it is good";
    const why = isLast ? reason : "it is not the last file";
    lines.push(`${fix ? "Failed to truncate" : "A repair cannot truncate"} AOF ${name}, because ${why}`);
    return false;
  }
  if (!fix) {
    lines.push(
      `A repair (--fix) would drop the last ${dropped} of ${size} bytes${isDamage ? ", with all changes since" : ""}${alsoDropped}.`,
    );
    return false;
  }
  if (follower !== undefined) drop(follower);
  const file = storage.open(path, "append");
  try {
    file.truncate(goodBytes);
    file.sync();
  } finally {
    file.close();
  }
  lines.push(`Successfully truncated AOF ${name}: the last ${dropped} of ${size} bytes are gone${alsoDropped}`);
  return true;
}
