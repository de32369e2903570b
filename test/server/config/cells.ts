/**
 * All tests share one process, and so one set of configuration cells: these helpers give a test fresh ones.
 */
import { afterEach, beforeEach } from "bun:test";
import { fromUtf8 } from "../../../src/base/config-text.ts";
import { features } from "../../../src/features.ts";
import { loadConfig } from "../../../src/server/config/load.ts";
import { parametersOf } from "../../../src/server/config/parameter-lists.ts";
import { Registry } from "../../../src/server/config/registry.ts";

const allParameters = parametersOf(features);

export const registry = new Registry(allParameters);

/** Every test of this file begins with defaults, in the directory and with the cells that were there before. */
export function useFreshCells(): void {
  const before = allParameters.map((parameter) => parameter.snapshot());
  const directory = process.cwd();
  beforeEach(() => {
    for (const parameter of allParameters) parameter.reset();
  });
  afterEach(() => {
    for (const [i, parameter] of allParameters.entries()) parameter.store(before[i]!);
    process.chdir(directory);
  });
}

/** Loads a configuration file, or the text of one as if it stood on the command line. */
export function load(file: string | undefined, options = ""): void {
  loadConfig(registry, { file: file && fromUtf8(file), stdin: false, options });
}
