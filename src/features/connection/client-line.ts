/**
 * A client as CLIENT LIST and CLIENT INFO describe it: one line of `name=value`.
 */
import type { Session } from "../../command/session.ts";

/** The letters of `flags`, in the order in which they are shown. */
const LETTERS = "OSMPxbtRBdcuAUr";

/** The line about a session. `requestBytes` is the size of the request that it is executing, 0 if it is not. */
export function clientLine(session: Session, requestBytes: number): string {
  const connection = session.connection;
  const pending = connection?.pendingBytes ?? 0;
  const fields: [name: string, value: string | number][] = [
    ["id", session.id],
    ["addr", connection?.address ?? ""],
    ["laddr", connection?.localAddress ?? ""],
    ["fd", connection?.fd ?? -1],
    ["name", session.name],
    ["age", session.ageSeconds()],
    ["idle", session.idleSeconds()],
    ["flags", flagsOf(session)],
    ["db", session.dbNumber],
    ["sub", session.channels],
    ["psub", session.patterns],
    ["ssub", session.shardChannels],
    ["multi", session.queue?.commands ?? -1],
    ["qbuf", Math.max(requestBytes, session.torn.length)],
    ["qbuf-free", session.torn.bytes.length - session.torn.length],
    ["argv-mem", 0],
    ["multi-mem", session.queue?.bytesUsed ?? 0],
    // Replies are written to one buffer that all clients share: none has its own.
    ["rbs", 0],
    ["rbp", 0],
    ["obl", 0],
    ["oll", pending > 0 ? 1 : 0],
    ["omem", pending],
    ["tot-mem", pending + session.torn.bytes.length + (session.queue?.capacity ?? 0)],
    ["events", pending > 0 ? "rw" : "r"],
    ["cmd", session.lastCommand],
    ["user", session.user],
    ["redir", -1],
    ["resp", session.protocol],
  ];
  // Newer servers always show these; older ones never do.
  if (session.libraryName !== "") fields.push(["lib-name", session.libraryName]);
  if (session.libraryVersion !== "") fields.push(["lib-ver", session.libraryVersion]);
  return fields.map(([name, value]) => `${name}=${value}`).join(" ");
}

function flagsOf(session: Session): string {
  let set = session.flags;
  if (session.queue !== undefined) set += "x";
  if (session.isParked) set += "b";
  let flags = "";
  for (const letter of LETTERS) if (set.includes(letter)) flags += letter;
  if (session.noEvict) flags += "e";
  if (session.noTouch) flags += "T";
  return flags || "N";
}

export type ClientType = "normal" | "master" | "replica" | "pubsub";

/** The class of clients that a word names, in any case; undefined when it names none. */
export function clientTypeOf(word: string): ClientType | undefined {
  const lower = word.toLowerCase();
  if (lower === "slave") return "replica";
  return (["normal", "master", "replica", "pubsub"] as const).find((type) => type === lower);
}

/** The class that a session belongs to. */
export function typeOf(session: Session): ClientType {
  const { flags } = session;
  if (flags.includes("M")) return "master";
  if (flags.includes("S")) return "replica";
  return flags.includes("P") ? "pubsub" : "normal";
}

export function unknownClientType(word: string): string {
  return `ERR Unknown client type '${word}'`;
}
