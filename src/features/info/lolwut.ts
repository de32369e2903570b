/**
 * LOLWUT: a wall of dressed stone, never twice the same, and the version below it.
 *
 *     LOLWUT [VERSION version] [columns [courses]]
 */
import { env } from "../../base/env.ts";
import * as int64 from "../../base/int64.ts";
import * as prng from "../../base/prng.ts";
import { REDIS_VERSION } from "../../base/version.ts";
import type { CommandSpec } from "../../command/command.ts";
import type { Session } from "../../command/session.ts";
import type { Args } from "../../resp/args.ts";
import { NOT_AN_INTEGER } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";

const COLUMNS_DEFAULT = 48;
const COLUMNS_MAX = 200;
const COURSES_DEFAULT = 6;
const COURSES_MAX = 100;
const STONE_MIN = 4;
const STONE_SPREAD = 8;

function lolwut(_session: Session, args: Args, reply: Reply): void {
  const hasVersion = args.count > 2 && args.is(1, "version");
  // Every version has the same wall; but a version it must be.
  if (hasVersion && int64.parseBig(args.bytes, args.start(2), args.end(2)) === undefined) {
    return reply.error(NOT_AN_INTEGER);
  }
  const first = hasVersion ? 3 : 1;
  const columns = numberAt(args, first, COLUMNS_DEFAULT, STONE_MIN, COLUMNS_MAX);
  const courses = numberAt(args, first + 1, COURSES_DEFAULT, 1, COURSES_MAX);
  reply.verbatim("txt", `${wall(columns, courses)}\nRedis ver. ${REDIS_VERSION}\n`);
}

/** The number in argument `i`, kept between two others; `otherwise` when there is none. */
function numberAt(args: Args, i: number, otherwise: number, min: number, max: number): number {
  if (i >= args.count) return otherwise;
  const number = int64.parseSafe(args.bytes, args.start(i), args.end(i));
  return Number.isNaN(number) ? otherwise : Math.min(Math.max(number, min), max);
}

/** Courses of stones: each course has its joints where the one below has none. */
function wall(columns: number, courses: number): string {
  const random = prng.create(env.random32());
  let below = new Set<number>();
  let text = `${"_".repeat(columns)}\n`;
  for (let course = 0; course < courses; course++) {
    const joints = jointsOf(random, columns, below);
    let line = "";
    for (let at = 0; at < columns; at++) line += at === 0 || at === columns - 1 || joints.has(at) ? "|" : "_";
    text += `${line}\n`;
    below = joints;
  }
  return text;
}

function jointsOf(random: prng.Prng, columns: number, below: ReadonlySet<number>): Set<number> {
  const joints = new Set<number>();
  for (let at = 2 + prng.below(random, STONE_MIN); at < columns - 2; ) {
    if (below.has(at)) at++;
    joints.add(at);
    at += STONE_MIN + prng.below(random, STONE_SPREAD);
  }
  return joints;
}

export const lolwutCommand: CommandSpec = {
  name: "lolwut",
  arity: -1,
  flags: ["readonly", "fast"],
  group: "server",
  since: "5.0.0",
  complexity: "",
  summary: "Builds a wall, and tells the version.",
  syntax: "[VERSION version:integer]",
  handler: lolwut,
};
