/**
 * THE table of the oracle: every command of Redis 7.0 that Ashlar claims to answer, how its arguments are made, and how the
 * two replies are compared; by rooms, in rows/. A command may stand in several rows. What is left out stands at the end,
 * with the reason.
 */
import type { Row } from "./row.ts";
import { bitmapRows } from "./rows/bitmaps.ts";
import { dumpRows } from "./rows/dump.ts";
import { fieldDeadlineRows } from "./rows/field-deadlines.ts";
import { geoRows } from "./rows/geo.ts";
import { hashRows } from "./rows/hashes.ts";
import { hyperloglogRows } from "./rows/hyperloglog.ts";
import { keyRows } from "./rows/keys.ts";
import { listRows } from "./rows/lists.ts";
import { serverRows } from "./rows/server.ts";
import { setRows } from "./rows/sets.ts";
import { sortingRows } from "./rows/sorting.ts";
import { streamRows } from "./rows/streams.ts";
import { stringRows } from "./rows/strings.ts";
import { transactionRows } from "./rows/transactions.ts";
import { unknownRows } from "./rows/unknown.ts";
import { zsetRows } from "./rows/zsets.ts";

export const ROWS: Row[] = [
  ...stringRows,
  ...bitmapRows,
  ...hyperloglogRows,
  ...listRows,
  ...setRows,
  ...zsetRows,
  ...geoRows,
  ...hashRows,
  ...fieldDeadlineRows,
  ...streamRows,
  ...keyRows,
  ...sortingRows,
  ...dumpRows,
  ...transactionRows,
  ...serverRows,
  ...unknownRows,
];

/** What the oracle doesn't ask, and why. */
export const EXCLUDED: { what: string; reason: string }[] = [
  {
    what: "SET IFEQ, DELIFEQ, MSETEX, HSCAN NOVALUES, CLIENT SETINFO, CLIENT NO-TOUCH",
    reason: "younger than Redis 7.0",
  },
  { what: "DEBUG PROTOCOL push", reason: "one command, two replies" },
  { what: "… HELP", reason: "Ashlar words its help itself" },
  {
    what: "QUIT, CLIENT REPLY OFF and SKIP, CLIENT KILL of somebody",
    reason: "they change how many replies come; test/hostile asks",
  },
  { what: "near deadlines", reason: "two servers read two clocks; the tests of expiry ask, in virtual time" },
  { what: "COMMAND, COMMAND DOCS/COUNT/LIST/INFO", reason: "another test compares the whole command table" },
  { what: "HRANDFIELD with a count below -1000", reason: "both servers would really write that many elements" },
  { what: "OBJECT IDLETIME, TTL …: a difference up to 5 s", reason: "two servers read two clocks" },
  {
    what: "OBJECT REFCOUNT of a small integer that COPY made",
    reason: "Ashlar shares no objects, so nothing tells it from others",
  },
  {
    what: "OBJECT IDLETIME of a small integer",
    reason: "Redis shares one object, and its time of use, among many keys",
  },
  { what: "the figures in INFO, CLIENT LIST, MEMORY USAGE, TIME", reason: "they belong to the one server" },
  { what: "the version, the server's name and the connection's id in HELLO", reason: "they belong to the one server" },
];
