/**
 * The audit: every block is reachable from an owner exactly once, or free. Memory managed by hand in TypeScript would be
 * a dare without it; it runs after every fuzz case and on `DEBUG AUDIT`.
 *
 * Owners walk their structures and `claim` each block. Claims are kept as one bit per granule beside the chunks; then
 * each span must have as many claims as live blocks, and its free list must hold the rest, none of it claimed. The sums
 * and lists that the allocator keeps must agree with its spans.
 */
import { deferred, lists, used } from "./blocks.ts";
import {
  CHUNK_MASK,
  CHUNK_PAGES,
  CHUNK_SHIFT,
  chunks,
  GRANULE_BYTES,
  PAGE_BYTES,
  PAGE_GRANULES,
  PAGE_SHIFT,
  type Ref,
  word,
} from "./chunks.ts";
import { BUMP, FREE, FREE_RUN, field, KIND, LARGE, LIVE, PAGES, pageCounts, START } from "./pages.ts";
import { granulesOf } from "./size-classes.ts";

export class Audit {
  /** What is wrong, in words; empty when all is well. */
  readonly findings: string[] = [];
  private readonly claims = chunks.map(() => new Uint32Array((CHUNK_MASK + 1) / 32));
  private readonly claimsOfSpan = new Map<number, number>();
  private blocks = 0;

  /** States that the caller owns the block at `ref`. False when that cannot be: then do not follow what it holds. */
  claim(ref: Ref, owner: string): boolean {
    const problem = this.problemOf(ref);
    if (problem !== undefined) {
      this.complain(`${owner} claims ${ref}, which ${problem}`);
      return false;
    }
    const at = ref & CHUNK_MASK;
    this.claims[ref >>> CHUNK_SHIFT]![at >>> 5]! |= 1 << (at & 31);
    const span = field(ref >>> PAGE_SHIFT, START);
    this.claimsOfSpan.set(span, (this.claimsOfSpan.get(span) ?? 0) + 1);
    this.blocks++;
    return true;
  }

  /** Adds a finding; only the first hundred are kept. */
  complain(finding: string): void {
    if (this.findings.length < 100) this.findings.push(finding);
  }

  private isClaimed(ref: number): boolean {
    const at = ref & CHUNK_MASK;
    return (this.claims[ref >>> CHUNK_SHIFT]![at >>> 5]! & (1 << (at & 31))) !== 0;
  }

  private problemOf(ref: Ref): string | undefined {
    if (ref === 0 || ref >>> CHUNK_SHIFT >= chunks.length) return "is no block at all";
    const page = ref >>> PAGE_SHIFT;
    const span = field(page, START);
    const kind = field(page, KIND);
    if (kind === FREE_RUN) return "lies in free pages";
    if (kind === LARGE ? ref !== span * PAGE_GRANULES : (ref - span * PAGE_GRANULES) % granulesOf[kind]! !== 0) {
      return "is not the start of a block";
    }
    const bump = field(span, BUMP) >>> 0;
    if (kind !== LARGE && bump !== 0 && ref >= bump) return "was never handed out";
    return this.isClaimed(ref) ? "has an owner already" : undefined;
  }

  /** Compares the claims with what the allocator believes. Call once, when every owner has claimed. */
  finish(): readonly string[] {
    let usedPages = 0;
    let usedBytes = 0;
    const listed = this.listedSpans();
    for (let page = 1; page < chunks.length * CHUNK_PAGES; ) {
      const length = Math.max(1, field(page, PAGES));
      if (field(page, KIND) !== FREE_RUN) {
        usedPages += length;
        usedBytes += this.checkRun(page, listed.has(page));
      }
      page += length;
    }
    if (usedPages !== pageCounts.used) this.complain(`${usedPages} pages in use, counted ${pageCounts.used}`);
    const bytes = used.bytes + deferred.bytes;
    if (usedBytes !== bytes) this.complain(`${usedBytes} bytes in use, counted ${bytes}`);
    const blocks = used.blocks + deferred.refs.length;
    if (this.blocks !== blocks) this.complain(`${this.blocks} blocks have owners, ${blocks} are handed out`);
    return this.findings;
  }

  /** The spans that are in the list of their class. */
  private listedSpans(): Set<number> {
    const listed = new Set<number>();
    const follow = (head: number, kind: number) => {
      for (let span = head; span !== 0 && !listed.has(span); span = lists.next(span)) {
        listed.add(span);
        if (field(span, KIND) !== kind) this.complain(`span ${span} is in the list of class ${kind}`);
      }
    };
    lists.withRoom.forEach(follow);
    lists.aside.forEach(follow);
    return listed;
  }

  /** Checks a span or a large block; returns the bytes of its live blocks. */
  private checkRun(page: number, isListed: boolean): number {
    const claimed = this.claimsOfSpan.get(page) ?? 0;
    const live = field(page, LIVE);
    if (claimed !== live) this.complain(`span ${page}: ${live} live blocks, ${claimed} with owners`);
    const kind = field(page, KIND);
    if (kind === LARGE) return field(page, PAGES) * PAGE_BYTES;
    const granules = granulesOf[kind]!;
    const bump = field(page, BUMP) >>> 0;
    const blocks = Math.floor((field(page, PAGES) * PAGE_GRANULES) / granules);
    let free = bump === 0 ? 0 : blocks - (bump - page * PAGE_GRANULES) / granules;
    for (let ref = field(page, FREE) >>> 0; ref !== 0 && free <= blocks; ref = word(ref as Ref, 0) >>> 0) {
      if (field(ref >>> PAGE_SHIFT, START) !== page) {
        this.complain(`the free blocks of span ${page} lead to ${ref}, which is in another`);
        break;
      }
      if (this.isClaimed(ref)) this.complain(`block ${ref} is free and has an owner`);
      free++;
    }
    if (free + live !== blocks) this.complain(`span ${page}: ${live} live and ${free} free of ${blocks} blocks`);
    const isWanted = live < blocks && lists.current[kind] !== page;
    if (isListed !== isWanted) this.complain(`span ${page} is ${isListed ? "" : "not "}in the list of those with room`);
    return live * granules * GRANULE_BYTES;
  }
}
