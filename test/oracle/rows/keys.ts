/**
 * The oracle asks: Keys whatever they hold, databases, deadlines.
 */
import {
  database,
  hostile,
  key,
  keysInBulk,
  maybe,
  ms,
  msAhead,
  oneOf,
  seconds,
  secondsAhead,
  times,
  unixMs,
  unixSeconds,
} from "../arguments.ts";
import {
  asSet,
  drawnFrom,
  exact,
  idleSeconds,
  near,
  sameType,
  sharing,
  WHOLE_SCAN_COUNT,
  wholeScan,
} from "../compare.ts";
import { arityOnly, type Row, rare, row, seldom, timeless } from "../row.ts";
import * as syntax from "../syntax.ts";

const allKeys = (): string[] => ["KEYS", "*"];

export const keyRows: Row[] = [
  // Keys
  row("DEL", [times(1, 2, key)], exact),
  row("DEL", [keysInBulk], exact, rare),
  row("UNLINK", [times(1, 2, key)], exact, seldom),
  row("EXISTS", [times(1, 4, key)], exact),
  row("TYPE", [key], exact),
  row("TOUCH", [times(1, 3, key)], exact, seldom),
  row("RENAME", [key, key], exact, seldom),
  row("RENAMENX", [key, key], exact),
  row("COPY", [key, key, syntax.copyOptions], exact),
  row("MOVE", [key, database], exact),
  row("SELECT", [database], exact, seldom),
  row("SWAPDB", [database, database], exact, { weight: 1 }),
  row("DBSIZE", [], exact),
  row("FLUSHDB", [maybe(oneOf("SYNC", "async", hostile))], exact, rare),
  row("FLUSHALL", [maybe(oneOf("sync", "ASYNC", hostile))], exact, { weight: 0.1 }),
  row("KEYS", [syntax.pattern], asSet, seldom),
  row("RANDOMKEY", [], drawnFrom(allKeys), seldom),
  row(
    "SCAN",
    ["0", "COUNT", WHOLE_SCAN_COUNT, maybe("MATCH", syntax.pattern), syntax.typeFilter],
    wholeScan(1),
    seldom,
  ),
  row("SCAN", [hostile, syntax.scanOptions], wholeScan(1), seldom),
  row("OBJECT", ["ENCODING", key], exact),
  row("OBJECT", ["refcount", key], sharing),
  row("OBJECT", ["IDLETIME", key], idleSeconds(5), seldom),
  row("OBJECT", ["FREQ", key], sameType("it counts by chance"), seldom),
  row("OBJECT", [oneOf("NOSUCH", "ENCODING", hostile), times(0, 2, key)], exact, { weight: 1 }),

  // Deadlines
  row("EXPIRE", [key, seconds, maybe(syntax.expireFlag)], exact, timeless),
  row("EXPIRE", [key, secondsAhead, syntax.expireFlags], exact, arityOnly),
  row("PEXPIRE", [key, ms, maybe(syntax.expireFlag)], exact, timeless),
  row("PEXPIRE", [key, msAhead, syntax.expireFlags], exact, arityOnly),
  row("EXPIREAT", [key, unixSeconds, maybe(syntax.expireFlags)], exact, timeless),
  row("PEXPIREAT", [key, unixMs, maybe(syntax.expireFlags)], exact, timeless),
  row("TTL", [key], near(5)),
  row("PTTL", [key], near(5000)),
  row("EXPIRETIME", [key], near(5)),
  row("PEXPIRETIME", [key], near(5000)),
  row("PERSIST", [key], exact),
];
