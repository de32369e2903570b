/** All types that the fuzzer knows. */
import type { FuzzType } from "./fuzz-type.ts";
import { hashType } from "./types/hash.ts";
import { hyperloglogType } from "./types/hyperloglog.ts";
import { listType } from "./types/list.ts";
import { setType } from "./types/set.ts";
import { streamType } from "./types/stream.ts";
import { stringType } from "./types/string.ts";
import { zsetType } from "./types/zset.ts";

export const TYPES = [
  stringType,
  hyperloglogType,
  listType,
  setType,
  zsetType,
  hashType,
  streamType,
] as unknown as readonly FuzzType[];
