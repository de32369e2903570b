/**
 * The fuzzer: random commands to a server and to a `Map` (`model.ts`), in cases. After each case everything stored is
 * compared, the server audits its memory, and so it does again when all is deleted. During a case SCAN and HSCAN iterate
 * while the store changes, and must return whatever was there all along.
 */

import { seededRandom } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import { encodeCommand, latin1, printable } from "../support/resp.ts";
import { shrinkFailing } from "../support/shrink.ts";
import { Model } from "./model.ts";
import { generateCommands, PROFILES, type Profile } from "./profiles.ts";

/** Commands sent at once; after each such burst a running iteration takes one step. */
const BURST = 100;
const SEED_STEP = 0x9e3779b1;

export interface FuzzOptions {
  seed: number;
  /** Ends after this many cases or this much time, whichever comes first. */
  casesMax: number;
  timeMaxMs: number;
  /** A connection to the server under test; it may be emptied. */
  client: RawClient;
  /** The model; a wrong one is how the fuzzer is shown to find mistakes. */
  newModel?: () => Model;
  onCase?(number: number, profile: Profile): void;
}

export interface FuzzResult {
  cases: number;
  commands: number;
  /** `null` when everything was as the model said. */
  failure: string | null;
  /** False when the server doesn't know DEBUG AUDIT. */
  audited: boolean;
}

interface Mismatch {
  commandIndex: number;
  message: string;
}

/** Runs cases until one fails or the bounds are reached. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { client, newModel = () => new Model() } = options;
  const giveUpAt = performance.now() + options.timeMaxMs;
  const audited = !/^-ERR (unknown|DEBUG)/i.test(await client.raw("DEBUG", "AUDIT"));
  let commands = 0;
  let cases = 0;
  for (; cases < options.casesMax && performance.now() < giveUpAt; cases++) {
    const caseSeed = (options.seed + Math.imul(cases, SEED_STEP)) >>> 0;
    const profile = PROFILES[caseSeed % PROFILES.length]!;
    options.onCase?.(cases, profile);
    const list = generateCommands(profile, seededRandom(caseSeed));
    const mismatch = await runCase(client, newModel(), list, audited);
    commands += mismatch?.commandIndex ?? list.length;
    if (mismatch !== null) {
      const failure = await explain(client, newModel, list, audited, mismatch);
      return { cases, commands, failure: `seed ${caseSeed} (profile "${profile.name}"): ${failure}`, audited };
    }
  }
  return { cases, commands, failure: null, audited };
}

/** One case from an empty store to an empty store; `null` when all was right. */
async function runCase(
  client: RawClient,
  model: Model,
  list: readonly string[][],
  audited: boolean,
): Promise<Mismatch | null> {
  await client.raw("FLUSHALL");
  const iteration = new Iteration(client, model);
  for (let from = 0; from < list.length; from += BURST) {
    const burst = list.slice(from, from + BURST);
    client.send(burst.map(encodeCommand).join(""));
    const replies = await client.replies(burst.length);
    for (const [i, command] of burst.entries()) {
      const [expected, actual] = [model.apply(command), latin1(replies[i]!)];
      if (actual !== expected) {
        const message = `${printable(command.join(" "))}\n  expected ${printable(expected)}\n  received ${printable(actual)}`;
        return { commandIndex: from + i, message };
      }
    }
    const missed = await iteration.step();
    if (missed !== null) return { commandIndex: from + burst.length - 1, message: missed };
  }
  const message = (await storeMismatch(client, model)) ?? (audited ? await auditMismatch(client) : null);
  return message === null ? null : { commandIndex: list.length - 1, message };
}

/** Everything in the store against everything in the model, then deletion and the audits. */
async function storeMismatch(client: RawClient, model: Model): Promise<string | null> {
  if ((await client.raw("DBSIZE")) !== `:${model.keys.size}\r\n`) return `DBSIZE should be ${model.keys.size}`;
  for (const [key, value] of model.keys) {
    const reply = await client.command(...(typeof value === "string" ? ["GET", key] : ["HGETALL", key]));
    if (typeof value === "string") {
      if (reply.text !== value)
        return `${key} holds ${printable(reply.text ?? "nothing")} instead of ${printable(value)}`;
      continue;
    }
    const parts = (reply.items ?? []).map((item) => item.text ?? "");
    if (parts.length !== 2 * value.size) return `${key} has ${parts.length / 2} fields instead of ${value.size}`;
    for (let i = 0; i < parts.length; i += 2) {
      if (value.get(parts[i]!) !== parts[i + 1]) return `${key} has a wrong field ${printable(parts[i]!)}`;
    }
  }
  return null;
}

