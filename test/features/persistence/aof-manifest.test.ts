/**
 * The manifest: what Redis writes is read, what is wrong is refused in its words, and each step of a rewrite names the files
 * that Redis would name.
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { bytesOf } from "../../../src/base/ascii.ts";
import { installStorage } from "../../../src/base/storage.ts";
import {
  EMPTY,
  ManifestError,
  parse,
  print,
  readManifest,
  withBase,
  withIncremental,
  withRewritten,
  writeManifest,
} from "../../../src/features/persistence/aof-manifest.ts";
import { appendfilename } from "../../../src/features/persistence/parameters.ts";
import { SimDisk } from "../../sim/disk.ts";
import { latin1 } from "../../support/resp.ts";

const FIRST = "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n";

afterEach(() => appendfilename.reset());

describe("reading", () => {
  test("what is printed is read", () => {
    expect(print(parse(FIRST))).toBe(FIRST);
  });

  test("comments, other names and other orders of names are passed over", () => {
    const text = "# a comment\n  seq 7 what ever TYPE incremental file x.7.incr.aof \r\n";
    expect(parse(text).incremental).toEqual([{ name: "x.7.incr.aof", seq: 7, type: "i" }]);
  });

  test("a name may have any characters but those of a path", () => {
    appendfilename.assign(' file seq \n\n.aof "\xe9');
    const manifest = withIncremental(withBase(EMPTY, "aof"));
    expect(parse(print(manifest))).toEqual(manifest);
    expect(print(manifest)).toStartWith('file " file seq \\n\\n.aof \\"\\xe9.1.base.aof" seq 1 type b\n');
  });

  const BAD: Record<string, string> = {
    "": "Found an empty AOF manifest",
    "\n": "Invalid AOF manifest file format",
    "file a seq 1\n": "Invalid AOF manifest file format",
    "file a seq 1 type i more\n": "Invalid AOF manifest file format",
    "file a seq 0 type i\n": "Invalid AOF manifest file format",
    "filx a seq 1 type i\n": "Invalid AOF manifest file format",
    'file "a seq 1 type i\n': "Invalid AOF manifest file format",
    "file a/b seq 1 type i\n": "File can't be a path, just a filename",
    "file a seq 1 type x\n": "Unknown AOF file type",
    "file a seq 1 type b\nfile b seq 2 type b\n": "Found duplicate base file information",
    "file a seq 2 type i\nfile b seq 2 type i\n": "Found a non-monotonic sequence number",
    "file a seq 1 type i": "The AOF manifest file contains too long line",
    [`file a seq 1 type i ${"x".repeat(1010)}\n`]: "The AOF manifest file contains too long line",
  };
  for (const [text, message] of Object.entries(BAD)) {
    test(`refused: ${JSON.stringify(text).slice(0, 50)}`, () => {
      expect(() => parse(text)).toThrow(message);
      expect(() => parse(text)).toThrow(ManifestError);
    });
  }

  test("a bit that makes history of the file in use is noticed", () => {
    expect(() => parse(FIRST.replace("type i", "type h"))).toThrow("history");
    const two = `${FIRST}file appendonly.aof.2.incr.aof seq 2 type i\n`;
    expect(() => parse(two.replace(/i\n$/, "h\n"))).toThrow("history");
  });
});

describe("steps", () => {
  test("a rewrite makes history of what it replaces", () => {
    const before = withIncremental(parse(FIRST));
    const after = withRewritten(withBase(before, "rdb"), 1);
    expect(print(after)).toBe(
      "file appendonly.aof.2.base.rdb seq 2 type b\n" +
        "file appendonly.aof.1.incr.aof seq 1 type h\n" +
        "file appendonly.aof.1.base.rdb seq 1 type h\n" +
        "file appendonly.aof.2.incr.aof seq 2 type i\n",
    );
    expect(parse(print(after))).toEqual(after);
  });

  test("numbers of history files are taken until they are gone", () => {
    const off = withRewritten(withBase(parse(FIRST), "rdb"), 0);
    const again = withIncremental(parse(print(off)));
    expect(again.incremental.at(-1)!.name).toBe("appendonly.aof.2.incr.aof");
    expect(withIncremental(parse(print({ ...off, history: [] }))).incremental[0]!.seq).toBe(1);
  });
});

describe("on disk", () => {
  let disk: SimDisk;
  beforeEach(() => {
    disk = new SimDisk();
    disk.putDirectory("appendonlydir");
    installStorage(disk);
  });

  test("there may be none", () => {
    expect(readManifest()).toBeUndefined();
  });

  test("after a crash at any moment there is the old one or the new one, and after success the new one", () => {
    const older = parse(FIRST);
    const newer = withIncremental(older);
    for (let seed = 0; seed < 200; seed++) {
      disk = new SimDisk();
      disk.putDirectory("appendonlydir");
      installStorage(disk);
      writeManifest(older);
      let left: SimDisk | undefined;
      const crashAt = disk.operations + 1 + (seed % 6);
      disk.beforeEach = () => {
        if (disk.operations === crashAt) left = disk.crash(seed);
      };
      writeManifest(newer);
      const content = (left ?? disk.crash(seed)).contentOf("appendonlydir/appendonly.aof.manifest")!;
      expect([print(older), print(newer)].slice(left === undefined ? 1 : 0)).toContain(latin1(content));
    }
  });

  test("what is there is read, whoever has written it", () => {
    disk.put("appendonlydir/appendonly.aof.manifest", bytesOf(FIRST));
    expect(readManifest()).toEqual(parse(FIRST));
  });
});
