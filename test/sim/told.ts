/**
 * What is told to the log (command/propagation.ts), noted beside it: the history of the store as it has to be recovered. A step is
 * a command, or a transaction as a whole; after a crash the store must be as after some number of steps.
 */
import type { Region } from "../../src/base/region.ts";
import { propagation, reselect, type Sink } from "../../src/command/propagation.ts";
import { understand } from "../resp/commands-of.ts";
import { LocalClient } from "../support/in-process.ts";
import { latin1 } from "../support/resp.ts";
import { stateOf, unnoticed, wipe } from "./state.ts";

/** Commands that are executed together, with the SELECT that goes before them. */
export type Step = string[][];

export class Told {
  readonly steps: Step[] = [];
  private step: Step = [];
  private isTransaction = false;
  private own: Sink | undefined;

  private readonly both: Sink = {
    append: (source, start, end) => {
      this.note(source, start, end);
      this.own?.append(source, start, end);
    },
  };

  /** Listens from now on, beside whatever sink there is at any time. */
  listen(): void {
    this.own = propagation.sink;
    Object.defineProperty(propagation, "sink", {
      configurable: true,
      enumerable: true,
      get: () => this.both,
      set: (sink: Sink | undefined) => {
        this.own = sink;
      },
    });
    reselect();
  }

  /** Listens no more; nobody does. */
  stop(): void {
    Object.defineProperty(propagation, "sink", {
      configurable: true,
      enumerable: true,
      writable: true,
      value: undefined,
    });
  }

  private note(source: Region, start: number, end: number): void {
    const { commands, error } = understand(latin1(source.bytes.slice(start, end)));
    if (error !== undefined) throw new Error(`what was told is no command: ${error}`);
    for (const command of commands) {
      const name = command[0]!.toUpperCase();
      this.step.push(command);
      if (name === "MULTI") this.isTransaction = true;
      if (name === "EXEC") this.isTransaction = false;
      if (this.isTransaction || name === "SELECT") continue;
      this.steps.push(this.step);
      this.step = [];
    }
    if (this.isTransaction) throw new Error("half a transaction was told");
  }
}

/** The states that steps lead through, the empty one first. The store is left in the last of them. */
export function statesOf(steps: readonly Step[]): string[] {
  wipe();
  const client = new LocalClient();
  return unnoticed(() => {
    const states = [stateOf()];
    for (const step of steps) {
      for (const command of step) {
        const reply = client.raw(...command);
        if (reply.startsWith("-")) throw new Error(`${command.join(" ")} was told, and answers ${reply}`);
      }
      states.push(stateOf());
    }
    return states;
  });
}
