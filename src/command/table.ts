/**
 * The command table: all commands by name, found by the bytes of the first argument, whatever their case, without
 * making a string of them.
 */
import type { Args } from "../resp/args.ts";
import { Command, type CommandSpec } from "./command.ts";

const SIZE = 2048;
const MASK = SIZE - 1;

/** Open addressing, as everything here; a name is compared in full, so a hash need not be good, only quick. */
const slots: (Command | undefined)[] = new Array(SIZE).fill(undefined);
const names: Uint8Array[] = new Array(SIZE).fill(new Uint8Array(0));
/** Where the command was that was found last: in a pipeline, most often it comes again. Saves hashing its name, 8 ns. */
let lastSlot = 0;
const all = new Map<string, Command>();

/** The commands by their names in lower case, in the order of declaration. */
export const commands: ReadonlyMap<string, Command> = all;

/** Makes a command known. Called at boot, from the list in features.ts. */
export function register(spec: CommandSpec): void {
  if (all.has(spec.name)) throw new Error(`two commands are called ${spec.name}`);
  const command = new Command(spec);
  all.set(spec.name, command);
  const name = Buffer.from(spec.name, "latin1");
  let slot = hashOf(name, 0, name.length) & MASK;
  while (slots[slot] !== undefined) slot = (slot + 1) & MASK;
  slots[slot] = command;
  names[slot] = name;
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i]! | 32)) | 0;
  return hash ^ (hash >>> 11);
}

const isUpper = (byte: number) => byte >= 65 && byte <= 90;

function isName(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[start + i]!;
    if ((isUpper(byte) ? byte | 32 : byte) !== name[i]) return false;
  }
  return true;
}

/** The command whose name is argument 0, its subcommand not looked at. */
export function find(args: Args): Command | undefined {
  const bytes = args.bytes;
  const start = args.start(0);
  const end = args.end(0);
  if (isName(names[lastSlot]!, bytes, start, end)) return slots[lastSlot];
  for (let slot = hashOf(bytes, start, end) & MASK; ; slot = (slot + 1) & MASK) {
    const command = slots[slot];
    if (command === undefined) return undefined;
    if (isName(names[slot]!, bytes, start, end)) {
      lastSlot = slot;
      return command;
    }
  }
}

/** The subcommand of `command` that argument 1 names; `command` itself when it has none or is called bare. */
export function resolve(command: Command, args: Args): Command | undefined {
  if (command.subcommands.length === 0 || args.count < 2) return command;
  return command.subcommands.find((sub) => args.is(1, sub.spec.name));
}

/** A command or, as `config|set`, a subcommand, by name in lower case. */
export function byName(fullName: string): Command | undefined {
  const bar = fullName.indexOf("|");
  if (bar < 0) return all.get(fullName);
  const sub = fullName.slice(bar + 1);
  return all.get(fullName.slice(0, bar))?.subcommands.find((each) => each.spec.name === sub);
}

/** Every command and every subcommand. */
export function* everyCommand(): Generator<Command> {
  for (const command of all.values()) {
    yield command;
    yield* command.subcommands;
  }
}
