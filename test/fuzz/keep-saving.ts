/**
 * One snapshot after the other, for tests of what else happens meanwhile: memory is frozen most of the time, so blocks move where
 * they would be changed in place otherwise, and what is freed has to wait.
 */
import type { RawClient } from "../support/raw-client.ts";

const PAUSE_MS = 5;

/** Saves until disposed of. The client is nobody else's. */
export function keepSaving(client: RawClient): { saves(): number } & AsyncDisposable {
  let isStopped = false;
  let saves = 0;
  const loop = (async () => {
    while (!isStopped) {
      if ((await client.raw("BGSAVE")).startsWith("+")) saves++;
      await Bun.sleep(PAUSE_MS);
    }
  })();
  return {
    saves: () => saves,
    async [Symbol.asyncDispose]() {
      isStopped = true;
      await loop;
    },
  };
}
