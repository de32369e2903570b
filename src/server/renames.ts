/**
 * `rename-command FROM TO`: a command gets another name, or none (`""`), before the server opens.
 */
import type { Feature } from "../command/feature.ts";

export class Renames {
  /** The present name of each command, by its own; undefined for one that is switched off. */
  private readonly names = new Map<string, string | undefined>();

  constructor(features: readonly Feature[]) {
    for (const feature of features) for (const { name } of feature.commands ?? []) this.names.set(name, name);
  }

  /** Renames a command; says what is wrong. */
  readonly add = (from: string, to: string): string | undefined => {
    const present = [...this.names].find(([, name]) => name === from.toLowerCase());
    if (present === undefined) return "No such command in rename-command";
    const target = to.toLowerCase();
    if ([...this.names.values()].includes(target)) return "Target command name already exists";
    this.names.set(present[0], target === "" ? undefined : target);
    return undefined;
  };

  /** The name under which a command is known; undefined when it is not. */
  nameOf(name: string): string | undefined {
    return this.names.get(name);
  }
}
