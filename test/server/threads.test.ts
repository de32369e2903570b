/** Compilers, as an example of what works ahead, give way to the thread that serves clients. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
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

test.skipIf(process.platform !== "linux")("compilers are nicer than who serves clients", async () => {
  await using server = await launchReady(["--port", "{port}"]);
  const own = getPriority();
  const wanted = Math.min(own + 5, NICENESS_MAX);
  let threads: Thread[];
  let compilers: Thread[];
  const giveUpAt = performance.now() + PATIENCE_MS;
  do {
    await Bun.sleep(100);
    threads = threadsOf(server.pid);
    compilers = threads.filter(({ name }) => name === "JITWorker");
  } while (
    (compilers.length === 0 || compilers.some(({ niceness }) => niceness !== wanted)) &&
    performance.now() < giveUpAt
  );
  expect(compilers).not.toBeEmpty();
  expect(compilers).toEqual(compilers.map((thread) => ({ ...thread, niceness: wanted })));
  expect(threads).toContainEqual({ id: server.pid, name: expect.any(String), niceness: own });
});
