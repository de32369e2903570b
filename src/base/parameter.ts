/**
 * A configuration parameter is a cell, declared beside what it configures and read as a plain property:
 *
 *     export const hashMaxListpackEntries = parameter.int("hash-max-listpack-entries", { default: 512, min: 0 });
 *     if (count > hashMaxListpackEntries.value) …
 *
 * A cell holds its value twice: `value`, ready for hot code, and `text`, exactly what CONFIG GET prints. Only `store`
 * changes them, always together. Everything a parameter knows about itself stands in its declaration: the name of the
 * directive, its old names, how it is parsed, what it refuses. Which file or command it came from is not its business
 * (server/config does that).
 *
 * Configuration text is bytes: each character of a string here is one byte (Latin-1), so that a password or a path of
 * any encoding survives (base/config-text.ts has the way to and from ordinary strings).
 */
import { upToNul } from "./ascii.ts";
import { quote } from "./config-text.ts";

/** Why a value is not accepted, in the words that follow "CONFIG SET failed (…) - ". */
export class Refusal {
  constructor(readonly reason: string) {}
}

/** An accepted value and the way CONFIG GET prints it. */
export interface Parsed<T> {
  readonly value: T;
  readonly text: string;
}

/** What every kind of parameter may say about itself. */
export interface Options<T> {
  /** Older names of the same directive. */
  readonly aliases?: readonly string[];
  /** Set by file or command line only; CONFIG SET refuses. */
  readonly immutable?: boolean;
  /** CONFIG GET shows it only when it is asked for by its full name. */
  readonly hidden?: boolean;
  /** CONFIG SET needs `enable-protected-configs`. */
  readonly protected?: boolean;
  /** CONFIG SET is refused while a data set is being loaded. */
  readonly denyLoading?: boolean;
  /** A secret: commands that carry it are not logged. */
  readonly sensitive?: boolean;
  /** Refuses a well-formed value, wherever it comes from. */
  validate?(value: T): string | undefined;
  /** See `Parameter.apply`. */
  readonly apply?: () => string | undefined;
}

/** How one kind of value is read and written. */
export interface Kind<T> {
  /**
   * Parses the arguments of a directive. `current` is the value that the parameter has now, for directives that
   * change only a part of it.
   */
  parse(args: readonly string[], current: T): Parsed<T> | Refusal;
  /**
   * Parses a directive that stood in the same configuration file before; without it, the last one counts. (`save`
   * adds to what the earlier ones said.)
   */
  parseRepeated?(args: readonly string[], current: T): Parsed<T> | Refusal;
  /** Prints a value that the program itself chose, as CONFIG GET does. */
  print(value: T): string;
  /** A NUL counts as any other byte; without it, an argument ends there, as the C strings of Redis do. */
  readonly keepsNul?: boolean;
  /** The directive takes any number of arguments; when it is given just one, that is split at spaces first. */
  readonly multiArgument?: boolean;
  /** The lines that CONFIG REWRITE writes, each beginning with the directive's name; none removes the directive. */
  rewrite(name: string, value: T, text: string): readonly string[];
}

export class Parameter<T = unknown> {
  /** Read this. Changed by `store` only. */
  value: T;
  /** What CONFIG GET prints. */
  text: string;
  /**
   * Called after CONFIG SET has stored a changed value, once per function even when several parameters share it. A
   * returned text refuses the change: all values of the command are put back and it is called again. An upper floor
   * may hang its hook here.
   */
  apply: (() => string | undefined) | undefined;

  readonly default: T;
  readonly defaultText: string;
  readonly aliases: readonly string[];
  readonly immutable: boolean;
  readonly hidden: boolean;
  readonly protected: boolean;
  readonly denyLoading: boolean;
  readonly sensitive: boolean;
  readonly multiArgument: boolean;
  private readonly kind: Kind<T>;
  private readonly validate: Options<T>["validate"];

  constructor(
    readonly name: string,
    kind: Kind<T>,
    initial: T,
    options: Options<T>,
  ) {
    this.value = initial;
    this.text = kind.print(initial);
    this.apply = options.apply;
    this.default = initial;
    this.defaultText = this.text;
    this.aliases = options.aliases ?? [];
    this.immutable = options.immutable ?? false;
    this.hidden = options.hidden ?? false;
    this.protected = options.protected ?? false;
    this.denyLoading = options.denyLoading ?? false;
    this.sensitive = options.sensitive ?? false;
    this.multiArgument = kind.multiArgument ?? false;
    this.kind = kind;
    this.validate = options.validate;
  }

