/**
 * The oracle asks: Streams. IDs are told, never made from the clock, for two servers read two clocks; and idle times are so
 * far apart that no threshold lies between what the two of them see.
 */
import {
  type Argument,
  BOUNDARIES,
  expand,
  field,
  group,
  hostile,
  maybe,
  oneOf,
  rarely,
  streamKey,
  times,
  value,
} from "../arguments.ts";
import { exact, exceptTimes } from "../compare.ts";
import { arityOnly, often, type Row, rare, row, seldom } from "../row.ts";
import { words } from "../syntax.ts";

// --- IDs -----------------------------------------------------------------------------------------------------------------

const U64_MAX = "18446744073709551615";
const ODD_IDS = [
  ...[
    "0",
    "0-0",
    "0-1",
    "1-",
    "-1",
    "-",
    "+",
    "$",
    ">",
    "1-*",
    "*-1",
    "5-01",
    "5--05",
    "5-+7",
    " 5-1",
    "5-\t3",
    "1-2-3",
  ],
  ...[
    `${U64_MAX}-${U64_MAX}`,
    `${U64_MAX}-0`,
    `0-${U64_MAX}`,
    U64_MAX,
    "18446744073709551616-1",
    "1-18446744073709551616",
  ],
  ...["9007199254740993-9007199254740993", "4294967295-4294967295", "4294967296-0", "9223372036854775808-1", "5\0x"],
];
/** IDs up to 40-…: streams soon come there, and go on with its sequences. */
const smallId: Argument = (random) =>
  random.chance(0.5) ? `40-${random.below(80)}` : `${random.below(41)}-${random.below(4)}`;
const msOnly: Argument = (random) => String(random.below(40));
const oddId: Argument = (random) => random.pick([...ODD_IDS, ...BOUNDARIES]);
const usualId = oneOf(smallId, smallId, msOnly);
const id: Argument = (random) => expand([random.chance(0.06) ? oddId : usualId], random);
const newId: Argument = (random) => {
  const chance = random.below(100);
  if (chance < 50) return "40-*";
  if (chance < 75) return `${random.below(1 + random.below(41))}-*`;
  if (chance < 99) return `${random.below(1 + random.below(41))}-${random.below(30)}`;
  return random.pick(ODD_IDS);
};
/** What XREAD is given: `+` is a later version's. */
const readId: Argument = (random) => {
  const made = expand([id], random)[0]!;
  return made === "+" ? "0" : made;
};
const bound: Argument = oneOf(
  "-",
  "+",
  id,
  id,
  (random) => `(40-${random.below(80)}`,
  (random) => `(${random.pick(ODD_IDS)}`,
);
const start: Argument = oneOf("-", "-", bound);
const end: Argument = oneOf("+", "+", bound);

// --- The rest ------------------------------------------------------------------------------------------------------------

const groupName: Argument = words("g1 g1 g1 g1 g2 g2 g2 g3");
const consumer: Argument = words("c1 c2 c3 alice bob | C1");
const count: Argument = oneOf(words("0 1 2 3 5 10 100"), words("0 1 2 3 5 10 100"), hostile);
const newField: Argument = oneOf("a", "a", "b", field);
const shortValue: Argument = (random) =>
  random.chance(0.5) ? "v".repeat(random.below(40)) : String(random.below(300));
const pair = group(newField, oneOf(shortValue, shortValue, value));
const pairs = oneOf(group("a", shortValue), group("a", shortValue, "b", shortValue), times(1, 4, pair));

const limit = group("LIMIT", oneOf(words("0 1 5 10 100"), hostile));
const length: Argument = oneOf(words("0 1 2 5 10 20 50 100"), hostile);
const threshold = oneOf(
  group("MAXLEN", oneOf("~", "=", group()), length),
  group("MAXLEN", "~", length, maybe(limit)),
  group("minid", oneOf("~", "=", group()), id),
  group("MINID", "~", id, maybe(limit)),
);
const trimming = oneOf(threshold, threshold, threshold, group(limit, threshold), group(threshold, limit));
const addOptions = oneOf(group(), group(), "NOMKSTREAM", trimming, group("NOMKSTREAM", trimming), limit);

// Idle times that entries are given, and thresholds between them.
const idleGiven = oneOf(words("100000000 200000000 1000000000 0"), hostile);
/** No small ones but 0: how long ago something was a moment ago is not the same on two servers. */
const idleMin = oneOf("0", "0", words("50000000 150000000 500000000"), words("-1 9223372036854775807 1e400 +1 x |"));
const claimOption = oneOf(
  group("IDLE", idleGiven),
  group("TIME", words("1000000 0 99999999999999 -1")),
  group("RETRYCOUNT", oneOf(words("0 1 7 9223372036854775807 -3"), hostile)),
  "FORCE",
  "FORCE",
  "JUSTID",
  group("LASTID", id),
  hostile,
);

