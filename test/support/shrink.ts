/**
 * Makes a failing list short: removes ever smaller parts of it for as long as what remains still fails.
 */

const ATTEMPTS_MAX = 400;
const TIME_MAX_MS = 30_000;

/**
 * The shortest list found for which `failsAt` answers with an index (where it failed; `null` means that it passed).
 * What stands behind the failing index is dropped too. `list` itself must fail at its last element.
 */
export async function shrinkFailing<T>(
  list: readonly T[],
  failsAt: (candidate: readonly T[]) => Promise<number | null>,
): Promise<T[]> {
  const giveUpAt = performance.now() + TIME_MAX_MS;
  let attemptsLeft = ATTEMPTS_MAX;
  let kept = [...list];
  for (let part = kept.length >> 1; part >= 1; part = part === 1 ? 0 : (part + 1) >> 1) {
    for (let end = kept.length; end > 0; end -= part) {
      if (attemptsLeft-- <= 0 || performance.now() > giveUpAt) return kept;
      const candidate = kept.toSpliced(Math.max(0, end - part), Math.min(part, end));
      const failedAt = candidate.length === 0 ? null : await failsAt(candidate);
      if (failedAt === null) continue;
      kept = candidate.slice(0, failedAt + 1);
      end = Math.min(end, kept.length + part);
    }
  }
  return kept;
}
