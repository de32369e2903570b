/**
 * `ashlar check`: looks at files of data without serving them, and says what is in them and where they end to be good.
 */
import { installStorage } from "../base/storage.ts";
import type { Feature } from "../command/feature.ts";
import { checkAof } from "../features/persistence/check-aof.ts";
import { checkRdb } from "../features/persistence/check-rdb.ts";
import { open as openDatabases } from "../keyspace/database.ts";
import { databases } from "../keyspace/parameters.ts";
import { register as registerType } from "../keyspace/value-type.ts";
import { disk } from "./disk.ts";

export interface CheckRequest {
  readonly kind: "check";
  readonly what: "rdb" | "aof";
  readonly file: string;
  /** Whether what can be repaired shall be. */
  readonly fix: boolean;
}

/** Prints what was found. True when the file is good, at least now. */
export function check({ what, file, fix }: CheckRequest, features: readonly Feature[]): boolean {
  installStorage(disk);
  openDatabases(databases.value);
  for (const { type } of features) if (type !== undefined) registerType(type);
  const { isValid, lines } = what === "rdb" ? checkRdb(file) : checkAof(file, { fix });
  process.stdout.write(`${lines.join("\n")}\n`);
  return isValid;
}