const streams = oneOf(
  group("STREAMS", streamKey, readId),
  group("STREAMS", streamKey, streamKey, readId, readId),
  group("STREAMS", streamKey, "$"),
);
const groupStreams = oneOf(
  group("STREAMS", streamKey, ">"),
  group("STREAMS", streamKey, ">"),
  group("STREAMS", streamKey, oneOf("0", id)),
  group("STREAMS", streamKey, streamKey, oneOf(">", id), oneOf(">", id)),
);
const readOptions = oneOf(group(), group("COUNT", count), group("count", "2"), "NOACK");
const entriesRead = oneOf(words("0 1 5 10 -1 -2 9223372036854775807"), hostile);

export const streamRows: Row[] = [
  row("XADD", [streamKey, newId, pairs], exact, { weight: 150 }),
  row("XADD", [streamKey, addOptions, newId, pairs], exact, often),
  row("XADD", [streamKey, maybe(limit), hostile, newId, maybe(pairs)], exact, rare),
  row("XTRIM", [streamKey, trimming], exact),
  row("XTRIM", [streamKey, maybe(trimming), trimming], exact, rare),
  row("XLEN", [streamKey], exact),
  row("XRANGE", [streamKey, start, end, maybe("COUNT", count)], exact, often),
  row("XREVRANGE", [streamKey, end, start, maybe("COUNT", count)], exact, often),
  row("XDEL", [streamKey, times(1, 4, id)], exact),
  row("XDEL", [streamKey, times(5, 20, smallId)], exact, seldom),
  row("XSETID", [streamKey, id, maybe("ENTRIESADDED", entriesRead), maybe("MAXDELETEDID", id)], exact, seldom),
  row("XREAD", [maybe("COUNT", count), streams], exact, arityOnly),
  row("XREAD", [rarely("NOACK"), maybe("COUNT", count), "BLOCK", "1", streams], exact, { ...arityOnly, ...rare }),
  row("XGROUP", ["CREATE", streamKey, groupName, oneOf("0", "$", id), maybe("MKSTREAM")], exact, seldom),
  row(
    "XGROUP",
    ["CREATE", streamKey, groupName, id, maybe("ENTRIESREAD", entriesRead), maybe("MKSTREAM")],
    exact,
    seldom,
  ),
  row("XGROUP", ["SETID", streamKey, groupName, oneOf("$", "-", id), maybe("ENTRIESREAD", entriesRead)], exact, seldom),
  row("XGROUP", ["CREATE", streamKey, groupName, oneOf("0", "$"), "MKSTREAM"], exact),
  row("DEL", [streamKey], exact, { weight: 2 }),
  row("XGROUP", ["DESTROY", streamKey, groupName], exact, { weight: 1 }),
  row("XGROUP", ["CREATECONSUMER", streamKey, groupName, consumer], exact, seldom),
  row("XGROUP", ["DELCONSUMER", streamKey, groupName, consumer], exact, seldom),
  row("XGROUP", [oneOf("NOSUCH", "CREATE", "SETID"), times(0, 8, oneOf(streamKey, groupName, id))], exact, rare),
  row("XREADGROUP", ["GROUP", groupName, consumer, readOptions, groupStreams], exact, often),
  row("XREADGROUP", ["GROUP", groupName, consumer, "BLOCK", "1", groupStreams], exact, { ...arityOnly, ...rare }),
  row("XACK", [streamKey, groupName, times(1, 6, id)], exact),
  row("XPENDING", [streamKey, groupName], exact),
  row("XPENDING", [streamKey, groupName, maybe("IDLE", idleMin), start, end, count, maybe(consumer)], exceptTimes),
  row("XCLAIM", [streamKey, groupName, consumer, idleMin, times(1, 4, id), times(0, 3, claimOption)], exact),
  row(
    "XAUTOCLAIM",
    [streamKey, groupName, consumer, idleMin, start, maybe("COUNT", words("1 2 5 100 0 x")), maybe("JUSTID")],
    exact,
  ),
  row("XINFO", ["STREAM", streamKey], exact),
  row("XINFO", ["STREAM", streamKey, "FULL", maybe("COUNT", words("0 1 3 -1 100 x"))], exceptTimes),
  row("XINFO", ["GROUPS", streamKey], exact),
  row("XINFO", ["CONSUMERS", streamKey, groupName], exceptTimes),
  row(
    "XINFO",
    [oneOf("STREAM", "NOSUCH"), streamKey, times(0, 3, oneOf("FULL", "COUNT", "1", hostile))],
    exceptTimes,
    rare,
  ),
];