async function auditMismatch(client: RawClient): Promise<string | null> {
  const full = await client.raw("DEBUG", "AUDIT");
  if (full !== "+OK\r\n") return `audit with data: ${printable(full, 1000)}`;
  await client.raw("FLUSHALL");
  const empty = await client.raw("DEBUG", "AUDIT");
  return empty === "+OK\r\n" ? null : `audit after FLUSHALL: ${printable(empty, 1000)}`;
}

/** A SCAN of the keyspace and an HSCAN of the largest hash that go on while commands change both. */
class Iteration {
  #keys: Walk;
  #fields: (Walk & { hash: Map<string, string>; name: string }) | null = null;

  constructor(
    readonly client: RawClient,
    readonly model: Model,
  ) {
    this.#keys = new Walk(model.keys.keys());
  }

  /** One page of each; a message when an iteration ended without something that had been there all along. */
  async step(): Promise<string | null> {
    const missedKey = await this.#keys.page(this.client, ["SCAN"], 1, (key) => this.model.keys.has(key));
    if (missedKey !== null) return `a full SCAN missed the key ${printable(missedKey)}`;
    if (this.#keys.ended) this.#keys = new Walk(this.model.keys.keys());

    // A hash that was deleted, replaced or converted is another hash: its iteration is given up.
    const fields = this.#fields;
    if (fields === null || fields.ended || this.model.keys.get(fields.name) !== fields.hash) {
      this.#fields = this.#walkLargestHash();
      return null;
    }
    const missedField = await fields.page(this.client, ["HSCAN", fields.name], 2, (field) => fields.hash.has(field));
    return missedField === null ? null : `a full HSCAN of ${fields.name} missed the field ${printable(missedField)}`;
  }

  #walkLargestHash(): (Walk & { hash: Map<string, string>; name: string }) | null {
    let largest: [string, Map<string, string>] | null = null;
    for (const [name, value] of this.model.keys) {
      if (value instanceof Map && value.size > (largest?.[1].size ?? 0)) largest = [name, value];
    }
    return largest === null ? null : Object.assign(new Walk(largest[1].keys()), { name: largest[0], hash: largest[1] });
  }
}

/** One iteration with a cursor: what must still turn up before it may end. */
class Walk {
  ended = false;
  #cursor = "0";
  readonly #awaited: Set<string>;

  constructor(present: Iterable<string>) {
    this.#awaited = new Set(present);
  }

  /** Fetches a page; the name of a missed element when the iteration ended too early. */
  async page(
    client: RawClient,
    head: string[],
    partsPerElement: 1 | 2,
    stillExists: (name: string) => boolean,
  ): Promise<string | null> {
    for (const name of this.#awaited) if (!stillExists(name)) this.#awaited.delete(name);
    const reply = await client.command(...head, this.#cursor, "COUNT", "50");
    this.#cursor = reply.items?.[0]?.text ?? "0";
    const parts = reply.items?.[1]?.items ?? [];
    for (let i = 0; i < parts.length; i += partsPerElement) this.#awaited.delete(parts[i]!.text ?? "");
    this.ended = this.#cursor === "0";
    const [missed] = this.#awaited;
    return this.ended && missed !== undefined ? missed : null;
  }
}

async function explain(
  client: RawClient,
  newModel: () => Model,
  list: readonly string[][],
  audited: boolean,
  mismatch: Mismatch,
): Promise<string> {
  let { message } = mismatch;
  const fewest = await shrinkFailing(list.slice(0, mismatch.commandIndex + 1), async (candidate) => {
    const again = await runCase(client, newModel(), candidate, audited);
    if (again !== null) message = again.message;
    return again?.commandIndex ?? null;
  });
  return [
    message,
    `after these ${fewest.length} commands:`,
    ...fewest.map((args) => `  ${printable(args.join(" "))}`),
  ].join("\n");
}
