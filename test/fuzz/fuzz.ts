/**
 * The fuzzer: random commands to a server and to a model of plain JavaScript values (`model.ts`), in cases. After each case
 * everything stored is compared, the server audits its memory, and so it does again when all is deleted. During a case
 * SCAN, HSCAN, SSCAN and ZSCAN iterate while the store changes, and must return whatever was there all along.
 */

import { seededRandom } from "../support/random.ts";
import { ConnectionClosed, type RawClient } from "../support/raw-client.ts";
import { decodeReply, encodeCommand, printable, type Reply } from "../support/resp.ts";
import { shrinkFailing } from "../support/shrink.ts";
import { Iteration } from "./iteration.ts";
import { FLEETING_MS_MAX } from "./keyspace.ts";
import { Model } from "./model.ts";
import { generateCommands, PROFILES, type Profile } from "./profiles.ts";
import { wrongReply } from "./replies.ts";

/** Commands sent at once; after each such burst a running iteration takes one step. */
const BURST = 100;
const SEED_STEP = 0x9e3779b1;
/** How long keys that have ended may be counted: a real Redis takes its time. */
const GONE_MS = 3000;

export interface FuzzOptions {
  seed: number;
  /** Ends after this many cases or this much time, whichever comes first. */
  casesMax: number;
  timeMaxMs: number;
  /** A connection to the server under test; it may be emptied. */
  client: RawClient;
  /** The model; a wrong one is how the fuzzer is shown to find mistakes. */
  newModel?: () => Model;
  /** Only these profiles. */
  profiles?: readonly Profile[];
  onCase?(number: number, profile: Profile): void;
}

export interface FuzzResult {
  cases: number;
  commands: number;
  /** `null` when everything was as the model said. */
  failure: string | null;
  /** False when the server doesn't know DEBUG AUDIT. */
  audited: boolean;
  /** Commands that the model knows and the server does not. */
  unknown: string[];
}

interface Mismatch {
  commandIndex: number;
  message: string;
}

/** A server under test. */
interface Subject {
  client: RawClient;
  audited: boolean;
}

/** Runs cases until one fails or the bounds are reached. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { client, newModel = () => new Model(), profiles = PROFILES } = options;
  const giveUpAt = performance.now() + options.timeMaxMs;
  const audited = !/^-ERR (unknown|DEBUG)/i.test(await client.raw("DEBUG", "AUDIT"));
  const subject = { client, audited };
  const names = new Set((await client.command("COMMAND", "LIST")).items?.map(({ text }) => text?.toUpperCase()));
  const unknown = new Set<string>();
  const knows = (name: string): boolean => {
    if (names.has(name === "@RESTORE" ? "RESTORE" : name)) return true;
    unknown.add(name);
    return false;
  };
  let commands = 0;
  let cases = 0;
  let failure: string | null = null;
  for (; failure === null && cases < options.casesMax && performance.now() < giveUpAt; cases++) {
    const caseSeed = (options.seed + Math.imul(cases, SEED_STEP)) >>> 0;
    const profile = profiles[caseSeed % profiles.length]!;
    options.onCase?.(cases, profile);
    const list = generateCommands(profile, seededRandom(caseSeed), knows);
    const run = (candidate: readonly string[][]) => runCase(subject, newModel(), candidate);
    const name = `seed ${caseSeed} (profile "${profile.name}")`;
    try {
      await configure(client, profile);
      const mismatch = await run(list);
      commands += mismatch?.commandIndex ?? list.length;
      if (mismatch !== null) failure = `${name}: ${await explain(run, list, mismatch)}`;
      await client.raw("CONFIG", "SET", ...DEFAULTS);
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error;
      failure = `${name}: the server is gone (${error.message})`;
    }
  }
  return { cases, commands, failure, audited, unknown: [...unknown] };
}

/** What profiles may have changed, as it was. */
const DEFAULTS = [
  ["hash-max-listpack-entries", "128"],
  ["set-max-intset-entries", "512"],
  ["zset-max-listpack-entries", "128"],
  ["list-max-listpack-size", "-2"],
  ["stream-node-max-entries", "100"],
].flat();

async function configure(client: RawClient, { config }: Profile): Promise<void> {
  if (config.length > 0) await client.raw("CONFIG", "SET", ...config);
}

