/**
 * Stream commands in this process, without a server: words in, reply out; and what there is of the values inside.
 */
import { toLatin1 } from "../../../src/base/ascii.ts";
import { Session } from "../../../src/command/session.ts";
import { open } from "../../../src/keyspace/database.ts";
import * as keyspace from "../../../src/keyspace/keyspace.ts";
import * as lazyFree from "../../../src/keyspace/lazy-free.ts";
import * as valueTypes from "../../../src/keyspace/value-type.ts";
import type { Ref } from "../../../src/mem/mem.ts";
import { Args } from "../../../src/resp/args.ts";
import { Reply } from "../../../src/resp/reply.ts";
import * as entry from "../../../src/struct/entry.ts";
import { Id } from "../../../src/types/stream/id.ts";
import { stream } from "../../../src/types/stream/stream.ts";

open(1);
valueTypes.register(stream.type!);

export const session = new Session();
const reply = new Reply();

/** Arguments as the parser would give them. */
export function argsOf(...words: string[]): Args {
  const args = new Args();
  args.rebase(new Uint8Array(Buffer.from(words.join(""), "latin1")));
  args.reserve(words.length);
  let at = 0;
  words.forEach((word, i) => {
    args.setRange(i, at, at + word.length);
    at += word.length;
  });
  args.aim(0, words.length);
  return args;
}

/** Runs a command of streams; its reply. */
export function run(...words: string[]): string {
  let command = stream.commands!.find(({ name }) => name === words[0]!.toLowerCase());
  command = command?.subcommands?.find(({ name }) => name === words[1]!.toLowerCase()) ?? command;
  command!.handler!(session, argsOf(...words), reply);
  const text = toLatin1(reply.bytes, 0, reply.length);
  reply.truncate(0);
  return text;
}

/** As `run`, of a command line. */
export const line = (text: string): string => run(...text.split(" "));

export const refOf = (key: string): Ref => keyspace.peek(session.db, argsOf("", key), 1);
export const headOf = (key: string): Ref => entry.outside(refOf(key));

/** Removes keys, and waits until their values are freed. */
export function removeKeys(...keys: string[]): void {
  for (const key of keys) keyspace.remove(session.db, argsOf("", key), 1);
  while (!lazyFree.step(1000));
}

/** Blocks that a walk visits, each once. */
export function blocksOf(walk: (visit: (block: Ref) => void) => void): Set<Ref> {
  const seen = new Set<Ref>();
  walk((block) => {
    if (seen.has(block)) throw new Error(`block ${block} is visited twice`);
    seen.add(block);
  });
  return seen;
}

/** The ID `ms-seq`. */
export function idOf(ms: bigint | number, seq: bigint | number = 0): Id {
  const high = (value: bigint | number) => Number(BigInt(value) >> 32n);
  const low = (value: bigint | number) => Number(BigInt(value) & 0xffffffffn);
  return new Id().set(high(ms), low(ms), high(seq), low(seq));
}
