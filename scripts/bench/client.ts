// A connection that asks one thing at a time: for INFO, DBSIZE and FLUSHALL around the measurements, not for load.
// It understands the reply kinds those commands give in RESP2: simple string, error, integer and bulk string.

export type Reply = string | number | null;

interface Waiting {
  resolve(reply: Reply): void;
  reject(reason: Error): void;
}

export class Connection {
  private readonly socket: Bun.Socket<Connection>;
  private received = Buffer.alloc(0);
  private waiting: Waiting | undefined;

  private constructor(socket: Bun.Socket<Connection>) {
    this.socket = socket;
  }

  /** Connects to 127.0.0.1; rejects if nobody listens there. */
  static async open(port: number): Promise<Connection> {
    let connection: Connection | undefined;
    const socket = await Bun.connect<Connection>({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_socket, chunk) => connection?.receive(chunk),
        close: () => connection?.fail(new Error(`the server on port ${port} closed the connection`)),
        error: (_socket, error) => connection?.fail(error),
      },
    });
    connection = new Connection(socket);
    return connection;
  }

  /** Sends a command and waits for its reply; an error reply rejects. The reply before it must have arrived. */
  call(...words: string[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`);
    });
  }

  close(): void {
    this.socket.end();
  }

  private fail(reason: Error): void {
    this.waiting?.reject(reason);
    this.waiting = undefined;
  }

  private receive(chunk: Uint8Array): void {
    this.received = Buffer.concat([this.received, chunk]);
    const lineEnd = this.received.indexOf("\r\n");
    if (lineEnd < 0) return;
    const line = this.received.toString("latin1", 1, lineEnd);
    let end = lineEnd + 2;
    let reply: Reply = line;
    const kind = String.fromCharCode(this.received[0]!);
    if (kind === ":") reply = Number(line);
    if (kind === "$") {
      const length = Number(line);
      if (length >= 0 && this.received.length < end + length + 2) return;
      reply = length < 0 ? null : this.received.toString("latin1", end, end + length);
      end += length < 0 ? 0 : length + 2;
    }
    this.received = this.received.subarray(end);
    const waiting = this.waiting;
    this.waiting = undefined;
    if (kind === "-") waiting?.reject(new Error(line));
    else waiting?.resolve(reply);
  }
}
