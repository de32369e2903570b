/**
 * The audit of everything stored: each block of memory belongs to one database or waits to be freed, the books of each database
 * agree with its entries, and what a value keeps twice agrees with itself. For DEBUG AUDIT and tests; it takes time in proportion
 * to the data.
 */
import { Audit } from "../mem/audit.ts";
import { deferred, NIL } from "../mem/mem.ts";
import * as entry from "../struct/entry.ts";
import * as table from "../struct/table.ts";
import { blocks, databases, expires, numberOf, tableOf, wheelOf } from "./database.ts";
import * as lazyFree from "./lazy-free.ts";
import { typeOf } from "./value-type.ts";

/** What is wrong with the memory and the databases, in words; empty when all is well. */
export function auditAll(): readonly string[] {
  const audit = new Audit();
  for (const db of databases) {
    const owner = `database ${numberOf(db)}`;
    blocks(db, (block) => audit.claim(block, owner));
    let keys = 0;
    let deadlines = 0;
    table.entries(tableOf(db), (ref) => {
      keys++;
      if (entry.hasDeadline(ref)) deadlines++;
      const flaw = typeOf(entry.type(ref)).flaw?.(ref);
      if (flaw !== undefined) audit.complain(`${owner}: ${flaw}`);
    });
    if (keys !== table.count(tableOf(db)))
      audit.complain(`${owner} has ${keys} keys, counted ${table.count(tableOf(db))}`);
    if (deadlines !== expires(db)) audit.complain(`${owner} has ${deadlines} deadlines, counted ${expires(db)}`);
    if (deadlines > 0 && wheelOf(db) === NIL) audit.complain(`${owner} has deadlines and no wheel`);
  }
  lazyFree.blocks((block) => audit.claim(block, "lazy free"));
  for (const block of deferred.refs) audit.claim(block, "a snapshot under way");
  return audit.finish();
}
