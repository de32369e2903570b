import { expect, test } from "bun:test";
import * as geohash from "../../../src/base/geohash.ts";
import * as longDouble from "../../../src/base/long-double.ts";
import { Reply } from "../../../src/resp/reply.ts";
import { formatDegrees, replyCoordinate, replyDistance } from "../../../src/types/zset/geo-args.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";
import { latin1 } from "../../support/resp.ts";

const random = seededRandom(seedOfRun());

test("coordinates have 17 digits, each of them right", () => {
  const numbers = [0, -0, 1, -1, 0.5, 180, -180, 85.05112878, 1e-17, 5e-18, -5e-18, 4e-18, 2 - 2 ** -52, -(2 ** -52)];
  numbers.push(
    1 - 2 ** -53,
    2 ** -18,
    3 * 2 ** -19,
    2 ** -18 + 2 ** -52,
    67108863.99999999,
    1e300,
    Infinity,
    -Infinity,
  );
  for (let i = 0; i < 20_000; i++) {
    const hash = random.below(2 ** 26) * 2 ** 26 + random.below(2 ** 26);
    numbers.push(geohash.longitudeOf(hash), geohash.latitudeOf(hash));
    numbers.push((random.below(2 ** 32) - 2 ** 31) / 2 ** random.between(24, 60));
    numbers.push(random.below(2_000_000) / 10 ** random.between(0, 9));
  }
  for (const number of numbers) {
    expect({ number, text: formatDegrees(number) }).toEqual({
      number,
      text: longDouble.format(longDouble.fromNumber(number)),
    });
  }
});

const written = (write: (reply: Reply) => void, protocol = 2) => {
  const reply = new Reply();
  reply.protocol = protocol;
  write(reply);
  return latin1(reply.bytes, 0, reply.length);
};

test("coordinates are texts in RESP2 and doubles in RESP3", () => {
  expect(written((reply) => replyCoordinate(reply, -1.5))).toBe("$4\r\n-1.5\r\n");
  expect(written((reply) => replyCoordinate(reply, -1.5), 3)).toBe(",-1.5\r\n");
});

test("distances have four digits, ties to the even one", () => {
  const text = (distance: number) => written((reply) => replyDistance(reply, distance)).split("\r\n")[1]!;
  expect([0, 1, 0.00004, 0.00006, 12.34567].map(text)).toEqual(["0.0000", "1.0000", "0.0000", "0.0001", "12.3457"]);
  expect([0.03125, 0.09375, 166274.15156960033, 2e7].map(text)).toEqual([
    "0.0312",
    "0.0938",
    "166274.1516",
    "20000000.0000",
  ]);
});
