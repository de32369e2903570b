/**
 * The cluster.
 */
import * as parameter from "../../base/parameter.ts";

export const clusterEnabled = parameter.bool("cluster-enabled", { default: false, immutable: true });
export const clusterConfigFile = parameter.string("cluster-config-file", { default: "nodes.conf", immutable: true });
export const clusterPort = parameter.int("cluster-port", { default: 0, max: 65535, immutable: true });
export const clusterNodeTimeout = parameter.int("cluster-node-timeout", { default: 15000 });
export const clusterMigrationBarrier = parameter.int("cluster-migration-barrier", {
  default: 1,
  max: parameter.intMax,
});
export const clusterReplicaValidityFactor = parameter.int("cluster-replica-validity-factor", {
  default: 10,
  max: parameter.intMax,
  aliases: ["cluster-slave-validity-factor"],
});
export const clusterReplicaNoFailover = parameter.bool("cluster-replica-no-failover", {
  default: false,
  aliases: ["cluster-slave-no-failover"],
});
export const clusterRequireFullCoverage = parameter.bool("cluster-require-full-coverage", { default: true });
export const clusterAllowReplicaMigration = parameter.bool("cluster-allow-replica-migration", { default: true });
export const clusterAllowReadsWhenDown = parameter.bool("cluster-allow-reads-when-down", { default: false });
export const clusterAllowPubsubshardWhenDown = parameter.bool("cluster-allow-pubsubshard-when-down", { default: true });
export const clusterLinkSendbufLimit = parameter.memory("cluster-link-sendbuf-limit", {
  default: 0,
  max: parameter.uint64Max,
});
export const clusterAnnounceIp = parameter.string("cluster-announce-ip", { default: "" });

export const clusterAnnounceHostname = parameter.string("cluster-announce-hostname", {
  default: "",
  validate: (hostname) => {
    if (hostname.length >= 256) return "Hostnames must be less than 256 characters";
    if (!/^[a-z0-9.-]*$/i.test(hostname)) return "Hostnames may only contain alphanumeric characters, hyphens or dots";
    return undefined;
  },
});
export const clusterPreferredEndpointType = parameter.oneOf(
  "cluster-preferred-endpoint-type",
  ["ip", "hostname", "unknown-endpoint"],
  { default: "ip" },
);
export const clusterAnnouncePort = parameter.int("cluster-announce-port", { default: 0, max: 65535 });
export const clusterAnnounceBusPort = parameter.int("cluster-announce-bus-port", { default: 0, max: 65535 });
export const clusterAnnounceTlsPort = parameter.int("cluster-announce-tls-port", { default: 0, max: 65535 });

export const parameters: readonly parameter.Parameter[] = [
  clusterEnabled,
  clusterConfigFile,
  clusterPort,
  clusterNodeTimeout,
  clusterMigrationBarrier,
  clusterReplicaValidityFactor,
  clusterReplicaNoFailover,
  clusterRequireFullCoverage,
  clusterAllowReplicaMigration,
  clusterAllowReadsWhenDown,
  clusterAllowPubsubshardWhenDown,
  clusterLinkSendbufLimit,
  clusterAnnounceIp,
  clusterAnnounceHostname,
  clusterPreferredEndpointType,
  clusterAnnouncePort,
  clusterAnnounceBusPort,
  clusterAnnounceTlsPort,
];
