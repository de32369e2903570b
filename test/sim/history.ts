/**
 * One random history of a server in virtual time, with a crash before every operation of its disk: the disks that a loss of power
 * (several legal states) and the death of the process would leave are taken aside, each with what clients had been promised by
 * then. What is promised:
 *
 *     power, always      all that was acknowledged
 *     power, everysec    all but the last second (and the time that the disk took)
 *     power, either      what WAITAOF has confirmed; all that there was when a new base was put in the place of a broken AOF
 *     the process alone  all that was acknowledged
 *     without an AOF     the last save that was reported
 *
 * On the way the disk may fail; the server must then go on by itself as soon as the disk does. Processes end and begin on one and
 * the same disk, where what the last one did not sync is not synced yet.
 */
import { aof } from "../../src/features/persistence/aof-writer.ts";
import { workUnderWay } from "../../src/features/persistence/background.ts";
import { hasLastSaveFailed } from "../../src/features/persistence/disk-errors.ts";
import { appendfsync } from "../../src/features/persistence/parameters.ts";
import { type Random, seededRandom } from "../support/random.ts";
import { encodeCommand, printable } from "../support/resp.ts";
import { randomCommands } from "./commands.ts";
import type { SimDisk } from "./disk.ts";
import { stateOf } from "./state.ts";
import { statesOf, Told } from "./told.ts";
import { type SimClient, START_MS, TICK_MS, World } from "./world.ts";

/** States that a loss of power may leave, per operation. */
const STATES_PER_OPERATION = 2;
/** How seldom the death of the process is tried, and a new process goes on. */
const KILL_RATE = 0.25;
const RESTART_RATE = 0.02;
const RESTART_RATE_SYNCING = 0.1;
const TURNS = 30;
/** What fails on a disk that is broken. */
const FALLIBLE = [
  "sync",
  "sync",
  "append",
  "truncate",
  "open",
  "rename",
  "remove",
  "syncDirectory",
  "makeDirectory",
] as const;

/** What a crash leaves, and what must be found there. */
export interface Image {
  disk: SimDisk;
  what: string;
  ms: number;
  /** Steps of the history: at least so many, at most so many. */
  least: number;
  most: number;
  isGarbage: boolean;
}

interface Acknowledged {
  ms: number;
  steps: number;
  isDurable: boolean;
}

export class History {
  /** Operations of the disk. */
  operations = 0;
  readonly hasAof: boolean;
  readonly config: Readonly<Record<string, string>>;
  /** What crashes have left, and the states that the store went through, step by step. */
  readonly images: Image[] = [];
  states: readonly string[] = [];
  private readonly random: Random;
  private readonly hasFaults: boolean;
  private readonly events: string[] = [];
  private readonly told = new Told();
  /** How long syncs take that nobody waits for. */
  private readonly syncMs: number;
  private policy: string;
  private policySinceMs = START_MS;
  /** Whether the AOF was in order at the end of the last turn, and since when it has not been. */
  private wasOn = true;
  private troubleSinceMs: number | undefined;
  private acknowledged: Acknowledged[] = [];
  /** Clients in WAITAOF, and how many steps there were when they said it. */
  private readonly waits = new Map<SimClient, number>();
  /** Steps that the RDB file being written holds, and the one of which it was said last that it is there. */
  private stepsOfSave = 0;
  private stepsTold = 0;
  /** Steps of a file that is whole, and of which it has still to be said. */
  private stepsWritten: number | undefined;
  /** When those syncs began that nobody waits for, in order. */
  private syncsSinceMs: number[] = [];
  /** Steps that the new base being written holds. */
  private stepsOfBase = 0;

  constructor(
    readonly seed: number,
    private readonly newDisk: () => SimDisk,
  ) {
    this.random = seededRandom(seed);
    const { random } = this;
    this.hasAof = random.chance(0.8);
    this.hasFaults = random.chance(0.4);
    this.policy = random.pick(["always", "everysec", "everysec", "no"]);
    this.syncMs = random.pick([0, 0, 300]);
    this.config = {
      appendonly: this.hasAof ? "yes" : "no",
      save: random.pick(["", "1 3"]),
      appendfsync: this.policy,
      "aof-use-rdb-preamble": random.pick(["yes", "yes", "no"]),
      "aof-timestamp-enabled": random.pick(["yes", "no", "no"]),
      "auto-aof-rewrite-percentage": random.pick(["0", "100"]),
    };
  }

  /** Lets the history happen. Returns what went wrong on the way. */
  run(): string | undefined {
    const disk = this.newDisk();
    if (this.hasAof && this.random.chance(0.1)) this.leaveOldFile(disk);
    try {
      let world = this.boot(disk, START_MS);
      for (let turn = 0; turn < TURNS; turn++) {
        this.turn(world);
        const rate = world.disk.syncsWaiting > 0 ? RESTART_RATE_SYNCING : RESTART_RATE;
        if (this.random.chance(rate) && this.isInOrder()) world = this.restart(world);
      }
      const stuck = this.hasFaults ? this.recoverHere(world) : undefined;
      this.takeImages(world, "the end");
      const live = stateOf();
      this.told.stop();
      world.abandon();
      return stuck ?? this.compareLive(live);
    } finally {
      this.told.stop();
    }
  }

