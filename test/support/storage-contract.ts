/**
 * What base/storage.ts promises while the power stays on, as tests for any disk: the real one (server/disk.test.ts) and the
 * simulated one (sim/). What is left after a loss of power only the simulated one can be asked.
 */
import { describe, expect, test } from "bun:test";
import { type Storage, StorageError, type StorageFile } from "../../src/base/storage.ts";

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));

/** All of a file, read in pieces. */
export function contentOf(file: StorageFile): string {
  const into = new Uint8Array(file.size() + 3);
  let length = 0;
  for (;;) {
    const read = file.read(length, into, length, Math.min(length + 5, into.length));
    if (read === 0) return Buffer.from(into.buffer, 0, length).toString("latin1");
    length += read;
  }
}

export function append(file: StorageFile, text: string): void {
  const bytes = bytesOf(text);
  for (let at = 0; at < bytes.length; ) at += file.append(bytes, at, bytes.length);
}

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(StorageError);
    expect((error as StorageError).message).not.toBe("");
    return (error as StorageError).code;
  }
  return "";
};

/** Runs the tests. `make` gives a disk, and the path of an empty directory on it. */
export function testStorage(name: string, make: () => { storage: Storage; directory: string }): void {
  describe(name, () => {
    test("what is appended can be read, by any number of openings", () => {
      const { storage, directory } = make();
      const path = `${directory}/a`;
      const file = storage.open(path, "create");
      expect(file.path).toBe(path);
      expect(file.size()).toBe(0);
      append(file, "hello ");
      expect(file.append(bytesOf("[world]"), 1, 6)).toBe(5);
      expect(file.append(bytesOf("x"), 1, 1)).toBe(0);
      file.sync();
      expect(contentOf(file)).toBe("hello world");
      const other = storage.open(path, "read");
      expect(contentOf(other)).toBe("hello world");
      expect(other.size()).toBe(11);
      const into = new Uint8Array(8).fill(46);
      expect(other.read(6, into, 2, 5)).toBe(3);
      expect(Buffer.from(into).toString("latin1")).toBe("..wor...");
      expect(other.read(11, into, 0, 8)).toBe(0);
      expect(other.read(100, into, 0, 8)).toBe(0);
      other.close();
      file.close();
    });

    test("append goes on behind the last byte, create begins anew, read needs a file", () => {
      const { storage, directory } = make();
      const path = `${directory}/a`;
      expect(codeOf(() => storage.open(path, "read"))).toBe("ENOENT");
      const first = storage.open(path, "append");
      append(first, "12");
      first.close();
      const second = storage.open(path, "append");
      expect(second.size()).toBe(2);
      append(second, "34");
      expect(contentOf(second)).toBe("1234");
      second.close();
      const third = storage.open(path, "create");
      expect(third.size()).toBe(0);
      append(third, "5");
      third.close();
      expect(storage.size(path)).toBe(1);
    });

    test("a file that was cut off goes on at the cut", () => {
      const { storage, directory } = make();
      const file = storage.open(`${directory}/a`, "create");
      append(file, "123456789");
      file.truncate(4);
      expect(file.size()).toBe(4);
      append(file, "x");
      expect(contentOf(file)).toBe("1234x");
      file.truncate(0);
      expect(contentOf(file)).toBe("");
      file.close();
    });

    test("a sync that is not waited for tells its end from the event loop, closed file or not", async () => {
      const { storage, directory } = make();
      const file = storage.open(`${directory}/a`, "append");
      append(file, "1");
      for (const closing of [false, true]) {
        let returned = false;
        const ended = new Promise<StorageError | undefined>((resolve) =>
          file.syncLater((error) => {
            expect(returned).toBe(true);
            resolve(error);
          }),
        );
        returned = true;
        if (closing) file.close();
        expect(await ended).toBeUndefined();
      }
      expect(storage.size(`${directory}/a`)).toBe(1);
    });

    test("names that are synced without waiting tell their end, good or bad, from the event loop", async () => {
      const { storage, directory } = make();
      storage.open(`${directory}/a`, "create").close();
      for (const [path, code] of [
        [directory, undefined],
        [`${directory}/none`, "ENOENT"],
      ] as const) {
        let returned = false;
        const ended = new Promise<StorageError | undefined>((resolve) =>
          storage.syncDirectoryLater(path, (error) => {
            expect(returned).toBe(true);
            resolve(error);
          }),
        );
        returned = true;
        expect((await ended)?.code).toBe(code);
      }
      storage.remove(`${directory}/a`);
      expect(storage.list(directory)).toEqual([]);
    });

    test("names: rename replaces, remove removes, an opened file stays what it is", () => {
      const { storage, directory } = make();
      const a = storage.open(`${directory}/a`, "create");
      append(a, "a");
      const b = storage.open(`${directory}/b`, "create");
      append(b, "bb");
      expect(storage.list(directory).toSorted()).toEqual(["a", "b"]);
      storage.rename(`${directory}/a`, `${directory}/b`);
      storage.syncDirectory(directory);
      expect(storage.list(directory)).toEqual(["b"]);
      expect(storage.size(`${directory}/b`)).toBe(1);
      expect(storage.size(`${directory}/a`)).toBeUndefined();
      append(a, "A");
      expect(contentOf(storage.open(`${directory}/b`, "read"))).toBe("aA");
      expect(contentOf(b)).toBe("bb");
      storage.remove(`${directory}/b`);
      expect(storage.list(directory)).toEqual([]);
      expect(contentOf(a)).toBe("aA");
      a.close();
      b.close();
      expect(codeOf(() => storage.remove(`${directory}/b`))).toBe("ENOENT");
      expect(codeOf(() => storage.rename(`${directory}/b`, `${directory}/c`))).toBe("ENOENT");
    });

    test("directories", () => {
      const { storage, directory } = make();
      const inner = `${directory}/inner`;
      expect(storage.list(inner)).toEqual([]);
      expect(storage.size(inner)).toBeUndefined();
      expect(codeOf(() => storage.open(`${inner}/a`, "create"))).toBe("ENOENT");
      storage.makeDirectory(inner);
      storage.makeDirectory(inner);
      expect(storage.size(inner)).toBe(0);
      const file = storage.open(`${inner}/a`, "create");
      append(file, "1");
      file.close();
      storage.syncDirectory(inner);
      storage.syncDirectory(directory);
      expect(storage.list(inner)).toEqual(["a"]);
      expect(storage.list(directory)).toEqual(["inner"]);
      expect(codeOf(() => storage.open(inner, "append"))).toBe("EISDIR");
      expect(codeOf(() => storage.makeDirectory(`${inner}/a`))).toBe("EEXIST");
      expect(codeOf(() => storage.makeDirectory(`${directory}/no/such`))).toBe("ENOENT");
    });
  });
}
