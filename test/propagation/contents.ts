/**
 * All that the store in this process holds, as lines of text: what an equal store has to hold, too. It says more than a
 * digest, which knows nothing of deadlines and groups. The time at which a consumer was last seen is left out: nobody is
 * told of it.
 */
import { databases } from "../../src/keyspace/database.ts";
import { LocalClient } from "../support/in-process.ts";
import { decodeReply, type Reply } from "../support/resp.ts";

/** A line per key: database, name, type, deadline, and what the type has to say. */
export function contents(): string[] {
  const client = new LocalClient();
  const ask = (...words: string[]): Reply => decodeReply(Buffer.from(client.raw(...words), "latin1"));
  const lines: string[] = [];
  for (let db = 0; db < databases.length; db++) {
    ask("SELECT", String(db));
    const keys = ask("KEYS", "*").items!.map(({ text }) => text!);
    for (const key of keys.sort()) {
      const type = ask("TYPE", key).text!;
      const deadline = ask("PEXPIRETIME", key).text;
      lines.push(`${db} ${JSON.stringify(key)} ${type} ${deadline} ${partsOf(ask, type, key)}`);
    }
  }
  return lines;
}

function partsOf(ask: (...words: string[]) => Reply, type: string, key: string): string {
  if (type === "stream") return groupsOf(ask("XINFO", "STREAM", key, "FULL", "COUNT", "0"));
  if (type === "hash") return fieldsOf(ask, key);
  if (type === "list") return textOf(ask("LRANGE", key, "0", "-1"));
  // A score of -0 is 0 in a listpack, and SORT, of which nobody is told, makes a listpack something else.
  if (type === "zset") return textOf(ask("ZRANGE", key, "0", "-1", "WITHSCORES")).replaceAll('"-0"', '"0"');
  return type === "string" ? ask("GET", key).text! : textOf(ask("SORT", key, "BY", "nosort", "ALPHA"), true);
}

function fieldsOf(ask: (...words: string[]) => Reply, key: string): string {
  const all = ask("HGETALL", key).items!.map(({ text }) => text!);
  const pairs: string[] = [];
  for (let i = 0; i < all.length; i += 2) {
    const deadline = ask("HPEXPIRETIME", key, "FIELDS", "1", all[i]!).items![0]!.text;
    pairs.push(`${JSON.stringify(all[i])}=${JSON.stringify(all[i + 1])}@${deadline}`);
  }
  return pairs.sort().join(" ");
}

function textOf(reply: Reply, isSorted = false): string {
  const texts = reply.items!.map(({ text }) => JSON.stringify(text));
  return (isSorted ? texts.sort() : texts).join(" ");
}

/** What XINFO STREAM FULL says, without what is the server's own affair. */
function groupsOf({ items, text }: Reply): string {
  if (items === null) return String(text);
  const parts: string[] = [];
  for (let i = 0; i < items.length; i++) {
    const name = items[i]!.text;
    if (name === "seen-time" || name?.startsWith("radix-tree")) i++;
    else parts.push(groupsOf(items[i]!));
  }
  return `[${parts.join(" ")}]`;
}