/** One case from an empty store to an empty store; `null` when all was right. */
async function runCase(
  { client, audited }: Subject,
  model: Model,
  list: readonly string[][],
): Promise<Mismatch | null> {
  for (const command of ["DISCARD", "SELECT 0", "FLUSHALL"]) await client.raw(...command.split(" "));
  const iteration = new Iteration(client, model);
  for (let from = 0; from < list.length; ) {
    const burst = burstAt(list, from);
    const replies = await repliesTo(client, burst);
    for (const [i, command] of burst.entries()) {
      const wrong = wrongReply(model.apply(command), replies[i]!);
      if (wrong !== null) return { commandIndex: from + i, message: `${printable(command.join(" "))}\n  ${wrong}` };
    }
    from += burst.length;
    const missed = model.isQueuing ? null : await iteration.step();
    if (missed !== null) return { commandIndex: from - 1, message: missed };
  }
  if (model.isQueuing) {
    await client.raw("DISCARD");
    model.apply(["DISCARD"]);
  }
  const message = (await storeMismatch(client, model)) ?? (audited ? await auditMismatch(client) : null);
  return message === null ? null : { commandIndex: list.length - 1, message };
}

/** The next commands to send at once; what is no command goes alone. */
function burstAt(list: readonly string[][], from: number): readonly string[][] {
  if (list[from]![0] === "@RESTORE") return [list[from]!];
  const special = list.findIndex(([name], i) => i > from && name === "@RESTORE");
  return list.slice(from, Math.min(from + BURST, special < 0 ? list.length : special));
}

async function repliesTo(client: RawClient, burst: readonly string[][]): Promise<Reply[]> {
  const [first] = burst;
  if (first?.[0] === "@RESTORE") return [await dumpAndRestore(client, first[1]!, first[2]!)];
  client.send(burst.map(encodeCommand).join(""));
  return (await client.replies(burst.length)).map(decodeReply);
}

async function dumpAndRestore(client: RawClient, key: string, target: string): Promise<Reply> {
  const payload = await client.command("DUMP", key);
  if (payload.type === "$" && payload.text === null) return { type: "-", text: "ERR no such key", items: null };
  if (payload.text === null || payload.type !== "$") return payload;
  return await client.command("RESTORE", target, "0", payload.text, "REPLACE");
}

/** Everything in the store against everything in the model. */
async function storeMismatch(client: RawClient, model: Model): Promise<string | null> {
  for (const [number, keys] of model.databases.entries()) {
    await client.raw("SELECT", String(number));
    if (!(await holds(client, keys.size))) {
      return `database ${number} has ${(await client.raw("DBSIZE")).slice(1, -2)} keys instead of ${keys.size}`;
    }
    for (const [key, { type, held, deadline }] of keys) {
      const where = `key ${printable(key)} of database ${number}`;
      const answer = (await client.command("TYPE", key)).text;
      if (answer !== type.answer) return `${where} is a ${answer} instead of a ${type.answer}`;
      const wrong = await type.compare(client, key, held);
      if (wrong !== null) return `${where}: ${wrong}`;
      const actual = (await client.command("PEXPIRETIME", key)).text;
      if (actual !== (deadline ?? "-1")) return `${where} ends at ${actual} instead of ${deadline}`;
    }
  }
  return null;
}

/** Whether a database has so many keys, once those that were to end soon have ended. */
async function holds(client: RawClient, size: number): Promise<boolean> {
  const giveUpAt = performance.now() + FLEETING_MS_MAX + GONE_MS;
  while ((await client.raw("DBSIZE")) !== `:${size}\r\n`) {
    if (performance.now() > giveUpAt) return false;
    await Bun.sleep(2);
  }
  return true;
}

async function auditMismatch(client: RawClient): Promise<string | null> {
  const full = await client.raw("DEBUG", "AUDIT");
  if (full !== "+OK\r\n") return `audit with data: ${printable(full, 1000)}`;
  await client.raw("FLUSHALL");
  const empty = await client.raw("DEBUG", "AUDIT");
  return empty === "+OK\r\n" ? null : `audit after FLUSHALL: ${printable(empty, 1000)}`;
}

async function explain(
  run: (list: readonly string[][]) => Promise<Mismatch | null>,
  list: readonly string[][],
  mismatch: Mismatch,
): Promise<string> {
  let { message } = mismatch;
  const fewest = await shrinkFailing(list.slice(0, mismatch.commandIndex + 1), async (candidate) => {
    const again = await run(candidate);
    if (again !== null) message = again.message;
    return again?.commandIndex ?? null;
  });
  return [
    message,
    `after these ${fewest.length} commands:`,
    ...fewest.map((args) => `  ${printable(args.join(" "))}`),
  ].join("\n");
}
