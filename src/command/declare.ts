/**
 * What the declarations of one room share: the group, and that most commands are about one key, which is argument 1.
 */
import type { CommandSpec, Group, KeySpec } from "./command.ts";

/** A declaration without its group, and with either the flags of its one key or the specifications of all its keys. */
export type Declaration = Omit<CommandSpec, "group" | "keys"> &
  ({ readonly keyFlags: string } | { readonly keys: readonly KeySpec[] });

/** Makes the declaring function of a group; `firstKey` is the place of the one key (2 for subcommands). */
export function declareFor(group: Group, firstKey = 1): (declaration: Declaration) => CommandSpec {
  return (declaration) => {
    if ("keys" in declaration) return { ...declaration, group };
    const { keyFlags, ...rest } = declaration;
    return { ...rest, group, keys: [{ flags: keyFlags, begin: firstKey }] };
  };
}
