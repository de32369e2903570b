/**
 * The manifest of the AOF: which files it consists of. Redis 7 reads and writes the same.
 *
 *     file appendonly.aof.2.base.rdb seq 2 type b     base: all data at one moment; at most one
 *     file appendonly.aof.1.incr.aof seq 1 type h     history: no longer needed, about to be removed
 *     file appendonly.aof.2.incr.aof seq 2 type i     incremental: the changes since, in order; the last one is being written
 *
 * A manifest in memory is never changed: each step makes another one, which takes its place when it is on the disk. So the
 * disk holds either of the two, whatever happens.
 *
 * Names are bytes (base/config-text.ts); `pathOf` leads to the file system.
 */
import { quote, splitArguments, utf8 } from "../../base/config-text.ts";
import { appendAll, type Done, type StorageFile, storage } from "../../base/storage.ts";
import { appenddirname, appendfilename } from "./parameters.ts";
import type { Steps } from "./steps.ts";

export interface AofFile {
  readonly name: string;
  readonly seq: number;
  readonly type: "b" | "h" | "i";
}

export interface Manifest {
  readonly base: AofFile | undefined;
  readonly history: readonly AofFile[];
  readonly incremental: readonly AofFile[];
  /** The numbers that were used last. */
  readonly baseSeq: number;
  readonly incrementalSeq: number;
}

export const EMPTY: Manifest = { base: undefined, history: [], incremental: [], baseSeq: 0, incrementalSeq: 0 };

/** Why a manifest is none. */
export class ManifestError extends Error {
  constructor(
    message: string,
    /** Where: the number of the line, and what it says; undefined when no line is to blame. */
    readonly line: { readonly number: number; readonly text: string } | undefined,
  ) {
    super(message);
  }
}

/** The folder of the AOF, relative to `dir`. */
export const directory = (): string => utf8(appenddirname.value);
/** Where a file of the AOF lies. */
export const pathOf = (name: string): string => `${directory()}/${utf8(name)}`;
export const manifestName = (): string => `${appendfilename.value}.manifest`;
export const temporaryManifestName = (): string => `temp-${manifestName()}`;
/** What is written while the AOF is being switched on. */
export const temporaryIncrementalName = (): string => `temp-${appendfilename.value}.incr`;
/** A base that is not finished. */
export const temporaryBaseName = (): string => `temp-rewriteaof-bg-${appendfilename.value}`;

/** The manifest with a new base, the old one being history. `extension` is `rdb` or `aof`. */
export function withBase(manifest: Manifest, extension: "rdb" | "aof"): Manifest {
  const seq = manifest.baseSeq + 1;
  const name = `${appendfilename.value}.${seq}.base.${extension}`;
  const { base } = manifest;
  const history = base === undefined ? manifest.history : [{ ...base, type: "h" as const }, ...manifest.history];
  return { ...manifest, base: { name, seq, type: "b" }, baseSeq: seq, history };
}

/** The manifest with one more incremental file, the one to be written from now on. */
export function withIncremental(manifest: Manifest): Manifest {
  const seq = manifest.incrementalSeq + 1;
  const file: AofFile = { name: `${appendfilename.value}.${seq}.incr.aof`, seq, type: "i" };
  return { ...manifest, incremental: [...manifest.incremental, file], incrementalSeq: seq };
}

/** The manifest whose base contains what the incremental files say, all but the last `kept` of them. */
export function withRewritten(manifest: Manifest, kept: 0 | 1): Manifest {
  const { incremental } = manifest;
  const cut = Math.max(0, incremental.length - kept);
  const gone = incremental.slice(0, cut).map((file) => ({ ...file, type: "h" as const }));
  return { ...manifest, incremental: incremental.slice(cut), history: [...gone, ...manifest.history] };
}

/** The manifest as text: base, history, incremental files. */
export function print({ base, history, incremental }: Manifest): string {
  const files = [...(base === undefined ? [] : [base]), ...history, ...incremental];
  return files.map(({ name, seq, type }) => `file ${nameAsArgument(name)} seq ${seq} type ${type}\n`).join("");
}

