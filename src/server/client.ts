/**
 * A connected client: the socket, its session, and the output that the kernel has yet to take.
 *
 * Output beyond `client-output-buffer-limit` ends the connection; see `isOverLimit`.
 */
import type { Socket } from "bun";
import { nowMs } from "../base/env.ts";
import { stopWaiting } from "../command/blocking.ts";
import { authentication } from "../command/gates.ts";
import { forget } from "../command/pause.ts";
import { type Connection, goneHooks, Session, sessions } from "../command/session.ts";
import { traffic } from "../command/traffic.ts";
import { clientLine } from "../features/connection/client-line.ts";
import { isBehind } from "../features/persistence/aof.ts";
import type { Reply } from "../resp/reply.ts";
import { hold } from "./held-output.ts";
import { isVerbose, log } from "./log.ts";
import { OutputQueue } from "./output-queue.ts";
import { clientOutputBufferLimit, type OutputBufferLimit, unixsocket } from "./parameters.ts";

/** Output that may wait for a client that has to say who it is and has not. */
const STRANGER_BYTES_MAX = 1024;

export class Client implements Connection {
  readonly session = new Session();
  readonly address: string;
  readonly localAddress: string;
  /** Made when the kernel first takes less than all: most clients never need it. */
  private waiting: OutputQueue | undefined;
  private endWhenSent = false;
  private isOpen = true;
  /** Output waits until it is known to be true (held-output.ts). */
  private isHeld = false;
  /** Set while commands that were received wait to be executed (server/net.ts), and when the peer has sent its last. */
  waitsForTurn = false;
  hasPeerEnded = false;
  /** Since when the soft limit has been exceeded; NaN while it is not. */
  private softSinceMs = Number.NaN;

  /** `remoteAddress` is the socket's, undefined for a Unix socket; `goOn` is called when the session is parked no more. */
  constructor(
    private readonly socket: Socket<Client>,
    remoteAddress: string | undefined,
    private readonly goOn: (client: Client) => void,
  ) {
    if (remoteAddress === undefined) {
      this.address = this.localAddress = `${unixsocket.value}:0`;
      this.session.flags = "U";
    } else {
      this.address = endpoint(remoteAddress, socket.remotePort);
      this.localAddress = endpoint(socket.localAddress, socket.localPort);
    }
    this.session.connection = this;
    sessions.set(this.session.id, this.session);
    traffic.connections++;
  }

  get fd(): number {
    // Bun has it and its declarations do not.
    return (this.socket as unknown as { fd: number }).fd;
  }

  get pendingBytes(): number {
    return this.waiting === undefined ? 0 : this.waiting.bytes;
  }

  /** Sends what was written to `reply`, and leaves it empty. */
  send(reply: Reply): void {
    if (!this.isOpen) return reply.truncate(0);
    const taken = this.pendingBytes > 0 ? 0 : this.write(reply.bytes, 0, reply.length);
    if (taken < reply.length) this.queue(reply.detach(taken));
    else reply.truncate(0);
  }

  push(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    this.queue(bytes);
    this.drain();
  }

  /** Offers bytes to the kernel and returns how many it took: none while output is held. */
  private readonly write = (bytes: Uint8Array, start: number, length: number): number => {
    if (this.isHeld || isBehind()) {
      if (!this.isHeld) hold(this);
      this.isHeld = true;
      return 0;
    }
    const taken = Math.max(0, this.socket.write(bytes, start, length));
    traffic.writes++;
    traffic.outputBytes += taken;
    return taken;
  };

  private queue(bytes: Uint8Array): void {
    this.waiting ??= new OutputQueue();
    this.waiting.append(bytes);
    this.enforceOutputLimit();
  }

  /** Ends the connection when it has more output waiting than it may. */
  enforceOutputLimit(): void {
    if (!this.isOpen || !this.isOverLimit(limitFor(this.session))) return;
    log.warning(
      `Client ${clientLine(this.session, 0)} scheduled to be closed ASAP for overcoming of output buffer limits.`,
    );
    this.close(true);
  }

  /**
   * The hard limit and the one for strangers hold at once, the soft one when it has been exceeded for its seconds without
   * a break.
   */
  private isOverLimit({ hardBytes, softBytes, softSeconds }: OutputBufferLimit): boolean {
    const bytes = this.pendingBytes;
    if (bytes > STRANGER_BYTES_MAX && authentication.required && !this.session.authenticated) return true;
    if (hardBytes > 0 && bytes >= hardBytes) return true;
    if (softBytes === 0 || bytes < softBytes) {
      this.softSinceMs = Number.NaN;
      return false;
    }
    if (Number.isNaN(this.softSinceMs)) this.softSinceMs = nowMs;
    return nowMs - this.softSinceMs > softSeconds * 1000;
  }

  proceed(): void {
    this.goOn(this);
  }

  /** Stops reading from the socket, until `resume`. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Goes on sending, when the kernel takes output again. */
  drain(): void {
    this.waiting?.drain(this.write);
    if (this.endWhenSent && this.pendingBytes === 0) this.close(true);
  }

  /** Output is held no more: it goes on, or (not `isSafe`) it was not true and the connection ends. */
  letGo(isSafe: boolean): void {
    this.isHeld = false;
    if (isSafe) this.drain();
    else this.close(true);
  }

  close(now: boolean): void {
    this.session.closing = true;
    this.unpark();
    if (!this.isOpen) return;
    if (!now && this.pendingBytes > 0) {
      this.endWhenSent = true;
      return;
    }
    this.isOpen = false;
    // Not `end`, which would wait for the other side to close, too; what the kernel has taken is still delivered.
    this.socket.close();
  }

  /** The connection is gone, whoever ended it. */
  gone(): void {
    this.isOpen = false;
    this.session.closing = true;
    this.unpark();
    this.waiting?.clear();
    if (!sessions.delete(this.session.id)) return;
    for (const hook of goneHooks) hook(this.session);
    if (isVerbose()) log.verbose(`Client closed connection ${clientLine(this.session, 0)}`);
  }

  /** Nobody shall serve a session that cannot be answered any more. */
  private unpark(): void {
    if (!this.session.isParked) return;
    stopWaiting(this.session);
    forget(this.session);
  }
}

function limitFor({ flags }: Session): OutputBufferLimit {
  const limits = clientOutputBufferLimit.value;
  if (flags === "") return limits.normal;
  if (flags.includes("S")) return limits.replica;
  return flags.includes("P") ? limits.pubsub : limits.normal;
}

/** `127.0.0.1:6379`, `[::1]:6379` */
function endpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
