/** The engine's compilers give way to the thread that serves clients. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { launchReady } from "./launch.ts";

const NICENESS_MAX = 19;
/** One that has just been started is noticed within a second. */
const PATIENCE_MS = 3000;

/** Of each thread of a process: its name and its niceness, field 19 of /proc's `stat`. */
function threadsOf(pid: number) {
  return readdirSync(`/proc/${pid}/task`).map((id) => {
    const [, name, rest] = /\((.*)\) (.*)/.exec(readFileSync(`/proc/${pid}/task/${id}/stat`, "latin1"))!;
    return { id: Number(id), name, niceness: Number(rest!.split(" ")[19 - 3]) };
  });
}

test.skipIf(process.platform !== "linux")("compilers are nicer than commands, and nothing else is", async () => {
  await using server = await launchReady(["--port", "{port}"]);
  let threads = threadsOf(server.pid);
  const own = threads.find(({ id }) => id === server.pid)!.niceness;
  const isOrdinary = ({ name, niceness }: { name: string | undefined; niceness: number }) =>
    name === "JITWorker" && niceness === own;
  for (const giveUpAt = performance.now() + PATIENCE_MS; threads.some(isOrdinary) && performance.now() < giveUpAt; ) {
    await Bun.sleep(100);
    threads = threadsOf(server.pid);
  }
  const compilers = threads.filter(({ name }) => name === "JITWorker");
  expect(compilers.length).toBeGreaterThan(0);
  for (const { niceness } of compilers) expect(niceness).toBe(Math.min(own + 5, NICENESS_MAX));
  for (const { name, niceness } of threads)
    if (name !== "JITWorker") expect({ name, niceness }).toEqual({ name, niceness: own });
});
