/** What a client has waiting: in order, complete, and counted, however little the kernel takes at a time. */
import { expect, test } from "bun:test";
import { OutputQueue } from "../../src/server/output-queue.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";

test("whatever goes in comes out, in order, for a kernel that takes bits and pieces", () => {
  const seed = seedOfRun();
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const queue = new OutputQueue();
  const expected: number[] = [];
  const taken: number[] = [];
  let next = 0;
  for (let step = 0; step < 2000; step++) {
    if (random.chance(0.6)) {
      const length = random.chance(0.05) ? random.between(10_000, 40_000) : random.between(1, 100);
      const data = Uint8Array.from({ length }, () => next++ & 255);
      expected.push(...data);
      queue.append(data);
    } else {
      let budget = random.between(0, 20_000);
      queue.drain((data, start, length) => {
        const part = Math.min(length, budget);
        budget -= part;
        taken.push(...data.slice(start, start + part));
        return part;
      });
    }
    if (queue.bytes !== expected.length - taken.length) expect(queue.bytes).toBe(expected.length - taken.length);
  }
  queue.drain((data, start, length) => {
    taken.push(...data.slice(start, start + length));
    return length;
  });
  expect(queue.bytes).toBe(0);
  expect(Buffer.from(taken).equals(Buffer.from(expected))).toBe(true);
});

test("small replies are gathered: a hundred of them are taken at once", () => {
  const queue = new OutputQueue();
  for (let i = 0; i < 100; i++) queue.append(Buffer.from("+PONG\r\n"));
  const offered: number[] = [];
  queue.drain((_data, _start, length) => {
    offered.push(length);
    return length;
  });
  expect(offered).toEqual([700]);
});

test("cleared is empty", () => {
  const queue = new OutputQueue();
  queue.append(new Uint8Array(50_000));
  queue.clear();
  expect(queue.bytes).toBe(0);
  queue.drain(() => expect.unreachable());
});
