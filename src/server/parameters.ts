/**
 * The process and its network: where it listens, whom it serves, how it logs and ends.
 */

import { statSync } from "node:fs";
import { fromUtf8, utf8 } from "../base/config-text.ts";
import * as parameter from "../base/parameter.ts";
import { emptyTitle, expandProcessTitle } from "./process-title.ts";
import { systemError } from "./system-error.ts";

export const port = parameter.int("port", { default: 6379, max: 65535 });

const addressesMax = 16;

const bindKind: parameter.Kind<readonly string[]> = {
  multiArgument: true,
  parse: (args) => {
    const value = args.length === 1 && args[0] === "" ? [] : [...args];
    if (value.length > addressesMax) return new parameter.Refusal("Too many bind addresses specified.");
    return { value, text: value.join(" ") };
  },
  print: (addresses) => addresses.join(" "),
  rewrite: (name, addresses, text) => [`${name} ${addresses.length === 0 ? '""' : text}`],
};

/** The addresses to listen on; one that begins with `-` may be missing on this machine. */
export const bind = parameter.special<readonly string[]>("bind", bindKind, { default: ["*", "-::*"] });
export const bindSourceAddr = parameter.string("bind-source-addr", { default: "" });
export const unixsocket = parameter.string("unixsocket", { default: "", immutable: true });
export const unixsocketperm = parameter.octal("unixsocketperm", { default: 0, max: 0o777, immutable: true });
export const protectedMode = parameter.bool("protected-mode", { default: true });

/** Accepted for compatibility: Bun always asks for 512. */
export const tcpBacklog = parameter.int("tcp-backlog", { default: 511, max: parameter.intMax, immutable: true });

/** Seconds; 0 switches it off. */
export const tcpKeepalive = parameter.int("tcp-keepalive", { default: 300, max: parameter.intMax });

/** Seconds after which an idle client is disconnected; 0 means never. */
export const timeout = parameter.int("timeout", { default: 0, max: parameter.intMax });
export const socketMarkId = parameter.int("socket-mark-id", { default: 0, max: 2 ** 32 - 1, immutable: true });
export const maxclients = parameter.int("maxclients", { default: 10000, min: 1, max: 2 ** 32 - 1 });

/** The most bytes that all clients together may take; a negative value is a percentage of maxmemory. */
export const maxmemoryClients = parameter.memoryOrPercent("maxmemory-clients", { default: 0 });

/** What one class of clients may have waiting to be sent. 0 means no limit. */
export interface OutputBufferLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  /** How long the soft limit may be exceeded. */
  readonly softSeconds: number;
}

export interface OutputBufferLimits {
  readonly normal: OutputBufferLimit;
  readonly replica: OutputBufferLimit;
  readonly pubsub: OutputBufferLimit;
}

const clientClasses = ["normal", "replica", "pubsub"] as const;

const defaultLimits: OutputBufferLimits = {
  normal: { hardBytes: 0, softBytes: 0, softSeconds: 0 },
  replica: { hardBytes: 256 * 1024 * 1024, softBytes: 64 * 1024 * 1024, softSeconds: 60 },
  pubsub: { hardBytes: 32 * 1024 * 1024, softBytes: 8 * 1024 * 1024, softSeconds: 60 },
};

const outputBufferKind: parameter.Kind<OutputBufferLimits> = {
  multiArgument: true,
  parse: parseLimits,
  print: printLimits,
  rewrite: (name, limits) =>
    clientClasses
      .filter((type) => printLimit(limits[type]) !== printLimit(defaultLimits[type]))
      .map((type) => {
        const { hardBytes, softBytes, softSeconds } = limits[type];
        const hard = parameter.memoryUnits(BigInt(hardBytes));
        return `${name} ${type} ${hard} ${parameter.memoryUnits(BigInt(softBytes))} ${softSeconds}`;
      }),
};

export const clientOutputBufferLimit = parameter.special("client-output-buffer-limit", outputBufferKind, {
  default: defaultLimits,
});

export const hz = parameter.int("hz", {
  default: 10,
  max: parameter.intMax,
  apply: () => {
    hz.assign(Math.min(Math.max(hz.value, 1), 500));
    return undefined;
  },
});
export const dynamicHz = parameter.bool("dynamic-hz", { default: true });

