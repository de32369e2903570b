/**
 * A type's commands in this process, by their handlers alone: words in; the reply, and what followed from it, out. No
 * gates, no batch, no clock; for those there is in-process.ts.
 */
import { toLatin1 } from "../../src/base/ascii.ts";
import type { CommandSpec } from "../../src/command/command.ts";
import { Session } from "../../src/command/session.ts";
import { open } from "../../src/keyspace/database.ts";
import * as events from "../../src/keyspace/events.ts";
import * as keyspace from "../../src/keyspace/keyspace.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import type { Ref } from "../../src/mem/mem.ts";
import { Args } from "../../src/resp/args.ts";
import { Reply } from "../../src/resp/reply.ts";
import type { Element } from "../../src/struct/listpack.ts";

open(1);

/** Who runs the commands, in database 0. */
export const session = new Session();
const reply = new Reply();

/** Arguments as the parser would give them: ranges in the middle of other bytes. */
export function argsOf(...words: string[]): Args {
  const args = new Args();
  args.rebase(Buffer.copyBytesFrom(Buffer.from(`get${words.join("")}get`, "latin1")));
  args.reserve(words.length);
  let at = 3;
  words.forEach((word, i) => {
    args.setRange(i, at, at + word.length);
    at += word.length;
  });
  args.aim(0, words.length);
  return args;
}

export interface Effects {
  /** The reply's bytes. */
  reply: string;
  /** `kind event key`, in order. */
  events: string[];
  dirty: number;
}

/** Runs any of these commands, and tells the reply's bytes. */
export type Runner = (...words: string[]) => string;

export function runnerOf(...lists: (readonly CommandSpec[] | undefined)[]): Runner {
  const commands = new Map(lists.flatMap((list) => list ?? []).map((spec) => [spec.name, spec]));
  return (...words) => {
    const command = commands.get(words[0]!.toLowerCase());
    const subcommand = command?.subcommands?.find(({ name }) => name === words[1]!.toLowerCase());
    try {
      (subcommand ?? command)!.handler!(session, argsOf(...words), reply);
      return toLatin1(reply.bytes, 0, reply.length);
    } finally {
      reply.truncate(0);
    }
  };
}

/** As the runner, but tells what followed from the command, too. */
export function withEffects(run: Runner): (...words: string[]) => Effects {
  return (...words) => {
    const seen: string[] = [];
    const dirtyBefore = events.changes.dirty;
    const listener = events.hooks.event;
    events.hooks.event = (kind, event, _db, key, start, end) => {
      seen.push(`${kind} ${event} ${toLatin1(key.bytes, start, end)}`);
    };
    try {
      return { reply: run(...words), events: seen, dirty: events.changes.dirty - dirtyBefore };
    } finally {
      events.hooks.event = listener;
    }
  };
}

export const refOf = (key: string): Ref => keyspace.peek(session.db, argsOf("", key), 1);
/** Takes a key's entry out of the database. */
export const detach = (key: string): Ref => keyspace.detach(session.db, argsOf("", key), 1);

/** Removes keys, and waits until their values are freed. */
export function removeKeys(...keys: string[]): void {
  for (const key of keys) keyspace.remove(session.db, argsOf("", key), 1);
  while (!lazyFree.step(1000));
}

/** What an element says. */
export const textOf = ({ region, start, length }: Element): string => toLatin1(region.bytes, start, start + length);

/** What a walk visits. */
export function visited(walk: (visit: (element: Element) => void) => void): string[] {
  const texts: string[] = [];
  walk((element) => texts.push(textOf(element)));
  return texts;
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
