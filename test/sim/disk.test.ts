/**
 * The simulated disk: what every disk does, and what this one is for. After a loss of power all that was promised must be
 * there, and everything that may be lost must be lost under some seed: a disk that is kinder than real ones proves nothing.
 */
import { describe, expect, test } from "bun:test";
import { bytesOf } from "../../src/base/ascii.ts";
import { StorageError, type StorageFile } from "../../src/base/storage.ts";
import { latin1 } from "../support/resp.ts";
import { testStorage } from "../support/storage-contract.ts";
import { SimDisk } from "./disk.ts";
import type { Damage } from "./sim-file.ts";

/** Enough for everything below to happen that may happen. */
const SEEDS = 300;

function diskOf(make = new SimDisk()): SimDisk {
  // The contract waits for syncs that end in their own time.
  make.beforeEach = () => {
    queueMicrotask(() => make.finishSync());
  };
  return make;
}

testStorage("the simulated disk", () => ({ storage: diskOf(), directory: "." }));

function write(file: StorageFile, text: string): void {
  expect(file.append(bytesOf(text), 0, text.length)).toBe(text.length);
}

/** A disk with a durable file `a`. */
function diskWith(text: string): { disk: SimDisk; file: StorageFile } {
  const disk = new SimDisk();
  const file = disk.open("a", "create");
  write(file, text);
  file.sync();
  disk.syncDirectory(".");
  return { disk, file };
}

/** All that is found in `path` under some seed; "-" when there is no such file. */
function survivors(disk: SimDisk, path: string, damage?: Damage): Set<string> {
  const found = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed++) {
    const content = disk.crash(seed, damage).contentOf(path);
    found.add(content === undefined ? "-" : latin1(content));
  }
  return found;
}

/** The names that are found together. */
function namesAfter(disk: SimDisk, directory = "."): Set<string> {
  const found = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed++) found.add(disk.crash(seed).list(directory).join(" "));
  return found;
}

function failureOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof StorageError) return error.code;
    throw error;
  }
  return "none";
}

describe("bytes", () => {
  test("synced ones stay, later ones are torn anywhere", () => {
    const { disk, file } = diskWith("abc");
    expect(survivors(disk, "a")).toEqual(new Set(["abc"]));
    write(file, "d");
    write(file, "efg");
    expect(survivors(disk, "a", "short")).toEqual(new Set(["abc", "abcd", "abcde", "abcdef", "abcdefg"]));
    file.sync();
    expect(survivors(disk, "a")).toEqual(new Set(["abcdefg"]));
  });

  test("or zeros, or garbage, in whole sectors", () => {
    const { disk, file } = diskWith("abc");
    write(file, "d".repeat(1200));
    const zeros = survivors(disk, "a", "zeros");
    expect(zeros).toContain(`abc${"d".repeat(1200)}`);
    expect(zeros).toContain(`abc${"d".repeat(509)}${"\0".repeat(512)}${"d".repeat(179)}`);
    for (const each of zeros) expect(each).toStartWith("abc");
    const garbage = survivors(disk, "a", "garbage");
    for (const each of garbage) expect(each).toStartWith("abc");
    expect([...garbage].some((each) => /[^abcd\0]/.test(each))).toBe(true);
  });

  test("a cut is not there until it is synced", () => {
    const { disk, file } = diskWith("abcdef");
    file.truncate(2);
    expect(survivors(disk, "a")).toEqual(new Set(["abcdef", "ab"]));
    write(file, "X");
    expect(survivors(disk, "a", "short")).toEqual(new Set(["abcdef", "ab", "abX"]));
    file.sync();
    expect(survivors(disk, "a")).toEqual(new Set(["abX"]));
  });

  test("a sync that goes on beside covers what was written before it began, when it has ended", () => {
    const { disk, file } = diskWith("");
    write(file, "a");
    let outcome: StorageError | undefined | "none" = "none";
    file.syncLater((error) => {
      outcome = error;
    });
    write(file, "b");
    expect(survivors(disk, "a", "short")).toEqual(new Set(["", "a", "ab"]));
    expect(outcome).toBe("none");
    disk.finishSync();
    expect(outcome).toBeUndefined();
    expect(survivors(disk, "a", "short")).toEqual(new Set(["a", "ab"]));
  });

  test("what a failed sync gave up, no later one brings back", () => {
    const { disk, file } = diskWith("a");
    write(file, "bc");
    disk.fail("sync", "EIO");
    expect(failureOf(() => file.sync())).toBe("EIO");
    write(file, "d");
    file.sync();
    expect(survivors(disk, "a", "zeros")).toEqual(new Set(["abcd", "a\0\0d"]));
    file.truncate(1);
    write(file, "x");
    file.sync();
    expect(survivors(disk, "a")).toEqual(new Set(["ax"]));
  });

  test("a full disk takes a part", () => {
    const { disk, file } = diskWith("abc");
    disk.capacity = 5;
    expect(file.append(bytesOf("defg"), 0, 4)).toBe(2);
    expect(failureOf(() => file.append(bytesOf("fg"), 0, 2))).toBe("ENOSPC");
    disk.heal();
    write(file, "fg");
    expect(latin1(disk.contentOf("a")!)).toBe("abcdefg");
  });

  test("the death of the process takes nothing", () => {
    const { disk, file } = diskWith("abc");
    write(file, "def");
    disk.open("b", "create").close();
    const left = disk.kill();
    expect(latin1(left.contentOf("a")!)).toBe("abcdef");
    expect(left.list(".")).toEqual(["a", "b"]);
  });
});

