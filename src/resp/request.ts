/**
 * The way back from a batch to the bytes of a request: for commands that were parsed and cannot be executed yet.
 */

import * as int64 from "../base/int64.ts";
import { copy, Region } from "../base/region.ts";
import type { Batch } from "./parser.ts";

/** The commands of a batch from number `first` on, as a client would send them. */
export function requestOf(batch: Batch, first: number): Uint8Array {
  const { args } = batch;
  let bytes = 0;
  for (let i = first; i < batch.commands; i++) {
    args.aim(batch.firsts[i]!, batch.counts[i]!);
    bytes += headBytes(args.count);
    for (let k = 0; k < args.count; k++) bytes += headBytes(args.length(k)) + args.length(k) + 2;
  }
  const request = new Region(new Uint8Array(bytes));
  let at = 0;
  for (let i = first; i < batch.commands; i++) {
    args.aim(batch.firsts[i]!, batch.counts[i]!);
    at = writeHead(request.bytes, at, STAR, args.count);
    for (let k = 0; k < args.count; k++) {
      at = writeHead(request.bytes, at, DOLLAR, args.length(k));
      copy(request, at, args.region, args.start(k), args.length(k));
      at = endLine(request.bytes, at + args.length(k));
    }
  }
  return request.bytes;
}

const STAR = 42;
const DOLLAR = 36;

/** A type byte, a number and a line end. */
const headBytes = (number: number) => 1 + int64.lengthOf(number) + 2;

function writeHead(bytes: Uint8Array, at: number, type: number, number: number): number {
  bytes[at] = type;
  return endLine(bytes, int64.write(bytes, at + 1, number));
}

function endLine(bytes: Uint8Array, at: number): number {
  bytes[at] = 13;
  bytes[at + 1] = 10;
  return at + 2;
}
