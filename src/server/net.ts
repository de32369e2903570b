/**
 * Sockets: bytes in, bytes out. One handler object serves all of them; `socket.data` is the client.
 *
 * One `data` callback reads at most 512 KiB, parses it in batches, executes each, and writes all replies in one piece
 * (or in several, when they are large: command/dispatch.ts). What the kernel does not take waits in the client's queue.
 *
 * What a client sends while its session is parked (command/blocking.ts, command/pause.ts) is read, so that we notice when
 * it goes, and executed afterwards.
 *
 * A client that closes its side gets the answers to what it had asked, and is then closed from ours.
 */
import type { SocketHandler } from "bun";
import { bytesOf } from "../base/ascii.ts";
import { nowMs } from "../base/env.ts";
import { dispatch } from "../command/dispatch.ts";
import * as errorStatistics from "../command/error-statistics.ts";
import { authentication } from "../command/gates.ts";
import type { Session } from "../command/session.ts";
import { traffic } from "../command/traffic.ts";
import { listeners as unknownListeners } from "../command/unknown.ts";
import { clientLine } from "../features/connection/client-line.ts";
import type { Args } from "../resp/args.ts";
import { Batch, overLimit, parse, UNBALANCED_QUOTES } from "../resp/parser.ts";
import { Reply } from "../resp/reply.ts";
import { requestOf } from "../resp/request.ts";
import { whyTurnedAway } from "./admission.ts";
import { Client } from "./client.ts";
import { crash } from "./crash.ts";
import { log } from "./log.ts";
import { tcpKeepalive, unixsocket } from "./parameters.ts";
import { afterBatch } from "./tick.ts";

const batch = new Batch();
const reply = new Reply();

/** How long one client is served while others may be waiting; what it sent beyond that has to wait, too. */
const TURN_MS = 5;

/** The client whose commands run now. */
let served: Client | undefined;

function receive(client: Client, chunk: Uint8Array): void {
  const session = client.session;
  if (session.closing) return;
  if (session.isParked) return receiveParked(client, chunk);
  const torn = session.torn;
  traffic.reads++;
  traffic.inputBytes += chunk.length;
  let bytes = chunk;
  let from = 0;
  let to = chunk.length;
  if (torn.length > 0) {
    torn.append(chunk);
    release(chunk);
    if (overLimit(torn)) return endForInput(client);
    if (torn.length < torn.needed) {
      session.lastUsedMs = nowMs;
      return;
    }
    bytes = torn.bytes;
    from = torn.from;
    to = torn.length;
  }
  serve(client, bytes, from, to);
}

/** What comes from a client that is parked waits, up to `client-query-buffer-limit`; that it comes tells that it lives. */
function receiveParked(client: Client, chunk: Uint8Array): void {
  const { torn } = client.session;
  traffic.reads++;
  traffic.inputBytes += chunk.length;
  torn.append(chunk);
  release(chunk);
  client.session.lastUsedMs = nowMs;
  if (overLimit(torn)) endForInput(client);
}

/** Executes what `bytes[from, to)` holds, for one turn at most. */
function serve(client: Client, bytes: Uint8Array, from: number, to: number): void {
  const session = client.session;
  reply.truncate(0);
  reply.protocol = session.protocol;
  served = client;
  let at = from;
  let more = true;
  let beganMs = Number.POSITIVE_INFINITY;
  while (more && !session.closing && !session.isParked && nowMs - beganMs < TURN_MS) {
    more = parse(batch, bytes, at, to, session.torn, isTrusted(session));
    at = batch.consumed;
    const executed = dispatch(session, batch, reply);
    if (session.isParked) holdBack(session, executed, bytes, to);
    else if (batch.error !== undefined && !session.closing) failProtocol(client, batch.error);
    if (beganMs > nowMs) beganMs = nowMs;
  }
  if (reply.length > 0) client.send(reply);
  if (more && !session.closing && !session.isParked) waitForTurn(client, bytes, at, to);
  else {
    if (bytes !== session.torn.bytes) release(bytes);
    if (session.closing || client.hasPeerEnded) client.close(false);
  }
  afterBatch();
}

/** Keeps what a session has sent behind its command number `executed` until it is parked no more. */
function holdBack(session: Session, executed: number, bytes: Uint8Array, to: number): void {
  if (!batch.hasInline) {
    session.torn.hold(bytes, executed === 0 ? batch.began : batch.ends[executed - 1]!, to);
    return;
  }
  // The bytes are no more what they were: what was parsed is written anew, and what was wrong stays wrong.
  const parsed = requestOf(batch, executed);
  const from = batch.commands === 0 ? batch.began : batch.ends[batch.commands - 1]!;
  const rest = batch.error?.endsWith(UNBALANCED_QUOTES) ? LONE_QUOTE : bytes.subarray(from, to);
  const held = new Uint8Array(parsed.length + rest.length);
  held.set(parsed);
  held.set(rest, parsed.length);
  session.torn.hold(held, 0, held.length);
}

