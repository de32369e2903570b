/**
 * Crashes at every operation of the disk, in random histories (history.ts). A server boots on each disk that is left, and must
 * hold the state after some step of the history: no later than the crash, no earlier than promised. Some of those servers go
 * on for a while and die again. One seed is one run; a report names the history, which has a seed of its own.
 */
import { LoadError } from "../../src/features/persistence/loading.ts";
import { type Random, seededRandom } from "../support/random.ts";
import { randomCommands } from "./commands.ts";
import { SimDisk } from "./disk.ts";
import { History, type Image } from "./history.ts";
import { stateOf } from "./state.ts";
import { START_MS, World } from "./world.ts";

const SEED_STEP = 0x9e3779b1;
/** How seldom a server that was recovered goes on. */
const AGAIN_RATE = 0.04;

export interface CrashOptions {
  seed: number;
  /** Ends when so many disks were recovered from. */
  points: number;
  /** Only this history, told in full. */
  only?: boolean;
  /** Another disk: one that does not keep its promises, to show that this is found. */
  newDisk?: () => SimDisk;
  onHistory?(points: number): void;
}

export interface CrashResult {
  histories: number;
  points: number;
  /** Operations of the disk at which there was a crash. */
  operations: number;
  /** Servers that did not start, on a disk whose unsynced pages held garbage. */
  refused: number;
  /** Undefined when every promise was kept. */
  failure: string | undefined;
}

export function crash(options: CrashOptions): CrashResult {
  const result: CrashResult = { histories: 0, points: 0, operations: 0, refused: 0, failure: undefined };
  while (result.points < options.points && result.failure === undefined) {
    const seed = (options.seed + Math.imul(result.histories, SEED_STEP)) >>> 0;
    const history = new History(seed, options.newDisk ?? (() => new SimDisk()));
    const failure = history.run() ?? recoverAll(history, result, options.points);
    if (failure !== undefined) result.failure = `seed ${seed}: ${failure}\n${history.story()}`;
    result.histories++;
    result.operations += history.operations;
    options.onHistory?.(result.points);
    if (options.only) break;
  }
  return result;
}

/** Boots on what the crashes left. Returns what was wrong with the first that was wrong. */
function recoverAll(history: History, result: CrashResult, pointsMax: number): string | undefined {
  const random = seededRandom(history.seed);
  const stepsOf = new Map<string, number[]>();
  for (const [step, state] of history.states.entries()) stepsOf.set(state, [...(stepsOf.get(state) ?? []), step]);
  for (const image of history.images) {
    if (result.points === pointsMax) break;
    result.points++;
    const failure = recover(history, image, stepsOf, random);
    if (image.isGarbage && failure?.startsWith(REFUSED)) result.refused++;
    else if (failure !== undefined) return `${image.what}: ${failure}`;
  }
  return undefined;
}

const REFUSED = "the server does not start: ";

function recover(
  history: History,
  { disk, ms, least, most }: Image,
  stepsOf: ReadonlyMap<string, number[]>,
  random: Random,
): string | undefined {
  const world = bootOn(history, disk, ms);
  if (typeof world === "string") return world;
  const state = stateOf();
  const found = stepsOf.get(state) ?? [];
  const isRight = found.some((step) => step >= least && step <= most);
  const again = isRight && random.chance(AGAIN_RATE) ? goOn(history, world, random) : undefined;
  world.abandon();
  if (isRight) return again;
  const which = found.length === 0 ? "no state of the history" : `the state after step ${found.join(" or ")}`;
  return `expected a state from step ${least} to ${most}, found ${which}:\n${state}`;
}

/** A server on what was left; or why there is none. */
function bootOn({ hasAof, config, seed }: History, disk: SimDisk, ms: number): World | string {
  try {
    // An RDB file is loaded without what is past its deadline: at this time, nothing is.
    return new World(disk, config, seed, hasAof ? ms : START_MS - 10);
  } catch (error) {
    if (error instanceof LoadError) return `${REFUSED}${error.message}`;
    throw error;
  }
}

/** A server that was recovered goes on, and dies (under `always`, the power fails): nothing of that may be lost. */
function goOn(history: History, world: World, random: Random): string | undefined {
  const { hasAof, config } = history;
  const client = world.connect();
  for (let i = 0; i < 3; i++) {
    client.say(randomCommands(random, hasAof));
    world.endTurn();
    if (client.isParked) world.advance(1000);
  }
  world.finishWork();
  if (!hasAof) client.say([["SAVE"]]);
  const before = stateOf();
  const isAlways = hasAof && config["appendfsync"] === "always";
  const left = isAlways ? world.disk.crash(random.below(2 ** 32)) : world.disk.kill();
  world.abandon();
  const next = bootOn(history, left, world.ms);
  if (typeof next === "string") return `after going on, and dying once more: ${next}`;
  const after = stateOf();
  next.abandon();
  return before === after ? undefined : `after going on, and dying once more:\n${before}\n${after}`;
}
