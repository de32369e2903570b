/**
 * MEMORY DOCTOR: what of the memory's figures should give one thought, in words.
 */
import type { MemoryOverview } from "../../command/memory-overview.ts";

const MIB = 2 ** 20;
/** With less data than this the figures mean nothing. */
const DATA_BYTES_MIN = 5 * MIB;
const NOTABLE_BYTES = 10 * MIB;
/** What the program itself may take. */
const PROGRAM_BYTES = 200 * MIB;

/** A sign, and what it means. */
type Finding = readonly [isThere: boolean, text: string];

/** The report about these figures; it ends with a line break. */
export function diagnosis(memory: MemoryOverview, clients: number): string {
  if (memory.allocated < DATA_BYTES_MIN)
    return "There is too little data for a diagnosis: come back when there is more.\n";
  const notable = (bytes: number, isLarge: boolean) => isLarge && bytes > NOTABLE_BYTES;
  const findings: readonly Finding[] = [
    [
      memory.peak > memory.allocated * 1.5,
      "Peak: there was once more than half as much again in memory as now. Pages that were freed since have gone back " +
        "to the system, so this costs nothing; it is a hint of what load to expect.",
    ],
    [
      notable(memory.active - memory.allocated, memory.active > memory.allocated * 1.4),
      "Half-filled pages: values of some sizes were deleted and left gaps among others that stay. New values of those " +
        "sizes will fill them.",
    ],
    [
      notable(memory.resident - memory.active, memory.resident > memory.active * 1.1),
      "Free pages: much was deleted just now. They go back to the system a little at a time; MEMORY PURGE gives them " +
        "back at once.",
    ],
    [
      memory.rss - memory.resident > PROGRAM_BYTES && memory.rss > memory.resident * 1.5,
      "Beside the data: the process takes much more than the pages of the store, for buffers of clients, scripts or a " +
        "heap that has yet to be cleaned up.",
    ],
    [
      clients > 0 && memory.clients / clients > 200 * 1024,
      "Clients: each has more than 200 KiB of output waiting on average. Some read too slowly: see omem in CLIENT LIST, " +
        "and client-output-buffer-limit.",
    ],
  ];
  const found = findings.filter(([isThere]) => isThere).map(([, text]) => ` * ${text}\n\n`);
  return found.length === 0
    ? "Nothing is the matter with this server's memory.\n"
    : `What was found:\n\n${found.join("")}`;
}
