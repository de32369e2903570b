/**
 * Replication: so far every server is a master without replicas, which is what INFO tells.
 */
import { env } from "../../base/env.ts";
import type { Feature, InfoSection } from "../../command/feature.ts";
import { parameters, replBacklogSize } from "./parameters.ts";

/** Names a history of writes: 40 hexadecimal digits. */
function createReplicationId(): string {
  const word = () => env.random32().toString(16).padStart(8, "0");
  return word() + word() + word() + word() + word();
}

const replicationId = createReplicationId();

const section: InfoSection = {
  name: "replication",
  title: "Replication",
  byDefault: true,
  lines: () => [
    ["role", "master"],
    ["connected_slaves", 0],
    ["master_failover_state", "no-failover"],
    ["master_replid", replicationId],
    ["master_replid2", "0".repeat(40)],
    ["master_repl_offset", 0],
    ["second_repl_offset", -1],
    ["repl_backlog_active", 0],
    ["repl_backlog_size", replBacklogSize.value],
    ["repl_backlog_first_byte_offset", 0],
    ["repl_backlog_histlen", 0],
  ],
};

export const replication: Feature = { name: "replication", parameters, info: [section] };
