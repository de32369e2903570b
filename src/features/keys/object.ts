/**
 * OBJECT: how a value is kept, and when or how often it was used.
 */
import type { CommandSpec, Handler } from "../../command/command.ts";
import { replyHelp } from "../../command/help.ts";
import { access, frequency, idleSeconds } from "../../keyspace/access.ts";
import * as keyspace from "../../keyspace/keyspace.ts";
import { maxmemory, maxmemoryPolicy } from "../../keyspace/parameters.ts";
import { stats } from "../../keyspace/stats.ts";
import { STRING, typeOf } from "../../keyspace/value-type.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Reply } from "../../resp/reply.ts";
import * as entry from "../../struct/entry.ts";
import * as string from "../../types/string/value.ts";

/** What clients are told of an object that Redis shares between keys. */
const SHARED_REFERENCES = 2 ** 31 - 1;
/** Redis shares the integers from 0 to 9999. */
const SHARED_DIGITS_MAX = 4;
const MINUS = 45;

const SWITCHING =
  "Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";

/** A subcommand that asks for the entry in argument 2, and answers null where there is none. */
function ask(answer: (ref: Ref, reply: Reply) => void): Handler {
  return (session, args, reply) => {
    const ref = keyspace.peek(session.db, args, 2);
    if (ref === NIL) {
      stats.misses++;
      return reply.null();
    }
    stats.hits++;
    answer(ref, reply);
  };
}

function encoding(ref: Ref, reply: Reply): void {
  reply.bulkText(typeOf(entry.type(ref)).encodingName(ref));
}

function freq(ref: Ref, reply: Reply): void {
  if (access.lfu) return reply.integer(frequency(ref));
  reply.error(`ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${SWITCHING}`);
}

function idletime(ref: Ref, reply: Reply): void {
  if (!access.lfu) return reply.integer(idleSeconds(ref));
  reply.error(`ERR An LFU maxmemory policy is selected, idle time not tracked. ${SWITCHING}`);
}

function refcount(ref: Ref, reply: Reply): void {
  reply.integer(references(ref));
}

/** How many references Redis would count to an object with this value. */
export function references(ref: Ref): number {
  return isShared(ref) ? SHARED_REFERENCES : 1;
}

/** Whether Redis would keep one object for all values like this: small integers, unless keys are evicted by their use. */
function isShared(ref: Ref): boolean {
  if (maxmemory.value > 0 && /l[rf]u$/.test(maxmemoryPolicy.value)) return false;
  if (entry.type(ref) !== STRING || typeOf(STRING).encodingName(ref) !== "int") return false;
  return string.length(ref) <= SHARED_DIGITS_MAX && string.region(ref).bytes[string.start(ref)] !== MINUS;
}

const HELP = [
  "ENCODING <key>",
  "    How the value is kept in memory.",
  "FREQ <key>",
  "    How often the key was used of late: a counter from 0 to 255 that grows ever",
  "    more slowly.",
  "IDLETIME <key>",
  "    Seconds since the key was used.",
  "REFCOUNT <key>",
  "    1, or 2147483647 for the small integers that Redis keeps only once.",
];

const asking = {
  arity: 3,
  flags: ["readonly"],
  group: "generic",
  keys: [{ flags: "RO", begin: 2 }],
  tips: ["nondeterministic_output"],
  complexity: "O(1)",
  syntax: "key",
} as const;

export const objectCommand: CommandSpec = {
  name: "object",
  arity: -2,
  flags: [],
  group: "generic",
  categories: ["-@keyspace"],
  since: "2.2.3",
  complexity: "That of the subcommand.",
  summary: "Questions about how a value is kept.",
  syntax: "",
  subcommands: [
    {
      ...asking,
      name: "encoding",
      since: "2.2.3",
      summary: "Names the encoding of the value at a key.",
      handler: ask(encoding),
    },
    {
      ...asking,
      name: "freq",
      since: "4.0.0",
      summary: "Answers the counter that says how often a key is used.",
      handler: ask(freq),
    },
    {
      ...asking,
      name: "idletime",
      since: "2.2.3",
      summary: "Answers in seconds how long a key has not been used.",
      handler: ask(idletime),
    },
    {
      ...asking,
      name: "refcount",
      since: "2.2.3",
      summary: "Answers how many keys share the value's object.",
      handler: ask(refcount),
    },
    {
      name: "help",
      arity: 2,
      flags: ["loading", "stale"],
      group: "generic",
      since: "6.2.0",
      complexity: "O(1)",
      summary: "Explains the subcommands.",
      syntax: "",
      handler: (_session, _args, reply) => replyHelp(reply, "OBJECT", HELP),
    },
  ],
};
