/**
 * The oracle asks: geo.
 *
 * Places cluster: in a few towns so that searches find something, on a coarse grid so that distances are equal, and at the
 * edges of the world. `state` sees the stored distances to the last digit.
 */
import {
  type Argument,
  expand,
  geoKey,
  group,
  hostile,
  key,
  maybe,
  oneOf,
  rarely,
  times,
  zsetKey,
} from "../arguments.ts";
import { exact } from "../compare.ts";
import { often, type Row, rare, row, seldom } from "../row.ts";
import { words } from "../syntax.ts";

type Maker = Exclude<Argument, string>;

const TOWNS = [
  [13.361389, 38.115556],
  [15.087269, 37.502669],
  [-73.9, 40.7],
  [0, 0],
  [179.99, -16.5],
  [-179.99, 65.9],
  [20.1, 84.9],
] as const;

const nearTown: Maker = (random) => {
  const [longitude, latitude] = random.pick(TOWNS);
  const spread = random.pick([0.001, 0.05, 1]);
  const off = () => (random.below(2001) / 1000 - 1) * spread;
  return [String(longitude + off() * 0.009), String(latitude + off())];
};
const onGrid: Maker = (random) => [String(random.between(-3, 3)), String(random.between(-3, 3))];
const anywhere: Maker = (random) => [
  String((random.below(3_600_001) - 1_800_000) / 10_000),
  String((random.below(1_700_001) - 850_000) / 10_000),
];
const edge: Maker = (random) => [
  random.pick(["180", "-180", "179.9999999", "-179.9999999", "0", "-0", "90"]),
  random.pick(["85.05112878", "-85.05112878", "85.0511287", "0", "66.1", "-66.1", "80.5", "-80.5"]),
];
const noPlace: Maker = (random) => [
  random.pick(["180.0000001", "-181", "1e300", "inf", "200.0078125", "nan", "x", "", "0"]),
  random.pick(["85.1", "-91", "-1e21", "-inf", "99.0000005", "0.5", "x", " 1"]),
];
const place: Argument = (random) => {
  const draw = random.below(200);
  const maker = draw < 70 ? nearTown : draw < 120 ? onGrid : draw < 175 ? anywhere : draw < 197 ? edge : noPlace;
  return maker(random);
};

const member: Argument = (random) =>
  random.chance(0.93)
    ? `m${random.below(12)}`
    : random.pick(["0", "17", "-5", "Palermo", "", "\0", "9223372036854775807"]);
const placesInBulk: Argument = (random) => {
  const first = random.below(300);
  const maker = random.pick([nearTown, onGrid, anywhere]);
  return Array.from({ length: random.pick([20, 130, 300]) }, (_, i) =>
    [maker(random), `bulk${first + i}`].flat(),
  ).flat();
};

const unit: Argument = (random) =>
  expand([random.chance(0.02) ? oneOf("yd", hostile) : words("m km ft mi M KM m km")], random);
const length: Argument = (random) => {
  const meters = 10 ** (random.below(750) / 100);
  const text = random.pick([String(meters), meters.toFixed(0), String(random.below(500)), "0"]);
  return random.chance(0.03) ? random.pick(["-1", "x", "", "1e400", "inf", "nan", "1e18", "0x10"]) : text;
};

const option = oneOf(
  "WITHDIST",
  "withcoord",
  "WITHHASH",
  words("ASC DESC asc"),
  group("COUNT", (random) => String(random.between(1, 30))),
  group("COUNT", (random) => String(random.between(1, 6)), "ANY"),
  "withdist",
);
const badOption = oneOf("ANY", "COUNT", hostile, group("COUNT", hostile));
const options = group(times(0, 4, option), rarely(badOption), rarely(badOption), rarely(badOption));
const storing = oneOf(
  group(oneOf("STORE", "storedist"), oneOf(geoKey, zsetKey, key)),
  group("STORE", geoKey, "STOREDIST", geoKey),
);
const plainOptions = times(
  0,
  2,
  oneOf(
    words("ASC DESC"),
    group("COUNT", (random) => String(random.between(1, 30)), maybe("ANY")),
  ),
);

const center = oneOf(group("FROMLONLAT", place), group("frommember", member));
const area = oneOf(group("BYRADIUS", length, unit), group("BYBOX", length, length, unit));
const query = oneOf(group(center, area), group(area, center), group(center, area, rarely(oneOf(center, area))));

export const geoRows: Row[] = [
  row(
    "GEOADD",
    [geoKey, maybe(words("NX XX CH nx ch")), maybe(words("CH XX")), times(1, 4, place, member)],
    exact,
    often,
  ),
  row("GEOADD", [geoKey, times(1, 9, place, member)], exact, often),
  row("GEOADD", [geoKey, placesInBulk], exact, { weight: 6 }),
  row("GEOADD", [oneOf(zsetKey, key), place, member], exact, rare),
  row("GEODIST", [oneOf(geoKey, geoKey, zsetKey), member, member, maybe(unit)], exact),
  row("GEOPOS", [oneOf(geoKey, geoKey, zsetKey), times(0, 4, member)], exact),
  row("GEOHASH", [oneOf(geoKey, geoKey, zsetKey), times(0, 4, member)], exact),
  row("GEOSEARCH", [oneOf(geoKey, geoKey, zsetKey), query, options], exact, { weight: 60 }),
  row("GEOSEARCHSTORE", [oneOf(geoKey, zsetKey), geoKey, query, plainOptions, maybe("STOREDIST")], exact),
  row("GEOSEARCHSTORE", [key, geoKey, query, options], exact, seldom),
  row("GEORADIUS", [geoKey, place, length, unit, options], exact),
  row("GEORADIUS", [geoKey, place, length, unit, plainOptions, storing], exact),
  row("GEORADIUS_RO", [geoKey, place, length, unit, options, rarely(storing)], exact, seldom),
  row("GEORADIUSBYMEMBER", [geoKey, member, length, unit, options], exact),
  row("GEORADIUSBYMEMBER", [geoKey, member, length, unit, plainOptions, storing], exact),
  row("GEORADIUSBYMEMBER_RO", [geoKey, member, length, unit, options, rarely(storing)], exact, seldom),
  row("ZREM", [geoKey, times(1, 3, member)], exact, seldom),
  row("ZRANGE", [geoKey, "0", "-1", "WITHSCORES"], exact, seldom),
];