  /** The disk holds the AOF of an older server, a single file. */
  private leaveOldFile(disk: SimDisk): void {
    const steps = Array.from({ length: this.random.between(1, 5) }, (_, i) => [["SET", `string${i % 3}`, `old${i}`]]);
    this.note(`an old AOF with ${steps.length} commands is there`);
    this.told.steps.push(...steps);
    this.acknowledged.push({ ms: START_MS, steps: steps.length, isDurable: true });
    disk.put("appendonly.aof", new Uint8Array(Buffer.from(steps.flat().map(encodeCommand).join(""), "latin1")));
  }

  private boot(disk: SimDisk, ms: number): World {
    disk.beforeEach = (operation, path) => this.takeImages({ disk, ms }, `${operation} ${path}`);
    const world = new World(disk, this.config, this.seed, ms);
    this.told.listen();
    world.connect();
    world.connect();
    world.snapshots.onStart = ({ format }) => {
      if (format === "rdb") this.stepsOfSave = this.told.steps.length;
      else this.stepsOfBase = this.told.steps.length;
    };
    world.snapshots.onDone = ({ format }) => {
      if (format === "rdb") this.stepsWritten = this.stepsOfSave;
    };
    world.onTick = () => {
      this.finishSyncs(world);
      this.noteTrouble(world);
    };
    disk.beforeEach = (operation, path) => this.takeImages(world, `${operation} ${path}`);
    this.policySinceMs = ms;
    return world;
  }

  /** Whether a restart now finds everything that has happened. */
  private isInOrder(): boolean {
    return this.hasAof && aof.mode === "on" && aof.trouble === undefined;
  }

  /** Another process goes on, on the same disk: what the last one has not synced is not synced yet. */
  private restart(world: World): World {
    const { disk, ms } = world;
    const isKilled = this.random.chance(0.5);
    disk.heal();
    this.note(isKilled ? "kill -9, and a new server" : "shutdown, and a new server");
    this.told.stop();
    if (isKilled) world.abandon();
    else world.shutDown();
    disk.dropSyncs();
    this.syncsSinceMs = [];
    return this.boot(disk, ms);
  }

  /** The disk works again: then so does the server, without a restart. Returns what it does not. */
  private recoverHere(world: World): string | undefined {
    this.note("the disk works, for good");
    world.disk.heal();
    const hadTrouble = aof.trouble !== undefined;
    for (let i = 0; i < 20 && aof.trouble !== undefined; i++) {
      this.advance(world, 500);
      this.stepSnapshot(world, 100);
    }
    if (aof.trouble !== undefined) return `the AOF does not recover: ${aof.mode}, ${aof.trouble.message}`;
    const client = world.connect();
    client.say([["SET", "string0", "again"]]);
    this.endTurn(world);
    // That the last RDB file could not be written is held against writers until the next one is.
    if (!hadTrouble || /^(\+OK|-MISCONF Redis is configured)/.test(client.heard)) return undefined;
    return `after the disk has recovered, SET answers ${client.heard}`;
  }

  private compareLive(live: string): string | undefined {
    const states = statesOf(this.told.steps);
    this.states = states;
    if (states.at(-1) === live) return undefined;
    return `what was told leads to another state than what happened:\n${states.at(-1)}\n${live}`;
  }

  private turn(world: World): void {
    const { random } = this;
    const dice = random.below(100);
    if (dice < 60) this.command(world, randomCommands(random, this.hasAof));
    else if (dice < 75) this.advance(world, random.pick([1, 30, 100, 400, 1100]));
    else if (dice < 90) this.stepSnapshot(world, random.between(1, 4));
    else if (dice < 94) this.command(world, [["BGREWRITEAOF"]]);
    else if (dice < 96) this.command(world, [["WAITAOF", "1", "0", "1500"]]);
    else if (dice < 97) this.command(world, [[random.pick(["BGSAVE", "SAVE"])]]);
    else if (dice < 98)
      this.command(world, [["CONFIG", "SET", "appendfsync", random.pick(["always", "everysec", "no"])]]);
    else if (dice < 99) this.command(world, [["CONFIG", "SET", "aof-use-rdb-preamble", random.pick(["yes", "no"])]]);
    else if (this.hasAof) this.command(world, [["CONFIG", "SET", "appendonly", random.pick(["yes", "no"])]]);
    if (this.hasFaults && random.chance(0.2)) this.breakDisk(world.disk);
  }

  /** Something fails on the disk, once or for a while; or all is well again. */
  private breakDisk(disk: SimDisk): void {
    const { random } = this;
    if (random.chance(0.4)) {
      this.note("the disk works");
      disk.heal();
    } else if (random.chance(0.3)) {
      disk.room(random.below(200));
      this.note("the disk is nearly full");
    } else {
      const operation = random.pick(FALLIBLE);
      const times = random.pick([1, 1, 2, 5, 1000]);
      this.note(`${operation} fails ${times} times`);
      disk.fail(operation, "EIO", times);
    }
  }

