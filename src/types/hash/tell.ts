/**
 * What commands about fields and their deadlines tell in place of themselves (command/propagation.ts): the fields that they
 * did something to, with the deadline as a point in time, and without the conditions, which were met.
 */
import { argument, bulkOf, instead } from "../../command/propagation.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";
import * as hash from "./value.ts";

const HDEL = bulkOf("HDEL");
const HPEXPIREAT = bulkOf("HPEXPIREAT");
const HPERSIST = bulkOf("HPERSIST");
const FIELDS = bulkOf("FIELDS");

/** Tells that the fields in these arguments are gone. */
export function tellRemoved(args: Args, fields: readonly number[]): void {
  const out = instead(2 + fields.length);
  if (out === undefined) return;
  out.raw(HDEL);
  argument(out, args, 1);
  for (const i of fields) argument(out, args, i);
}

/** Tells that the fields in these arguments have this deadline now. */
export function tellDeadline(args: Args, fields: readonly number[], deadline: number): void {
  const out = instead(5 + fields.length);
  if (out === undefined) return;
  out.raw(HPEXPIREAT);
  argument(out, args, 1);
  out.bulkInteger(deadline);
  writeFields(out, args, fields);
}

/** Tells the deadline of the field in argument `i`, if it has one. */
export function tellOwnDeadline(args: Args, ref: Ref, i: number): void {
  const deadline = hash.deadlineOf(ref, args, i);
  if (Number.isFinite(deadline)) tellDeadline(args, [i], deadline);
}

/** Tells that the fields in these arguments have no deadline any more. */
export function tellPersisted(args: Args, fields: readonly number[]): void {
  const out = instead(4 + fields.length);
  if (out === undefined) return;
  out.raw(HPERSIST);
  argument(out, args, 1);
  writeFields(out, args, fields);
}

function writeFields(out: Reply, args: Args, fields: readonly number[]): void {
  out.raw(FIELDS);
  out.bulkInteger(fields.length);
  for (const i of fields) argument(out, args, i);
}
