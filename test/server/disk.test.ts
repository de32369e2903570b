/** The real disk: what every disk does (support/storage-contract.ts), and failures in the words of the C library. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StorageError } from "../../src/base/storage.ts";
import { disk } from "../../src/server/disk.ts";
import { contentOf, testStorage } from "../support/storage-contract.ts";

const directories: string[] = [];

function makeDirectory(): string {
  const made = mkdtempSync(join(tmpdir(), "ashlar-disk-"));
  directories.push(made);
  return made;
}

afterAll(() => {
  for (const each of directories) rmSync(each, { recursive: true, force: true });
});

testStorage("the real disk", () => ({ storage: disk, directory: makeDirectory() }));

function failureOf(action: () => unknown): StorageError {
  try {
    action();
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
  throw new Error("did not fail");
}

test("failures have the system's words, and say what failed where", () => {
  const directory = makeDirectory();
  const missing = join(directory, "missing");
  const { message, code, operation, path } = failureOf(() => disk.open(missing, "read"));
  expect({ message, code, operation, path }).toEqual({
    message: "No such file or directory",
    code: "ENOENT",
    operation: "open",
    path: missing,
  });
  expect(failureOf(() => disk.open(join(directory, "a".repeat(300)), "create")).message).toBe("File name too long");
  symlinkSync("around", join(directory, "around"));
  expect(failureOf(() => disk.open(join(directory, "around"), "read")).message).toBe(
    "Too many levels of symbolic links",
  );
  const file = disk.open(join(directory, "a"), "create");
  file.close();
  expect(failureOf(() => file.sync()).message).toBe("Bad file descriptor");
});

test.skipIf(process.platform !== "linux")("a full disk", async () => {
  const full = disk.open("/dev/full", "append");
  expect(failureOf(() => full.append(new Uint8Array(10), 0, 10)).message).toBe("No space left on device");
  full.close();
});

test("large pieces, also from memory that is shared", () => {
  const directory = makeDirectory();
  const shared = new Uint8Array(new SharedArrayBuffer(3 << 20));
  for (let i = 0; i < shared.length; i += 1009) shared[i] = i;
  const file = disk.open(join(directory, "a"), "create");
  for (let at = 1; at < shared.length; ) at += file.append(shared, at, shared.length);
  const back = new Uint8Array(new SharedArrayBuffer(3 << 20));
  expect(file.read(0, back, 1, back.length)).toBe(back.length - 1);
  expect(Buffer.compare(Buffer.from(shared.buffer), Buffer.from(back.buffer))).toBe(0);
  file.truncate(2);
  expect(contentOf(file)).toBe("\0\0");
  file.close();
});
