/**
 * Where the memory is: what INFO and MEMORY STATS, DOCTOR and MALLOC-STATS tell. All figures are bytes, taken when they are asked for.
 *
 *     rss        all that the kernel backs: the program, its heap, and
 *     resident     pages of the store that the kernel backs: free ones that it will get back soon, and
 *     active         pages in use: the rest of half-filled pages, and
 *     allocated        live blocks
 */

import {
  type Database,
  databases,
  expires,
  nextWheelOf,
  numberOf,
  size,
  tableOf,
  wheelOf,
} from "../keyspace/database.ts";
import * as mem from "../mem/mem.ts";
import { NIL, type Ref } from "../mem/mem.ts";
import * as table from "../struct/table.ts";
import * as wheel from "../struct/wheel.ts";
import { sessions } from "./session.ts";

/** What a database takes beside its entries. */
export interface DatabaseOverhead {
  readonly number: number;
  readonly table: number;
  readonly deadlines: number;
}

export interface MemoryOverview {
  readonly peak: number;
  readonly allocated: number;
  readonly startup: number;
  /** Requests that are not complete, transactions, and replies that the kernel has not taken. */
  readonly clients: number;
  /** Those of databases that are not empty. */
  readonly databases: readonly DatabaseOverhead[];
  /** All but keys and values. */
  readonly overhead: number;
  readonly keys: number;
  readonly dataset: number;
  readonly active: number;
  readonly resident: number;
  readonly rss: number;
}

let startupBytes = 0;
/** What of that is not a database's: the tables of databases grow, and go when they are emptied. */
let startupLasting = 0;

/** Notes what is taken before there is any data. */
export function noteStartup(): void {
  startupBytes = mem.used.bytes;
  startupLasting = startupBytes - sumOf(databases.map(overheadOf));
}

export function memoryOverview(): MemoryOverview {
  const overheads = databases.map(overheadOf);
  const clients = clientBytes();
  const overhead = startupLasting + sumOf(overheads);
  const allocated = mem.used.bytes;
  const active = mem.pageCounts.used * mem.PAGE_BYTES;
  return {
    peak: Math.max(mem.used.peakBytes, allocated),
    allocated,
    startup: startupBytes,
    clients,
    databases: overheads.filter(({ number }) => size(databases[number]!) > 0),
    overhead: overhead + clients,
    keys: databases.reduce((sum, db) => sum + size(db), 0),
    dataset: Math.max(0, allocated - overhead),
    active,
    resident: active + mem.pageCounts.dirty * mem.PAGE_BYTES,
    rss: process.memoryUsage.rss(),
  };
}

function sumOf(overheads: readonly DatabaseOverhead[]): number {
  return overheads.reduce((sum, { table, deadlines }) => sum + table + deadlines, 0);
}

function clientBytes(): number {
  let bytes = 0;
  for (const { torn, queue, connection } of sessions.values()) {
    bytes += torn.bytes.length + (queue?.capacity ?? 0) + (connection?.pendingBytes ?? 0);
  }
  return bytes;
}

function overheadOf(db: Database): DatabaseOverhead {
  return {
    number: numberOf(db),
    table: table.bytes(tableOf(db)),
    deadlines: expires(db) === 0 ? 0 : wheelBytes(wheelOf(db)) + wheelBytes(nextWheelOf(db)),
  };
}

function wheelBytes(turning: Ref): number {
  let bytes = 0;
  if (turning !== NIL) {
    wheel.blocks(turning, (block) => {
      bytes += mem.capacity(block);
    });
  }
  return bytes;
}
