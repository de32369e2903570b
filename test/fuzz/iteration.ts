/**
 * Iterations with a cursor that go on while commands change what they walk through: over the keys, and over the largest
 * value that can be walked through. Whatever was there from the beginning to the end must turn up.
 */
import type { RawClient } from "../support/raw-client.ts";
import { printable } from "../support/resp.ts";
import type { FuzzType } from "./fuzz-type.ts";
import type { Model } from "./model.ts";

const PAGE = "50";

export class Iteration {
  private keys: Walk;
  private upheavals: number;
  private value: ValueWalk | null = null;

  constructor(
    readonly client: RawClient,
    readonly model: Model,
  ) {
    this.keys = new Walk(model.keys.keys());
    this.upheavals = model.upheavals;
  }

  /** One page of each; a message when an iteration ended without something that had been there all along. */
  async step(): Promise<string | null> {
    const { client, model } = this;
    if (this.keys.ended || this.upheavals !== model.upheavals) {
      this.keys = new Walk(model.keys.keys());
      this.value = null;
      this.upheavals = model.upheavals;
    }
    const missedKey = await this.keys.page(client, ["SCAN"], 1, (key) => model.keys.has(key));
    if (missedKey !== null) return `a full SCAN missed the key ${printable(missedKey)}`;

    // A value that was deleted, replaced or renamed is another one: its iteration is given up.
    if (this.value?.goesOn(model) !== true) {
      this.value = ValueWalk.ofLargest(model);
      return null;
    }
    return await this.value.step(client);
  }
}

/** The iteration over one value. */
class ValueWalk {
  private readonly walk: Walk;

  private constructor(
    private readonly key: string,
    private readonly held: unknown,
    private readonly how: NonNullable<FuzzType["walk"]>,
  ) {
    this.walk = new Walk(how.names(held));
  }

  static ofLargest({ keys }: Model): ValueWalk | null {
    let largest: ValueWalk | null = null;
    let most = 0;
    for (const [key, { type, held }] of keys) {
      const size = held instanceof Map || held instanceof Set ? held.size : 0;
      if (type.walk === undefined || size <= most) continue;
      most = size;
      largest = new ValueWalk(key, held, type.walk);
    }
    return largest;
  }

  goesOn({ keys }: Model): boolean {
    return !this.walk.ended && keys.get(this.key)?.held === this.held;
  }

  async step(client: RawClient): Promise<string | null> {
    const { command, partsPerElement } = this.how;
    const stillThere = (name: string) => this.how.has(this.held, name);
    const missed = await this.walk.page(client, [command, this.key], partsPerElement, stillThere);
    return missed === null ? null : `a full ${command} of ${this.key} missed ${printable(missed)}`;
  }
}

/** One iteration: what must still turn up before it may end. */
class Walk {
  ended = false;
  private cursor = "0";
  private readonly awaited: Set<string>;

  constructor(present: Iterable<string>) {
    this.awaited = new Set(present);
  }

  /** Fetches a page; the name of a missed element when the iteration ended too early. */
  async page(
    client: RawClient,
    head: string[],
    partsPerElement: 1 | 2,
    stillExists: (name: string) => boolean,
  ): Promise<string | null> {
    for (const name of this.awaited) if (!stillExists(name)) this.awaited.delete(name);
    const reply = await client.command(...head, this.cursor, "COUNT", PAGE);
    this.cursor = reply.items?.[0]?.text ?? "0";
    const parts = reply.items?.[1]?.items ?? [];
    for (let i = 0; i < parts.length; i += partsPerElement) this.awaited.delete(parts[i]!.text ?? "");
    this.ended = this.cursor === "0";
    const [missed] = this.awaited;
    return this.ended && missed !== undefined ? missed : null;
  }
}
