/**
 * A few thousand damaged payloads, made by ours and by the real server, and the proof that the fuzzer finds what is wrong.
 * `SEED` replays; `bun scripts/fuzz.ts --restore 1000000` is the long run.
 */
import { expect, test } from "bun:test";
import { STRING, typeOf, type ValueType } from "../../src/keyspace/value-type.ts";
import { seedOfRun } from "../support/random.ts";
import { fuzzRestoreHere } from "./restore-here.ts";

const TIMEOUT_MS = 120_000;
const PAYLOADS = 6000;
const seed = seedOfRun();

test(
  `${PAYLOADS} damaged payloads (SEED=${seed})`,
  async () => {
    const result = await fuzzRestoreHere(seed, PAYLOADS);
    expect(result.failure).toBeNull();
    expect(result.accepted).toBeGreaterThan(PAYLOADS / 50);
  },
  TIMEOUT_MS,
);

test(
  "a type that breaks on what was let in is found out",
  async () => {
    const type = typeOf(STRING) as { copyOutside: unknown; digest: ValueType["digest"] };
    const { digest } = type;
    type.digest = (ref, into) => {
      if (type.digest !== digest && typeOf(STRING).length(ref) > 5) throw new Error("a long string was let in");
      digest(ref, into);
    };
    try {
      const result = await fuzzRestoreHere(seed, PAYLOADS);
      expect(result.failure).toContain("a long string was let in");
      expect(result.failure).toContain("body (hex)");
    } finally {
      type.digest = digest;
    }
  },
  TIMEOUT_MS,
);
