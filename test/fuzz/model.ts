/**
 * What a Redis with strings and hashes is, in the fewest lines: a `Map`. It predicts the RESP2 reply to a command as a
 * Latin-1 string. It knows no deadlines and few errors; the oracle asks about those.
 */

export type ModelValue = string | Map<string, string>;

const OK = "+OK\r\n";
const NULL = "$-1\r\n";
const WRONGTYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

const integer = (value: number | bigint): string => `:${value}\r\n`;
const bulk = (value: string | undefined): string => (value === undefined ? NULL : `$${value.length}\r\n${value}\r\n`);

export class Model {
  readonly keys = new Map<string, ModelValue>();

  /** Applies one command and returns the reply it must have. */
  apply([name, ...args]: readonly string[]): string {
    const [key = "", second = "", third = ""] = args;
    switch (name) {
      case "SET":
        this.keys.set(key, second);
        return OK;
      case "GET":
        return this.#withString(key, (text) => bulk(text));
      case "STRLEN":
        return this.#withString(key, (text = "") => integer(text.length));
      case "APPEND":
        return this.#withString(key, (text = "") => this.#storeString(key, text + second));
      case "SETRANGE":
        return this.#withString(key, (text = "") => {
          if (third === "") return integer(text.length);
          const at = Number(second);
          const padded = text.padEnd(at, "\0");
          return this.#storeString(key, padded.slice(0, at) + third + padded.slice(at + third.length));
        });
      case "GETRANGE":
        return this.#withString(key, (text = "") => bulk(text.slice(Number(second), Number(third) + 1)));
      case "INCRBY":
        return this.#withString(key, (text = "0") => {
          const sum = BigInt(text) + BigInt(second);
          this.keys.set(key, String(sum));
          return integer(sum);
        });
      case "DEL":
      case "UNLINK":
        return integer(args.filter((each) => this.keys.delete(each)).length);
      case "EXISTS":
        return integer(args.filter((each) => this.keys.has(each)).length);
      case "DBSIZE":
        return integer(this.keys.size);
      case "RENAME": {
        const value = this.keys.get(key);
        if (value === undefined) return "-ERR no such key\r\n";
        this.keys.delete(key);
        this.keys.set(second, value);
        return OK;
      }
      case "COPY": {
        if (key === second) return "-ERR source and destination objects are the same\r\n";
        const value = this.keys.get(key);
        if (value === undefined || this.keys.has(second)) return integer(0);
        this.keys.set(second, typeof value === "string" ? value : new Map(value));
        return integer(1);
      }
      case "HSET":
        return this.#withHash(key, (hash) => {
          let added = 0;
          for (let i = 1; i + 1 < args.length; i += 2) {
            if (!hash.has(args[i]!)) added++;
            hash.set(args[i]!, args[i + 1]!);
          }
          this.keys.set(key, hash);
          return integer(added);
        });
      case "HDEL":
        return this.#withHash(key, (hash) => {
          const removed = args.slice(1).filter((field) => hash.delete(field)).length;
          if (hash.size === 0) this.keys.delete(key);
          return integer(removed);
        });
      case "HGET":
        return this.#withHash(key, (hash) => bulk(hash.get(second)));
      case "HLEN":
        return this.#withHash(key, (hash) => integer(hash.size));
      case "HINCRBY":
        return this.#withHash(key, (hash) => {
          const sum = BigInt(hash.get(second) ?? "0") + BigInt(third);
          this.keys.set(key, hash.set(second, String(sum)));
          return integer(sum);
        });
      default:
        throw new Error(`the model doesn't know ${name}`);
    }
  }

  #withString(key: string, answer: (text: string | undefined) => string): string {
    const value = this.keys.get(key);
    return value instanceof Map ? WRONGTYPE : answer(value);
  }

  #withHash(key: string, answer: (hash: Map<string, string>) => string): string {
    const value = this.keys.get(key) ?? new Map<string, string>();
    return value instanceof Map ? answer(value) : WRONGTYPE;
  }

  #storeString(key: string, text: string): string {
    this.keys.set(key, text);
    return integer(text.length);
  }
}
