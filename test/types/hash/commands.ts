/**
 * Hash commands in this process, without a server: words in, reply, events and changes out.
 */
import { toLatin1 } from "../../../src/base/ascii.ts";
import { Session } from "../../../src/command/session.ts";
import { open } from "../../../src/keyspace/database.ts";
import * as events from "../../../src/keyspace/events.ts";
import * as valueTypes from "../../../src/keyspace/value-type.ts";
import { Args } from "../../../src/resp/args.ts";
import { Reply } from "../../../src/resp/reply.ts";
import { hash } from "../../../src/types/hash/hash.ts";

open(1);
valueTypes.register(hash.type!);

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

/** Runs a command of hashes, and tells what followed from it. */
export function run(...words: string[]): Effects {
  const command = hash.commands!.find(({ name }) => name === words[0]!.toLowerCase());
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
