/**
 * Sorted sets: the value (value.ts, with packed.ts, tree.ts, member.ts and type.ts) and its commands, by what they do.
 */
import type { Feature } from "../../command/feature.ts";
import { addCommands } from "./add.ts";
import { combineCommands } from "./combine.ts";
import { geoCommands } from "./geo.ts";
import { geoSearchCommands } from "./geo-search.ts";
import { getCommands } from "./get.ts";
import { parameters } from "./parameters.ts";
import { popCommands } from "./pop.ts";
import { rangeCommands } from "./range.ts";
import { removeCommands } from "./remove.ts";
import { scanCommands } from "./scan.ts";
import { zsetType } from "./type.ts";

export const zset: Feature = {
  name: "zset",
  type: zsetType,
  commands: [
    ...addCommands,
    ...getCommands,
    ...rangeCommands,
    ...removeCommands,
    ...popCommands,
    ...combineCommands,
    ...scanCommands,
    ...geoCommands,
    ...geoSearchCommands,
  ],
  parameters,
};
