/**
 * The same commands to Ashlar and to a real redis-server: their replies, side by side.
 */
import { expect } from "bun:test";
import type { RawClient } from "../../support/raw-client.ts";
import { type ServerOptions, startServer, type TestServer } from "../../support/server.ts";

export class Beside implements AsyncDisposable {
  private constructor(
    readonly servers: readonly TestServer[],
    readonly ours: RawClient,
    readonly real: RawClient,
  ) {}

  static async start(options: ServerOptions = {}): Promise<Beside> {
    const ours = await startServer("ashlar", options);
    const real = await startServer("redis", options);
    return new Beside([ours, real], await ours.connect(), await real.connect());
  }

  /** The replies of both, as bytes. */
  async both(...command: string[]): Promise<[ours: string, real: string]> {
    return [await this.ours.raw(...command), await this.real.raw(...command)];
  }

  /** Expects the same bytes of both, once `comparable` has taken out what may differ. Returns the reply of ours. */
  async same(command: readonly string[], comparable: (reply: string) => string = (reply) => reply): Promise<string> {
    const [ours, real] = await this.both(...command);
    const shown = JSON.stringify(command).slice(0, 200);
    expect(`${shown} → ${comparable(ours)}`).toBe(`${shown} → ${comparable(real)}`);
    return ours;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) await server.stop();
  }
}

/** Commands of one word per argument, one command per line. */
export function commandLines(text: string): string[][] {
  return text
    .trim()
    .split("\n")
    .map((line) => line.trim().split(" "));
}
