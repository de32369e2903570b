/**
 * How sets are encoded.
 */
import * as parameter from "../../base/parameter.ts";

export const setMaxIntsetEntries = parameter.int("set-max-intset-entries", { default: 512 });

export const parameters: readonly parameter.Parameter[] = [setMaxIntsetEntries];
