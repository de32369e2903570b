/**
 * A command is one value, declared beside its handler. Everything that anybody wants to know about a command is derived
 * from it: COMMAND's answers, the gates, ACL, where the keys are. Nothing compares names or handlers.
 */
import type { Args } from "../resp/args.ts";
import type { Reply } from "../resp/reply.ts";
import { type FoundKey, rangeOf } from "./keys-of.ts";
import type { Session } from "./session.ts";
import { CommandStatistics } from "./statistics.ts";

/** Does the command's work and writes exactly one reply. */
export type Handler = (session: Session, args: Args, reply: Reply) => void;

/** What the command may do and where it may run, in the words of COMMAND INFO. */
export type Flag =
  | "write"
  | "readonly"
  | "denyoom"
  | "admin"
  | "pubsub"
  | "noscript"
  | "blocking"
  | "loading"
  | "stale"
  | "skip_monitor"
  | "skip_slowlog"
  | "asking"
  | "fast"
  | "no_auth"
  | "may_replicate"
  | "no_mandatory_keys"
  | "no_async_loading"
  | "no_multi"
  | "allow_busy"
  | "movablekeys";

/** Groups of COMMAND DOCS. Most imply an ACL category (command/categories.ts). */
export type Group =
  | "generic"
  | "string"
  | "list"
  | "set"
  | "sorted-set"
  | "hash"
  | "stream"
  | "geo"
  | "hyperloglog"
  | "bitmap"
  | "pubsub"
  | "transactions"
  | "connection"
  | "server"
  | "scripting"
  | "cluster"
  | "sentinel";

/**
 * Where some keys of a command are, and what is done with them.
 *
 * `flags` are words of COMMAND INFO's key specifications, e.g. `RO access`. The first key is argument `begin`, or the one
 * after the keyword `begin`, which is looked for from argument `from` on (backwards when negative).
 * `last` is the last key relative to the first (-1: the last argument, -2: the one before it …), `step` the distance
 * between keys, `limit` as in COMMAND INFO. With `keyNumber`, the number of keys is itself an argument: at that place
 * relative to `begin`, the first key at `firstKey` relative to it.
 *
 * Where that is not enough, because positions or flags depend on other arguments, `find` answers instead. A `begin` of 0
 * says that a reader of the specification cannot tell the place at all.
 */
export interface KeySpec {
  readonly flags: string;
  readonly begin: number | string;
  readonly from?: number;
  readonly last?: number;
  readonly step?: number;
  readonly limit?: number;
  readonly keyNumber?: { readonly at: number; readonly firstKey: number };
  readonly find?: (args: Args) => readonly FoundKey[];
  readonly notes?: string;
}

export interface CommandSpec {
  /** In lower case; of a subcommand, its own name only. */
  readonly name: string;
  /** Number of arguments with the name; negative: at least so many. */
  readonly arity: number;
  /** Whether a call with another number of arguments is right all the same, as of a version that came later. */
  readonly alsoTakes?: (args: Args) => boolean;
  readonly flags: readonly Flag[];
  readonly group: Group;
  /** ACL categories that do not follow from flags and group, e.g. `@dangerous`; `-@keyspace` takes away one that does. */
  readonly categories?: readonly string[];
  readonly keys?: readonly KeySpec[];
  /**
   * The arguments, from `first` on in steps (none: just that one), that are looked up as elements (fields, members) of the value at the first
   * key: a batch brings what they need into the cache together.
   */
  readonly elements?: { readonly first: number; readonly step?: number };
  readonly tips?: readonly string[];
  /** First version of Redis (or Valkey) that had it. */
  readonly since: string;
  /** Empty where it means nothing. */
  readonly complexity: string;
  readonly summary: string;
  /** The arguments in the notation of command/syntax.ts; empty when there are none. */
  readonly syntax: string;
  /** What changed in which version. */
  readonly history?: readonly (readonly [version: string, change: string])[];
  readonly deprecated?: { readonly since: string; readonly replacedBy: string };
  /** For other servers and for tests, not for applications. */
  readonly internal?: boolean;
  /** Turned away like a command that writes when the disk fails: its answer is taken for a sign of health (PING). */
  readonly tellsHealth?: boolean;
  /** Places of the arguments that no log may show: passwords. */
  readonly secrets?: (args: Args) => readonly number[];
  /**
   * What it does between MULTI and EXEC, where other commands are queued: it runs what is queued, it leaves the
   * transaction, or it just runs.
   */
  readonly whileQueueing?: "execute" | "leave" | "run";
  /** Called when a gate turns the command away; returns the error to answer instead. */
  readonly refused?: (session: Session, error: string) => string;
  readonly handler?: Handler;
  readonly subcommands?: readonly CommandSpec[];
}

/** A declared command, with what the hot path wants to know worked out. */
export class Command {
  /** As people and statistics name it: `get`, `config|set`. */
  readonly fullName: string;
  readonly subcommands: readonly Command[];
  readonly statistics = new CommandStatistics();
  readonly handler: Handler | undefined;
  readonly arity: number;
  /** Cannot take long, whatever its arguments: its time need not be measured call by call. */
  readonly quick: boolean;
  readonly write: boolean;
  readonly denyOom: boolean;
  readonly noAuth: boolean;
  readonly noMulti: boolean;
  readonly whileLoading: boolean;
  /** Makes no sense when nothing can be written to disk. */
  readonly needsDisk: boolean;
  /** Writes, or is told to replicas though it doesn't. */
  readonly mayReplicate: boolean;
  readonly whileQueueing: "execute" | "leave" | "run" | undefined;
  readonly skipSlowlog: boolean;
  /** First key, last key (negative: from the end) and step, where the keys are a plain range of arguments; else 0. */
  readonly firstKey: number;
  readonly lastKey: number;
  readonly keyStep: number;
  /** As `CommandSpec.elements`; 0 when there are none. */
  readonly firstElement: number;
  readonly elementStep: number;
  private readonly flagSet: ReadonlySet<Flag>;

  constructor(
    readonly spec: CommandSpec,
    readonly parent?: Command,
  ) {
    this.fullName = parent === undefined ? spec.name : `${parent.fullName}|${spec.name}`;
    this.handler = spec.handler;
    this.arity = spec.arity;
    this.flagSet = new Set(spec.flags);
    this.quick = (this.has("fast") || spec.complexity === "O(1)") && !this.has("blocking");
    this.write = this.has("write");
    this.denyOom = this.has("denyoom");
    this.noAuth = this.has("no_auth");
    this.noMulti = this.has("no_multi");
    this.whileLoading = this.has("loading");
    this.needsDisk = this.write || spec.tellsHealth === true;
    this.mayReplicate = this.write || this.has("may_replicate");
    this.whileQueueing = spec.whileQueueing;
    this.skipSlowlog = this.has("skip_slowlog");
    const range = rangeOf(spec.keys ?? []);
    this.firstKey = range.first;
    this.lastKey = range.last;
    this.keyStep = range.step;
    this.firstElement = spec.elements?.first ?? 0;
    this.elementStep = spec.elements?.step ?? Number.MAX_SAFE_INTEGER;
    this.subcommands = (spec.subcommands ?? []).map((sub) => new Command(sub, this));
  }

  has(flag: Flag): boolean {
    return this.flagSet.has(flag);
  }
}
