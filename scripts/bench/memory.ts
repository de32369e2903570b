// Memory: what a key costs, what a TTL adds, what FLUSHALL gives back, what an idle server and idle connections take.

import { Connection } from "./client.ts";
import type { Sample } from "./figures.ts";
import { DEADLINE, type Filling, fill, KEY, setKeys } from "./fill.ts";
import { type Candidate, infoField, residentBytes, type Server, startServer } from "./server.ts";

const MB = 1_000_000;
const VALUE_BYTES = 32;
/** How long a server may take to give memory back or to come to rest. */
const SETTLE_MS = 2_000;
const CONNECT_AT_ONCE = 200; // below every server's accept backlog

/** Values: used_memory per key, RSS growth in MB, both for the fill; used_memory that a TTL adds per key; RSS left by FLUSHALL. */
export async function measureKeys(candidate: Candidate, keys: number): Promise<Sample> {
  const plain = await growth(candidate, setKeys(keys, VALUE_BYTES));
  const expiring = await growth(candidate, {
    commands: [["SET", KEY, "v".repeat(VALUE_BYTES), "PXAT", DEADLINE]],
    count: keys,
    deadlineMs: (index) => Date.now() + 3_600_000 + index,
  });
  return {
    values: [
      plain.usedBytes / keys,
      plain.residentBytes / MB,
      (expiring.usedBytes - plain.usedBytes) / keys,
      (expiring.residentBytes - plain.residentBytes) / keys,
      plain.leftBytes / MB,
    ],
  };
}

/** Values: used_memory per element, as one value and as values of a hundred elements. */
export async function measureElements(candidate: Candidate, one: Filling, hundreds: Filling): Promise<Sample> {
  const large = await growth(candidate, one);
  const small = await growth(candidate, hundreds);
  return { values: [large.usedBytes / one.count, small.usedBytes / hundreds.count] };
}

/** What a filling adds to used_memory and RSS of a fresh server, and by how much RSS is above the start after FLUSHALL. */
async function growth(candidate: Candidate, filling: Filling) {
  const server = await startServer(candidate);
  try {
    await rest();
    const before = await memoryOf(server);
    await fill(server.port, filling);
    await rest(); // the fill's connections and their buffers go
    const after = await memoryOf(server);
    await server.control.call("FLUSHALL");
    const leftBytes = (await lowestResident(server)) - before.residentBytes;
    return {
      usedBytes: after.usedBytes - before.usedBytes,
      residentBytes: after.residentBytes - before.residentBytes,
      leftBytes,
    };
  } finally {
    await server.stop();
  }
}

async function memoryOf(server: Server) {
  const usedBytes = await infoField(server, "memory", "used_memory");
  return { usedBytes, residentBytes: residentBytes(server.pid) };
}

async function lowestResident(server: Server): Promise<number> {
  let lowest = residentBytes(server.pid);
  for (const endMs = performance.now() + SETTLE_MS; performance.now() < endMs; await Bun.sleep(50)) {
    lowest = Math.min(lowest, residentBytes(server.pid));
  }
  return lowest;
}

/** Value: RSS in MB of a server that nobody has asked for anything. */
export async function measureIdle(candidate: Candidate): Promise<Sample> {
  const server = await startServer(candidate);
  try {
    await rest();
    return { values: [residentBytes(server.pid) / MB] };
  } finally {
    await server.stop();
  }
}

/** Value: by how many MB that many connections, each of which has sent one PING, raise RSS. */
export async function measureConnections(candidate: Candidate, count: number): Promise<Sample> {
  const server = await startServer(candidate);
  const connections: Connection[] = [];
  try {
    await rest();
    const before = residentBytes(server.pid);
    while (connections.length < count) {
      const opening = Math.min(CONNECT_AT_ONCE, count - connections.length);
      const opened = await Promise.all(Array.from({ length: opening }, () => Connection.open(server.port)));
      await Promise.all(opened.map((connection) => connection.call("PING")));
      connections.push(...opened);
    }
    await rest();
    return { values: [(residentBytes(server.pid) - before) / MB] };
  } finally {
    for (const connection of connections) connection.close();
    await server.stop();
  }
}

/** Value: from spawn to the first PONG, in ms. */
export async function measureStart(candidate: Candidate): Promise<Sample> {
  const server = await startServer(candidate);
  await server.stop();
  return { values: [server.startMs] };
}

function rest(): Promise<void> {
  return Bun.sleep(SETTLE_MS / 2);
}
