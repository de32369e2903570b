/**
 * A feature is one plain object: everything that a type or a capability brings to the server. `features.ts` lists them
 * all; the server opens them in that order and closes them in reverse.
 */
import type { Parameter } from "../base/parameter.ts";
import type { ValueType } from "../keyspace/value-type.ts";
import type { CommandSpec } from "./command.ts";

/** A section of INFO: lines `name:value`, made when they are asked for. */
export interface InfoSection {
  /** In lower case, as a client asks for it. */
  readonly name: string;
  /** As the heading shows it. */
  readonly title: string;
  /** Whether plain INFO shows it, or only INFO everything (or asked for by name). */
  readonly byDefault: boolean;
  lines(): Iterable<readonly [name: string, value: string | number | bigint]>;
}

/** Something to be done again and again; `run` must be quick. */
export interface Timer {
  readonly everyMs: number;
  run(): void;
}

export interface Feature {
  readonly name: string;
  readonly type?: ValueType;
  readonly commands?: readonly CommandSpec[];
  readonly parameters?: readonly Parameter[];
  readonly info?: readonly InfoSection[];
  readonly timers?: readonly Timer[];
  open?(): void;
  close?(): void;
}
