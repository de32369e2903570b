/**
 * Who may call commands, and what is counted when they do.
 */
import { bytesOf } from "../base/ascii.ts";
import * as double from "../base/double.ts";
import * as parameter from "../base/parameter.ts";

/** The password of the default user; empty means that none is wanted. */
export const requirepass = parameter.string("requirepass", { default: "", sensitive: true, keepsNul: true });

/** Whether each command's durations are counted in a histogram. */
export const latencyTracking = parameter.bool("latency-tracking", { default: true });

const percentilesKind: parameter.Kind<readonly number[]> = {
  multiArgument: true,
  keepsNul: true,
  parse: (args) => {
    if (args.length === 1 && args[0] === "") return { value: [], text: "" };
    const value: number[] = [];
    for (const text of args) {
      const percentile = double.parse(bytesOf(text), 0, text.length);
      if (percentile === undefined)
        return new parameter.Refusal("Invalid latency-tracking-info-percentiles parameters");
      if (percentile < 0 || percentile > 100) {
        return new parameter.Refusal("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
      }
      value.push(percentile);
    }
    return { value, text: printPercentiles(value) };
  },
  print: printPercentiles,
  rewrite: (name, values, text) => [`${name} ${values.length === 0 ? '""' : text}`],
};

/** The percentiles that INFO latencystats prints, each from 0 to 100. */
export const latencyTrackingInfoPercentiles = parameter.special<readonly number[]>(
  "latency-tracking-info-percentiles",
  percentilesKind,
  { default: [50, 99, 99.9] },
);

function printPercentiles(values: readonly number[]): string {
  return values.map((value) => String(Number(value.toFixed(6)))).join(" ");
}

export const parameters: readonly parameter.Parameter[] = [
  requirepass,
  latencyTracking,
  latencyTrackingInfoPercentiles,
];
