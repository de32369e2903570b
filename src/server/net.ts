/**
 * Sockets: bytes in, bytes out. One handler object serves all of them; `socket.data` is the client.
 *
 * One `data` callback reads at most 512 KiB, parses it in batches, executes each, and writes all replies in one piece
 * (or in several, when they are large: command/dispatch.ts). What the kernel does not take waits in the client's queue.
 *
 * A client that closes its side gets the answers to what it had asked, and is then closed from ours.
 */
import type { SocketHandler } from "bun";
import { nowMs } from "../base/env.ts";
import { dispatch } from "../command/dispatch.ts";
import * as errorStatistics from "../command/error-statistics.ts";
import { authentication } from "../command/gates.ts";
import type { Session } from "../command/session.ts";
import { traffic } from "../command/traffic.ts";
import { listeners as unknownListeners } from "../command/unknown.ts";
import { clientLine } from "../features/connection/client-line.ts";
import type { Args } from "../resp/args.ts";
import { Batch, overLimit, parse } from "../resp/parser.ts";
import { Reply } from "../resp/reply.ts";
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
  const torn = session.torn;
  traffic.reads++;
  traffic.inputBytes += chunk.length;
  let bytes = chunk;
  const from = 0;
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
    to = torn.length;
  }
  serve(client, bytes, from, to);
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
  while (more && !session.closing && nowMs - beganMs < TURN_MS) {
    more = parse(batch, bytes, at, to, session.torn, isTrusted(session));
    at = batch.consumed;
    dispatch(session, batch, reply);
    if (batch.error !== undefined && !session.closing) failProtocol(client, batch.error);
    if (beganMs > nowMs) beganMs = nowMs;
  }
  if (reply.length > 0) client.send(reply);
  if (more && !session.closing) waitForTurn(client, bytes, at, to);
  else {
    if (bytes !== session.torn.bytes) release(bytes);
    if (session.closing || client.hasPeerEnded) client.close(false);
  }
  afterBatch();
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
    socket.data = new Client(socket, address);
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
    else client?.close(false);
  },
  error(socket, error) {
    // What the network does is no fault of ours; all else is thrown by the functions above.
    if ("syscall" in error) socket.close();
    else crash(error, undefined);
  },
};
