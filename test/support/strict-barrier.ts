/**
 * The write barrier, held to its word: a change of memory that nobody announced is found, whoever made it.
 *
 * A shadow copy of all pages in use is kept. After each operation memory is compared with it: what differs must be a block
 * that was announced with `touch` during the operation (or lie in the part announced with `touchPart`), or that was not handed
 * out when it began. When a block is announced it must still be as it was: who changes first and announces then has missed
 * the moment.
 *
 * Exempt are the access bits of an entry (LRU or LFU), which every read would have to announce.
 */
import { equal, Region } from "../../src/base/region.ts";
import { WHOLE } from "../../src/mem/barrier.ts";
import { PAGE_GRANULES, PAGE_SHIFT } from "../../src/mem/chunks.ts";
import type { Ref } from "../../src/mem/mem.ts";
import * as mem from "../../src/mem/mem.ts";
import { BUMP, FREE, field, KIND, START } from "../../src/mem/pages.ts";
import { blocksOfRun, eachRun } from "./live-blocks.ts";

/** A run of pages as it was. */
interface Shadow {
  readonly copy: Region;
  readonly kind: number;
  bump: number;
  free: number;
}

export class StrictBarrier {
  private readonly runs = new Map<number, Shadow>();
  /** Blocks announced, with the parts of them. */
  private readonly announced = new Map<Ref, { from: number; to: number }[]>();
  private findings: string[] = [];
  private entries: ReadonlySet<Ref> = new Set();

  /** `entriesNow` tells the blocks whose access bits may change unannounced; asked when an operation begins. */
  constructor(private readonly entriesNow: () => ReadonlySet<Ref>) {
    this.copyRuns();
  }

  /** Runs an operation; throws when it changed what it had not announced. */
  watch<T>(what: string, operation: () => T): T {
    this.announced.clear();
    this.findings = [];
    this.entries = this.entriesNow();
    mem.listen((ref, from, bytes) => this.onTouch(ref, from, bytes === WHOLE ? mem.capacity(ref) : from + bytes));
    let result: T;
    try {
      result = operation();
    } finally {
      mem.listen(undefined);
    }
    for (const [page, shadow] of this.runs) this.compareRun(page, shadow);
    this.copyRuns();
    if (this.findings.length > 0) throw new Error(`${what}: ${this.findings.slice(0, 5).join("; ")}`);
    return result;
  }

  private onTouch(ref: Ref, from: number, to: number): void {
    const known = this.announced.get(ref);
    if (known !== undefined) {
      known.push({ from, to });
      return;
    }
    this.announced.set(ref, [{ from, to }]);
    const page = field(ref >>> PAGE_SHIFT, START);
    const shadow = this.runs.get(page);
    if (shadow === undefined || field(page, KIND) !== shadow.kind) return;
    if (!this.blocksThen(page, shadow).includes(ref)) return;
    if (this.hasChanged(page, shadow, ref)) this.findings.push(`block ${ref} was announced after it was changed`);
  }

  private compareRun(page: number, shadow: Shadow): void {
    const memory = mem.chunkOf((page * PAGE_GRANULES) as Ref);
    const start = mem.byteOffset((page * PAGE_GRANULES) as Ref);
    if (equal(memory, start, shadow.copy, 0, shadow.copy.bytes.length)) return;
    if (field(page, KIND) !== shadow.kind) return; // given back, hence each of its blocks announced
    for (const ref of this.blocksThen(page, shadow)) {
      if (!this.hasChanged(page, shadow, ref) || this.isAnnounced(page, shadow, ref)) continue;
      this.findings.push(`block ${ref} of ${mem.capacity(ref)} bytes was changed and not announced`);
    }
  }

  /** Whether all that has changed of a block lies in parts that were announced. */
  private isAnnounced(page: number, shadow: Shadow, ref: Ref): boolean {
    const parts = this.announced.get(ref);
    if (parts === undefined) return false;
    const now = mem.chunkOf(ref);
    const then = (ref - page * PAGE_GRANULES) * 8;
    let from = 0;
    for (const part of [...parts].sort((a, b) => a.from - b.from)) {
      if (part.from > from && !equal(now, mem.byteOffset(ref) + from, shadow.copy, then + from, part.from - from))
        return false;
      from = Math.max(from, part.to);
    }
    const rest = mem.capacity(ref) - from;
    return rest <= 0 || equal(now, mem.byteOffset(ref) + from, shadow.copy, then + from, rest);
  }

  /** The blocks that were handed out when the operation began. */
  private blocksThen(page: number, shadow: Shadow): Ref[] {
    const words = new Int32Array(shadow.copy.bytes.buffer);
    return blocksOfRun(page, shadow.bump, shadow.free, (ref) => words[(ref - page * PAGE_GRANULES) * 2]!);
  }

  private hasChanged(page: number, shadow: Shadow, ref: Ref): boolean {
    const now = mem.chunkOf(ref);
    const at = mem.byteOffset(ref);
    const then = (ref - page * PAGE_GRANULES) * 8;
    const length = mem.capacity(ref);
    if (equal(now, at, shadow.copy, then, length)) return false;
    // The access bits are the upper three bytes of the first word.
    const isSameBeside =
      now.bytes[at] === shadow.copy.bytes[then] && equal(now, at + 4, shadow.copy, then + 4, length - 4);
    return !(isSameBeside && this.entries.has(ref));
  }

  /** Brings the shadow up to date. */
  private copyRuns(): void {
    const gone = new Set(this.runs.keys());
    eachRun((page, length) => {
      gone.delete(page);
      const memory = mem.chunkOf((page * PAGE_GRANULES) as Ref);
      const start = mem.byteOffset((page * PAGE_GRANULES) as Ref);
      const bytes = length * mem.PAGE_BYTES;
      const known = this.runs.get(page);
      if (known !== undefined && known.copy.bytes.length === bytes && known.kind === field(page, KIND)) {
        known.bump = field(page, BUMP);
        known.free = field(page, FREE);
        if (!equal(memory, start, known.copy, 0, bytes))
          known.copy.bytes.set(memory.bytes.subarray(start, start + bytes));
        return;
      }
      const copy = new Region(memory.bytes.slice(start, start + bytes));
      this.runs.set(page, { copy, kind: field(page, KIND), bump: field(page, BUMP), free: field(page, FREE) });
    });
    for (const page of gone) this.runs.delete(page);
  }
}
