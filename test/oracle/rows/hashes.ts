/**
 * The oracle asks: Hashes.
 */
import {
  anyValue,
  field,
  fieldsInBulk,
  float,
  floatIncrement,
  hashKey,
  hostile,
  increment,
  maybe,
  numberField,
  randomCount,
  rarely,
  times,
  value,
} from "../arguments.ts";
import { drawnFrom, elementsOfHash, exact, WHOLE_SCAN_COUNT, wholeScan } from "../compare.ts";
import { arityOnly, often, type Row, rare, row, seldom } from "../row.ts";
import * as syntax from "../syntax.ts";

const populationOfHash = (args: readonly string[]): string[] => ["HGETALL", args[1] ?? ""];

export const hashRows: Row[] = [
  row("HSET", [hashKey, times(1, 3, field, value)], exact, often),
  row("HSET", [hashKey, field, anyValue], exact),
  row("HSET", [hashKey, numberField, float], exact),
  row("HSET", [hashKey, fieldsInBulk], exact, rare),
  row("HMSET", [hashKey, times(1, 3, field, value)], exact, seldom),
  row("HSETNX", [hashKey, field, value], exact),
  row("HGET", [hashKey, field], exact, often),
  row("HMGET", [hashKey, times(1, 5, field)], exact),
  row("HDEL", [hashKey, times(1, 3, field)], exact),
  row("HDEL", [hashKey, fieldsInBulk], exact, rare),
  row("HEXISTS", [hashKey, field], exact),
  row("HLEN", [hashKey], exact),
  row("HSTRLEN", [hashKey, field], exact),
  row("HINCRBY", [hashKey, numberField, increment], exact),
  row("HINCRBYFLOAT", [hashKey, numberField, floatIncrement], exact),
  row("HGETALL", [hashKey], elementsOfHash(2)),
  row("HKEYS", [hashKey], elementsOfHash(1), seldom),
  row("HVALS", [hashKey], elementsOfHash(1), seldom),
  row("HRANDFIELD", [hashKey, maybe(randomCount, maybe("withvalues"))], drawnFrom(populationOfHash), arityOnly),
  row("HSCAN", [hashKey, "0", maybe("MATCH", syntax.pattern), "COUNT", WHOLE_SCAN_COUNT], wholeScan(2), seldom),
  row("HSCAN", [hashKey, hostile, maybe("COUNT", increment), rarely("MATCH")], wholeScan(2), seldom),
];
