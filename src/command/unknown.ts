/**
 * The errors for what is no command, in Redis' words: they show the first bytes of what was sent.
 */
import type { Args } from "../resp/args.ts";

const SHOWN_MAX = 128;

/** Told of each command that is none, before it is answered: the server looks out for attacks. */
export const listeners: { command: ((args: Args) => void) | undefined } = { command: undefined };

export function unknownCommand(args: Args): string {
  listeners.command?.(args);
  let shown = "";
  for (let i = 1; i < args.count && shown.length < SHOWN_MAX; i++) {
    shown += `'${args.cString(i).slice(0, SHOWN_MAX - shown.length)}' `;
  }
  return `ERR unknown command '${args.cString(0).slice(0, SHOWN_MAX)}', with args beginning with: ${shown}`;
}

export function unknownSubcommand(args: Args): string {
  const container = args.text(0).toUpperCase();
  return `ERR unknown subcommand '${args.cString(1).slice(0, SHOWN_MAX)}'. Try ${container} HELP.`;
}

/** For a subcommand that is known and got more arguments than it has a use for. */
export function misusedSubcommand(args: Args): string {
  const container = args.text(0).toUpperCase();
  const shown = args.cString(1).slice(0, SHOWN_MAX);
  return `ERR unknown subcommand or wrong number of arguments for '${shown}'. Try ${container} HELP.`;
}
