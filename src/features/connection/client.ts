/**
 * CLIENT: what a connection is called and how it behaves, and which others there are.
 */
import * as int64 from "../../base/int64.ts";
import type { CommandSpec, Flag, Handler } from "../../command/command.ts";
import { replyHelp } from "../../command/help.ts";
import { type Session, sessions } from "../../command/session.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { killCommand } from "./client-kill.ts";
import { clientLine, clientTypeOf, typeOf, unknownClientType } from "./client-line.ts";
import { isValidName, NAME_REFUSED } from "./client-name.ts";
import { pauseCommand, unblockCommand, unpauseCommand } from "./client-waiting.ts";

function id(session: Session, _args: Args, reply: Reply): void {
  reply.integer(session.id);
}

function getName(session: Session, _args: Args, reply: Reply): void {
  if (session.name === "") reply.null();
  else reply.bulkText(session.name);
}

function setName(session: Session, args: Args, reply: Reply): void {
  if (!isValidName(args, 2)) return reply.error(NAME_REFUSED);
  session.name = args.text(2);
  reply.ok();
}

function setInfo(session: Session, args: Args, reply: Reply): void {
  const isName = args.is(2, "lib-name");
  if (!isName && !args.is(2, "lib-ver")) return reply.error(`ERR Unrecognized option '${args.text(2)}'`);
  if (!isValidName(args, 3)) {
    return reply.error(`ERR ${args.text(2).toLowerCase()} cannot contain spaces, newlines or special characters.`);
  }
  if (isName) session.libraryName = args.text(3);
  else session.libraryVersion = args.text(3);
  reply.ok();
}

function info(session: Session, args: Args, reply: Reply): void {
  reply.verbatim("txt", `${clientLine(session, requestBytes(args))}\n`);
}

function list(session: Session, args: Args, reply: Reply): void {
  let listed = [...sessions.values()];
  if (args.is(2, "type") && args.count === 4) {
    const type = clientTypeOf(args.cString(3));
    if (type === undefined) return reply.error(unknownClientType(args.cString(3)));
    listed = listed.filter((each) => typeOf(each) === type);
  } else if (args.count > 3 && args.is(2, "id")) {
    listed = [];
    for (let i = 3; i < args.count; i++) {
      const number = int64.parseBig(args.bytes, args.start(i), args.end(i));
      if (number === undefined) return reply.error("ERR Invalid client ID");
      const found = sessions.get(Number(number));
      if (found !== undefined) listed.push(found);
    }
  } else if (args.count > 2) {
    return reply.error(SYNTAX);
  }
  const lines = listed.map((each) => `${clientLine(each, each === session ? requestBytes(args) : 0)}\n`);
  reply.verbatim("txt", lines.join(""));
}

/** Size of a request as it came over the wire. */
function requestBytes(args: Args): number {
  let bytes = headerBytes(args.count);
  for (let i = 0; i < args.count; i++) bytes += headerBytes(args.length(i)) + args.length(i) + 2;
  return bytes;
}

/** A type byte, a number and a line end. */
const headerBytes = (number: number) => 1 + int64.lengthOf(number) + 2;

function setReplies(session: Session, args: Args, reply: Reply): void {
  if (args.is(2, "on")) {
    session.replies = "on";
    reply.ok();
  } else if (args.is(2, "off")) {
    session.replies = "off";
  } else if (args.is(2, "skip")) {
    if (session.replies !== "off") session.replies = "skip-next";
  } else {
    reply.error(SYNTAX);
  }
}

/** A handler for a switch of the session. */
function onOff(set: (session: Session, on: boolean) => void): Handler {
  return (session, args, reply) => {
    const on = args.is(2, "on");
    if (!on && !args.is(2, "off")) return reply.error(SYNTAX);
    set(session, on);
    reply.ok();
  };
}

const HELP = [
  "GETNAME",
  "    The connection's name.",
  "ID",
  "    The connection's number.",
  "INFO",
  "    What LIST tells, of this connection only.",
  "KILL <ip:port>",
  "    End the connection from this address.",
  "KILL <option> <value> [<option> <value> [...]]",
  "    End all connections that pass these filters:",
  "    * ID <client-id>",
  "    * ADDR (<ip:port>|<unixsocket>:0)",
  "    * LADDR (<ip:port>|<unixsocket>:0)",
  "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
  "    * USER <username>",
  "    * SKIPME (YES|NO): whether this connection is spared (default: yes).",
  "LIST [options ...]",
  "    The connections, one per line. Options:",
  "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
  "    * ID <client-id> [...]",
  "NO-EVICT (ON|OFF)",
  "    Whether this connection is kept when clients take too much memory.",
  "NO-TOUCH (ON|OFF)",
  "    Whether this connection's commands leave the keys' access times alone.",
  "PAUSE <timeout> [WRITE|ALL]",
  "    Let commands wait for so many milliseconds: those that write, or all (default).",
  "REPLY (ON|OFF|SKIP)",
  "    Whether commands of this connection are answered; SKIP leaves out one answer.",
  "SETINFO (LIB-NAME|LIB-VER) <value>",
  "    Say which client library this is.",
  "SETNAME <name>",
  "    Name this connection.",
  "UNBLOCK <clientid> [TIMEOUT|ERROR]",
  "    Wake a client that a command has blocked.",
  "UNPAUSE",
  "    Let commands that wait because of PAUSE go on.",
];

