/**
 * Errors answered, counted by their code (`ERR`, `WRONGTYPE`, …), for INFO errorstats.
 */
import type { Reply } from "../resp/reply.ts";

/** Codes that are kept apart; a client that makes up codes could fill memory otherwise. */
const CODES_MAX = 128;

export const errorStatistics = { total: 0, byCode: new Map<string, number>() };

/** Counts the error that stands in the reply from `mark` on. */
export function record(reply: Reply, mark: number): void {
  errorStatistics.total++;
  if (reply.bytes[mark] !== 45) return;
  let end = mark + 1;
  while (end < reply.length && reply.bytes[end]! > 32) end++;
  const code = Buffer.from(reply.bytes.slice(mark + 1, end)).toString("latin1");
  const known = errorStatistics.byCode.get(code);
  if (known !== undefined || errorStatistics.byCode.size < CODES_MAX)
    errorStatistics.byCode.set(code, (known ?? 0) + 1);
}

export function reset(): void {
  errorStatistics.total = 0;
  errorStatistics.byCode.clear();
}
