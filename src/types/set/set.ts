/**
 * Sets: the value and its commands, by what they do.
 */
import type { Feature } from "../../command/feature.ts";
import { parameters } from "./parameters.ts";

export const set: Feature = {
  name: "set",
  parameters,
  commands: [],
};