describe("names", () => {
  test("are there for certain once their directory was synced, whatever the file was", () => {
    const { disk } = diskWith("abc");
    const file = disk.open("b", "create");
    write(file, "b");
    file.sync();
    expect(namesAfter(disk)).toEqual(new Set(["a", "a b"]));
    disk.syncDirectory(".");
    expect(namesAfter(disk)).toEqual(new Set(["a b"]));
  });

  test("a rename happens or does not, and needs the creation", () => {
    const { disk } = diskWith("old");
    const file = disk.open("temp", "create");
    write(file, "new");
    file.sync();
    disk.rename("temp", "a");
    expect(survivors(disk, "a")).toEqual(new Set(["old", "new"]));
    expect(namesAfter(disk)).toEqual(new Set(["a", "a temp"]));
    disk.syncDirectory(".");
    expect(survivors(disk, "a")).toEqual(new Set(["new"]));
  });

  test("a rename before the bytes were synced can leave an empty file", () => {
    const { disk } = diskWith("old");
    write(disk.open("temp", "create"), "new");
    disk.rename("temp", "a");
    disk.syncDirectory(".");
    expect(survivors(disk, "a", "short")).toEqual(new Set(["", "n", "ne", "new"]));
  });

  test("changes that do not build upon each other survive in any order", () => {
    const { disk } = diskWith("abc");
    disk.open("b", "create").close();
    disk.remove("a");
    expect(namesAfter(disk)).toEqual(new Set(["a", "a b", "", "b"]));
  });

  test("what is in a new directory needs the directory", () => {
    const disk = new SimDisk();
    disk.makeDirectory("d");
    const file = disk.open("d/a", "create");
    write(file, "abc");
    file.sync();
    disk.syncDirectory("d");
    expect(survivors(disk, "d/a")).toEqual(new Set(["-", "abc"]));
    disk.syncDirectory(".");
    expect(survivors(disk, "d/a")).toEqual(new Set(["abc"]));
  });
});

test("every operation is told before it happens, and fails when it was told to", () => {
  const disk = new SimDisk();
  const told: string[] = [];
  disk.beforeEach = (operation, path) => told.push(`${operation} ${path}`);
  const file = disk.open("a", "create");
  write(file, "abc");
  disk.fail("rename", "EROFS", 2);
  expect(failureOf(() => disk.rename("a", "b"))).toBe("EROFS");
  expect(failureOf(() => disk.rename("a", "b"))).toBe("EROFS");
  disk.rename("a", "b");
  disk.syncDirectory(".");
  expect(told).toEqual(["open a", "append a", "rename a", "rename a", "rename a", "syncDirectory ."]);
  expect(disk.operations).toBe(told.length);
  expect(disk.list(".")).toEqual(["b"]);
});
