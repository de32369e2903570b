/**
 * SORT, for all types that have elements.
 */
import type { Feature } from "../../command/feature.ts";
import { sortCommands } from "./sort.ts";

export const sorting: Feature = { name: "sorting", commands: sortCommands };
