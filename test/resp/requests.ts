/**
 * Requests, right and wrong: what the parser is tested with, and what a real server is asked about.
 */

/** Requests, and the commands in them. */
export const VALID: readonly (readonly [string, readonly string[][]])[] = [
  ["*1\r\n$4\r\nPING\r\n", [["PING"]]],
  ["*2\r\n$3\r\nGET\r\n$0\r\n\r\n", [["GET", ""]]],
  ["*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\nb\n\r\n", [["SET", "k", "a\r\nb\n"]]],
  ["*2\r\n$1\r\n*\r\n$2\r\n\0\xff\r\n", [["*", "\0\xff"]]],
  ["*0\r\n*-1\r\n*-7\r\n\r\n\n*1\r\n$1\r\na\r\n", [["a"]]],
  ["PING\r\n", [["PING"]]],
  ["PING\n", [["PING"]]],
  ["  SET  \t a   b \r\n", [["SET", "a", "b"]]],
  ["SET \"a b\" 'c d'\r\n", [["SET", "a b", "c d"]]],
  [String.raw`SET "\n\r\t\b\a\x00\xfF\q\"" '\'\n'` + "\r\n", [["SET", '\n\r\t\b\x07\0\xffq"', "'\\n"]]],
  [
    "GET a\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\nGET c\n",
    [
      ["GET", "a"],
      ["GET", "b"],
      ["GET", "c"],
    ],
  ],
  ["\"\" ''\r\n", [["", ""]]],
  ["*2\r\n$10\r\n0123456789\r\n$12\r\n0123456789ab\r\n", [["0123456789", "0123456789ab"]]],
  // Only the CR is looked at, and what follows data is not looked at at all: as in Redis.
  ["*1\rx$1\rxa..", [["a"]]],
];

/** What is no request, and the protocol error that it earns. */
export const INVALID: readonly (readonly [string, string])[] = [
  ["*x\r\n", "invalid multibulk length"],
  ["*\r\n", "invalid multibulk length"],
  ["*01\r\n", "invalid multibulk length"],
  ["*-0\r\n", "invalid multibulk length"],
  ["* 1\r\n", "invalid multibulk length"],
  ["*2147483648\r\n", "invalid multibulk length"],
  ["*9223372036854775807\r\n", "invalid multibulk length"],
  ["*-9223372036854775809\r\n", "invalid multibulk length"],
  ["*1\r\n$x\r\n", "invalid bulk length"],
  ["*1\r\n$-1\r\n", "invalid bulk length"],
  ["*1\r\n$536870913\r\n", "invalid bulk length"],
  ["*1\r\n$99999999999999999999\r\n", "invalid bulk length"],
  ["*1\r\nPING\r\n", "expected '$', got 'P'"],
  ["*2\r\n$1\r\na\r\n:5\r\n", "expected '$', got ':'"],
  ['SET "a\r\n', "unbalanced quotes in request"],
  ["SET 'a\r\n", "unbalanced quotes in request"],
  ['SET "a"b\r\n', "unbalanced quotes in request"],
  [`${"a".repeat(70_000)}`, "too big inline request"],
  [`*${"1".repeat(70_000)}`, "too big mbulk count string"],
  [`*1\r\n$${"1".repeat(70_000)}`, "too big bulk count string"],
  [`*1\r\n${"x".repeat(70_000)}`, "too big bulk count string"],
  // A NUL hides the end of a line.
  [`*1\0\r\n${"x".repeat(70_000)}`, "too big mbulk count string"],
  [`*1\r\n$1\0\r\n${"x".repeat(70_000)}`, "too big bulk count string"],
  [`PING\0\r\n${"x".repeat(70_000)}`, "too big inline request"],
];
