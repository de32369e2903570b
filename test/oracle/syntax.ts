/**
 * The optional parts of commands, as generators: conditions, expiries, filters, subcommand arguments. Each mixes what is
 * right with what is nearly right.
 */
import {
  type Argument,
  database,
  field,
  group,
  hostile,
  integer,
  key,
  maybe,
  ms,
  oneOf,
  rarely,
  seconds,
  times,
  unixMs,
  unixSeconds,
  value,
} from "./arguments.ts";

/** One of several words, written with spaces between; `|` is the empty word. */
export function words(list: string): Argument {
  return oneOf(...list.split(" ").map((word) => (word === "|" ? "" : word)));
}

// Keys

export const pattern = oneOf(
  words("* key:* key:s? key:[hn]* key:[^s]* key:[a-n][0-5] *\\0* f* | [ [a \\ key:\\s1 ** ?*?*?"),
  value,
);
export const expireFlag = oneOf("NX", "XX", hostile);
const flagPair = oneOf(group("NX", "GT"), group("GT", "LT"), group("XX", "GT"), group("NX", "XX"), group("XX", "LT"));
/** Never hostile, for it goes with relative deadlines (see the rule of the clock in `arguments.ts`). */
export const expireFlags = oneOf(words("NX XX GT LT"), flagPair);
export const copyOptions = oneOf(
  group(maybe("DB", database), maybe("REPLACE")),
  group(oneOf("DB", hostile), maybe(hostile)),
);
export const typeFilter = maybe("TYPE", oneOf(words("string hash HASH list nothing"), value));
export const scanOptions = maybe(oneOf(words("COUNT MATCH TYPE"), hostile), value);

// Strings

const deadline = oneOf(group("EX", seconds), group("px", ms), group("EXAT", unixSeconds), group("PXAT", unixMs));
export const expiry = oneOf(deadline, deadline, deadline, deadline, "KEEPTTL");
export const setOptions = group(
  maybe(expireFlag),
  maybe("GET"),
  maybe(expiry),
  maybe(oneOf(words("get xx nx"), expiry)),
);
export const getexOptions = group(maybe(oneOf(deadline, deadline, "PERSIST")), rarely(deadline));
const lcsForm = oneOf(words("LEN IDX MINMATCHLEN"), group("IDX", "MINMATCHLEN", integer), group("LEN", "IDX"), value);
export const lcsOptions = group(maybe(lcsForm), maybe("WITHMATCHLEN"), rarely(lcsForm));

// Connection and server

const setName = group("3", "SETNAME", oneOf("me", "not me", value));
export const helloArguments = oneOf(
  words("2 3 3 3"),
  hostile,
  setName,
  group("2", "AUTH", "default", "x"),
  group("3", hostile),
);
export const clientName = oneOf("a-name", "", "two words", "a\nb", value);
export const clientListFilter = maybe(
  oneOf(group("TYPE", words("normal pubsub x")), group("ID", words("999999 0 -1 x")), hostile),
);
/** Filters that match no connection. */
export const clientKillFilter = oneOf(
  "1.2.3.4:5",
  group("ID", words("999999999 0 x -1")),
  group("ADDR", "1.2.3.4:5"),
  group("TYPE", "x"),
  group("LADDR"),
  group("SKIPME", "maybe"),
);

const sections = words("server clients memory stats keyspace commandstats all everything default nosuch");
export const infoSections = maybe(sections);

const hashSetting = words(
  "hash-max-listpack-entries hash-max-ziplist-entries hash-max-listpack-value hash-max-ziplist-value HASH-MAX-listpack-VALUE",
);
const hashSettingValue = oneOf(words("0 1 3 8 16 64 128 512"), hostile);
/** CONFIG SET of what decides the encoding of hashes; `generate.ts` puts it back before each case. */
export const hashSettings = times(1, 2, hashSetting, hashSettingValue);
/** CONFIG SET of what changes no reply. */
export const harmlessSettings = oneOf(
  group("slowlog-log-slower-than", oneOf("10000", "-1", hostile)),
  group("slowlog-max-len", oneOf("128", "0", hostile)),
  group("lfu-log-factor", oneOf("10", hostile)),
  group("lfu-decay-time", oneOf("1", hostile)),
  group("lazyfree-lazy-user-del", oneOf("yes", "NO", hostile)),
  group("set-max-intset-entries", oneOf("512", hostile)),
  group("no-such-setting", "1"),
);
export const settingPatterns = oneOf(
  words("hash-* hash-max-*-entries hash-max-ziplist-value lfu-* databases nosuch HASH-max-listpack-VALUE |"),
  group("lfu-log-factor", "databases"),
);

/** A command for COMMAND GETKEYS. */
export const commandWithKeys = oneOf(
  group("get", key),
  group("mset", times(1, 3, key, value)),
  group("hset", key, field, value),
  group("set", key, "v", maybe("GET")),
  group("del", key, key),
  group("copy", key, key),
  group("rename", key, key),
  group("lcs", key, key),
  group("getex", key),
  group("hincrby", key, field, "1"),
  group("object", "encoding", key),
  group("nosuch", "a"),
  words("ping get"),
);
export const protocolTypes = words("string integer double null array set map attrib verbatim true false bignum nosuch");
