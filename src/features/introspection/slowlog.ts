/**
 * The slow log: the commands of late that took as long as `slowlog-log-slower-than` or longer, with as much of their
 * arguments as is needed to know them again. The newest are kept, `slowlog-max-len` of them.
 *
 * Nothing here runs while the log is off. While its threshold is low, every command has to be timed on its own, which
 * quick ones otherwise are not (command/execute.ts).
 */
import { nowMs } from "../../base/env.ts";
import type { Command } from "../../command/command.ts";
import { hooks } from "../../command/execute.ts";
import type { Session } from "../../command/session.ts";
import type { Args } from "../../resp/args.ts";
import { slowlogLogSlowerThan, slowlogMaxLen } from "./parameters.ts";

/** Arguments kept of a command, and bytes of each. */
const ARGUMENTS_MAX = 32;
const ARGUMENT_BYTES_MAX = 128;
/** A threshold below this can be met by commands that are quick by nature. */
const QUICK_US = 1000;

export interface SlowCommand {
  readonly id: number;
  readonly unixSeconds: number;
  readonly durationUs: number;
  /** A character per byte. */
  readonly args: readonly string[];
  readonly address: string;
  readonly name: string;
}

/** The oldest first. */
const slowCommands: SlowCommand[] = [];
let nextId = 0;

function record(session: Session, command: Command, args: Args, ns: number): void {
  const durationUs = Math.floor(ns / 1000);
  if (durationUs < slowlogLogSlowerThan.value || command.skipSlowlog) return;
  slowCommands.push({
    id: nextId++,
    unixSeconds: Math.floor(nowMs / 1000),
    durationUs,
    args: clipped(args, command.spec.secrets?.(args) ?? []),
    address: session.connection?.address ?? "?:0",
    name: session.name,
  });
  if (slowCommands.length > slowlogMaxLen.value) slowCommands.splice(0, slowCommands.length - slowlogMaxLen.value);
}

/** The arguments as the log keeps them. */
function clipped(args: Args, secrets: readonly number[]): string[] {
  const kept = args.count > ARGUMENTS_MAX ? ARGUMENTS_MAX - 1 : args.count;
  const texts: string[] = [];
  for (let i = 0; i < kept; i++) texts.push(secrets.includes(i) ? "(redacted)" : clippedText(args.text(i)));
  if (kept < args.count) texts.push(`... (${args.count - kept} more arguments)`);
  return texts;
}

function clippedText(text: string): string {
  const more = text.length - ARGUMENT_BYTES_MAX;
  return more > 0 ? `${text.slice(0, ARGUMENT_BYTES_MAX)}... (${more} more bytes)` : text;
}

/** Listens to commands or stops to, as the parameters say now. */
function follow(): undefined {
  const isOn = slowlogLogSlowerThan.value >= 0 && slowlogMaxLen.value > 0;
  hooks.after = hooks.after.filter((hook) => hook !== record);
  if (isOn) hooks.after.push(record);
  hooks.timeEach = isOn && slowlogLogSlowerThan.value < QUICK_US;
}

/** Lets the parameters decide, now and whenever they are set. */
export function watchSlowlog(): void {
  slowlogLogSlowerThan.apply = follow;
  slowlogMaxLen.apply = follow;
  follow();
}

/** The newest `count` entries, the newest first. */
export function newest(count: number): SlowCommand[] {
  return slowCommands.slice(Math.max(0, slowCommands.length - count)).reverse();
}

export function length(): number {
  return slowCommands.length;
}

/** Forgets all entries; ids go on. */
export function clear(): void {
  slowCommands.length = 0;
}
