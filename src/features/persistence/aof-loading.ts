/**
 * Loads the AOF that `dir` holds: finds the files, brings one of an older Redis (a single file in `dir`) into the folder, and
 * reads them one after the other. Nobody listens to what happens meanwhile.
 */
import { utf8 } from "../../base/config-text.ts";
import { env, tickClock } from "../../base/env.ts";
import { type StorageError, storage } from "../../base/storage.ts";
import { log } from "../../command/log.ts";
import { propagation } from "../../command/propagation.ts";
import { replay } from "../../keyspace/replay.ts";
import { AofFileLoad, fatal } from "./aof-load.ts";
import {
  type AofFile,
  directory,
  EMPTY,
  type Manifest,
  ManifestError,
  pathOf,
  readManifest,
  writeManifest,
} from "./aof-manifest.ts";
import { type Load, loadingSeconds } from "./loading.ts";
import { appenddirname, appendfilename } from "./parameters.ts";

/** The manifest that is there, or an empty one. Throws a LoadError. */
export function findManifest(): Manifest {
  try {
    return readManifest() ?? EMPTY;
  } catch (error) {
    if (error instanceof ManifestError) {
      log.warning("*** FATAL AOF MANIFEST FILE ERROR ***");
      if (error.line !== undefined) {
        log.warning(`Reading the manifest file, at line ${error.line.number}`);
        log.warning(`>>> '${error.line.text}'`);
      }
      fatal(error.message);
    }
    fatal(`Fatal error: can't read the AOF manifest file: ${(error as Error).message}`);
  }
}

/**
 * The manifest after an AOF of a Redis before 7 was found in `dir`, which becomes the base. It is named first and moved
 * then, so that this can be done again whatever happens in between.
 */
export function upgraded(manifest: Manifest): Manifest {
  const name = appendfilename.value;
  const path = utf8(name);
  if (storage.size(path) === undefined) return manifest;
  const { base, incremental } = manifest;
  const isNamed = base?.name === name && incremental.length === 0 && storage.size(pathOf(name)) === undefined;
  if (!isNamed && (base !== undefined || incremental.length > 0)) return manifest;
  const next: Manifest = { ...manifest, base: { name, seq: 1, type: "b" }, baseSeq: 1 };
  try {
    makeFolder();
    writeManifest(next);
    storage.rename(path, pathOf(name));
    storage.syncDirectory(directory());
    storage.syncDirectory(".");
  } catch (error) {
    fatal(`Error trying to move the old AOF file ${name} into dir ${appenddirname.value}: ${(error as Error).message}`);
  }
  log.notice(`Successfully migrated an old-style AOF file (${name}) into the AOF directory (${appenddirname.value}).`);
  return next;
}

/** Sees to it that the folder of the AOF is there for good. Throws a StorageError. */
export function makeFolder(): void {
  if (storage.size(directory()) !== undefined) return;
  storage.makeDirectory(directory());
  storage.syncDirectory(".");
}

/** Bytes of a file of the AOF, which must be there. */
function sizeOf(name: string): number {
  let problem = "No such file or directory";
  try {
    const size = storage.size(pathOf(name));
    if (size !== undefined) return size;
  } catch (error) {
    problem = (error as StorageError).message;
  }
  return fatal(`Unable to obtain the AOF file ${name} length. stat: ${problem}`);
}

export class AofLoading implements Load {
  readonly totalBytes: number;
  readonly baseBytes: number;
  /** Of RDB files: how many keys commands make is not counted. */
  keysLoaded = 0;
  /** None: what a log of commands is about stays until it says that it went. */
  readonly keysExpired = 0;
  private readonly files: readonly AofFile[];
  private next = 0;
  private current: AofFileLoad | undefined;
  private currentBytes = 0;
  private doneBytes = 0;
  private startNs = 0;

  /** The manifest names at least one file. Throws a LoadError when one of them is missing. */
  constructor(manifest: Manifest) {
    const { base, incremental } = manifest;
    this.files = [...(base === undefined ? [] : [base]), ...incremental];
    const sizes = this.files.map(({ name }) => sizeOf(name));
    this.totalBytes = sizes.reduce((sum, size) => sum + size, 0);
    this.baseBytes = base === undefined ? 0 : sizes[0]!;
  }

  /** Bytes read so far. */
  get loadedBytes(): number {
    return this.doneBytes + (this.current?.at ?? 0);
  }

  get usedMemory(): number {
    return this.current?.usedMemory ?? 0;
  }

  step(budgetBytes: number): boolean {
    propagation.sink = undefined;
    replay.isOn = true;
    tickClock();
    if (this.current === undefined && !this.openNext()) {
      log.notice(`DB loaded from append only file: ${loadingSeconds()} seconds`);
      return true;
    }
    if (this.current!.step(budgetBytes)) this.closeCurrent();
    return false;
  }

  private openNext(): boolean {
    const file = this.files[this.next];
    if (file === undefined) return false;
    const nextName = this.files[++this.next]?.name;
    const kind = file.name === appendfilename.value ? "old style" : file.type === "b" ? "base" : "incremental";
    this.startNs = env.monotonicNs();
    this.current = new AofFileLoad(file.name, kind, nextName);
    this.currentBytes = sizeOf(file.name);
    return true;
  }

  private closeCurrent(): void {
    const { name, type } = this.files[this.next - 1]!;
    this.keysLoaded += this.current!.keysLoaded;
    this.current!.close();
    this.current = undefined;
    this.doneBytes += this.currentBytes;
    const seconds = ((env.monotonicNs() - this.startNs) / 1e9).toFixed(3);
    if (this.currentBytes > 0) {
      log.notice(`DB loaded from ${type === "b" ? "base" : "incr"} file ${name}: ${seconds} seconds`);
    }
  }

  close(): void {
    replay.isOn = false;
    this.current?.close();
    this.current = undefined;
  }
}