/** Accepted for compatibility. */
export const ioThreads = parameter.int("io-threads", { default: 1, min: 1, max: 128, immutable: true });
export const ioThreadsDoReads = parameter.bool("io-threads-do-reads", { default: false, immutable: true });

/** The working directory. `text` is always the real one, once the configuration has been loaded. */
export const dir = parameter.string("dir", {
  default: "",
  protected: true,
  denyLoading: true,
  validate: whyNotDirectory,
  apply: enterDirectory,
});
export const daemonize = parameter.bool("daemonize", { default: false, immutable: true });
export const pidfile = parameter.string("pidfile", { default: "", immutable: true });
export const supervised = parameter.oneOf("supervised", ["upstart", "systemd", "auto", "no"], {
  default: "no",
  immutable: true,
});
export const loglevel = parameter.oneOf("loglevel", ["debug", "verbose", "notice", "warning"], { default: "notice" });

/** Empty means standard output. */
export const logfile = parameter.string("logfile", { default: "", immutable: true });
export const syslogEnabled = parameter.bool("syslog-enabled", { default: false, immutable: true });
export const syslogIdent = parameter.string("syslog-ident", { default: "redis", immutable: true });
export const syslogFacility = parameter.oneOf(
  "syslog-facility",
  ["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"],
  { default: "local0", immutable: true },
);
export const alwaysShowLogo = parameter.bool("always-show-logo", { default: false, immutable: true });
export const setProcTitle = parameter.bool("set-proc-title", { default: true, immutable: true });

export const procTitleTemplate = parameter.string("proc-title-template", {
  default: "{title} {listen-addr} {server-mode}",
  validate: (template) =>
    expandProcessTitle(template, emptyTitle)?.trim()
      ? undefined
      : "template format is invalid or contains unknown variables",
});

/** Seconds to wait for replicas before the end. */
export const shutdownTimeout = parameter.int("shutdown-timeout", { default: 10, max: parameter.intMax });

/** What SIGINT and SIGTERM do beside the usual, as bits. */
export const SHUTDOWN_SAVE = 1;
export const SHUTDOWN_NOSAVE = 2;
export const SHUTDOWN_NOW = 4;
export const SHUTDOWN_FORCE = 8;

const shutdownWords: readonly (readonly [word: string, flag: number])[] = [
  ["default", 0],
  ["save", SHUTDOWN_SAVE],
  ["nosave", SHUTDOWN_NOSAVE],
  ["now", SHUTDOWN_NOW],
  ["force", SHUTDOWN_FORCE],
];

const shutdownKind: parameter.Kind<number> = {
  multiArgument: true,
  parse: parseShutdownFlags,
  print: printShutdownFlags,
  rewrite: (name, _flags, text) => [`${name} ${text}`],
};

export const shutdownOnSigint = parameter.special("shutdown-on-sigint", shutdownKind, { default: 0 });

export const shutdownOnSigterm = parameter.special("shutdown-on-sigterm", shutdownKind, { default: 0 });
export const enableProtectedConfigs = parameter.oneOf("enable-protected-configs", ["no", "yes", "local"], {
  default: "no",
  immutable: true,
});
export const oomScoreAdj = parameter.oneOf("oom-score-adj", ["no", "yes", "relative", "absolute"], { default: "no" });

