/**
 * Going on in the next incremental file, without waiting for the disk at any time:
 *
 *     changes go to the old file     the new file is made; its first line, its name, and beside the manifest another one that
 *                                    names it are synced, however long that takes
 *     one moment, no sync in it      what waits is written to the old file ─ the manifest is exchanged ─ changes go to the new
 *                                    file (and the snapshot of a rewrite is taken)
 *     changes go to the new file     the end of the old file and the name of the manifest are synced
 *
 * The death of the process finds all that was written, at any of these moments. A loss of power may find either manifest: with the
 * old one, what the new file says is missing; with the new one, the old file may be torn. Both is no more than what the policy
 * allows to be lost, as long as nobody is told that something in the new file is safe: the last part is its `foundation`
 * (aof-output.ts). Whoever syncs the new file without having it, as under `always`, syncs it first. How a torn file
 * with another one behind it is loaded is in aof-follower.ts.
 */
import { StorageError, storage } from "../../base/storage.ts";
import { log } from "../../command/log.ts";
import {
  directory,
  exchange,
  type Manifest,
  pathOf,
  prepareManifest,
  syncedNames,
  withIncremental,
} from "./aof-manifest.ts";
import { AofOutput } from "./aof-output.ts";
import { aof, giveUp, goOnIn, tellSynced } from "./aof-writer.ts";
import type { Steps } from "./steps.ts";

export interface NextFile {
  readonly name: string;
  readonly output: AofOutput;
  /** The manifest that names it. */
  readonly manifest: Manifest;
  /** The file before it, once that has been left. */
  left: AofOutput | undefined;
}

/** A new file with its first line. Throws a StorageError. */
export function created(name: string): AofOutput {
  const output = new AofOutput(storage.open(pathOf(name), "create"));
  try {
    output.begin();
    return output;
  } catch (error) {
    output.close();
    throw error;
  }
}

/** Makes the next file. Throws a StorageError. */
export function createNext(): NextFile {
  const manifest = withIncremental(aof.manifest);
  const { name } = manifest.incremental.at(-1)!;
  return { name, manifest, output: created(name), left: undefined };
}

/** Brings it and its manifest to the disk. Throws a StorageError. */
export function* prepareNext({ output, manifest }: NextFile): Steps {
  yield (done) => output.syncLater(done);
  yield* prepareManifest(manifest);
}

/** The moment: changes go to the next file from here on. Throws a StorageError: then they do not. */
export function goOnInNext(next: NextFile): void {
  const { name, output, manifest } = next;
  const old = aof.output!;
  exchange();
  log.notice(`Creating AOF incr file ${name} on background rewrite`);
  aof.manifest = manifest;
  aof.otherBytes += old.size;
  output.follow(old.size);
  output.foundation = () => {
    if (old.synced < old.size) old.sync();
    storage.syncDirectory(directory());
  };
  next.left = old;
  goOnIn(output);
}

/** Syncs what the file that is written now relies upon. When that fails, it is given up (aof-writer.ts). */
export function* layFoundation({ output, left }: NextFile): Steps {
  const old = left!;
  try {
    if (old.synced < old.size) yield (done) => old.syncLater(done);
    yield syncedNames;
    output.foundation = undefined;
    if (aof.output === output) tellSynced();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    if (aof.output === output) giveUp(error, old);
  } finally {
    old.close();
  }
}
