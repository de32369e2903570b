/**
 * The server with its disk, without sockets, in virtual time: nothing happens but what the harness lets happen, so that a seed
 * is a whole history. A turn is what the event loop does for one client or one timer: commands, what follows from them on disk,
 * and then the replies.
 *
 * A world ends by `abandon`, as a process ends that is killed: the next one begins with the disk that is left.
 */
import { install, nowMs, tickClock } from "../../src/base/env.ts";
import * as prng from "../../src/base/prng.ts";
import { installStorage } from "../../src/base/storage.ts";
import { readyKeys, serveReady, stopWaiting, timeOut } from "../../src/command/blocking.ts";
import { dispatch } from "../../src/command/dispatch.ts";
import { type Connection, Session } from "../../src/command/session.ts";
import { installSnapshots } from "../../src/command/snapshots.ts";
import { forgetAof } from "../../src/features/persistence/aof.ts";
import { rewrites } from "../../src/features/persistence/aof-rewrite.ts";
import { settleTurn } from "../../src/features/persistence/aof-writer.ts";
import { workUnderWay } from "../../src/features/persistence/background.ts";
import { noteRdb } from "../../src/features/persistence/disk-errors.ts";
import { loadAtOnce } from "../../src/features/persistence/loading.ts";
import { followChanges, openData, persistence } from "../../src/features/persistence/persistence.ts";
import { saves } from "../../src/features/persistence/rdb-saves.ts";
import { serve } from "../../src/features/server/host.ts";
import { features } from "../../src/features.ts";
import { changes } from "../../src/keyspace/events.ts";
import { expireDue } from "../../src/keyspace/expiry.ts";
import * as lazyFree from "../../src/keyspace/lazy-free.ts";
import { Batch, parse } from "../../src/resp/parser.ts";
import { Reply } from "../../src/resp/reply.ts";
import { parametersOf } from "../../src/server/config/parameter-lists.ts";
import { Registry } from "../../src/server/config/registry.ts";
import { openStore } from "../support/in-process.ts";
import { encodeCommand, latin1 } from "../support/resp.ts";
import { SimDisk } from "./disk.ts";
import { SimSnapshots } from "./snapshots.ts";
import { wipe } from "./state.ts";

/** When every history begins. */
export const START_MS = 1_700_000_000_000;
/** Between two looks at the timers. */
export const TICK_MS = 100;

const timers = persistence.timers!;
let isOpen = false;

/** The monotonic clock, which goes on from world to world: all that was timed in the last one is long past in the next. */
let elapsedMs = 0;
const APART_MS = 1e6;

const registry = new Registry(parametersOf(features));

/** A client: what it was told is known when the server lets go of the reply. */
export class SimClient implements Connection {
  readonly address = "127.0.0.1:1";
  readonly localAddress = "127.0.0.1:2";
  readonly fd = 1;
  readonly pendingBytes = 0;
  readonly session = new Session();
  /** Replies that nobody holds back any more. */
  heard = "";
  private readonly batch = new Batch();
  private readonly reply = new Reply();

  constructor() {
    this.session.connection = this;
  }

  get isParked(): boolean {
    return this.session.isParked;
  }

  say(commands: readonly string[][]): void {
    const request = new Uint8Array(Buffer.from(commands.map(encodeCommand).join(""), "latin1"));
    const { batch, reply, session } = this;
    reply.truncate(0);
    reply.protocol = session.protocol;
    let at = 0;
    for (let more = true; more && !session.isParked; at = batch.consumed) {
      more = parse(batch, request, at, request.length, session.torn, true);
      dispatch(session, batch, reply);
    }
    session.torn.hold(request, 0, 0);
    this.send(reply);
  }

  send(reply: Reply): void {
    this.heard += latin1(reply.bytes.slice(0, reply.length));
    reply.truncate(0);
  }

  push(): void {}
  proceed(): void {}
  close(): void {}
}

export class World {
  readonly snapshots = new SimSnapshots();
  readonly clients: SimClient[] = [];
  private readonly dueMs = timers.map((timer) => START_MS + timer.everyMs);
  ms: number;
  /** Whether the clients have heard what was said in the last turn. */
  areRepliesReleased = true;
  onTick: () => void = () => {};