  /**
   * Parses and validates the arguments of a directive; the cell is not changed. `repeated` says that the same file has
   * set this parameter before.
   */
  parse(args: readonly string[], repeated = false): Parsed<T> | Refusal {
    if (args.length !== 1 && !this.multiArgument) return new Refusal("wrong number of arguments");
    const seen = this.kind.keepsNul ? args : args.map(upToNul);
    const parsed =
      repeated && this.kind.parseRepeated !== undefined
        ? this.kind.parseRepeated(seen, this.value)
        : this.kind.parse(seen, this.value);
    if (parsed instanceof Refusal) return parsed;
    const reason = this.validate?.(parsed.value);
    return reason === undefined ? parsed : new Refusal(reason);
  }

  /** Stores what `parse` accepted. */
  store(parsed: Parsed<T>): void {
    this.value = parsed.value;
    this.text = parsed.text;
  }

  /** The program chooses a value itself (e.g. `maxclients` lowered to what the system allows). */
  assign(value: T): void {
    this.store({ value, text: this.kind.print(value) });
  }

  /** Back to the default. */
  reset(): void {
    this.assign(this.default);
  }

  /** What the cell holds now, to be given to `store` when a change is undone. */
  snapshot(): Parsed<T> {
    return { value: this.value, text: this.text };
  }

  isDefault(): boolean {
    return this.text === this.defaultText;
  }

  /** The lines that stand for the present value in a configuration file. */
  rewriteLines(): readonly string[] {
    return this.kind.rewrite(this.name, this.value, this.text);
  }
}

/** The greatest value of a C `int`. */
export const intMax = 2 ** 31 - 1;

/** The greatest value of a C `unsigned long`. */
export const uint64Max = 2n ** 64n - 1n;

/** The greatest value of a C `unsigned long`. */
export type WithDefault<T, O> = Options<T> & O & { readonly default: T };

const plainLine = (name: string, _value: unknown, text: string): string[] => [`${name} ${text}`];
const int64Max = 2n ** 63n - 1n;

/** `yes` or `no`. */
export function bool(name: string, options: WithDefault<boolean, object>): Parameter<boolean> {
  const kind: Kind<boolean> = {
    parse: ([text]) => {
      const lower = text!.toLowerCase();
      if (lower === "yes") return { value: true, text: "yes" };
      if (lower === "no") return { value: false, text: "no" };
      return new Refusal("argument must be 'yes' or 'no'");
    },
    print: (value) => (value ? "yes" : "no"),
    rewrite: plainLine,
  };
  return new Parameter(name, kind, options.default, options);
}

interface Range {
  /** Default 0. */
  readonly min?: number | bigint;
  /** Default 2^63-1. */
  readonly max?: number | bigint;
}

/**
 * A decimal integer. `value` is a number; beyond 2^53 it is rounded, while `text` stays exact (no parameter means
 * anything different out there, but CONFIG GET must print what was set).
 */
export function int(name: string, options: WithDefault<number, Range>): Parameter<number> {
  const range = rangeOf(options);
  const kind: Kind<number> = {
    keepsNul: true,
    parse: ([text]) => {
      const integer = parseInteger(text!);
      if (integer === undefined) return new Refusal("argument couldn't be parsed into an integer");
      return range.check(integer) ?? { value: Number(integer), text: String(integer) };
    },
    print: String,
    rewrite: plainLine,
  };
  return new Parameter(name, kind, options.default, options);
}

/** A number of bytes, with a unit if wanted: `100`, `64kb`, `1g`. CONFIG GET prints plain bytes. */
export function memory(name: string, options: WithDefault<number, Range>): Parameter<number> {
  const range = rangeOf(options);
  const kind: Kind<number> = {
    parse: ([text]) => {
      const bytes = parseMemory(text!);
      if (bytes === undefined) return new Refusal("argument must be a memory value");
      return range.check(bytes) ?? { value: Number(bytes), text: String(bytes) };
    },
    print: String,
    rewrite: (line, _value, text) => [`${line} ${memoryUnits(BigInt(text))}`],
  };
  return new Parameter(name, kind, options.default, options);
}

/** Like `memory`, but `5%` is also accepted and becomes the negative value -5, up to -100. */
export function memoryOrPercent(name: string, options: WithDefault<number, object>): Parameter<number> {
  const printed = (value: bigint): string => (value < 0n ? `${-value}%` : String(value));
  const kind: Kind<number> = {
    parse: ([text]) => {
      const percent = /^(\d+)%$/.exec(text!);
      // Redis keeps both in one signed integer, so that bytes beyond 2^63 are percents too.
      const value = percent ? -BigInt(percent[1]!) : signed(parseMemory(text!));
      if (value === undefined) return new Refusal("argument must be a memory or percent value");
      if (value < -100n) return new Refusal("percentage argument must be less or equal to 100");
      return { value: Number(value), text: printed(value) };
    },
    print: (value) => printed(BigInt(value)),
    rewrite: (line, value, text) => [`${line} ${value < 0 ? text : memoryUnits(BigInt(text))}`],
  };
  return new Parameter(name, kind, options.default, options);
}

