/**
 * Damage to the files of an AOF: cut off anywhere, or with one bit turned. The server refuses to start, or what it holds then is a
 * state of the history: never a value that nobody has written.
 */
import { LoadError } from "../../src/features/persistence/loading.ts";
import type { Random } from "../support/random.ts";
import { randomCommands } from "./commands.ts";
import { SimDisk } from "./disk.ts";
import { stateOf } from "./state.ts";
import { statesOf, Told } from "./told.ts";
import { World } from "./world.ts";

const FOLDER = "appendonlydir";

/** What a server has left behind, and what it was on the way there. */
export interface Remains {
  files: ReadonlyMap<string, Uint8Array>;
  states: ReadonlySet<string>;
  config: Readonly<Record<string, string>>;
  ms: number;
}

/** A history whose last file has at least so many bytes, with a rewrite in its midst. */
export function historyOf(random: Random, config: Readonly<Record<string, string>>, bytes: number): Remains {
  const disk = new SimDisk();
  const world = new World(disk, config, random.seed);
  const told = new Told();
  told.listen();
  world.connect();
  const say = (commands: string[][]): void => {
    const client = world.clients.find(({ isParked }) => !isParked) ?? world.connect();
    client.say(commands);
    world.endTurn();
    disk.finishSync();
  };
  try {
    for (let i = 0; i < 30; i++) say(randomCommands(random, true));
    say([["BGREWRITEAOF"]]);
    world.finishWork();
    while (lastFileOf(filesOn(disk)).content.length < bytes) {
      say(randomCommands(random, true));
      if (random.chance(0.1)) world.advance(1000);
    }
  } finally {
    told.stop();
    world.abandon();
  }
  return { files: filesOn(disk), states: new Set(statesOf(told.steps)), config, ms: world.ms };
}

function filesOn(disk: SimDisk): Map<string, Uint8Array> {
  return new Map(disk.list(FOLDER).map((name) => [name, disk.contentOf(`${FOLDER}/${name}`)!]));
}

/** The incremental file that was written last. */
export function lastFileOf(files: ReadonlyMap<string, Uint8Array>): { name: string; content: Uint8Array } {
  const [name, content] = [...files].findLast(([each]) => each.endsWith(".incr.aof"))!;
  return { name, content };
}

/**
 * Starts a server on the remains, one of the files being another. "refused", "a state" of the history, or what is wrong.
 */
export function outcomeOf(remains: Remains, name: string, content: Uint8Array): string {
  const disk = new SimDisk();
  disk.putDirectory(FOLDER);
  for (const [each, bytes] of remains.files) disk.put(`${FOLDER}/${each}`, each === name ? content : bytes);
  let world: World;
  try {
    world = new World(disk, remains.config, 1, remains.ms);
  } catch (error) {
    if (error instanceof LoadError) return "refused";
    return `broke: ${error instanceof Error ? error.stack : error}`;
  }
  const state = stateOf();
  world.abandon();
  return remains.states.has(state) ? "a state" : `a state that never was:\n${state}`;
}
