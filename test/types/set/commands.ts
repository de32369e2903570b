/**
 * Set commands in this process, without a server: words in, reply, events and changes out.
 */
import { toLatin1 } from "../../../src/base/ascii.ts";
import { Session } from "../../../src/command/session.ts";
import { open } from "../../../src/keyspace/database.ts";
import * as events from "../../../src/keyspace/events.ts";
import * as keyspace from "../../../src/keyspace/keyspace.ts";
import * as lazyFree from "../../../src/keyspace/lazy-free.ts";
import * as valueTypes from "../../../src/keyspace/value-type.ts";
import type { Ref } from "../../../src/mem/mem.ts";
import { Args } from "../../../src/resp/args.ts";
import { Reply } from "../../../src/resp/reply.ts";
import type { Element } from "../../../src/struct/listpack.ts";
import { set } from "../../../src/types/set/set.ts";
import { latin1 } from "../../support/resp.ts";

open(1);
valueTypes.register(set.type!);

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

export interface Effects {
  /** The reply's bytes. */
  reply: string;
  /** `kind event key`, in order. */
  events: string[];
  dirty: number;
}

/** Runs a command of sets, and tells what followed from it. */
export function run(...words: string[]): Effects {
  const command = set.commands!.find(({ name }) => name === words[0]!.toLowerCase());
  const seen: string[] = [];
  const dirtyBefore = events.changes.dirty;
  const listener = events.hooks.event;
  events.hooks.event = (kind, event, _db, key, start, end) => {
    seen.push(`${kind} ${event} ${toLatin1(key.bytes, start, end)}`);
  };
  try {
    command!.handler!(session, argsOf(...words), reply);
    const text = toLatin1(reply.bytes, 0, reply.length);
    return { reply: text, events: seen, dirty: events.changes.dirty - dirtyBefore };
  } finally {
    reply.truncate(0);
    events.hooks.event = listener;
  }
}

/** The bulk strings of a reply that is an array of them. */
export function bulks(text: string): string[] {
  const parts = text.split("\r\n");
  return parts.slice(2, -1).filter((_, i) => i % 2 === 0);
}

export const refOf = (key: string) => keyspace.peek(session.db, argsOf("", key), 1);

/** Removes keys, and waits until their values are freed. */
export function removeKeys(...keys: string[]): void {
  for (const key of keys) keyspace.remove(session.db, argsOf("", key), 1);
  while (!lazyFree.step(1000));
}

/** What an element says. */
export const textOf = ({ region, start, length }: Element) => latin1(region.bytes, start, start + length);

/** What a function visits. */
export function visited(walk: (visit: (member: Element) => void) => void): string[] {
  const texts: string[] = [];
  walk((member) => texts.push(textOf(member)));
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