const PLAIN: readonly Flag[] = ["noscript", "loading", "stale"];
const ADMIN: readonly Flag[] = ["admin", ...PLAIN];

export const clientCommand: CommandSpec = {
  name: "client",
  arity: -2,
  flags: [],
  group: "connection",
  since: "2.4.0",
  complexity: "As the subcommand.",
  summary: "Holds the commands about connections.",
  syntax: "",
  subcommands: [
    {
      name: "id",
      arity: 2,
      flags: PLAIN,
      group: "connection",
      since: "5.0.0",
      complexity: "O(1)",
      summary: "Answers the connection's number.",
      syntax: "",
      handler: id,
    },
    {
      name: "getname",
      arity: 2,
      flags: PLAIN,
      group: "connection",
      since: "2.6.9",
      complexity: "O(1)",
      summary: "Answers the connection's name.",
      syntax: "",
      handler: getName,
    },
    {
      name: "setname",
      arity: 3,
      flags: PLAIN,
      group: "connection",
      since: "2.6.9",
      complexity: "O(1)",
      summary: "Names the connection.",
      syntax: "connection-name",
      handler: setName,
    },
    {
      name: "setinfo",
      arity: 4,
      flags: PLAIN,
      group: "connection",
      tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
      since: "7.2.0",
      complexity: "O(1)",
      summary: "Says which client library speaks.",
      syntax: "attr(LIB-NAME libname|LIB-VER libver)",
      handler: setInfo,
    },
    {
      name: "info",
      arity: 2,
      flags: PLAIN,
      group: "connection",
      tips: ["nondeterministic_output"],
      since: "6.2.0",
      complexity: "O(1)",
      summary: "Describes the connection.",
      syntax: "",
      handler: info,
    },
    {
      name: "list",
      arity: -2,
      flags: ADMIN,
      group: "connection",
      tips: ["nondeterministic_output"],
      since: "2.4.0",
      complexity: "O(N) where N is the number of connections",
      summary: "Describes all connections, or some.",
      syntax:
        "[TYPE normal_master_replica_pubsub(NORMAL|MASTER|REPLICA|PUBSUB)@5.0.0] [ID id(client-id:integer...)@6.2.0]",
      history: [
        ["2.8.12", "Shows `id`."],
        ["5.0.0", "`TYPE` option."],
        ["6.0.0", "Shows `user`."],
        ["6.2.0", "Shows `argv-mem`, `tot-mem`, `laddr` and `redir`; `ID` option."],
        ["7.0.0", "Shows `resp`, `multi-mem`, `rbs` and `rbp`."],
        ["7.0.3", "Shows `ssub`."],
      ],
      handler: list,
    },
    killCommand,
    {
      name: "reply",
      arity: 3,
      flags: PLAIN,
      group: "connection",
      since: "3.2.0",
      complexity: "O(1)",
      summary: "Says whether commands are answered.",
      syntax: "on_off_skip(ON|OFF|SKIP)",
      handler: setReplies,
    },
    {
      name: "no-evict",
      arity: 3,
      flags: ADMIN,
      group: "connection",
      since: "7.0.0",
      complexity: "O(1)",
      summary: "Keeps the connection when clients take too much memory.",
      syntax: "enabled(ON|OFF)",
      handler: onOff((session, on) => {
        session.noEvict = on;
      }),
    },
    {
      name: "no-touch",
      arity: 3,
      flags: PLAIN,
      group: "connection",
      since: "7.2.0",
      complexity: "O(1)",
      summary: "Lets the connection's commands leave access times alone.",
      syntax: "enabled(ON|OFF)",
      handler: onOff((session, on) => {
        session.noTouch = on;
      }),
    },
    unblockCommand,
    pauseCommand,
    unpauseCommand,
    {
      name: "help",
      arity: 2,
      flags: ["loading", "stale"],
      group: "connection",
      since: "5.0.0",
      complexity: "O(1)",
      summary: "Explains the subcommands.",
      syntax: "",
      handler: (_session, _args, reply) => replyHelp(reply, "CLIENT", HELP),
    },
  ],
};
