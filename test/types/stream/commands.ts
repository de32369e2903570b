/**
 * Stream commands in this process, without a server; and what there is of the values inside.
 */
import { open } from "../../../src/keyspace/database.ts";
import { register } from "../../../src/keyspace/value-type.ts";
import type { Ref } from "../../../src/mem/mem.ts";
import * as entry from "../../../src/struct/entry.ts";
import { Id } from "../../../src/types/stream/id.ts";
import { stream } from "../../../src/types/stream/stream.ts";
import { refOf, runnerOf } from "../../support/handlers.ts";

open(1);
register(stream.type!);

/** Runs a command of streams; its reply. */
export const run = runnerOf(stream.commands);

/** As `run`, of a command line. */
export const line = (text: string): string => run(...text.split(" "));

export const headOf = (key: string): Ref => entry.outside(refOf(key));

/** The ID `ms-seq`. */
export function idOf(ms: bigint | number, seq: bigint | number = 0): Id {
  const high = (value: bigint | number) => Number(BigInt(value) >> 32n);
  const low = (value: bigint | number) => Number(BigInt(value) & 0xffffffffn);
  return new Id().set(high(ms), low(ms), high(seq), low(seq));
}
