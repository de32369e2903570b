/**
 * Looking into the running server: slow commands, latency, debugging.
 */
import * as parameter from "../../base/parameter.ts";

/** Microseconds; -1 logs nothing. */
export const slowlogLogSlowerThan = parameter.int("slowlog-log-slower-than", { default: 10000, min: -1 });
export const slowlogMaxLen = parameter.int("slowlog-max-len", { default: 128 });

/** Milliseconds; 0 switches the monitor off. */
export const latencyMonitorThreshold = parameter.int("latency-monitor-threshold", { default: 0 });
export const enableDebugCommand = parameter.oneOf("enable-debug-command", ["no", "yes", "local"], {
  default: "no",
  immutable: true,
});
export const crashLogEnabled = parameter.bool("crash-log-enabled", { default: true });
export const crashMemcheckEnabled = parameter.bool("crash-memcheck-enabled", { default: true });
export const useExitOnPanic = parameter.bool("use-exit-on-panic", { default: false, hidden: true });
export const watchdogPeriod = parameter.int("watchdog-period", { default: 0, max: parameter.intMax, hidden: true });

export const parameters: readonly parameter.Parameter[] = [
  slowlogLogSlowerThan,
  slowlogMaxLen,
  latencyMonitorThreshold,
  enableDebugCommand,
  crashLogEnabled,
  crashMemcheckEnabled,
  useExitOnPanic,
  watchdogPeriod,
];
