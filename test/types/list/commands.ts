/**
 * List commands in this process, without a server: words in, reply out, and what the list is made of.
 */
import { toLatin1 } from "../../../src/base/ascii.ts";
import { Session } from "../../../src/command/session.ts";
import { open } from "../../../src/keyspace/database.ts";
import * as keyspace from "../../../src/keyspace/keyspace.ts";
import { register } from "../../../src/keyspace/value-type.ts";
import type { Ref } from "../../../src/mem/mem.ts";
import * as mem from "../../../src/mem/mem.ts";
import { Args } from "../../../src/resp/args.ts";
import { Reply } from "../../../src/resp/reply.ts";
import * as entry from "../../../src/struct/entry.ts";
import { list } from "../../../src/types/list/list.ts";
import * as packs from "../../../src/types/list/packs.ts";
import { each, listType } from "../../../src/types/list/value.ts";

open(1);
register(listType);

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

/** Runs a command of lists; the reply's bytes. */
export function run(...words: string[]): string {
  const command = list.commands!.find(({ name }) => name === words[0]!.toLowerCase());
  try {
    command!.handler!(session, argsOf(...words), reply);
    return toLatin1(reply.bytes, 0, reply.length);
  } finally {
    reply.truncate(0);
  }
}

export const refOf = (key: string): Ref => keyspace.peek(session.db, argsOf("", key), 1);
/** Takes a key's entry out of the database. */
export const detach = (key: string): Ref => keyspace.detach(session.db, argsOf("", key), 1);

/** The elements. */
export function contentOf(ref: Ref): string[] {
  const content: string[] = [];
  each(ref, ({ region, start, length }) => content.push(toLatin1(region.bytes, start, start + length)));
  return content;
}

/** The number of elements of each pack, and the pack. */
export function packsOf(ref: Ref): { count: number; held: Ref }[] {
  const found: { count: number; held: Ref }[] = [];
  packs.each(ref, (held, count) => found.push({ count, held }));
  return found;
}

/** Blocks that a visit of all of them sees, each once. */
export function distinct(visitAll: (visit: (block: Ref) => void) => void): number {
  const seen = new Set<Ref>();
  visitAll((block) => {
    if (seen.has(block)) throw new Error(`block ${block} is visited twice`);
    seen.add(block);
  });
  return seen.size;
}

/** Frees a value in small slices; in between, what is left is exactly what it says it owns. Returns the slices. */
export function releaseSlowly(ref: Ref, blocksBefore: number, budget = 10): number {
  const value = entry.outside(ref);
  const encoding = entry.encoding(ref);
  mem.free(ref);
  for (let slices = 1; ; slices++) {
    if (listType.release(value, encoding, budget)) return slices;
    const left = distinct((visit) => listType.releasing(value, encoding, visit));
    if (mem.used.blocks - blocksBefore !== left) throw new Error(`${left} blocks are left, not those in use`);
  }
}
