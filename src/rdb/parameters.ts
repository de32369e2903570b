/**
 * How values are written.
 */
import * as parameter from "../base/parameter.ts";

export const rdbcompression = parameter.bool("rdbcompression", { default: true });