  private command(world: World, commands: string[][]): void {
    const free = world.clients.filter((client) => !client.isParked);
    if (free.length === 0) return this.advance(world, 500);
    this.note(commands.map((command) => printable(command.join(" "), 120)).join(" · "));
    const client = this.random.pick(free);
    client.heard = "";
    if (commands[0]![0] === "WAITAOF") this.waits.set(client, this.told.steps.length);
    else this.waits.delete(client);
    client.say(commands);
    this.endTurn(world);
    if (commands[0]![0] === "SAVE" && client.heard === "+OK\r\n") {
      this.stepsTold = this.told.steps.length;
      this.stepsWritten = undefined;
    }
  }

  private stepSnapshot(world: World, steps: number): void {
    if (!world.snapshots.isUnderWay) return;
    this.note(`snapshot: ${steps} operations`);
    for (let i = 0; i < steps; i++) world.snapshots.step();
    this.endTurn(world);
  }

  private advance(world: World, ms: number): void {
    this.note(`${ms} ms pass`);
    world.advance(ms);
    this.endTurn(world);
  }

  private endTurn(world: World): void {
    world.endTurn();
    this.finishSyncs(world);
    const steps = this.told.steps.length;
    if (this.policy !== appendfsync.value) {
      this.policy = appendfsync.value;
      this.policySinceMs = world.ms;
    }
    for (const [client, then] of this.waits) {
      if (!world.areRepliesReleased || !client.heard.startsWith("*2\r\n:1\r\n")) continue;
      this.acknowledged.push({ ms: world.ms, steps: then, isDurable: true });
      this.waits.delete(client);
    }
    const isOn = aof.mode === "on";
    // A new base has been written, from memory; what was done since is as safe as the policy says.
    if (isOn && !this.wasOn) {
      this.acknowledged.push({ ms: world.ms, steps: this.stepsOfBase, isDurable: true });
      this.acknowledged.push({ ms: world.ms, steps, isDurable: this.policy === "always" });
    }
    this.wasOn = isOn;
    this.noteTrouble(world);
    if (!isOn || aof.trouble !== undefined || !world.areRepliesReleased || steps === this.acknowledged.at(-1)?.steps)
      return;
    this.acknowledged.push({ ms: world.ms, steps, isDurable: this.policy === "always" });
  }

  private noteTrouble(world: World): void {
    if (aof.mode === "on") this.troubleSinceMs = undefined;
    else this.troubleSinceMs ??= world.ms;
  }

  /** Syncs in the background end after their time. */
  private finishSyncs(world: World): void {
    const { disk, ms } = world;
    const since = this.syncsSinceMs;
    for (;;) {
      while (since.length < disk.syncsWaiting) since.push(ms);
      if (since.length === 0 || ms - since[0]! < this.syncMs) return;
      since.shift();
      disk.finishSync();
    }
  }

  /** Steps of the last RDB file of which INFO says now that it was saved. */
  private get stepsSaved(): number {
    if (this.stepsWritten !== undefined && workUnderWay() !== "rdb") {
      if (!hasLastSaveFailed()) this.stepsTold = this.stepsWritten;
      this.stepsWritten = undefined;
    }
    return this.stepsTold;
  }

  /** Steps that nobody may lose now if the power fails. */
  private promisedNow(ms: number): number {
    if (!this.hasAof) return this.stepsSaved;
    const since = Math.min(ms, this.troubleSinceMs ?? ms) - (1000 + 2 * TICK_MS + this.syncMs);
    const isKept = ({ isDurable, ms: then }: Acknowledged) =>
      isDurable || (this.policy === "everysec" && Math.max(then, this.policySinceMs) <= since);
    return this.acknowledged.reduce((most, each) => (isKept(each) ? Math.max(most, each.steps) : most), 0);
  }

  private takeImages({ disk, ms }: { disk: SimDisk; ms: number }, operation: string): void {
    this.operations++;
    // FLUSHALL saves before it is told.
    const most = this.told.steps.length + (this.hasAof ? 0 : 1);
    this.note(`  disk: ${operation}`);
    const what = `crash before operation ${this.operations} (${operation})`;
    for (let i = 0; i < STATES_PER_OPERATION; i++) {
      const seed = this.random.below(2 ** 32);
      const isGarbage = this.random.chance(0.1);
      const left = disk.crash(seed, isGarbage ? "garbage" : this.random.chance(0.3) ? "zeros" : "short");
      this.images.push({ disk: left, what: `power, ${what}`, ms, least: this.promisedNow(ms), most, isGarbage });
    }
    if (this.random.chance(KILL_RATE)) {
      const all = Math.max(0, ...this.acknowledged.map(({ steps }) => steps));
      const least = this.hasAof ? all : this.stepsSaved;
      this.images.push({ disk: disk.kill(), what: `kill, ${what}`, ms, least, most, isGarbage: false });
    }
  }

  private note(event: string): void {
    this.events.push(event);
  }

  story(): string {
    const config = Object.entries(this.config).map((pair) => pair.join(" "));
    return [config.join(", "), `syncs take ${this.syncMs} ms`, ...this.events].join("\n");
  }
}
