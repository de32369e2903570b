/**
 * All parameters, in the order in which CONFIG GET answers and CONFIG REWRITE appends: those of the floors, which every
 * server has, then those that features bring along.
 */
import type { Parameter } from "../../base/parameter.ts";
import type { Feature } from "../../command/feature.ts";
import { parameters as command } from "../../command/parameters.ts";
import { parameters as keyspace } from "../../keyspace/parameters.ts";
import { parameters as resp } from "../../resp/parameters.ts";
import { parameters as server } from "../parameters.ts";

export function parametersOf(features: readonly Feature[]): readonly Parameter[] {
  return [...server, ...resp, ...keyspace, ...command, ...features.flatMap((feature) => feature.parameters ?? [])];
}
