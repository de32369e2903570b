/** Number texts that are hard to read or to print, for the tests of double and long double. */
import type { Random } from "../support/random.ts";

/** Spellings at the edges of the grammar and of the two precisions, right and wrong ones. */
export const HOSTILE_FLOATS: readonly string[] = [
  ..." 1|1 |1\t|+1|-1|+-1|--1|-0|+0|0|00|-00.0|.|-.|+|-|1.|.5|-.5|+.5|1..|1.2.3|1,5|1_0|1e|1e+|1e-|e1|1e1e1|1e1.5".split(
    "|",
  ),
  ..."1e5|1E5|1e+5|1e-5|3.0e3|1e17|1e16|1e18|1e21|1e308|1e309|1e400|-1e400|1e4931|1e4932|1e4933|2e4932|1e99999".split(
    "|",
  ),
  ..."1e-308|1e-310|5e-324|4e-324|2.4703282292062327e-324|2.4703282292062328e-324|2e-324|1e-400|1e-4932|1e-4950".split(
    "|",
  ),
  ..."3.7e-4951|2e-4951|1.9e-4951|1.8e-4951|1e-4951|1e-4960|1e-5000|1e-99999|0e99999|0e-99999|0.0e400".split("|"),
  ..."1.7976931348623157e308|1.7976931348623158e308|1.7976931348623159e308|2.2250738585072011e-308".split("|"),
  ..."1.18973149535723176502e4932|1.18973149535723176503e4932|1.189731495357231765e4932|1.19e4932".split("|"),
  ..."inf|-inf|+inf|INF|Inf|infinity|-InFiNiTy|infinit|infinity1|in|i|nan|NaN|-nan|nan(1)|nan()".split("|"),
  ..."0x1p3|0X1P3|-0x1p3|0x|0x.|0x.p1|0x1|0x1.|0x.8|0x1.8p1|0x1p|0x1p+|0x1pf|0xg|0x1g|x1|0x0p9|0x-1|-0xap-2".split("|"),
  ..."0x1p-1074|0x1p-1075|0x1.8p-1075|0x1.0000001p-1075|0x1.fffffffffffff8p1023|0x1.fffffffffffff7p1023".split("|"),
  ..."0x1.00000000000008p0|0x1.000000000000080000000000000000000000001p0|0x1.00000000000018p0|0x1p1024".split("|"),
  ..."0x1p-16445|0x1p-16446|0x1.8p-16446|0x1p16383|0x1p16384|0xffffffffffffffff.8p0|0xffffffffffffffff.7fp0".split("|"),
  ..."0x1p99999999999999999999|0x1p-99999999999999999999|0x0p99999999999999999999|1e99999999999999999999".split("|"),
  ..."123456789.123456789|0.1|0.2|0.30000000000000004|9007199254740993|9223372036854775807|-9223372036854775808".split(
    "|",
  ),
  ..."18446744073709551615|18446744073709551616|18446744073709551617|36893488147419103233|36893488147419103235".split(
    "|",
  ),
  ..."0.000000000000000005|0.0000000000000000050001|-0.000000000000000004|0.00000000000000001|-1e-18|1e-17".split("|"),
  ..."1125899906842624.25|1125899906842624.75|562949953421312.125|0.0001|0.00009999999999999999|99999999999999999".split(
    "|",
  ),
  "",
  "1\0",
  "\0",
  "1\x002",
  "\x0b1",
  "\x851",
  "\xb2",
  `0.${"0".repeat(400)}1`,
  `${"0".repeat(500)}1`,
  `0.${"0".repeat(1000)}1e1001`,
  `1${"0".repeat(1000)}e-1000`,
  `0x0.${"0".repeat(300)}1p1204`,
  `0x1.${"0".repeat(300)}1p0`,
  `${"9".repeat(5000)}`,
  `${"1".repeat(5119)}`,
  `${"1".repeat(5119)}e-5100`,
  `0.${"3".repeat(5117)}`,
  `0.${"3".repeat(5118)}`,
  // Half-way between two doubles, and a hair above it in the 770th digit.
  "9007199254740993.0",
  `9007199254740993.${"0".repeat(754)}1`,
  "0.500000000000000166533453693773481063544750213623046875",
  "2.225073858507201136057409796709131975934819546351645648023426109724822222021076945516529523908135087914149158913039621106870086438694594645527657207407820621743379988141063267329253552286881372149012981122451451889849057222307285255133155755015914397476397983411801999323962548289017107081850690630666655994938275772572015763062690663332647565300009245888316433037779791869612049497390377829704905051080609940730262937128958950003583799967207254304360284078895771796150945516748243471030702609144621572289880258182545180325707018860872113128079512233426288368622321503775666622503982534335974568884423900265498198385487948292206894721689831099698365846814022854243330660339850886445804001034933970427567186443383770486037861622771738545623065874679014086723327636718751234567890123456789012345678901e-308",
];

/** A random number text: mostly well formed, of any magnitude, in one of several styles. */
export function randomFloat(random: Random): string {
  const sign = random.pick(["", "", "", "-", "-", "+"]);
  switch (random.below(10)) {
    case 0:
      return random.pick(HOSTILE_FLOATS);
    case 1:
      return `${sign}${digits(random, random.between(1, 19))}`;
    case 2:
    case 3:
      return `${sign}${digits(random, random.between(1, 6))}.${digits(random, random.between(1, 6))}`;
    case 4:
    case 5:
      return `${sign}${digits(random, random.between(0, 22))}.${digits(random, random.between(0, 25))}`;
    case 6:
      return `${sign}${digits(random, random.between(1, 20))}.${digits(random, 3)}e${random.between(-40, 40)}`;
    case 7:
      return `${sign}${digits(random, random.between(1, 40))}e${random.between(-5000, 5000)}`;
    case 8:
      return `${sign}0x${hexDigits(random, random.between(0, 20))}.${hexDigits(random, random.between(0, 20))}${random.pick(["", `p${random.between(-80, 80)}`, `P${random.between(-16600, 16600)}`])}`;
    default:
      return damaged(random, `${sign}${digits(random, 4)}.${digits(random, 4)}e${random.between(-9, 9)}`);
  }
}

/** Digits in which runs of 0, 5 and 9 are common, since those make ties and carries. */
function digits(random: Random, length: number): string {
  let text = "";
  while (text.length < length)
    text += random.chance(0.2) ? random.pick(["0000", "9999", "5", "50000"]) : random.below(10);
  return text.slice(0, length);
}

function hexDigits(random: Random, length: number): string {
  let text = "";
  while (text.length < length)
    text += random.chance(0.2) ? random.pick(["0000", "ffff", "8"]) : random.pick([..."0123456789abcdefABCDEF"]);
  return text.slice(0, length);
}

/** The text with one character put in, taken out or replaced. */
function damaged(random: Random, text: string): string {
  const at = random.below(text.length);
  return (
    text.slice(0, at) +
    random.pick(["", " ", ".", "e", "+", "-", "x", "p", "\0", "\xff", "0"]) +
    text.slice(at + random.below(2))
  );
}