  /** Boots on a disk, at a moment. Throws when the server would refuse to start. */
  constructor(
    readonly disk: SimDisk,
    readonly config: Readonly<Record<string, string>>,
    seed: number,
    startMs = START_MS,
  ) {
    this.ms = startMs;
    const chance = prng.create(seed);
    const began = elapsedMs + APART_MS - startMs;
    const monotonicNs = (): number => {
      elapsedMs = began + this.ms;
      return elapsedMs * 1e6;
    };
    install({ wallMs: () => this.ms, monotonicNs, random32: () => prng.next(chance) });
    openStore();
    wipe();
    serve(hostOf(this));
    this.configure({ ...DEFAULTS, ...config });
    installStorage(disk);
    installSnapshots(this.snapshots);
    if (!isOpen) persistence.open?.();
    isOpen = true;
    saves.lastSeconds = Math.floor(this.ms / 1000);
    loadAtOnce(openData);
    followChanges();
  }

  connect(): SimClient {
    const client = new SimClient();
    this.clients.push(client);
    return client;
  }

  /** Sets parameters as the configuration file does: without consequences. */
  private configure(values: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(values)) {
      const parameter = registry.find(name)!;
      const parsed = parameter.parse(parameter.multiArgument ? text.split(" ") : [text]);
      if (!("value" in parsed)) throw new Error(`${name} ${text}: ${parsed.reason}`);
      parameter.store(parsed);
    }
  }

  setConfig(pairs: readonly (readonly [name: string, value: string])[]): string | undefined {
    return registry.set(pairs, { local: true, loading: false });
  }

  /** Time passes: deadlines, timers and those who wait have their turns. */
  advance(ms: number): void {
    const end = this.ms + ms;
    while (this.ms < end) {
      this.ms = Math.min(end, this.ms + TICK_MS);
      this.tick();
    }
  }

  tick(): void {
    tickClock();
    for (const [i, timer] of timers.entries()) {
      if (this.dueMs[i]! > nowMs) continue;
      this.dueMs[i] = nowMs + timer.everyMs;
      timer.run();
    }
    while (expireDue(64));
    while (!lazyFree.step(10_000));
    timeOut();
    if (readyKeys.count > 0) serveReady();
    this.endTurn();
    this.onTick();
  }

  /** What the commands of a turn told goes to the disk, as far as it must before the replies. */
  endTurn(): void {
    this.areRepliesReleased = settleTurn();
  }

  /** Whatever is written in the background comes to its end. */
  finishWork(): void {
    while (workUnderWay() !== undefined) {
      this.snapshots.step();
      this.disk.finishSync();
    }
  }

  /** The server ends in good order. */
  shutDown(): void {
    persistence.close?.();
    this.abandon();
  }

  /** The process is gone; what it holds in this one is let go of, on a disk that nobody looks at. */
  abandon(): void {
    installStorage(new SimDisk());
    for (const { session } of this.clients) stopWaiting(session);
    this.snapshots.cancel();
    forgetAof();
    saves.isScheduled = false;
    changes.dirty = 0;
    noteRdb(false);
    rewrites.failures = 0;
  }
}

/** Small files, and no rewrite that the harness did not ask for. */
const DEFAULTS = {
  logfile: "/dev/null",
  appendonly: "no",
  appendfsync: "everysec",
  save: "",
  "auto-aof-rewrite-percentage": "0",
  "auto-aof-rewrite-min-size": "1kb",
  "aof-load-truncated": "yes",
  "aof-use-rdb-preamble": "yes",
  "aof-timestamp-enabled": "no",
  "no-appendfsync-on-rewrite": "no",
};

function hostOf(world: World): Parameters<typeof serve>[0] {
  return {
    getConfig: (patterns) => registry.get(patterns),
    setConfig: (pairs) => world.setConfig(pairs),
    isSecret: () => false,
    rewriteConfig: () => undefined,
    resetStatistics: () => undefined,
    isLocal: () => true,
    shutdown: () => false,
    abortShutdown: () => false,
    pauseTimers: () => undefined,
  };
}
