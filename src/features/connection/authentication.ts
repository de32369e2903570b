/**
 * AUTH and HELLO: who a client is, and which protocol it speaks.
 *
 * Until there are users to manage there is one, `default`, who needs the password of `requirepass`, or none.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import * as int64 from "../../base/int64.ts";
import { REDIS_VERSION } from "../../base/version.ts";
import type { CommandSpec } from "../../command/command.ts";
import { authentication } from "../../command/gates.ts";
import { requirepass } from "../../command/parameters.ts";
import type { Session } from "../../command/session.ts";
import type { Args } from "../../resp/args.ts";
import { SYNTAX } from "../../resp/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import { isValidName, NAME_REFUSED } from "./client-name.ts";

const DEFAULT_USER = "default";
const WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled.";
const NO_PASSWORD_SET =
  "ERR AUTH <password> called without any password configured for the default user. " +
  "Are you sure your configuration is correct?";
const HELLO_UNAUTHENTICATED =
  "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> " +
  "option can be used to authenticate the client and select the RESP protocol version at the same time";

/** Lets `requirepass` decide whether clients must say who they are, now and whenever it is set. */
export function watchPassword(): void {
  const follow = () => {
    authentication.required = requirepass.value !== "";
    return undefined;
  };
  requirepass.apply = follow;
  follow();
}

/** Takes the client for the user that the arguments `user` and `user + 1` name, if the password is right. */
function logIn(session: Session, name: string, password: Uint8Array): boolean {
  if (name !== DEFAULT_USER) return false;
  if (authentication.required && !isSame(password, Buffer.from(requirepass.value, "latin1"))) return false;
  session.authenticated = true;
  session.user = name;
  return true;
}

/** Compares digests, so that the time taken tells neither length nor contents of the password. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function auth(session: Session, args: Args, reply: Reply): void {
  if (args.count > 3) return reply.error(SYNTAX);
  if (args.count === 2 && !authentication.required) return reply.error(NO_PASSWORD_SET);
  const name = args.count === 2 ? DEFAULT_USER : args.text(1);
  if (logIn(session, name, args.copyOf(args.count - 1))) reply.ok();
  else reply.error(WRONG_PASSWORD);
}

/** What HELLO was asked for; 0 where an option was not given. */
interface HelloOptions {
  /** The argument with the user's name; the password is the next. */
  user: number;
  /** The argument with the connection's name. */
  name: number;
}

function hello(session: Session, args: Args, reply: Reply): void {
  let protocol = session.protocol;
  if (args.count > 1) {
    const asked = int64.parseBig(args.bytes, args.start(1), args.end(1));
    if (asked === undefined) return reply.error("ERR Protocol version is not an integer or out of range");
    if (asked !== 2n && asked !== 3n) return reply.error("NOPROTO unsupported protocol version");
    protocol = Number(asked);
  }
  const options = helloOptionsOrReply(args, reply);
  if (options === undefined) return;
  const { user, name } = options;
  if (user !== 0 && !logIn(session, args.text(user), args.copyOf(user + 1))) return reply.error(WRONG_PASSWORD);
  if (authentication.required && !session.authenticated) return reply.error(HELLO_UNAUTHENTICATED);
  if (name !== 0) session.name = args.text(name);
  session.protocol = reply.protocol = protocol;
  replyHello(session, reply);
}

function helloOptionsOrReply(args: Args, reply: Reply): HelloOptions | undefined {
  const options: HelloOptions = { user: 0, name: 0 };
  for (let i = 2; i < args.count; i++) {
    if (args.is(i, "auth") && i + 2 < args.count) {
      options.user = i + 1;
      i += 2;
    } else if (args.is(i, "setname") && i + 1 < args.count) {
      options.name = ++i;
      if (!isValidName(args, i)) {
        reply.error(NAME_REFUSED);
        return undefined;
      }
    } else {
      reply.error(`ERR Syntax error in HELLO option '${args.cString(i)}'`);
      return undefined;
    }
  }
  return options;
}

/** User and password behind each AUTH. */
function helloSecrets(args: Args): number[] {
  const places: number[] = [];
  for (let i = 2; i + 2 < args.count; i++) {
    if (!args.is(i, "auth")) continue;
    places.push(i + 1, i + 2);
    i += 2;
  }
  return places;
}

function replyHello(session: Session, reply: Reply): void {
  reply.map(7);
  for (const [key, value] of [
    ["server", "redis"],
    ["version", REDIS_VERSION],
  ] as const) {
    reply.bulkText(key);
    reply.bulkText(value);
  }
  reply.bulkText("proto");
  reply.integer(session.protocol);
  reply.bulkText("id");
  reply.integer(session.id);
  for (const [key, value] of [
    ["mode", "standalone"],
    ["role", "master"],
  ] as const) {
    reply.bulkText(key);
    reply.bulkText(value);
  }
  reply.bulkText("modules");
  reply.array(0);
}

export const authenticationCommands: readonly CommandSpec[] = [
  {
    name: "auth",
    arity: -2,
    flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
    group: "connection",
    since: "1.0.0",
    complexity: "O(N) where N is the number of passwords of the user",
    summary: "Says who the client is.",
    syntax: "[username@6.0.0] password",
    history: [["6.0.0", "Takes the name of a user before the password."]],
    secrets: (args) => [...Array(args.count).keys()].slice(1),
    handler: auth,
  },
  {
    name: "hello",
    arity: -1,
    flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
    group: "connection",
    since: "6.0.0",
    complexity: "O(1)",
    summary: "Shakes hands: chooses the protocol, and says who the client is.",
    syntax: "[arguments(protover:integer [AUTH username_password(username password)] [SETNAME clientname])]",
    history: [["6.2.0", "`protover` may be left out, which changes nothing and tells about the server."]],
    secrets: helloSecrets,
    handler: hello,
  },
];
