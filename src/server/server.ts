/**
 * From a configuration to a server that is ready: opens everything in order.
 */
import { utf8 } from "../base/config-text.ts";
import { installStorage } from "../base/storage.ts";
import type { Feature } from "../command/feature.ts";
import { loading } from "../command/gates.ts";
import * as infoSections from "../command/info-sections.ts";
import { log as featureLog } from "../command/log.ts";
import { installSnapshots } from "../command/snapshots.ts";
import * as commands from "../command/table.ts";
import { resetStatistics } from "../features/info/stats.ts";
import { resetAofStatistics } from "../features/persistence/aof.ts";
import { followChanges } from "../features/persistence/persistence.ts";
import { resetSaveStatistics, saveSoon } from "../features/persistence/rdb-saves.ts";
import { serve } from "../features/server/host.ts";
import { access } from "../keyspace/access.ts";
import { open as openDatabases } from "../keyspace/database.ts";
import { databases, maxmemoryPolicy } from "../keyspace/parameters.ts";
import { register as registerType } from "../keyspace/value-type.ts";
import { isLoopback } from "./admission.ts";
import { logVersion, showLogo } from "./banner.ts";
import { loadData } from "./boot-loading.ts";
import { clientSweep } from "./client-sweep.ts";
import { FatalConfigError } from "./config/fatal.ts";
import { loadConfig, type Sources } from "./config/load.ts";
import { parametersOf } from "./config/parameter-lists.ts";
import { Registry } from "./config/registry.ts";
import { rewriteConfig } from "./config/rewrite.ts";
import { watchForFaults } from "./crash.ts";
import * as daemon from "./daemon.ts";
import { disk, startSyncThread } from "./disk.ts";
import { fitClientsToFiles, TooFewFiles } from "./file-limit.ts";
import { configFile, serverSections } from "./info.ts";
import { CannotListen, listensOnTcp, openListeners } from "./listeners.ts";
import { log, setRole } from "./log.ts";
import { openOomScore } from "./oom-score.ts";
import { unixsocket } from "./parameters.ts";
import { Renames } from "./renames.ts";
import { openTitle } from "./shown-title.ts";
import * as ending from "./shutdown.ts";
import { snapshotThread } from "./snapshot-thread.ts";
import { commandsFirst, commandsFirstTimer } from "./threads.ts";
import { addTimer, pauseTimers, tick } from "./tick.ts";
import { checkSupported, refusals } from "./unsupported.ts";

/** Starts the server, or ends the process with an explanation. */
export function start(sources: Sources, features: readonly Feature[]): void {
  try {
    boot(sources, features);
  } catch (error) {
    if (error instanceof FatalConfigError) process.stderr.write(error.message);
    else if (error instanceof TooFewFiles || error instanceof CannotListen) log.warning(error.message);
    else throw error;
    process.exit(1);
  }
}

function boot(sources: Sources, features: readonly Feature[]): void {
  const registry = new Registry(parametersOf(features));
  const renames = new Renames(features);
  const stdin = loadConfig(registry, sources, { ...refusals, renameCommand: renames.add });
  if (daemon.mustGoToBackground()) {
    daemon.goToBackground(stdin);
    process.exit(0);
  }
  logVersion(sources.file);
  daemon.greetSupervisor();
  setRole("M");
  checkSupported();
  fitClientsToFiles();
  daemon.writePidfile();

  configFile.path = sources.file === undefined ? "" : utf8(sources.file);
  Object.assign(featureLog, log);
  installStorage(disk);
  startSyncThread();
  installSnapshots(snapshotThread);
  openStore(features, renames);
  openListeners();
  openTitle();
  openOomScore();
  watchForFaults();
  serve({
    getConfig: (patterns) => registry.get(patterns),
    setConfig: (pairs, local) => registry.set(pairs, { local, loading: loading.isUnderWay }),
    isSecret: (name) => registry.find(name)?.sensitive === true,
    rewriteConfig: (all) => rewriteConfig(registry, sources.file, all),
    resetStatistics() {
      resetStatistics();
      resetSaveStatistics();
      resetAofStatistics();
    },
    isLocal: (address) => isLoopback(address) || address === `${unixsocket.value}:0`,
    shutdown: ending.shutdown,
    abortShutdown: ending.abortShutdown,
    pauseTimers,
  });
  ending.closeAtEnd(features);
  daemon.listenForSignals({
    end: ending.askForEnd,
    endNow: ending.endNow,
    isEnding: ending.isEnding,
    save: saveSoon,
  });
  tick();
  showLogo();
  log.warning("Server initialized");
  loadData(() => {
    commandsFirst();
    followChanges();
    announce();
  });
}

/** Makes the databases, and opens everything that the server can do. */
function openStore(features: readonly Feature[], renames: Renames): void {
  openDatabases(databases.value);
  for (const section of serverSections) infoSections.register(section);
  for (const feature of features) {
    for (const section of feature.info ?? []) infoSections.register(section);
    if (feature.type !== undefined) registerType(feature.type);
    for (const spec of feature.commands ?? []) {
      const name = renames.nameOf(spec.name);
      if (name !== undefined) commands.register(name === spec.name ? spec : { ...spec, name });
    }
    for (const timer of feature.timers ?? []) addTimer(timer);
  }
  addTimer(clientSweep);
  addTimer(ending.endTimer);
  addTimer(commandsFirstTimer);
  maxmemoryPolicy.apply = followPolicy;
  followPolicy();
  for (const feature of features) feature.open?.();
}

/** The policy decides what is kept of each access to a key. */
function followPolicy(): undefined {
  access.lfu = maxmemoryPolicy.value.endsWith("-lfu");
}

function announce(): void {
  if (listensOnTcp()) log.notice("Ready to accept connections");
  if (unixsocket.value !== "") {
    log.notice(`The server is now ready to accept connections at ${unixsocket.value}`);
  }
  daemon.notifySupervisor("READY=1\nSTATUS=Ready to accept connections");
}
