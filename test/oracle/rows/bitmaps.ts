/**
 * The oracle asks: bitmaps.
 *
 * A bit that is written far out makes both servers take up to 512 MB. So where something is written, offsets are small or
 * beyond the limit, and damage only drops or adds arguments.
 */
import {
  type Argument,
  BOUNDARIES,
  bitmapKey,
  expand,
  group,
  hostile,
  index,
  integer,
  key,
  maybe,
  oneOf,
  rarely,
  stringKey,
  times,
  value,
} from "../arguments.ts";
import { exact } from "../compare.ts";
import { arityOnly, often, type Row, row, seldom } from "../row.ts";
import { words } from "../syntax.ts";

const BITS_OF_LIMIT = 2 ** 32;
const isFarOut = (text: string) => Number(text) >= 100_000 && Number(text) < BITS_OF_LIMIT;
const boundary: Argument = (random) => random.pick(BOUNDARIES.filter((text) => !isFarOut(text)));
const anyBoundary: Argument = (random) => random.pick(BOUNDARIES);

const smallOffset: Argument = (random) => String(random.below(random.pick([8, 40, 200, 5000])));
const writtenOffset = (random: Parameters<Exclude<Argument, string>>[0]) =>
  (random.chance(0.04) ? boundary : smallOffset) as Exclude<Argument, string>;
const bitOffset: Argument = (random) => writtenOffset(random)(random);
const readOffset: Argument = (random) =>
  ((random.chance(0.1) ? anyBoundary : smallOffset) as Exclude<Argument, string>)(random);
const bit: Argument = (random) => (random.chance(0.03) ? random.pick(BOUNDARIES) : String(random.below(2)));

const bitIndex = oneOf(index, index, (random) => String(random.between(-3000, 3000)));
const unit: Argument = (random) => expand([random.chance(0.05) ? hostile : words("BYTE BIT bit byte BIT")], random);
// BITOP ONE is Redis 8.2's, and `one` is among what damage puts in.
const undamaged = { damage: "never" } as const;
const noOperation: Argument = (random) => random.pick(BOUNDARIES.filter((text) => text !== "one"));
const source = oneOf(bitmapKey, bitmapKey, stringKey);

const goodType: Argument = (random) => {
  const isSigned = random.chance(0.5);
  return `${isSigned ? "i" : "u"}${random.between(1, isSigned ? 64 : 63)}`;
};
const oddType = oneOf(words("u0 i0 u64 i65 U8 u08 u i u-1 8 u8.0"), hostile);
const type: Argument = (random) => {
  const draw = random.below(100);
  return expand(
    [draw < 3 ? oddType : draw < 50 ? words("u1 u8 i8 u16 i16 u31 i32 u32 i33 u33 u63 i63 i64") : goodType],
    random,
  );
};
const fieldOffset = oneOf(
  bitOffset,
  bitOffset,
  (random) => `#${random.below(20)}`,
  (random) =>
    `#${random.chance(0.1) ? random.pick(["", "-1", "x", "#1", "4611686018427387904", "9223372036854775807"]) : random.below(60)}`,
);
/** Never a number that would be a far offset, should it come to stand where one belongs. */
const operand = oneOf(
  (random) => String(random.between(-300, 300)),
  (random) => String(random.between(-70_000, 70_000)),
  (random) => {
    const magnitude = 2n ** BigInt(random.between(33, 63)) + BigInt(random.between(-2, 2));
    return String(random.chance(0.5) ? -magnitude : magnitude);
  },
  (random) => random.pick(BOUNDARIES.filter((text) => !isFarOut(text) && (random.chance(0.1) || /^-?\d+$/.test(text)))),
);
const overflow = group("OVERFLOW", oneOf(words("WRAP SAT FAIL sat fail"), words("SAT FAIL")));
const fieldOperation = oneOf(
  group(words("GET get"), type, fieldOffset),
  group(maybe(overflow), words("SET set"), type, fieldOffset, operand),
  group(maybe(overflow), "INCRBY", type, fieldOffset, operand),
  group(maybe(overflow), "INCRBY", type, fieldOffset, operand),
  group(maybe(overflow), "SET", type, fieldOffset, operand, rarely(oneOf(hostile, group("OVERFLOW", hostile)))),
);

export const bitmapRows: Row[] = [
  row("SETBIT", [bitmapKey, bitOffset, bit], exact, { ...often, ...arityOnly }),
  row("SETBIT", [stringKey, bitOffset, bit], exact, { ...seldom, ...arityOnly }),
  row("GETBIT", [source, readOffset], exact),
  row("BITCOUNT", [source], exact),
  row("BITCOUNT", [source, bitIndex, bitIndex, maybe(unit)], exact),
  row("BITCOUNT", [source, times(1, 3, bitIndex), maybe(unit), rarely(value)], exact, seldom),
  row("BITPOS", [source, bit, maybe(bitIndex, maybe(bitIndex, maybe(unit, rarely(value))))], exact, often),
  row("BITOP", [words("AND OR XOR and or xor"), source, times(1, 4, source)], exact, { ...often, ...undamaged }),
  row("BITOP", ["NOT", source, source], exact, undamaged),
  row("BITOP", [oneOf(words("AND OR XOR NOT NAND"), noOperation), times(0, 4, key)], exact, undamaged),
  row("BITFIELD", [bitmapKey, times(0, 4, fieldOperation)], exact, { ...often, ...arityOnly }),
  row("BITFIELD", [bitmapKey, fieldOperation], exact, { ...often, ...arityOnly }),
  row("BITFIELD_RO", [source, times(0, 3, "GET", type, oneOf(fieldOffset, readOffset))], exact),
  row("BITFIELD_RO", [source, times(0, 3, fieldOperation)], exact, { ...seldom, ...arityOnly }),
  row("SET", [bitmapKey, oneOf(value, integer)], exact, seldom),
  row("GETRANGE", [bitmapKey, "0", "-1"], exact, seldom),
];
