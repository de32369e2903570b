/**
 * PING, ECHO, SELECT, QUIT, RESET.
 */
import type { CommandSpec } from "../../command/command.ts";
import { authentication } from "../../command/gates.ts";
import { resetHooks, type Session } from "../../command/session.ts";
import { databaseOrReply } from "../../keyspace/database-args.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";

function ping(session: Session, args: Args, reply: Reply): void {
  if (args.count > 2) return reply.error("ERR wrong number of arguments for 'ping' command");
  if (session.protocol === 2 && session.channels + session.patterns + session.shardChannels > 0) {
    return pingSubscriber(args, reply);
  }
  if (args.count === 1) reply.simple("PONG");
  else reply.bulk(args.region, args.start(1), args.length(1));
}

/** A client that reads messages of channels must be able to tell the answer from them. */
function pingSubscriber(args: Args, reply: Reply): void {
  reply.array(2);
  reply.bulkText("pong");
  if (args.count === 1) reply.bulkText("");
  else reply.bulk(args.region, args.start(1), args.length(1));
}

function echo(_session: Session, args: Args, reply: Reply): void {
  reply.bulk(args.region, args.start(1), args.length(1));
}

function select(session: Session, args: Args, reply: Reply): void {
  const number = databaseOrReply(args, 1, reply);
  if (number < 0) return;
  session.select(number);
  reply.ok();
}

function quit(session: Session, _args: Args, reply: Reply): void {
  reply.ok();
  session.closing = true;
}

function reset(session: Session, _args: Args, reply: Reply): void {
  for (const hook of resetHooks) hook(session);
  session.select(0);
  session.protocol = reply.protocol = 2;
  session.authenticated = !authentication.required;
  session.user = "default";
  session.name = "";
  // As in Redis: the answer to this very command is passed over, if that was asked for.
  if (session.replies !== "skip") session.replies = "on";
  session.noTouch = false;
  reply.simple("RESET");
}

export const basicCommands: readonly CommandSpec[] = [
  {
    name: "ping",
    arity: -1,
    flags: ["fast"],
    group: "connection",
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers PONG, or what it was given.",
    syntax: "[message]",
    tellsHealth: true,
    handler: ping,
  },
  {
    name: "echo",
    arity: 2,
    flags: ["loading", "stale", "fast"],
    group: "connection",
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Answers what it was given.",
    syntax: "message",
    handler: echo,
  },
  {
    name: "select",
    arity: 2,
    flags: ["loading", "stale", "fast"],
    group: "connection",
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Chooses the database that the connection's further commands use.",
    syntax: "index:integer",
    handler: select,
  },
  {
    name: "quit",
    arity: -1,
    flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
    group: "connection",
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Ends the connection once everything before was answered.",
    syntax: "",
    whileQueueing: "leave",
    handler: quit,
  },
  {
    name: "reset",
    arity: 1,
    flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
    group: "connection",
    since: "6.2.0",
    complexity: "O(1)",
    summary: "Puts the connection back to how it began.",
    syntax: "",
    whileQueueing: "leave",
    handler: reset,
  },
];
