/** What goes into the queue of a transaction comes out of it: the same commands, in batches, as often as it is used. */
import { expect, test } from "bun:test";
import type { Command } from "../../src/command/command.ts";
import { CommandQueue, giveBack, takeQueue } from "../../src/command/command-queue.ts";
import { BATCH_COMMANDS, Batch, parse, Torn } from "../../src/resp/parser.ts";
import { type Random, seededRandom, seedOfRun } from "../support/random.ts";
import { encodeCommand } from "../support/resp.ts";

const harmless = { denyOom: false, mayReplicate: false } as Command;

const input = new Batch();

function add(queue: CommandQueue, words: readonly string[], command = harmless): void {
  const request = new Uint8Array(Buffer.from(encodeCommand(words), "latin1"));
  parse(input, request, 0, request.length, new Torn(), true);
  input.args.aim(input.firsts[0]!, input.counts[0]!);
  if (!queue.add(command, input.args)) throw new Error("refused");
}

function takeOut(queue: CommandQueue): string[][] {
  const batch = new Batch();
  const commands: string[][] = [];
  while (queue.load(batch)) {
    expect(batch.commands).toBeLessThanOrEqual(BATCH_COMMANDS);
    for (let i = 0; i < batch.commands; i++) {
      batch.args.aim(batch.firsts[i]!, batch.counts[i]!);
      commands.push(Array.from({ length: batch.args.count }, (_, k) => batch.args.text(k)));
    }
  }
  return commands;
}

function someCommands(random: Random): string[][] {
  const word = () => random.bytes(random.chance(0.05) ? random.below(3000) : random.below(20));
  return Array.from({ length: random.pick([0, 1, 3, BATCH_COMMANDS, 300]) }, () =>
    Array.from({ length: random.chance(0.02) ? 500 : random.between(1, 6) }, word),
  );
}

test("every command comes out as it went in, also of a queue that is used again", () => {
  const seed = seedOfRun();
  const random = seededRandom(seed);
  for (let round = 0; round < 60; round++) {
    const commands = someCommands(random);
    const queue = takeQueue();
    for (const words of commands) add(queue, words);
    expect(queue.commands).toBe(commands.length);
    expect(queue.bytesUsed).toBe(commands.flat().reduce((sum, word) => sum + word.length, 0));
    expect(Bun.deepEquals(takeOut(queue), commands), `SEED=${seed}`).toBe(true);
    giveBack(queue);
  }
});

test("a queue that is taken is as new, and knows what its commands may do", () => {
  const queue = takeQueue();
  add(queue, ["SET", "a", "b"], { denyOom: true, mayReplicate: true } as Command);
  queue.isBroken = true;
  expect([queue.denyOom, queue.mayReplicate]).toEqual([true, true]);
  giveBack(queue);
  const again = takeQueue();
  expect(again).toBe(queue);
  expect([again.commands, again.bytesUsed, again.isBroken, again.denyOom, again.mayReplicate]).toEqual([
    0,
    0,
    false,
    false,
    false,
  ]);
  expect(takeOut(again)).toEqual([]);
  giveBack(again);
});

test("a queue that has grown large is not kept", () => {
  const queue = new CommandQueue();
  add(queue, ["SET", "a", "x".repeat(100_000)]);
  giveBack(queue);
  expect(takeQueue()).not.toBe(queue);
});
