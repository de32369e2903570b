/** The engine's compilers give way to the thread that serves clients. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { launchReady } from "./launch.ts";

const NICENESS_MAX = 19;
/** One that has just been started is noticed within a second, on a machine that has time for it. */
const PATIENCE_MS = 20_000;

interface Thread {
  id: number;
  name: string;
  niceness: number;
}

/** The threads of a process, by their `stat` in /proc, whose field 19 is the niceness. Those that end meanwhile are left out. */
function threadsOf(pid: number): Thread[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((id) => {
    try {
      const [, name, rest] = /\((.*)\) (.*)/.exec(readFileSync(`/proc/${pid}/task/${id}/stat`, "latin1"))!;
      return [{ id: Number(id), name: name!, niceness: Number(rest!.split(" ")[19 - 3]) }];
    } catch {
      return [];
    }
  });
}

test.skipIf(process.platform !== "linux")("compilers are nicer than commands, and nothing else is", async () => {
  await using server = await launchReady(["--port", "{port}"]);
  const niceness = (thread: Thread | undefined): number => thread?.niceness ?? Number.NaN;
  let threads: Thread[];
  let compilers: Thread[];
  let own: number;
  let wanted: number;
  const giveUpAt = performance.now() + PATIENCE_MS;
  do {
    await Bun.sleep(100);
    threads = threadsOf(server.pid);
    compilers = threads.filter(({ name }) => name === "JITWorker");
    own = niceness(threads.find(({ id }) => id === server.pid));
    wanted = Math.min(own + 5, NICENESS_MAX);
  } while (
    (compilers.length === 0 || compilers.some((thread) => thread.niceness !== wanted)) &&
    performance.now() < giveUpAt
  );
  expect(compilers.map(niceness)).toEqual(compilers.map(() => wanted));
  expect(compilers).not.toBeEmpty();
  const others = threads.filter((thread) => !compilers.includes(thread));
  expect(others).toEqual(others.map((thread) => ({ ...thread, niceness: own })));
});
