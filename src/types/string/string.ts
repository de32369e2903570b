/**
 * Strings: the value (value.ts) and its commands, by what they do.
 */
import type { Feature } from "../../command/feature.ts";
import { bitfieldCommands } from "./bitfield.ts";
import { bitmapCommands } from "./bitmap.ts";
import { bitmapCombineCommands } from "./bitmap-combine.ts";
import { bitmapRangeCommands } from "./bitmap-range.ts";
import { counterCommands } from "./counter.ts";
import { exchangeCommands } from "./exchange.ts";
import { getCommands } from "./get.ts";
import { hyperloglogCommands } from "./hyperloglog.ts";
import { lcsCommands } from "./lcs.ts";
import { manyCommands } from "./many.ts";
import { parameters } from "./parameters.ts";
import { rangeCommands } from "./range.ts";
import { setCommands } from "./set.ts";
import { stringType } from "./value.ts";

export const string: Feature = {
  name: "string",
  type: stringType,
  parameters,
  commands: [
    ...getCommands,
    ...setCommands,
    ...exchangeCommands,
    ...counterCommands,
    ...rangeCommands,
    ...manyCommands,
    ...lcsCommands,
    ...bitmapCommands,
    ...bitmapRangeCommands,
    ...bitmapCombineCommands,
    ...bitfieldCommands,
    ...hyperloglogCommands,
  ],
};
