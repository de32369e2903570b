/**
 * Masters and replicas.
 */
import * as parameter from "../../base/parameter.ts";

/** The master to follow; undefined for a master. */
export interface MasterAddress {
  readonly host: string;
  readonly port: number;
}

const replicaofKind: parameter.Kind<MasterAddress | undefined> = {
  multiArgument: true,
  parse: (args) => {
    if (args.length !== 2) return new parameter.Refusal("wrong number of arguments");
    const [host, port] = args as [string, string];
    if (host.toLowerCase() === "no" && port.toLowerCase() === "one") return { value: undefined, text: "" };
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) return new parameter.Refusal("Invalid master port");
    return { value: { host, port: Number(port) }, text: `${host} ${Number(port)}` };
  },
  print: (master) => (master === undefined ? "" : `${master.host} ${master.port}`),
  rewrite: (name, master) => (master === undefined ? [] : [`${name} ${master.host} ${master.port}`]),
};

export const replicaof = parameter.special("replicaof", replicaofKind, {
  default: undefined,
  immutable: true,
  aliases: ["slaveof"],
});
export const masterauth = parameter.string("masterauth", { default: "", sensitive: true, keepsNul: true });
export const masteruser = parameter.string("masteruser", { default: "", sensitive: true });
export const replicaPriority = parameter.int("replica-priority", {
  default: 100,
  max: parameter.intMax,
  aliases: ["slave-priority"],
});
export const replicaServeStaleData = parameter.bool("replica-serve-stale-data", {
  default: true,
  aliases: ["slave-serve-stale-data"],
});
export const replicaReadOnly = parameter.bool("replica-read-only", { default: true, aliases: ["slave-read-only"] });
export const replicaLazyFlush = parameter.bool("replica-lazy-flush", { default: false, aliases: ["slave-lazy-flush"] });
export const replicaIgnoreDiskWriteErrors = parameter.bool("replica-ignore-disk-write-errors", { default: false });
export const replicaAnnounced = parameter.bool("replica-announced", { default: true });
export const replicaAnnounceIp = parameter.string("replica-announce-ip", {
  default: "",
  aliases: ["slave-announce-ip"],
});
export const replicaAnnouncePort = parameter.int("replica-announce-port", {
  default: 0,
  max: 65535,
  aliases: ["slave-announce-port"],
});
export const replDisklessSync = parameter.bool("repl-diskless-sync", { default: true });
export const replDisklessSyncDelay = parameter.int("repl-diskless-sync-delay", { default: 5, max: parameter.intMax });
export const replDisklessSyncMaxReplicas = parameter.int("repl-diskless-sync-max-replicas", {
  default: 0,
  max: parameter.intMax,
});
export const replDisklessLoad = parameter.oneOf("repl-diskless-load", ["disabled", "on-empty-db", "swapdb"], {
  default: "disabled",
  denyLoading: true,
});
export const replDisableTcpNodelay = parameter.bool("repl-disable-tcp-nodelay", { default: false });
export const replTimeout = parameter.int("repl-timeout", { default: 60, min: 1, max: parameter.intMax });
export const replPingReplicaPeriod = parameter.int("repl-ping-replica-period", {
  default: 10,
  min: 1,
  max: parameter.intMax,
  aliases: ["repl-ping-slave-period"],
});

const backlogBytesMin = 16 * 1024;

/** A smaller size than 16 kb is accepted and raised to it. */
export const replBacklogSize = parameter.memory("repl-backlog-size", {
  default: 1024 * 1024,
  min: 1,
  apply: () => {
    if (replBacklogSize.value < backlogBytesMin) replBacklogSize.assign(backlogBytesMin);
    return undefined;
  },
});
export const replBacklogTtl = parameter.int("repl-backlog-ttl", { default: 3600 });
export const minReplicasToWrite = parameter.int("min-replicas-to-write", {
  default: 0,
  max: parameter.intMax,
  aliases: ["min-slaves-to-write"],
});
export const minReplicasMaxLag = parameter.int("min-replicas-max-lag", {
  default: 10,
  max: parameter.intMax,
  aliases: ["min-slaves-max-lag"],
});
export const propagationErrorBehavior = parameter.oneOf(
  "propagation-error-behavior",
  ["ignore", "panic", "panic-on-replicas"],
  { default: "ignore" },
);

export const parameters: readonly parameter.Parameter[] = [
  replicaof,
  masterauth,
  masteruser,
  replicaPriority,
  replicaServeStaleData,
  replicaReadOnly,
  replicaLazyFlush,
  replicaIgnoreDiskWriteErrors,
  replicaAnnounced,
  replicaAnnounceIp,
  replicaAnnouncePort,
  replDisklessSync,
  replDisklessSyncDelay,
  replDisklessSyncMaxReplicas,
  replDisklessLoad,
  replDisableTcpNodelay,
  replTimeout,
  replPingReplicaPeriod,
  replBacklogSize,
  replBacklogTtl,
  minReplicasToWrite,
  minReplicasMaxLag,
  propagationErrorBehavior,
];
