/**
 * What an incremental file says of the one before it. A file is left before its end is on the disk (aof-next.ts), so a loss of power
 * may tear it although another one follows; then that one has said of nothing in it that it was synced, and does not count:
 *
 *     old file   [ … synced … │ … lost ]          cut here
 *     next file  [ … #AF:8192 … synced: 0 ]       emptied, before that
 *
 * That the old file was torn shows in a piece that is not whole, or, where it ends between two pieces, in bytes that it should
 * have had.
 */
import { type StorageFile, storage } from "../../base/storage.ts";
import { isPieceLine, parseEndLine, parsePieceLine } from "./aof-notes.ts";
import { isIntact, provenBehind } from "./aof-pieces.ts";
import { AofReader, FULL, NOTE } from "./aof-reader.ts";

/** What a file says of the one before it. */
export interface Follower {
  readonly path: string;
  /** Bytes of that one when it was left; 0 when it does not say, as files of other servers do not. */
  readonly previousBytes: number;
}

/** What the file at `path` says. Throws a StorageError. */
export function followerAt(path: string): Follower {
  return reading(path, (file) => ({ path, previousBytes: readHead(file).previousBytes }));
}

/** Whether nobody was ever told that something in the file is safe, so that it does not count if the one before it is torn. */
export function isUnproven({ path }: Follower): boolean {
  return reading(path, (file) => file.size() === 0 || (readHead(file).isOurs && provenBehind(file, 0) === 0));
}

/** Empties it. Throws a StorageError. */
export function drop({ path }: Follower): void {
  const file = storage.open(path, "append");
  try {
    file.truncate(0);
    file.sync();
  } finally {
    file.close();
  }
}

function reading<T>(path: string, look: (file: StorageFile) => T): T {
  const file = storage.open(path, "read");
  try {
    return look(file);
  } finally {
    file.close();
  }
}

/** Reads the lines in front of the first command, as far as they are intact. */
function readHead(file: StorageFile): { isOurs: boolean; previousBytes: number } {
  const reader = new AofReader(file, 0);
  let isOurs = false;
  let previousBytes = 0;
  for (;;) {
    const found = reader.look(undefined, 0);
    if (found === FULL) {
      reader.fill();
      continue;
    }
    if (found !== NOTE || previousBytes > 0) return { isOurs, previousBytes };
    const { bytes, from, end } = reader;
    if (isPieceLine(bytes, from, end)) {
      const piece = parsePieceLine(bytes, from, end - 2);
      if (piece === undefined || !isIntact(file, reader.endAt, piece)) return { isOurs, previousBytes };
      isOurs = true;
    }
    if (isOurs) previousBytes = parseEndLine(bytes, from, end - 2) ?? 0;
    reader.skip();
  }
}
