/**
 * `ashlar check aof`: it says where a file ends and what a repair drops, repairs only what can be, and agrees with
 * redis-check-aof about what is valid.
 */
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as crc64 from "../../../src/base/crc64.ts";
import { installStorage, StorageError } from "../../../src/base/storage.ts";
import { writePieceLine } from "../../../src/features/persistence/aof-notes.ts";
import { checkAof } from "../../../src/features/persistence/check-aof.ts";
import { disk } from "../../../src/server/disk.ts";
import { openStore } from "../../support/in-process.ts";

const dir = mkdtempSync(join(tmpdir(), "ashlar-check-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
beforeEach(() => {
  openStore();
  installStorage(disk);
});

const SET = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
const MULTI = "*1\r\n$5\r\nMULTI\r\n";
const EXEC = "*1\r\n$4\r\nEXEC\r\n";
const MANIFEST = join(dir, "a.manifest");

const put = (name: string, text: string): void => writeFileSync(join(dir, name), text, "latin1");
const textOf = (name: string): string => readFileSync(join(dir, name), "latin1");

/** What the real tool thinks. */
function isValidToRedis(path: string): boolean {
  return Bun.spawnSync(["redis-check-aof", path]).exitCode === 0;
}

/** A piece of an AOF as we write it. */
function piece(text: string, synced: number): string {
  const bytes = Buffer.from(text, "latin1");
  const crc = crc64.create();
  crc64.update(crc, bytes, 0, bytes.length);
  const line = Buffer.alloc(128);
  return line.toString("latin1", 0, writePieceLine(line, 0, crc, bytes.length, synced)) + text;
}

describe("one file", () => {
  const path = join(dir, "one.aof");
  const check = (text: string, fix = false) => {
    put("one.aof", text);
    return checkAof(path, { fix });
  };

  const CASES: Record<string, { text: string; good: number; says: string }> = {
    whole: { text: SET + MULTI + SET + EXEC, good: 4, says: "2 commands" },
    "with notes": { text: `#TS:1\r\n${SET}#hello\r\n`, good: 3, says: "1 commands" },
    "cut in a command": { text: SET + SET.slice(0, 20), good: 1, says: "the file ends within a command" },
    "without its EXEC": { text: SET + MULTI + SET, good: 1, says: "a transaction has no EXEC" },
    "with garbage": { text: `${SET}!!!${SET}`, good: 1, says: "there is no command" },
    "with a wrong length": { text: SET + SET.replace("$1", "$2"), good: 1, says: "there is no command" },
  };
  for (const [name, { text, good, says }] of Object.entries(CASES)) {
    test(name, () => {
      const { isValid, lines } = check(text);
      const isWhole = good > 1;
      expect(isValid).toBe(isWhole);
      expect(lines.join("\n")).toContain(says);
      expect(textOf("one.aof")).toBe(text);
      expect(isValidToRedis(path)).toBe(isWhole);
      if (isWhole) return;
      expect(lines.join("\n")).toContain(`would drop the last ${text.length - SET.length} of ${text.length} bytes`);
      expect(check(text, true).isValid).toBeTrue();
      expect(textOf("one.aof")).toBe(SET);
      expect(isValidToRedis(path)).toBeTrue();
    });
  }

  test("that cannot be written: the repair says so, and what it has found", () => {
    installStorage({
      ...disk,
      open(path, mode) {
        if (mode === "append") throw new StorageError("EACCES", "Permission denied", "open", path);
        return disk.open(path, mode);
      },
    });
    const { isValid, lines } = check(SET + SET.slice(0, 20), true);
    installStorage(disk);
    expect(isValid).toBeFalse();
    expect(lines.join("\n")).toContain("the file ends within a command");
    expect(lines.at(-1)).toBe(`Failed to truncate AOF one.aof: Permission denied (${path})`);
  });

  test("a flipped bit in a value: redis-check-aof finds nothing, the checksum does", () => {
    const text = piece(SET, 0) + piece(SET, 54) + piece(SET, 54);
    expect(check(text).isValid).toBeTrue();
    const flipped = text.replace("\r\n1\r\n", "\r\n0\r\n");
    const { isValid, lines } = check(flipped);
    expect(isValid).toBeFalse();
    expect(lines.join("\n")).toContain("the checksum of the next 27 bytes is wrong, at byte 0");
    expect(lines.join("\n")).toContain("this is damage");
    expect(isValidToRedis(path)).toBeTrue();
    expect(check(flipped, true).lines.join("\n")).toContain("nothing of it is good");
    expect(check(flipped, true).isValid).toBeFalse();
  });
});

describe("a manifest", () => {
  test("all files are looked at", () => {
    put("a.manifest", "file b.aof seq 1 type b\nfile i.aof seq 1 type i\n");
    put("b.aof", SET);
    put("i.aof", SET);
    expect(checkAof(MANIFEST, { fix: false })).toEqual({
      isValid: true,
      lines: [
        `Start checking Multi Part AOF ${MANIFEST}`,
        "b.aof is valid: 27 bytes, 1 commands",
        "i.aof is valid: 27 bytes, 1 commands",
        "All AOF files and the manifest are valid",
      ],
    });
  });

  test("only the last file is repaired", () => {
    put("b.aof", SET + MULTI);
    const { isValid, lines } = checkAof(MANIFEST, { fix: true });
    expect(isValid).toBeFalse();
    expect(lines.at(-1)).toBe("Failed to truncate AOF b.aof, because it is not the last file");
    expect(textOf("b.aof")).toBe(SET + MULTI);
    put("b.aof", SET);
    put("i.aof", SET + SET.slice(0, 5));
    expect(checkAof(MANIFEST, { fix: true }).isValid).toBeTrue();
    expect(textOf("i.aof")).toBe(SET);
  });

  test("the last but one is repaired, if nothing that follows it was told to be safe", () => {
    const opening = piece("", 0);
    const whole = opening + piece(SET, 26) + piece(SET, 40);
    put("a.manifest", "file 1.incr.aof seq 1 type i\nfile 2.incr.aof seq 2 type i\n");
    const good = opening + piece(SET, 26);
    for (const [old, next, isRepaired] of [
      [whole.slice(0, -5), opening, true],
      [whole.slice(0, -5), "", true],
      [whole.slice(0, -5), opening + piece(`#AF:${whole.length}\r\n${SET}`, 0), true],
      [good, opening + piece(`#AF:${whole.length}\r\n${SET}`, 0), true],
      [good, opening + piece(`#AF:${whole.length}\r\n${SET}`, 0) + piece(SET, 40), false],
      [whole.slice(0, -5), opening + piece(SET, opening.length), false],
      [whole.slice(0, -5), SET, false],
    ] as const) {
      put("1.incr.aof", old);
      put("2.incr.aof", next);
      expect(checkAof(MANIFEST, { fix: false }).isValid).toBeFalse();
      expect(textOf("2.incr.aof")).toBe(next);
      expect(checkAof(MANIFEST, { fix: true }).isValid).toBe(isRepaired);
      expect(checkAof(MANIFEST, { fix: false }).isValid).toBe(isRepaired);
      expect(textOf("1.incr.aof")).toBe(isRepaired ? good : old);
      expect(textOf("2.incr.aof")).toBe(isRepaired ? "" : next);
    }
    put("1.incr.aof", whole);
    put("2.incr.aof", opening + piece(`#AF:${whole.length}\r\n${SET}`, 0) + piece(SET, 40));
    expect(checkAof(MANIFEST, { fix: false }).isValid).toBeTrue();
    expect(isValidToRedis(MANIFEST)).toBeTrue();
  });

  test("what is missing or no manifest is said", () => {
    put("a.manifest", "file missing.aof seq 1 type b\n");
    expect(checkAof(MANIFEST, { fix: false }).lines.at(-1)).toContain("missing.aof: No such file or directory");
    put("a.manifest", "file x seq 1 type q\n");
    expect(checkAof(MANIFEST, { fix: true }).lines[1]).toContain(
      "Unknown AOF file type, in line 1: file x seq 1 type q",
    );
    expect(existsSync(join(dir, "missing.aof"))).toBeFalse();
  });

  test("a base that is an RDB file is looked at, too", () => {
    const asset = ".cache/redis-suite/source/tests/assets/rdb-preamble.aof";
    if (!existsSync(asset)) return;
    const text = readFileSync(asset, "latin1");
    put("a.manifest", "file b.rdb seq 1 type b\n");
    put("b.rdb", text);
    expect(checkAof(MANIFEST, { fix: false }).lines[1]).toMatch(/valid: \d+ bytes, 2 keys of an RDB part, \d commands/);
    put("b.rdb", `${text.slice(0, 100)}x${text.slice(101)}`);
    expect(checkAof(MANIFEST, { fix: false }).isValid).toBeFalse();
  });
});
