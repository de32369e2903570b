/**
 * The same conversation with Ashlar and with a real server, on a fresh connection each; every reply must be the same.
 */
import { expect } from "bun:test";
import type { TestServer } from "./server.ts";

export interface Partners {
  readonly ours: TestServer;
  readonly theirs: TestServer;
  /** Takes out of a reply what differs between any two servers. */
  neutral?(reply: string): string;
}

/** Says each line to both. Words are parted by blanks; `""` is an empty word, and `_` within a word is a blank. */
export async function sameReplies(partners: Partners, ...lines: string[]): Promise<void> {
  const neutral = partners.neutral ?? ((reply: string) => reply);
  using ours = await partners.ours.connect();
  using theirs = await partners.theirs.connect();
  for (const line of lines) {
    const words = line.split(" ").map((word) => (word === '""' ? "" : word.replaceAll("_", " ")));
    const [our, their] = await Promise.all([ours.raw(...words), theirs.raw(...words)]);
    expect(`${line} → ${neutral(our)}`).toBe(`${line} → ${neutral(their)}`);
  }
}
