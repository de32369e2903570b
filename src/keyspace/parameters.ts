/**
 * How many databases there are, how much memory they may use, and what goes first when it is used up.
 */
import * as parameter from "../base/parameter.ts";

export const databases = parameter.int("databases", { default: 16, min: 1, max: parameter.intMax, immutable: true });

/** The most bytes the data may take; 0 means no limit. */
export const maxmemory = parameter.memory("maxmemory", { default: 0, max: parameter.uint64Max });
export const maxmemoryPolicy = parameter.oneOf(
  "maxmemory-policy",
  [
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "noeviction",
  ],
  { default: "noeviction" },
);
export const maxmemorySamples = parameter.int("maxmemory-samples", { default: 5, min: 1, max: parameter.intMax });
export const maxmemoryEvictionTenacity = parameter.int("maxmemory-eviction-tenacity", { default: 10, max: 100 });
export const replicaIgnoreMaxmemory = parameter.bool("replica-ignore-maxmemory", {
  default: true,
  aliases: ["slave-ignore-maxmemory"],
});
export const lfuLogFactor = parameter.int("lfu-log-factor", { default: 10, max: parameter.intMax });

/** Minutes after which an unused key's frequency counts one less. */
export const lfuDecayTime = parameter.int("lfu-decay-time", { default: 1, max: parameter.intMax });
export const activeExpireEffort = parameter.int("active-expire-effort", { default: 1, min: 1, max: 10 });
export const lazyfreeLazyEviction = parameter.bool("lazyfree-lazy-eviction", { default: false });
export const lazyfreeLazyExpire = parameter.bool("lazyfree-lazy-expire", { default: false });
export const lazyfreeLazyServerDel = parameter.bool("lazyfree-lazy-server-del", { default: false });
export const lazyfreeLazyUserDel = parameter.bool("lazyfree-lazy-user-del", { default: false });
export const lazyfreeLazyUserFlush = parameter.bool("lazyfree-lazy-user-flush", { default: false });

/** Accepted for compatibility: tables here grow without a pause anyway. */
export const activerehashing = parameter.bool("activerehashing", { default: true });

/** Memory here is never fragmented the way jemalloc's is; the real server without its own jemalloc refuses likewise. */
export const activedefrag = parameter.bool("activedefrag", {
  default: false,
  validate: (on) =>
    on
      ? "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc like the one shipped by default with the Redis source distribution"
      : undefined,
});
export const activeDefragCycleMin = parameter.int("active-defrag-cycle-min", { default: 1, min: 1, max: 99 });
export const activeDefragCycleMax = parameter.int("active-defrag-cycle-max", { default: 25, min: 1, max: 99 });
export const activeDefragThresholdLower = parameter.int("active-defrag-threshold-lower", { default: 10, max: 1000 });
export const activeDefragThresholdUpper = parameter.int("active-defrag-threshold-upper", { default: 100, max: 1000 });
export const activeDefragIgnoreBytes = parameter.memory("active-defrag-ignore-bytes", {
  default: 100 * 1024 * 1024,
  min: 1,
});
export const activeDefragMaxScanFields = parameter.int("active-defrag-max-scan-fields", { default: 1000, min: 1 });

export const parameters: readonly parameter.Parameter[] = [
  databases,
  maxmemory,
  maxmemoryPolicy,
  maxmemorySamples,
  maxmemoryEvictionTenacity,
  replicaIgnoreMaxmemory,
  lfuLogFactor,
  lfuDecayTime,
  activeExpireEffort,
  lazyfreeLazyEviction,
  lazyfreeLazyExpire,
  lazyfreeLazyServerDel,
  lazyfreeLazyUserDel,
  lazyfreeLazyUserFlush,
  activerehashing,
  activedefrag,
  activeDefragCycleMin,
  activeDefragCycleMax,
  activeDefragThresholdLower,
  activeDefragThresholdUpper,
  activeDefragIgnoreBytes,
  activeDefragMaxScanFields,
];
