/**
 * A session is what the server knows of one client while it is connected: which database it uses, what it speaks, who it
 * is. Commands see only this; the socket behind it is `server/net.ts`'s affair, and there may be none (AOF, scripts).
 */
import { env, nowMs } from "../base/env.ts";
import { type Database, databases } from "../keyspace/database.ts";
import { Torn } from "../resp/parser.ts";
import type { Reply } from "../resp/reply.ts";
import type { CommandQueue } from "./command-queue.ts";
import { authentication } from "./gates.ts";
import type { Waiter } from "./waiter.ts";

/** How a session's output leaves. Sessions without a socket have none. */
export interface Connection {
  readonly address: string;
  readonly localAddress: string;
  readonly fd: number;
  /** Bytes of output that the kernel has not taken yet. */
  readonly pendingBytes: number;
  /** Sends what was written to `reply`, and leaves it empty. */
  send(reply: Reply): void;
  /** Queues output that is not the answer to the running command (push messages, a killed client's farewell). */
  push(bytes: Uint8Array): void;
  /** The session is parked no more: goes on with what it has sent meanwhile, soon. */
  proceed(): void;
  /** Ends the connection, after what is queued was sent or (`now`) at once. */
  close(now: boolean): void;
}

let lastId = 0;

export class Session {
  readonly id = ++lastId;
  db: Database = databases[0]!;
  dbNumber = 0;
  /** 2 or 3. */
  protocol = 2;
  /** Whether the client has said who it is, or came when that was not asked for. */
  authenticated = !authentication.required;
  user = "default";
  name = "";
  libraryName = "";
  libraryVersion = "";
  readonly createdMs = nowMs;
  lastUsedMs = nowMs;
  /** CLIENT NO-EVICT, NO-TOUCH, REPLY. */
  noEvict = false;
  noTouch = false;
  replies: "on" | "off" | "skip-next" | "skip" = "on";
  /** Set by QUIT, CLIENT KILL and others: no further command of the session is executed. */
  closing = false;
  /** Name of the last command, for CLIENT LIST. */
  lastCommand = "NULL";
  /** Set while it executes nothing: it waits for keys (then there is a `waiter`), or clients are paused. */
  isParked = false;
  waiter: Waiter | undefined;
  /** What it has queued since MULTI; undefined outside of transactions. */
  queue: CommandQueue | undefined;
  /** Set while EXEC runs: nothing may wait then. */
  isExecutingQueue = false;
  /** What other features tell CLIENT LIST: letters of its `flags`, subscriptions. */
  flags = "";
  channels = 0;
  patterns = 0;
  shardChannels = 0;
  /** Bytes of a request that is not complete yet. */
  readonly torn = new Torn();
  /** The connection, where there is one. */
  connection: Connection | undefined;
  /** State that features keep per session, under their own symbol. */
  readonly extras = new Map<symbol, unknown>();

  /** Makes another database the session's own. */
  select(number: number): void {
    this.dbNumber = number;
    this.db = databases[number]!;
  }

  /** Seconds since the client connected, and since it last said something. */
  ageSeconds(): number {
    return Math.floor((nowMs - this.createdMs) / 1000);
  }

  idleSeconds(): number {
    return Math.floor((nowMs - this.lastUsedMs) / 1000);
  }
}

/**
 * CLIENT REPLY: lets what a command wrote from `mark` on count, or forgets it. `before` is `session.replies` as it was
 * before the command, which may have changed it.
 */
export function silence(session: Session, before: Session["replies"], reply: Reply, mark: number): void {
  const now = session.replies;
  if (now === "on") return;
  // A command that switches answers off decides itself what it has said by then.
  if (now === "off" ? before === "off" : before === "skip") reply.truncate(mark);
  if (now === "skip-next") session.replies = "skip";
  else if (now === "skip") session.replies = "on";
}

/** The sessions that have a connection, by id. */
export const sessions = new Map<number, Session>();

/** What features do to a session that RESET puts back to how it began. */
export const resetHooks: ((session: Session) => void)[] = [];

/** What features do when a session's connection is gone. */
export const goneHooks: ((session: Session) => void)[] = [];

/** When the process began, on the monotonic clock. */
export const startedNs = env.monotonicNs();
