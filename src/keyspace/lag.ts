/**
 * How late something was, as percentiles: a count per millisecond up to a second, and one for all that was later.
 */
const MAX_MS = 1000;

export class Lag {
  private readonly counts = new Float64Array(MAX_MS + 1);
  private total = 0;
  /** The longest lag in milliseconds. */
  maxMs = 0;

  record(ms: number): void {
    this.counts[Math.min(MAX_MS, Math.max(0, Math.floor(ms)))]!++;
    this.total++;
    if (ms > this.maxMs) this.maxMs = ms;
  }

  /** The lag in milliseconds that this share (0 to 1) of the records does not exceed. */
  percentileMs(share: number): number {
    let left = Math.ceil(this.total * share);
    for (let ms = 0; ms <= MAX_MS && left > 0; ms++) {
      left -= this.counts[ms]!;
      if (left <= 0) return ms;
    }
    return 0;
  }

  reset(): void {
    this.counts.fill(0);
    this.total = this.maxMs = 0;
  }
}
