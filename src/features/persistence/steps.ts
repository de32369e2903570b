/**
 * Work that has to wait for the disk while clients are served, written down as if it did not: a generator that yields what it
 * waits for and goes on when that has ended; a failure is thrown where it waited.
 *
 *     yield (done) => file.syncLater(done);
 *
 * Between two steps anything may have happened: commands, an order to stop (background.ts), a failure of the disk elsewhere.
 */
import type { Done, StorageError } from "../../base/storage.ts";

/** Begins something, and has `done` told its end. */
export type Wait = (done: Done) => void;

export type Steps<Result = void> = Generator<Wait, Result, void>;

/** Begins work: when this returns, it has come to where it first waits, or to its end. */
export function inSteps(steps: Steps): void {
  const goOn = (error: StorageError | undefined): void => {
    const { done, value } = error === undefined ? steps.next() : steps.throw(error);
    if (done !== true) begin(value);
  };
  const begin = (wait: Wait): void => wait(goOn);
  goOn(undefined);
}
