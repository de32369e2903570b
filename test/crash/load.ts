/**
 * Writers in a process of their own, so that what they were told survives the server and waits for nobody. Each connection counts:
 * what it writes as number n says which n it is, so that the data alone tells whether it is a prefix of what was sent.
 *
 *     even connections   MULTI · INCR count · SET slot:(n mod 7) n · RPUSH log n · LTRIM log -5 -1 · EXEC
 *     odd connections    RPUSH log n                                              (LTRIM in between, which n does not count)
 *
 * The parent says where the server is and how far each connection has come; when the server is gone, it gets back which numbers
 * were acknowledged and which were sent.
 */
import { RawClient } from "../support/raw-client.ts";
import { encodeCommand } from "../support/resp.ts";

export interface Begin {
  port: number;
  /** By connection: the last number there is. */
  counts: number[];
}

export interface Report {
  acknowledged: number[];
  sent: number[];
  /** What was answered, if it was no success. */
  error: string | undefined;
}

export const SLOTS = 7;
export const LOG_LENGTH = 5;
/** Numbers that are on their way together. */
const PIPELINE = 16;
const TRIM_EVERY = 64;

export const isTransactional = (connection: number): boolean => connection % 2 === 0;

/** The commands of number n. */
function commandsOf(connection: number, n: number): string[][] {
  const log = `log:${connection}`;
  if (!isTransactional(connection)) {
    const push = ["RPUSH", log, String(n)];
    return n % TRIM_EVERY === 0 ? [push, ["LTRIM", log, String(-LOG_LENGTH), "-1"]] : [push];
  }
  return [
    ["MULTI"],
    ["INCR", `count:${connection}`],
    ["SET", `slot:${connection}:${n % SLOTS}`, String(n)],
    ["RPUSH", log, String(n)],
    ["LTRIM", log, String(-LOG_LENGTH), "-1"],
    ["EXEC"],
  ];
}

async function write(connection: number, port: number, report: Report): Promise<void> {
  using client = await RawClient.connect(port);
  for (;;) {
    const from = report.acknowledged[connection]! + 1;
    const commands: string[][] = [];
    for (let n = from; n < from + PIPELINE; n++) commands.push(...commandsOf(connection, n));
    report.sent[connection] = from + PIPELINE - 1;
    client.send(commands.map(encodeCommand).join(""));
    for (const reply of await client.replies(commands.length)) {
      if (reply[0] === "-".charCodeAt(0)) report.error ??= Buffer.from(reply).toString("latin1");
    }
    report.acknowledged[connection] = from + PIPELINE - 1;
  }
}

async function run({ port, counts }: Begin): Promise<Report> {
  const report: Report = { acknowledged: [...counts], sent: [...counts], error: undefined };
  // Each ends when the server does.
  await Promise.allSettled(counts.map((_, connection) => write(connection, port, report)));
  return report;
}

if (import.meta.main) {
  process.on("message", (begin: Begin) => {
    void run(begin).then((report) => process.send!(report));
  });
  process.on("disconnect", () => process.exit(0));
}
