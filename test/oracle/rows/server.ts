/**
 * The oracle asks: Connections and the server itself.
 */
import { hostile, key, maybe, oneOf, times, value } from "../arguments.ts";
import { asMap, asMapExcept, exact, sameType } from "../compare.ts";
import { asIs, type Row, row, seldom } from "../row.ts";
import * as syntax from "../syntax.ts";
import { words } from "../syntax.ts";

const helloMap = asMapExcept("server", "version", "id", "modules");
const ownConnections = sameType("each server counts its own connections");
const ownFigures = sameType("addresses, times and figures of the server itself");

export const serverRows: Row[] = [
  // Connection
  row("PING", [maybe(value)], exact, seldom),
  row("ECHO", [value], exact, seldom),
  row("AUTH", [times(0, 3, value)], exact, { weight: 1 }),
  asIs("HELLO", [syntax.helloArguments], 1.5, helloMap),
  asIs("RESET", []),
  asIs("CLIENT", ["SETNAME", syntax.clientName], 2),
  asIs("CLIENT", ["GETNAME"], 2),
  asIs("CLIENT", ["ID"], 1, ownConnections),
  asIs("CLIENT", ["INFO"], 1, ownFigures),
  asIs("CLIENT", ["LIST", syntax.clientListFilter], 1, ownFigures),
  asIs("CLIENT", ["KILL", syntax.clientKillFilter]),
  asIs("CLIENT", ["NO-EVICT", words("on OFF maybe")]),
  asIs("CLIENT", ["REPLY", words("ON maybe")]),
  asIs("CLIENT", [oneOf("NOSUCH", "nosuch\r\n", ""), times(0, 2, value)]),

  // Server
  row("TIME", [], sameType("the clock"), { weight: 1 }),
  asIs("LOLWUT", [], 0.2, sameType("it draws with the version")),
  asIs("INFO", [syntax.infoSections], 0.3, ownFigures),
  asIs("CONFIG", ["SET", syntax.hashSettings], 2),
  asIs("CONFIG", ["SET", syntax.harmlessSettings], 2),
  asIs("CONFIG", ["GET", syntax.settingPatterns], 2, asMap),
  asIs("CONFIG", ["RESETSTAT"], 0.2),
  asIs("CONFIG", [words("NOSUCH get set |"), maybe("hash-max-listpack-value")]),
  asIs("COMMAND", ["GETKEYS", syntax.commandWithKeys], 2),
  asIs("COMMAND", ["GETKEYSANDFLAGS", syntax.commandWithKeys], 2),
  row("MEMORY", ["USAGE", key, maybe("SAMPLES", words("0 5 -1 x"))], sameType("the allocators differ"), { weight: 2 }),
  asIs("MEMORY", [oneOf("NOSUCH", "usage", "DOCTOR x")], 0.5),
  asIs("SHUTDOWN", [oneOf(words("NOSUCH ABORT |"), "NOSAVE SAVE")], 0.5),
  asIs("SHUTDOWN", ["SAVE", "NOSAVE"], 0.5),
  asIs("LATENCY", ["HISTOGRAM", "nosuch"], 0.5),
  asIs("LATENCY", ["HISTOGRAM", words("get config|set hset")], 0.5, ownFigures),
  asIs("SLOWLOG", [words("LEN RESET NOSUCH |")], 0.5, ownFigures),
  asIs("SLOWLOG", ["GET", maybe(hostile)], 0.5, ownFigures),
  asIs("DEBUG", ["SLEEP", "0"], 0.5),
  asIs("DEBUG", ["DIGEST"], 0.5),
  asIs("DEBUG", ["DIGEST-VALUE", times(1, 3, key)], 3),
  asIs("DEBUG", ["OBJECT", "key:never"], 0.5),
  asIs("DEBUG", ["PROTOCOL", syntax.protocolTypes]),
  asIs("DEBUG", ["POPULATE", words("3 20"), words("key populated"), maybe(words("5 40"))], 0.5),
  asIs("DEBUG", [words("NOSUCH digest-value POPULATE")], 0.5),
];