const oomScoresKind: parameter.Kind<readonly number[]> = {
  multiArgument: true,
  parse: (args) => {
    if (args.length !== 3) return new parameter.Refusal("wrong number of arguments");
    const value = args.map((text) => parameter.parseLooseInteger(text) ?? Number.NaN);
    if (!value.every((score) => score >= -2000 && score <= 2000)) {
      return new parameter.Refusal("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
    }
    return { value, text: value.join(" ") };
  },
  print: (scores) => scores.join(" "),
  rewrite: (name, _scores, text) => [`${name} ${text}`],
};

/** The kernel's OOM score of a master, of a replica, and of a child process. */
export const oomScoreAdjValues = parameter.special<readonly number[]>("oom-score-adj-values", oomScoresKind, {
  default: [0, 200, 800],
});
export const disableThp = parameter.bool("disable-thp", { default: true, immutable: true });
export const jemallocBgThread = parameter.bool("jemalloc-bg-thread", { default: true });
export const ignoreWarnings = parameter.string("ignore-warnings", { default: "" });

export const serverCpulist = parameter.string("server_cpulist", { default: "", immutable: true });

export const bioCpulist = parameter.string("bio_cpulist", { default: "", immutable: true });

function parseLimits(
  args: readonly string[],
  current: OutputBufferLimits,
): parameter.Parsed<OutputBufferLimits> | parameter.Refusal {
  if (args.length === 1 && args[0] === "") return { value: current, text: printLimits(current) };
  if (args.length % 4 !== 0) return new parameter.Refusal("Wrong number of arguments in buffer limit configuration.");
  const limits = { ...current };
  for (let i = 0; i < args.length; i += 4) {
    const word = args[i]!.toLowerCase();
    const type = clientClasses.find((known) => known === (word === "slave" ? "replica" : word));
    if (type === undefined) {
      return new parameter.Refusal("Invalid client class specified in buffer limit configuration.");
    }
    const hardBytes = parameter.parseMemory(args[i + 1]!);
    const softBytes = parameter.parseMemory(args[i + 2]!);
    if (hardBytes === undefined || softBytes === undefined || !/^\d+$/.test(args[i + 3]!)) {
      return new parameter.Refusal("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
    }
    limits[type] = { hardBytes: Number(hardBytes), softBytes: Number(softBytes), softSeconds: Number(args[i + 3]) };
  }
  return { value: limits, text: printLimits(limits) };
}

function printLimit({ hardBytes, softBytes, softSeconds }: OutputBufferLimit): string {
  return `${hardBytes} ${softBytes} ${softSeconds}`;
}

/** CONFIG GET still calls replicas slaves. */
function printLimits({ normal, replica, pubsub }: OutputBufferLimits): string {
  return `normal ${printLimit(normal)} slave ${printLimit(replica)} pubsub ${printLimit(pubsub)}`;
}

function parseShutdownFlags(args: readonly string[]): parameter.Parsed<number> | parameter.Refusal {
  const unknown = new parameter.Refusal(parameter.notOneOf(shutdownWords.map(([word]) => word)));
  if (args.length === 0) return unknown;
  let flags = 0;
  for (const text of args) {
    const flag = shutdownWords.find(([word]) => word === text.toLowerCase())?.[1];
    if (flag === undefined) return unknown;
    flags |= flag;
  }
  if (flags & SHUTDOWN_SAVE && flags & SHUTDOWN_NOSAVE) {
    return new parameter.Refusal("shutdown options SAVE and NOSAVE can't be used simultaneously");
  }
  return { value: flags, text: printShutdownFlags(flags) };
}

function printShutdownFlags(flags: number): string {
  if (flags === 0) return "default";
  return shutdownWords
    .filter(([, flag]) => flags & flag)
    .map(([word]) => word)
    .join(" ");
}

function whyNotDirectory(path: string): string | undefined {
  try {
    return statSync(utf8(path)).isDirectory() ? undefined : "Not a directory";
  } catch (error) {
    return systemError(error);
  }
}

/** Makes `dir` the working directory; without a `dir`, the present one is meant. */
export function enterDirectory(): string | undefined {
  try {
    if (dir.value !== "") process.chdir(utf8(dir.value));
  } catch (error) {
    return systemError(error);
  }
  dir.assign(fromUtf8(process.cwd()));
  return undefined;
}

export const parameters: readonly parameter.Parameter[] = [
  port,
  bind,
  bindSourceAddr,
  unixsocket,
  unixsocketperm,
  protectedMode,
  tcpBacklog,
  tcpKeepalive,
  timeout,
  socketMarkId,
  maxclients,
  maxmemoryClients,
  clientOutputBufferLimit,
  hz,
  dynamicHz,
  ioThreads,
  ioThreadsDoReads,
  dir,
  daemonize,
  pidfile,
  supervised,
  loglevel,
  logfile,
  syslogEnabled,
  syslogIdent,
  syslogFacility,
  alwaysShowLogo,
  setProcTitle,
  procTitleTemplate,
  shutdownTimeout,
  shutdownOnSigint,
  shutdownOnSigterm,
  enableProtectedConfigs,
  oomScoreAdj,
  oomScoreAdjValues,
  disableThp,
  jemallocBgThread,
  ignoreWarnings,
  serverCpulist,
  bioCpulist,
];
