// SAVE, and a restart on what was saved. Each server keeps its own file of the same data, made once per run: filled over the
// wire, saved, and from then on every turn starts from it.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DataSet } from "./data-sets.ts";
import type { Sample } from "./figures.ts";
import { fill } from "./fill.ts";
import { type Candidate, makeDirectory, startServer } from "./server.ts";

/** Directories with a file of the data in them, by server and data. */
const directories = new Map<string, string>();

/** Values: seconds of a SAVE, of the first one of a process, and the bytes of the file in MB. */
export async function measureSave(candidate: Candidate, data: DataSet): Promise<Sample> {
  const directory = await savedOnce(candidate, data);
  const server = await startServer(candidate, { directory });
  try {
    const first = await secondsOf(() => server.control.call("SAVE"));
    const second = await secondsOf(() => server.control.call("SAVE"));
    return { values: [second, first, Bun.file(join(directory, "dump.rdb")).size / 1_000_000] };
  } finally {
    await server.stop();
  }
}

/** Value: seconds from the start of the process until it answers with all of the data. */
export async function measureLoad(candidate: Candidate, data: DataSet): Promise<Sample> {
  const directory = await savedOnce(candidate, data);
  const server = await startServer(candidate, { directory });
  try {
    await checkKeys(server.control.call("DBSIZE"), data);
    return { values: [server.startMs / 1000] };
  } finally {
    await server.stop();
  }
}

async function savedOnce(candidate: Candidate, data: DataSet): Promise<string> {
  const name = `${candidate.label} ${data.name} ${data.keys}`;
  const known = directories.get(name);
  if (known !== undefined) return known;
  const directory = makeDirectory(candidate.label);
  directories.set(name, directory);
  const server = await startServer(candidate, { directory });
  try {
    for (const filling of data.fillings) await fill(server.port, filling);
    await checkKeys(server.control.call("DBSIZE"), data);
    await server.control.call("SAVE");
  } catch (error) {
    directories.delete(name);
    rmSync(directory, { recursive: true, force: true });
    throw error;
  } finally {
    await server.stop();
  }
  if (!existsSync(join(directory, "dump.rdb"))) throw new Error("SAVE has left no dump.rdb");
  return directory;
}

async function checkKeys(asked: Promise<unknown>, data: DataSet): Promise<void> {
  const held = await asked;
  if (held !== data.keys) throw new Error(`${data.keys} keys are wanted, DBSIZE says ${held}`);
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

process.on("exit", () => {
  for (const directory of directories.values()) rmSync(directory, { recursive: true, force: true });
});
