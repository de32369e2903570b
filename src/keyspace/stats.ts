/**
 * What the keyspace counts for INFO. CONFIG RESETSTAT sets it back.
 */
export const stats = {
  hits: 0,
  misses: 0,
  expiredKeys: 0,
  evictedKeys: 0,
};

export function reset(): void {
  stats.hits = stats.misses = stats.expiredKeys = stats.evictedKeys = 0;
}
