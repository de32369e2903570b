/**
 * What must be true of a table after every step, read from its bytes by someone who knows the layout (struct/table.ts)
 * and none of its functions.
 */
import { chunks, type Ref } from "../../src/mem/mem.ts";

const wordAt = (ref: number, index: number) => chunks[ref >>> 27]!.words[(ref & (2 ** 27 - 1)) * 2 + index]!;

export interface Shape {
  depth: number;
  /** Slots of each segment, in order. */
  slots: number[];
  largest: number;
}

/** Throws in words when the table is not as it should be; returns what it looks like. */
export function checkTable(table: Ref): Shape {
  const [count, depth, directory, deepest] = [0, 1, 2, 3].map((index) => wordAt(table, index) >>> 0) as number[];
  const complain = (what: string): never => {
    throw new Error(`table ${table}: ${what}`);
  };
  let entries = 0;
  let deepestSeen = 0;
  let previous = -1;
  const seen = new Set<number>();
  const slotsOf: number[] = [];
  for (let pair = 0; pair < 2 ** depth!; ) {
    const segment = wordAt(directory!, pair * 2) >>> 0;
    const shape = wordAt(directory!, pair * 2 + 1);
    const local = shape & 31;
    const homes = shape >>> 5;
    if (local > depth!) complain(`pair ${pair} has the local depth ${local}, the table ${depth}`);
    if (local === depth) deepestSeen++;
    const span = 2 ** (depth! - local);
    if (pair % span !== 0) complain(`the segment of pair ${pair} should begin at a multiple of ${span}`);
    for (let i = pair; i < pair + span; i++) {
      if (wordAt(directory!, i * 2) >>> 0 !== segment || wordAt(directory!, i * 2 + 1) !== shape) {
        complain(`pairs ${pair} and ${i} should be the same`);
      }
    }
    if (seen.has(segment)) complain(`segment ${segment} is named twice`);
    seen.add(segment);
    entries += checkSegment(segment, homes, pair / 2 ** depth!, span / 2 ** depth!);
    pair += span;
  }
  if (entries !== count) complain(`${entries} entries, counted ${count}`);
  if (deepestSeen !== deepest) complain(`${deepestSeen} segments of the depth ${depth}, counted ${deepest}`);
  return { depth: depth!, slots: slotsOf, largest: Math.max(...slotsOf) };

  function checkSegment(segment: number, homes: number, from: number, share: number): number {
    const slots = wordAt(segment, 1);
    slotsOf.push(slots);
    if (homes < 1 || homes >= slots - 1) complain(`segment ${segment} has ${homes} homes in ${slots} slots`);
    let taken = 0;
    let gapAt = -1;
    for (let slot = 0; slot < slots; slot++) {
      const hash = wordAt(segment, 2 + slot * 2);
      const entry = wordAt(segment, 3 + slot * 2);
      if (entry === 0) {
        gapAt = slot;
        if (hash !== 0) complain(`an empty slot of segment ${segment} has the hash ${hash}`);
        continue;
      }
      taken++;
      if (slot === slots - 1) complain(`the last slot of segment ${segment} is taken`);
      if (hash < previous) complain(`hash ${hash} comes after ${previous}`);
      previous = hash;
      const place = hash / 2 ** 31;
      if (place < from || place >= from + share) complain(`hash ${hash} is in the wrong segment`);
      // The home by definition: the hash's place within the segment, in 65,536ths, scaled to the homes.
      const within = Math.floor(((place - from) / share) * 65_536);
      const home = Math.floor((within * homes) / 65_536);
      if (slot < home) complain(`hash ${hash} lies at ${slot}, before its home ${home}`);
      if (gapAt >= home) complain(`between hash ${hash} at ${slot} and its home ${home} is a gap at ${gapAt}`);
    }
    if (taken !== wordAt(segment, 0)) complain(`segment ${segment}: ${taken} entries, counted ${wordAt(segment, 0)}`);
    return taken;
  }
}
