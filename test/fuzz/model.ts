/**
 * What a Redis is, in the fewest lines: a `Map` per database from keys to plain values. It predicts the reply to each
 * command. Of deadlines it knows those far away and those in the past; keys that end soon are not held at all, and have to
 * be gone when the case is over.
 */
import type { FuzzType } from "./fuzz-type.ts";
import { FLEETING, keyspaceCommands } from "./keyspace.ts";
import { OK, type Predicted, WRONGTYPE, wrongReply } from "./replies.ts";
import { TYPES } from "./types.ts";

export interface Value<T = unknown> {
  readonly type: FuzzType<T>;
  held: T;
  /** In ms since 1970; undefined: lives for ever. */
  deadline: string | undefined;
}

/** Databases that a case uses: 0 and 1. */
const DATABASES = 2;

const COMMANDS = Object.assign({}, keyspaceCommands, ...TYPES.map((type) => type.commands)) as typeof keyspaceCommands;

export class Model {
  readonly databases = Array.from({ length: DATABASES }, () => new Map<string, Value>());
  selected = 0;
  /** Counts the times that keys changed all at once: what was begun to be iterated over is no more. */
  upheavals = 0;
  private queue: (readonly string[])[] | null = null;

  get keys(): Map<string, Value> {
    return this.databases[this.selected]!;
  }

  /** Whether a transaction has begun and not ended. */
  get isQueuing(): boolean {
    return this.queue !== null;
  }

  /** Applies one command and predicts its reply. */
  apply(command: readonly string[]): Predicted {
    const [name = "", ...args] = command;
    if (this.queue !== null && name !== "EXEC" && name !== "DISCARD") {
      if (name === "MULTI") return "-ERR MULTI calls can not be nested\r\n";
      this.queue.push(command);
      return "+QUEUED\r\n";
    }
    if (name === "MULTI") this.queue = [];
    else if (name === "EXEC" || name === "DISCARD") return this.endTransaction(name);
    else return this.execute(name, args);
    return OK;
  }

  private endTransaction(name: string): Predicted {
    const queue = this.queue;
    this.queue = null;
    if (queue === null) return `-ERR ${name} without MULTI\r\n`;
    if (name === "DISCARD") return OK;
    return ({ items }) => {
      if (items?.length !== queue.length) return `${items?.length} replies instead of ${queue.length}`;
      // One after the other: what the server chose in one decides about the next.
      for (const [i, reply] of items.entries()) {
        const wrong = wrongReply(this.apply(queue[i]!), reply);
        if (wrong !== null) return `${queue[i]!.join(" ")}: ${wrong}`;
      }
      return null;
    };
  }

  private execute(name: string, args: readonly string[]): Predicted {
    if (args[0]?.startsWith(FLEETING)) return () => null;
    const apply = COMMANDS[name];
    if (apply === undefined) throw new Error(`the model doesn't know ${name}`);
    return apply(this, args);
  }

  /** Answers for what the key holds, undefined when it does not exist; WRONGTYPE when it has another type. */
  with<T>(type: FuzzType<T>, key: string, answer: (held: T | undefined) => Predicted): Predicted {
    const value = this.keys.get(key);
    return value === undefined || value.type === type ? answer(value?.held as T | undefined) : WRONGTYPE;
  }

  /** Answers for what several keys hold; WRONGTYPE when one of them has another type. */
  withAll<T>(type: FuzzType<T>, keys: readonly string[], answer: (held: (T | undefined)[]) => Predicted): Predicted {
    const values = keys.map((key) => this.keys.get(key));
    if (values.some((value) => value !== undefined && value.type !== type)) return WRONGTYPE;
    return answer(values.map((value) => value?.held as T | undefined));
  }

  /** Makes the key hold this; it keeps its deadline. An empty collection is no key. */
  hold<T>(type: FuzzType<T>, key: string, held: T): void {
    const value = this.keys.get(key);
    if (type.isEmpty(held)) this.keys.delete(key);
    else if (value === undefined || value.type !== type) this.replace(type, key, held);
    else value.held = held;
  }

  /** Makes the key hold this whatever it held, for ever. */
  replace<T>(type: FuzzType<T>, key: string, held: T): void {
    this.keys.delete(key);
    if (type.isEmpty(held)) return;
    this.keys.set(key, { type: type as FuzzType, held, deadline: undefined });
  }
}
