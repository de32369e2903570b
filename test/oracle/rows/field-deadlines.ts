/**
 * Deadlines of fields are newer than the server that the oracle asks (Redis 7.4 and 8.0): it knows none of their commands.
 * What they answer is written out in test/types/hash/deadlines.test.ts, and their life in virtual time is in
 * test/keyspace/element-expiry.test.ts. So there is nothing to ask here.
 */
import type { Row } from "../row.ts";

export const fieldDeadlineRows: Row[] = [];
