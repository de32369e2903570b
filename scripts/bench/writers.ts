// Clients that write without end: each sends a pipeline, waits for its replies, notes how long that took, and sends the next.
// `lap` tells what they saw since the last one, so that conditions can change under the same load.

import { percentile } from "./figures.ts";
import { type Filling, linesOf, Pipeline } from "./fill.ts";

const CONNECTIONS = 8;
/** Numbers of the filling in one pipeline. */
const ITEMS = 10;

export interface Lap {
  readonly requestsPerSecond: number;
  /** Of a whole pipeline, from the first byte sent to the last reply. */
  readonly p999Ms: number;
}

export class Writers {
  private readonly sockets: Bun.Socket[] = [];
  private readonly filling: Filling;
  private next = 0;
  private latencies: number[] = [];
  private lapBeganMs = performance.now();
  private isStopped = false;
  private failure: Error | undefined;

  private constructor(filling: Filling) {
    this.filling = filling;
  }

  /** Connects and begins to write. The filling's commands are answered with one line each, and its count is endless. */
  static async start(port: number, filling: Filling): Promise<Writers> {
    const writers = new Writers(filling);
    for (let i = 0; i < CONNECTIONS; i++) writers.sockets.push(await writers.connect(port));
    return writers;
  }

  private connect(port: number): Promise<Bun.Socket> {
    const pipeline = new Pipeline(this.filling, ITEMS);
    const lines = ITEMS * this.filling.commands.length;
    let bytes = 0;
    let sent = 0;
    let linesDue = 0;
    let sentAtMs = 0;
    const send = (socket: Bun.Socket) => {
      sent += Math.max(0, socket.write(pipeline.buffer, sent, bytes - sent));
    };
    const begin = (socket: Bun.Socket) => {
      bytes = pipeline.number(this.next, ITEMS);
      this.next += ITEMS;
      sent = 0;
      linesDue = lines;
      sentAtMs = performance.now();
      send(socket);
    };
    return Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: begin,
        drain: send,
        data: (socket, chunk) => {
          if (chunk[0] === 0x2d || chunk.includes("\r\n-")) {
            this.failure = new Error(`the server refused a write: ${chunk.toString("latin1", 0, 200)}`);
            socket.end();
            return;
          }
          linesDue -= linesOf(chunk);
          if (linesDue > 0) return;
          this.latencies.push(performance.now() - sentAtMs);
          if (!this.isStopped) begin(socket);
        },
        close: () => {
          if (!this.isStopped) this.failure ??= new Error("the server closed the connection of a writer");
        },
        error: (_socket, error) => {
          this.failure = error;
        },
      },
    });
  }

  /** What they saw since the last lap. Throws if a write has failed. */
  lap(): Lap {
    if (this.failure !== undefined) throw this.failure;
    const nowMs = performance.now();
    const requests = this.latencies.length * ITEMS * this.filling.commands.length;
    const lap = {
      requestsPerSecond: requests / ((nowMs - this.lapBeganMs) / 1000),
      p999Ms: percentile(this.latencies, 0.999),
    };
    this.latencies = [];
    this.lapBeganMs = performance.now();
    return lap;
  }

  stop(): void {
    this.isStopped = true;
    for (const socket of this.sockets) socket.end();
  }
}
