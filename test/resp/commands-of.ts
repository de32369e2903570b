/**
 * Drives the parser as a socket would (server/net.ts), and says what it understood: for tests that cut the same bytes in
 * different ways and want the same answer.
 */
import { Batch, parse, Torn } from "../../src/resp/parser.ts";

export interface Understood {
  /** The commands, each argument a Latin-1 string. */
  commands: string[][];
  error: string | undefined;
}

export class Connection {
  readonly torn = new Torn();
  readonly batch = new Batch();
  readonly commands: string[][] = [];
  error: string | undefined = undefined;
  /** Calls of `parse`. */
  parses = 0;

  constructor(private readonly trusted = true) {}

  /** One chunk arrives. What was understood is added to `commands`. */
  receive(chunk: Uint8Array): void {
    if (this.error !== undefined) return;
    const { torn, batch } = this;
    let bytes = chunk;
    let from = 0;
    let to = chunk.length;
    if (torn.length > 0) {
      torn.append(chunk);
      if (torn.length < torn.needed) return;
      bytes = torn.bytes;
      to = torn.length;
    }
    for (let more = true; more; ) {
      more = parse(batch, bytes, from, to, torn, this.trusted);
      this.parses++;
      from = batch.consumed;
      for (let i = 0; i < batch.commands; i++) {
        batch.args.aim(batch.firsts[i]!, batch.counts[i]!);
        this.commands.push(Array.from({ length: batch.args.count }, (_, arg) => batch.args.text(arg)));
      }
      this.error = batch.error;
    }
  }

  /** The connection's view of everything so far. */
  understood(): Understood {
    return { commands: this.commands, error: this.error };
  }
}

/** What is understood of `bytes` when they arrive in pieces that end at `cuts`. */
export function understand(text: string, cuts: readonly number[] = [], trusted = true): Understood {
  const connection = new Connection(trusted);
  let from = 0;
  for (const cut of [...cuts, text.length]) {
    // A chunk is a fresh buffer each time: the parser may unescape in it.
    if (cut > from) connection.receive(new Uint8Array(Buffer.from(text.slice(from, cut), "latin1")));
    from = cut;
  }
  return connection.understood();
}