function nameAsArgument(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be quoted.
  return /[\\"\n\r\t\x07\b \x00-\x1f\x7f-\xff]/.test(name) ? quote(name) : name;
}

/** The longest line, its end included. */
const LINE_MAX = 1024;

/** Reads a manifest, as strictly as Redis does. */
export function parse(text: string): Manifest {
  if (text === "") throw new ManifestError("Found an empty AOF manifest", undefined);
  let manifest = EMPTY;
  let number = 0;
  for (let at = 0; at < text.length; ) {
    number++;
    const end = text.indexOf("\n", at);
    const line = text.slice(at, end < 0 ? text.length : end);
    at += line.length + 1;
    if (line.startsWith("#")) continue;
    if (end < 0 || line.length + 1 > LINE_MAX || line.includes("\0")) {
      throw new ManifestError("The AOF manifest file contains too long line", undefined);
    }
    const trimmed = line.replace(/^[ \t\r]+|[ \t\r]+$/g, "");
    try {
      manifest = add(manifest, fileOf(trimmed));
    } catch (error) {
      throw new ManifestError((error as Error).message, { number, text: trimmed });
    }
  }
  return checked(manifest);
}

const INVALID = "Invalid AOF manifest file format";

/**
 * What one line says: pairs of names and values, in any order; names that nobody knows are for later versions. None comes
 * twice: one flipped bit at the end of a line can make a single one of two.
 */
function fileOf(line: string): { name: string; seq: number; type: string } {
  const args = splitArguments(line);
  if (args === undefined || args.length < 6 || args.length % 2 !== 0) throw new Error(INVALID);
  let name = "";
  let seq = 0;
  let type = "";
  const names = new Set<string>();
  for (let i = 0; i < args.length; i += 2) {
    const value = args[i + 1]!;
    const what = args[i]!.toLowerCase();
    if (names.has(what)) throw new Error(INVALID);
    names.add(what);
    switch (what) {
      case "file":
        if (/[/\\]/.test(value)) throw new Error("File can't be a path, just a filename");
        name = value;
        break;
      case "seq":
        seq = Number(/^\s*[+-]?\d+/.exec(value)?.[0] ?? 0);
        break;
      case "type":
        type = value.charAt(0);
        break;
    }
  }
  if (name === "" || seq === 0 || type === "") throw new Error(INVALID);
  return { name, seq, type };
}

function add(manifest: Manifest, { name, seq, type }: { name: string; seq: number; type: string }): Manifest {
  switch (type) {
    case "b":
      if (manifest.base !== undefined) throw new Error("Found duplicate base file information");
      return { ...manifest, base: { name, seq, type }, baseSeq: seq };
    case "h":
      return { ...manifest, history: [...manifest.history, { name, seq, type }] };
    case "i":
      if (seq <= manifest.incrementalSeq) throw new Error("Found a non-monotonic sequence number");
      return {
        ...manifest,
        incremental: [...manifest.incremental, { name, seq, type }],
        incrementalSeq: seq,
      };
    default:
      throw new Error("Unknown AOF file type");
  }
}

/**
 * One flipped bit makes history of an incremental file, which would be removed. History is older than what is incremental, and
 * there is no rewrite without an old base: where that does not hold, the manifest is damaged.
 *
 * Numbers of history files count as used: a new file must not get the name of one that is about to be removed.
 */
function checked(manifest: Manifest): Manifest {
  const { history, incremental, base } = manifest;
  const isIncremental = ({ name }: AofFile) => name.endsWith(".incr.aof");
  const newest = newestOf(history.filter(isIncremental));
  const newestBase = newestOf(history.filter((file) => !isIncremental(file)));
  const oldest = incremental[0]?.seq ?? Number.POSITIVE_INFINITY;
  const isBaseRewritten = base === undefined || newestBase > 0;
  if (newest >= oldest || (newest > 0 && incremental.length === 0 && !isBaseRewritten)) {
    throw new ManifestError("Found a history file that is newer than an incremental one", undefined);
  }
  return {
    ...manifest,
    baseSeq: Math.max(manifest.baseSeq, newestBase),
    incrementalSeq: Math.max(manifest.incrementalSeq, newest),
  };
}

const newestOf = (files: readonly AofFile[]): number => Math.max(0, ...files.map(({ seq }) => seq));

/** The manifest on the disk; undefined when there is none. Throws a ManifestError or a StorageError. */
export function readManifest(): Manifest | undefined {
  const path = pathOf(manifestName());
  if (storage.size(path) === undefined) return undefined;
  return parse(readText(path));
}

function readText(path: string): string {
  const file = storage.open(path, "read");
  try {
    const bytes = new Uint8Array(file.size());
    let length = 0;
    while (length < bytes.length) {
      const read = file.read(length, bytes, length, bytes.length);
      if (read === 0) break;
      length += read;
    }
    return Buffer.from(bytes.buffer, 0, length).toString("latin1");
  } finally {
    file.close();
  }
}

/**
 * Puts a manifest on the disk, in one step: when this returns, it is there, and so are the files that it names, whatever
 * names they had been given before. Throws a StorageError, and then the old one may be there or the new one.
 */
export function writeManifest(manifest: Manifest): void {
  // What it names comes first: names become durable in any order.
  storage.syncDirectory(directory());
  const file = writeAside(manifest);
  try {
    file.sync();
  } finally {
    file.close();
  }
  exchange();
  storage.syncDirectory(directory());
}

/**
 * The same without waiting, up to the last steps but two: the manifest is on the disk beside the one in force, whose place it
 * takes by `exchange`, for good when the directory has been synced.
 */
export function* prepareManifest(manifest: Manifest): Steps {
  yield syncedNames;
  const file = writeAside(manifest);
  try {
    yield (done) => file.syncLater(done);
  } finally {
    file.close();
  }
}

function writeAside(manifest: Manifest): StorageFile {
  const file = storage.open(pathOf(temporaryManifestName()), "create");
  try {
    const bytes = Buffer.from(print(manifest), "latin1");
    appendAll(file, bytes, 0, bytes.length);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The manifest that was written aside takes the place of the other. */
export function exchange(): void {
  storage.rename(pathOf(temporaryManifestName()), pathOf(manifestName()));
}

/** Waits until the names in the folder are on the disk. */
export const syncedNames = (done: Done): void => storage.syncDirectoryLater(directory(), done);
