/**
 * The oracle asks: Strings.
 */
import {
  anyValue,
  float,
  floatIncrement,
  increment,
  index,
  key,
  keysAndValuesInBulk,
  ms,
  numberKey,
  offset,
  seconds,
  stringKey,
  times,
  value,
} from "../arguments.ts";
import { exact } from "../compare.ts";
import { often, type Row, rare, row, seldom, timeless } from "../row.ts";
import * as syntax from "../syntax.ts";

export const stringRows: Row[] = [
  row("GET", [stringKey], exact, often),
  row("GET", [numberKey], exact),
  row("SET", [stringKey, anyValue], exact, often),
  row("SET", [numberKey, float], exact, often),
  row("SET", [key, value, syntax.expiry], exact, timeless),
  row("SET", [stringKey, value, syntax.setOptions], exact, timeless),
  row("GETEX", [stringKey, syntax.getexOptions], exact, timeless),
  row("GETDEL", [stringKey], exact, seldom),
  row("GETSET", [stringKey, value], exact),
  row("SETEX", [stringKey, seconds, value], exact, timeless),
  row("PSETEX", [stringKey, ms, value], exact, timeless),
  row("SETNX", [stringKey, value], exact),
  row("MSET", [times(1, 5, stringKey, value)], exact),
  row("MSET", [keysAndValuesInBulk], exact, rare),
  row("MSETNX", [times(1, 3, stringKey, value)], exact),
  row("MGET", [times(1, 6, key)], exact),
  row("APPEND", [stringKey, anyValue], exact),
  row("STRLEN", [stringKey], exact),
  row("SETRANGE", [stringKey, offset, value], exact),
  row("GETRANGE", [stringKey, index, index], exact),
  row("SUBSTR", [stringKey, index, index], exact, seldom),
  row("INCR", [numberKey], exact),
  row("DECR", [numberKey], exact),
  row("INCRBY", [numberKey, increment], exact),
  row("DECRBY", [numberKey, increment], exact),
  row("INCRBYFLOAT", [numberKey, floatIncrement], exact),
  row("LCS", [stringKey, stringKey, syntax.lcsOptions], exact, seldom),
];
