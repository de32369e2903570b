/**
 * CLIENT KILL: ends connections, one by its address, or all that pass some filters.
 */
import * as int64 from "../../base/int64.ts";
import type { CommandSpec } from "../../command/command.ts";
import { type Session, sessions } from "../../command/session.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { clientTypeOf, typeOf, unknownClientType } from "./client-line.ts";

type Filter = (session: Session) => boolean;

const NO_SUCH_CLIENT = "ERR No such client";

function kill(session: Session, args: Args, reply: Reply): void {
  if (args.count === 3) return killByAddress(session, args.text(2), reply);
  const filters = filtersOrReply(session, args, reply);
  if (filters === undefined) return;
  const matching = [...sessions.values()].filter((each) => filters.every((passes) => passes(each)));
  for (const each of matching) end(session, each);
  reply.integer(matching.length);
}

/** The old form: exactly one client, and an error when there is none. */
function killByAddress(session: Session, address: string, reply: Reply): void {
  for (const each of sessions.values()) {
    if (each.connection?.address !== address) continue;
    end(session, each);
    return reply.ok();
  }
  reply.error(NO_SUCH_CLIENT);
}

/** Ends a session. The killer itself gets its answer first. */
function end(killer: Session, victim: Session): void {
  victim.closing = true;
  if (victim !== killer) victim.connection?.close(true);
}

function filtersOrReply(session: Session, args: Args, reply: Reply): Filter[] | undefined {
  const filters: Filter[] = [];
  let sparesKiller = true;
  for (let i = 2; i < args.count; i += 2) {
    if (i + 1 === args.count) return refuse(reply, SYNTAX);
    const value = args.cString(i + 1);
    if (args.is(i, "id")) {
      const id = int64.parseBig(args.bytes, args.start(i + 1), args.end(i + 1));
      if (id === undefined || id < 1n) return refuse(reply, "ERR client-id should be greater than 0");
      filters.push((each) => BigInt(each.id) === id);
    } else if (args.is(i, "type")) {
      const type = clientTypeOf(value);
      if (type === undefined) return refuse(reply, unknownClientType(value));
      filters.push((each) => typeOf(each) === type);
    } else if (args.is(i, "addr")) {
      filters.push((each) => each.connection?.address === value);
    } else if (args.is(i, "laddr")) {
      filters.push((each) => each.connection?.localAddress === value);
    } else if (args.is(i, "user")) {
      if (value !== "default") return refuse(reply, `ERR No such user '${value}'`);
      filters.push((each) => each.user === value && each.authenticated);
    } else if (args.is(i, "skipme") && (args.is(i + 1, "yes") || args.is(i + 1, "no"))) {
      sparesKiller = args.is(i + 1, "yes");
    } else {
      return refuse(reply, SYNTAX);
    }
  }
  if (sparesKiller) filters.push((each) => each !== session);
  return filters;
}

function refuse(reply: Reply, error: string): undefined {
  reply.error(error);
  return undefined;
}

export const killCommand: CommandSpec = {
  name: "kill",
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  group: "connection",
  since: "2.4.0",
  complexity: "O(N) where N is the number of connections",
  summary: "Ends connections.",
  syntax:
    'filter("ip:port"!2.8.12|new-format([ID client-id:integer@2.8.12]|' +
    "[TYPE normal_master_slave_pubsub(NORMAL|MASTER@3.2.0|SLAVE|REPLICA@5.0.0|PUBSUB)@2.8.12]|[USER username]|" +
    '[ADDR "ip:port"]|[LADDR "ip:port"@6.2.0]|[SKIPME yes/no])...)',
  history: [
    ["2.8.12", "Takes filters, besides an address alone."],
    ["2.8.12", "`ID` option."],
    ["3.2.0", "`master` as a `TYPE`."],
    ["5.0.0", "`replica` as a `TYPE`, the new name of `slave`."],
    ["6.2.0", "`LADDR` option."],
  ],
  handler: kill,
};