function signed(value: bigint | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt.asIntN(64, value);
}

/** An octal number, as file modes are written. */
export function octal(name: string, options: WithDefault<number, { readonly max: number }>): Parameter<number> {
  const kind: Kind<number> = {
    parse: ([text]) => {
      if (!/^\s*[+-]?[0-7]+$/.test(text!)) {
        return new Refusal("argument couldn't be parsed as an octal number");
      }
      const value = Number.parseInt(text!, 8);
      if (value < 0 || value > options.max) {
        return new Refusal(`argument must be between 0 and ${options.max.toString(8)} inclusive`);
      }
      return { value, text: value.toString(8) };
    },
    print: (value) => value.toString(8),
    rewrite: plainLine,
  };
  return new Parameter(name, kind, options.default, options);
}

/** One of a few words, accepted in any case. */
export function oneOf<const W extends readonly string[]>(
  name: string,
  words: W,
  options: WithDefault<W[number], object>,
): Parameter<W[number]> {
  const kind: Kind<W[number]> = {
    parse: ([text]) => {
      const lower = text!.toLowerCase();
      const value = words.find((word) => word === lower);
      return value === undefined ? new Refusal(notOneOf(words)) : { value, text: value };
    },
    print: (value) => value,
    rewrite: plainLine,
  };
  return new Parameter(name, kind, options.default, options);
}

/** The refusal of a word that is none of `words`. */
export function notOneOf(words: readonly string[]): string {
  return `argument(s) must be one of the following: ${words.join(", ")}`;
}

interface StringOptions {
  /** See `Kind.keepsNul`. */
  readonly keepsNul?: boolean;
}

/** Any text; empty means "not set". */
export function string(name: string, options: WithDefault<string, StringOptions>): Parameter<string> {
  const kind: Kind<string> = {
    keepsNul: options.keepsNul ?? false,
    parse: ([text]) => ({ value: text!, text: text! }),
    print: (value) => value,
    rewrite: (line, _value, text) => (text === "" && options.default === "" ? [] : [`${line} ${quote(text)}`]),
  };
  return new Parameter(name, kind, options.default, options);
}

/** Anything else: the directive brings its own parser and printer. */
export function special<T>(name: string, kind: Kind<T>, options: WithDefault<T, object>): Parameter<T> {
  return new Parameter(name, kind, options.default, options);
}

interface CheckedRange {
  check(value: bigint): Refusal | undefined;
}

function rangeOf(options: Range): CheckedRange {
  const min = BigInt(options.min ?? 0);
  const max = BigInt(options.max ?? int64Max);
  return {
    check: (value) =>
      value < min || value > max ? new Refusal(`argument must be between ${min} and ${max} inclusive`) : undefined,
  };
}

/** A signed 64-bit decimal integer in Redis' strict notation (no sign `+`, no leading zero, no space). */
export function parseInteger(text: string): bigint | undefined {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return undefined;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** A decimal integer as C's strtoll reads a whole text: spaces and a sign in front, and no digits at all is 0. */
export function parseLooseInteger(text: string): number | undefined {
  return /^\s*([+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

const unitBytes: ReadonlyMap<string, bigint> = new Map([
  ["", 1n],
  ["b", 1n],
  ["k", 1000n],
  ["kb", 1n << 10n],
  ["m", 1000n ** 2n],
  ["mb", 1n << 20n],
  ["g", 1000n ** 3n],
  ["gb", 1n << 30n],
]);

/**
 * Bytes in `512`, `64kb`, `1G` …; undefined if the text is not a memory value. As in Redis, missing digits are 0, a
 * number beyond 64 bits is the greatest there is, and a product beyond 64 bits loses its top.
 */
export function parseMemory(text: string): bigint | undefined {
  const match = /^(\d*)([a-z]*)$/i.exec(text);
  const unit = match ? unitBytes.get(match[2]!.toLowerCase()) : undefined;
  if (!match || unit === undefined) return undefined;
  const count = BigInt(match[1]!);
  return BigInt.asUintN(64, (count > uint64Max ? uint64Max : count) * unit);
}

/** The shortest exact notation of a number of bytes: `1gb`, `512mb`, `1000`. */
export function memoryUnits(bytes: bigint): string {
  if (bytes === 0n) return "0";
  for (const [shift, unit] of [
    [30n, "gb"],
    [20n, "mb"],
    [10n, "kb"],
  ] as const) {
    if ((bytes & ((1n << shift) - 1n)) === 0n) return `${bytes >> shift}${unit}`;
  }
  return String(bytes);
}
