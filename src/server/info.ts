/**
 * Sections server and clients of INFO: which program runs where, since when, and for how many.
 */
import { machine, release, type as system } from "node:os";
import { env, nowMs } from "../base/env.ts";
import { ASHLAR_VERSION, REDIS_VERSION } from "../base/version.ts";
import { waitingSessions } from "../command/blocking.ts";
import type { InfoSection } from "../command/feature.ts";
import { postponedSessions } from "../command/pause.ts";
import { sessions, startedNs } from "../command/session.ts";
import { hz, maxclients, port } from "./parameters.ts";

/** Set when a configuration file was read: its path. */
export const configFile = { path: "" };

const word = () => env.random32().toString(16).padStart(8, "0");
/** Names this run of the program: 40 hexadecimal digits. */
const runId = word() + word() + word() + word() + word();

const SECONDS_PER_DAY = 86400;

const server: InfoSection = {
  name: "server",
  title: "Server",
  byDefault: true,
  lines() {
    const uptimeSeconds = Math.floor((env.monotonicNs() - startedNs) / 1e9);
    return [
      ["redis_version", REDIS_VERSION],
      ["ashlar_version", ASHLAR_VERSION],
      ["redis_git_sha1", "00000000"],
      ["redis_git_dirty", 0],
      ["redis_build_id", 0],
      ["redis_mode", "standalone"],
      ["os", `${system()} ${release()} ${machine()}`],
      ["arch_bits", 64],
      ["monotonic_clock", "POSIX clock_gettime"],
      ["multiplexing_api", process.platform === "linux" ? "epoll" : "kqueue"],
      ["atomicvar_api", "none"],
      ["gcc_version", "0.0.0"],
      ["process_id", process.pid],
      ["process_supervised", "no"],
      ["run_id", runId],
      ["tcp_port", port.value],
      ["server_time_usec", env.wallMs() * 1000],
      ["uptime_in_seconds", uptimeSeconds],
      ["uptime_in_days", Math.floor(uptimeSeconds / SECONDS_PER_DAY)],
      ["hz", hz.value],
      ["configured_hz", hz.value],
      ["lru_clock", Math.floor(nowMs / 1000) & 0xffffff],
      ["executable", process.execPath],
      ["config_file", configFile.path],
      ["io_threads_active", 0],
    ];
  },
};

const clients: InfoSection = {
  name: "clients",
  title: "Clients",
  byDefault: true,
  lines: () => {
    const waiting = waitingSessions();
    return [
      ["connected_clients", sessions.size],
      ["cluster_connections", 0],
      ["maxclients", maxclients.value],
      ["client_recent_max_input_buffer", 0],
      ["client_recent_max_output_buffer", 0],
      ["blocked_clients", waiting.all + postponedSessions()],
      ["tracking_clients", 0],
      ["clients_in_timeout_table", waiting.withDeadline],
    ];
  },
};

export const serverSections: readonly InfoSection[] = [server, clients];
