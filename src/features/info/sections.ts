/**
 * Sections of INFO that are a few lines each, and whose numbers lie in plain sight. What does not exist here is told as
 * Redis tells it where it is switched off.
 */
import { totalmem } from "node:os";
import type { InfoSection } from "../../command/feature.ts";
import { memoryOverview } from "../../command/memory-overview.ts";
import { databases, expires, size } from "../../keyspace/database.ts";
import { lazyFree } from "../../keyspace/lazy-free.ts";
import { maxmemory, maxmemoryPolicy } from "../../keyspace/parameters.ts";
import { humanBytes } from "./human.ts";

type Lines = [name: string, value: string | number][];

/** Lines about what is switched off. */
function zeros(...names: string[]): Lines {
  return names.map((name) => [name, 0]);
}

/** A number of bytes, and the same for people. */
function both(name: string, bytes: number): Lines {
  return [
    [name, bytes],
    [`${name}_human`, humanBytes(bytes)],
  ];
}

const ratio = (part: number, whole: number): string => (whole === 0 ? 0 : part / whole).toFixed(2);
const percent = (part: number, whole: number): string => `${ratio(part * 100, whole)}%`;

const memory: InfoSection = {
  name: "memory",
  title: "Memory",
  byDefault: true,
  lines() {
    const { allocated: used, peak, startup, overhead, dataset, clients, active, resident, rss } = memoryOverview();
    return [
      ...both("used_memory", used),
      ...both("used_memory_rss", rss),
      ...both("used_memory_peak", peak),
      ["used_memory_peak_perc", percent(used, peak)],
      ["used_memory_overhead", overhead],
      ["used_memory_startup", startup],
      ["used_memory_dataset", dataset],
      ["used_memory_dataset_perc", percent(dataset, used)],
      ["allocator_allocated", used],
      ["allocator_active", active],
      ["allocator_resident", resident],
      ...both("total_system_memory", totalmem()),
      ...zeros("used_memory_lua", "used_memory_vm_eval"),
      ["used_memory_lua_human", "0B"],
      ...zeros("used_memory_scripts_eval", "number_of_cached_scripts", "number_of_functions", "number_of_libraries"),
      ...zeros("used_memory_vm_functions", "used_memory_vm_total"),
      ["used_memory_vm_total_human", "0B"],
      ...zeros("used_memory_functions", "used_memory_scripts"),
      ["used_memory_scripts_human", "0B"],
      ...both("maxmemory", maxmemory.value),
      ["maxmemory_policy", maxmemoryPolicy.value],
      ["allocator_frag_ratio", ratio(active, used)],
      ["allocator_frag_bytes", active - used],
      ["allocator_rss_ratio", ratio(resident, active)],
      ["allocator_rss_bytes", resident - active],
      ["rss_overhead_ratio", ratio(rss, resident)],
      ["rss_overhead_bytes", rss - resident],
      ["mem_fragmentation_ratio", ratio(rss, used)],
      ["mem_fragmentation_bytes", rss - used],
      ...zeros("mem_not_counted_for_evict", "mem_replication_backlog", "mem_total_replication_buffers"),
      ["mem_clients_slaves", 0],
      ["mem_clients_normal", clients],
      ...zeros("mem_cluster_links", "mem_aof_buffer"),
      ["mem_allocator", "ashlar"],
      ["active_defrag_running", 0],
      ["lazyfree_pending_objects", lazyFree.pending],
      ["lazyfreed_objects", lazyFree.freed],
    ];
  },
};

const cpu: InfoSection = {
  name: "cpu",
  title: "CPU",
  byDefault: true,
  lines() {
    const { user, system } = process.cpuUsage();
    const main = process.threadCpuUsage();
    const seconds = (micros: number): string => (micros / 1e6).toFixed(6);
    return [
      ["used_cpu_sys", seconds(system)],
      ["used_cpu_user", seconds(user)],
      ["used_cpu_sys_children", seconds(0)],
      ["used_cpu_user_children", seconds(0)],
      ["used_cpu_sys_main_thread", seconds(main.system)],
      ["used_cpu_user_main_thread", seconds(main.user)],
    ];
  },
};

const modules: InfoSection = { name: "modules", title: "Modules", byDefault: true, lines: () => [] };

const keyspace: InfoSection = {
  name: "keyspace",
  title: "Keyspace",
  byDefault: true,
  *lines() {
    for (const [number, db] of databases.entries()) {
      const keys = size(db);
      if (keys > 0) yield [`db${number}`, `keys=${keys},expires=${expires(db)},avg_ttl=0`];
    }
  },
};

export const smallSections: readonly InfoSection[] = [memory, cpu, modules, keyspace];
