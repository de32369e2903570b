/**
 * What the fuzzer has to know about a type: how its commands are drawn and predicted, and how a whole value is compared.
 * Each type is one file in `types/`, and one line in `types.ts`.
 */
import type { Random } from "../support/random.ts";
import type { RawClient } from "../support/raw-client.ts";
import type { Model } from "./model.ts";
import type { Profile } from "./profiles.ts";
import type { Predicted } from "./replies.ts";

/** Applies a command to the model, and predicts the reply. `args` are what follows the command's name. */
export type Apply = (model: Model, args: readonly string[]) => Predicted;

/** A type whose values are held as `T`. */
export interface FuzzType<T = unknown> {
  readonly name: string;
  /** What TYPE answers. */
  readonly answer: string;
  /** What its keys begin with. Keys may be renamed into each other's names all the same. */
  readonly prefix: string;
  readonly commands: Readonly<Record<string, Apply>>;
  /** Draws a command that gives the key, which may exist, something to hold. */
  create(draw: Draw, key: string): string[];
  /** Draws any other command that changes values, and one that only looks. */
  change(draw: Draw): string[];
  look(draw: Draw): string[];
  copy(held: T): T;
  isEmpty(held: T): boolean;
  /** Reads the whole value, in more than one way if there is; null when it is as held, else the first difference. */
  compare(client: RawClient, key: string, held: T): Promise<string | null>;
  /** How an iteration over the value is asked for, if there is one. */
  readonly walk?: {
    readonly command: string;
    readonly partsPerElement: 1 | 2;
    names(held: T): Iterable<string>;
    has(held: T, name: string): boolean;
  };
}

/** Random parts of commands, as large and as many as the profile wants them. */
export class Draw {
  constructor(
    readonly random: Random,
    readonly profile: Profile,
  ) {}

  /** The number last drawn by `nextNumber`. */
  lastNumber = 0;

  /** A number that is higher than all before it in this case. */
  nextNumber(): number {
    this.lastNumber += this.random.between(1, 3);
    return this.lastNumber;
  }

  /** A key of the type; seldom one that most likely has another type. */
  key(prefix: string): string {
    return `${this.random.chance(0.03) ? this.random.pick(STRAY_PREFIXES) : prefix}${this.random.below(this.profile.keys)}`;
  }

  /** The name of a field or member, out of as many as the profile wants. */
  element(): string {
    const number = this.random.below(this.profile.elements);
    return this.random.chance(0.3) ? String(number) : `element:${number}`;
  }

  elements(max: number): string[] {
    return Array.from({ length: this.random.between(1, max) }, () => this.element());
  }

  /** As many as a usual command has, seldom many more. */
  many(): number {
    return this.random.chance(0.1) ? this.profile.batch : 3;
  }

  /** Mostly short, sometimes long, sometimes a number, sometimes binary. */
  value(): string {
    const { random, profile } = this;
    const length = random.below(random.chance(0.7) ? Math.min(70, profile.valueLengthMax) : profile.valueLengthMax);
    if (random.chance(0.2)) return this.integer();
    if (random.chance(0.2)) return random.bytes(Math.min(length, 200));
    return String.fromCharCode(random.between(32, 126)).repeat(length);
  }

  integer(): string {
    return String(this.random.between(-1_000_000, 1_000_000) * 10 ** this.random.below(4));
  }

  /** A place in a list of about as many elements as the profile has; counted from the end as well. */
  index(): number {
    const { elements } = this.profile;
    return this.random.between(-elements - 2, elements + 2);
  }

  oneOf<T>(...choices: readonly T[]): T {
    return this.random.pick(choices);
  }
}

/** Prefixes that any command may meet. HyperLogLogs are strings as well: only their own commands know what they hold. */
const STRAY_PREFIXES = ["s", "n", "l", "t", "z", "h", "x"];
