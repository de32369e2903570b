// Everything the benchmark measures, in one list: name, what it does, and the bound its figures must keep. Bounds are set
// against redis-server 7.0.15 on the same machine in the same run.

import type { Row } from "./row-kinds.ts";
import { durabilityRows } from "./rows-of-durability.ts";
import { keyRows } from "./rows-of-keys.ts";
import { typeRows } from "./rows-of-types.ts";

export const rows: readonly Row[] = [...keyRows, ...typeRows, ...durabilityRows];