const LONE_QUOTE = bytesOf("'\n");

/** The session of a client is parked no more: executes what was held back, as soon as what runs now has come to its end. */
function proceed(client: Client): void {
  queueMicrotask(() => {
    const { session } = client;
    const { torn } = session;
    if (session.closing || session.isParked || torn.length === 0) return;
    try {
      serve(client, torn.bytes, torn.from, torn.length);
    } catch (error) {
      breakDown(error);
    }
  });
}

/** Input that is worth giving back by hand. */
const LARGE_BYTES = 64 * 1024;

/**
 * Gives the memory of large input back at once, when nothing points into it any more. Left to the garbage collector,
 * hundreds of megabytes would pile up during a long pipeline.
 */
function release(bytes: Uint8Array): void {
  if (bytes.length >= LARGE_BYTES) (bytes.buffer as ArrayBuffer).transfer(0);
}

/** Lets the others have their turn first. Meanwhile nothing is read from this client. */
function waitForTurn(client: Client, bytes: Uint8Array, from: number, to: number): void {
  client.waitsForTurn = true;
  client.pause();
  setImmediate(() => {
    client.waitsForTurn = false;
    if (client.session.closing) return;
    client.resume();
    try {
      serve(client, bytes, from, to);
    } catch (error) {
      breakDown(error);
    }
  });
}

const isTrusted = (session: Session) => session.authenticated || !authentication.required;

/** Says what is wrong with the bytes; the connection ends behind it, since nobody knows where the next command begins. */
function failProtocol({ session }: Client, error: string): void {
  log.verbose(`Protocol error (${error}) from client: ${clientLine(session, 0)}`);
  session.closing = true;
  if (session.replies !== "on") return;
  const mark = reply.length;
  reply.error(`ERR ${error}`);
  errorStatistics.record(reply, mark);
}

function endForInput(client: Client): void {
  log.warning(`Closing client that reached max query buffer length: ${clientLine(client.session, 0)}`);
  client.close(true);
}

const ATTACK_LOGGED_EVERY_MS = 60_000;
let attackLoggedMs = Number.NEGATIVE_INFINITY;

/**
 * A browser that was led here by a web page sends an HTTP request, whose body may hold commands. They must not run: the
 * first line of the request, or its Host header, ends the connection.
 */
unknownListeners.command = (args: Args): void => {
  if (served === undefined || !(args.is(0, "post") || args.is(0, "host:"))) return;
  if (nowMs - attackLoggedMs >= ATTACK_LOGGED_EVERY_MS) {
    attackLoggedMs = nowMs;
    log.warning(
      "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands, which a web page " +
        `can make a browser do (cross protocol scripting). Connection from ${served.address} aborted.`,
    );
  }
  served.close(true);
};

/** Something broke in the middle of a command: better no answer than a wrong one. */
function breakDown(error: unknown): never {
  crash(error, served && clientLine(served.session, 0));
}

export const handlers: SocketHandler<Client> = {
  // Rather than Buffers, whose `slice` is a view, and which cost more to make.
  binaryType: "uint8array",
  open(socket) {
    const address = socket.remoteAddress || undefined;
    const refusal = whyTurnedAway(address);
    if (refusal !== undefined) {
      traffic.rejectedConnections++;
      socket.write(refusal);
      socket.close();
      return;
    }
    if (tcpKeepalive.value > 0 && address !== undefined) socket.setKeepAlive(true, tcpKeepalive.value * 1000);
    socket.data = new Client(socket, address, proceed);
    log.verbose(address ? `Accepted ${socket.data.address}` : `Accepted connection to ${unixsocket.value}`);
  },
  data(socket, chunk) {
    try {
      receive(socket.data, chunk);
    } catch (error) {
      breakDown(error);
    }
  },
  drain: (socket) => socket.data?.drain(),
  close: (socket) => socket.data?.gone(),
  end(socket) {
    const client = socket.data;
    if (client?.waitsForTurn) client.hasPeerEnded = true;
    else client?.close(client.session.isParked);
  },
  error(socket, error) {
    // What the network does is no fault of ours; all else is thrown by the functions above.
    if ("syscall" in error) socket.close();
    else crash(error, undefined);
  },
};
