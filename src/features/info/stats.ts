/**
 * Section stats of INFO: what has happened since the start, or since CONFIG RESETSTAT.
 */
import { env } from "../../base/env.ts";
import * as errorStatistics from "../../command/error-statistics.ts";
import { totals } from "../../command/execute.ts";
import type { InfoSection } from "../../command/feature.ts";
import { snapshotTotals } from "../../command/snapshots.ts";
import * as commands from "../../command/table.ts";
import * as traffic from "../../command/traffic.ts";
import { expiry } from "../../keyspace/expiry.ts";
import { lazyFree } from "../../keyspace/lazy-free.ts";
import * as keyspace from "../../keyspace/stats.ts";

const SAMPLES = 16;
const NS_PER_SECOND = 1e9;

/** How fast a counter grows: the mean of the last samples, each the growth per second between two looks. */
class Rate {
  private readonly samples = new Float64Array(SAMPLES);
  private next = 0;
  private lastCount = 0;
  private lastNs = env.monotonicNs();

  constructor(private readonly count: () => number) {}

  sample(): void {
    const nowNs = env.monotonicNs();
    const count = this.count();
    // A counter that was set back has grown by what it shows.
    const growth = count >= this.lastCount ? count - this.lastCount : count;
    this.samples[this.next] = nowNs > this.lastNs ? (growth * NS_PER_SECOND) / (nowNs - this.lastNs) : 0;
    this.next = (this.next + 1) % SAMPLES;
    this.lastCount = count;
    this.lastNs = nowNs;
  }

  perSecond(): number {
    return this.samples.reduce((sum, sample) => sum + sample, 0) / SAMPLES;
  }

  reset(): void {
    this.samples.fill(0);
    this.lastCount = this.count();
    this.lastNs = env.monotonicNs();
  }
}

const operations = new Rate(() => totals.commands);
const input = new Rate(() => traffic.traffic.inputBytes);
const output = new Rate(() => traffic.traffic.outputBytes);
const rates = [operations, input, output];

/** Looks at all counters whose rates are told. */
export function sampleRates(): void {
  for (const rate of rates) rate.sample();
}

/** Sets back what CONFIG RESETSTAT sets back. */
export function resetStatistics(): void {
  for (const command of commands.everyCommand()) command.statistics.reset();
  totals.commands = 0;
  errorStatistics.reset();
  traffic.reset();
  keyspace.reset();
  expiry.lag.reset();
  lazyFree.freed = 0;
  for (const rate of rates) rate.reset();
}

const kilobytes = (rate: Rate): string => (rate.perSecond() / 1024).toFixed(2);

export const statsSection: InfoSection = {
  name: "stats",
  title: "Stats",
  byDefault: true,
  lines() {
    const { connections, rejectedConnections, inputBytes, outputBytes, reads, writes } = traffic.traffic;
    const { expiredKeys, evictedKeys, hits, misses } = keyspace.stats;
    return [
      ["total_connections_received", connections],
      ["total_commands_processed", totals.commands],
      ["instantaneous_ops_per_sec", Math.floor(operations.perSecond())],
      ["total_net_input_bytes", inputBytes],
      ["total_net_output_bytes", outputBytes],
      ["total_net_repl_input_bytes", 0],
      ["total_net_repl_output_bytes", 0],
      ["instantaneous_input_kbps", kilobytes(input)],
      ["instantaneous_output_kbps", kilobytes(output)],
      ["instantaneous_input_repl_kbps", "0.00"],
      ["instantaneous_output_repl_kbps", "0.00"],
      ["rejected_connections", rejectedConnections],
      ["sync_full", 0],
      ["sync_partial_ok", 0],
      ["sync_partial_err", 0],
      ["expired_keys", expiredKeys],
      ["expired_stale_perc", "0.00"],
      ["expired_time_cap_reached_count", 0],
      ["expire_cycle_cpu_milliseconds", 0],
      ["expire_lag_p50_ms", expiry.lag.percentileMs(0.5)],
      ["expire_lag_p99_ms", expiry.lag.percentileMs(0.99)],
      ["expire_lag_max_ms", expiry.lag.maxMs],
      ["evicted_keys", evictedKeys],
      ["evicted_clients", 0],
      ["total_eviction_exceeded_time", 0],
      ["current_eviction_exceeded_time", 0],
      ["keyspace_hits", hits],
      ["keyspace_misses", misses],
      ["pubsub_channels", 0],
      ["pubsub_patterns", 0],
      ["pubsubshard_channels", 0],
      ["latest_fork_usec", 0],
      ["total_forks", snapshotTotals.begun],
      ["migrate_cached_sockets", 0],
      ["slave_expires_tracked_keys", 0],
      ["active_defrag_hits", 0],
      ["active_defrag_misses", 0],
      ["active_defrag_key_hits", 0],
      ["active_defrag_key_misses", 0],
      ["total_active_defrag_time", 0],
      ["current_active_defrag_time", 0],
      ["tracking_total_keys", 0],
      ["tracking_total_items", 0],
      ["tracking_total_prefixes", 0],
      ["unexpected_error_replies", 0],
      ["total_error_replies", errorStatistics.errorStatistics.total],
      ["dump_payload_sanitizations", 0],
      ["total_reads_processed", reads],
      ["total_writes_processed", writes],
      ["io_threaded_reads_processed", 0],
      ["io_threaded_writes_processed", 0],
      ["reply_buffer_shrinks", 0],
      ["reply_buffer_expands", 0],
    ];
  },
};
