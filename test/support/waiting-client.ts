/**
 * A client of the server in this process that can wait for keys.
 */
import * as blocking from "../../src/command/blocking.ts";
import type { Connection, Session } from "../../src/command/session.ts";
import type { Reply } from "../../src/resp/reply.ts";
import { LocalClient } from "./in-process.ts";
import { latin1 } from "./resp.ts";

export class WaitingClient extends LocalClient {
  /** What it was sent while others ran. */
  sent = "";
  timesLetGo = 0;

  constructor() {
    super();
    const connection: Connection = {
      address: "",
      localAddress: "",
      fd: -1,
      pendingBytes: 0,
      send: (reply: Reply) => {
        this.sent += latin1(reply.bytes, 0, reply.length);
        reply.truncate(0);
      },
      push: () => {},
      proceed: () => {
        this.timesLetGo++;
      },
      close: () => blocking.stopWaiting(this.session),
    };
    this.session.connection = connection;
  }

  /** Calls a command that finds nothing and has to wait. */
  wait(...args: string[]): this {
    const answered = this.raw(...args);
    if (answered !== "" || !this.isWaiting()) throw new Error(`${args.join(" ")} does not wait: ${answered}`);
    return this;
  }

  isWaiting(): boolean {
    return (this.session as Session).isParked;
  }
}
