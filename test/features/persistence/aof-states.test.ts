/**
 * The AOF over time: what is written when, what happens when the disk fails, what a rewrite does, and how it is switched on and
 * off. In virtual time, on a simulated disk; that nothing is lost in a crash is shown by test/sim.
 */
import { afterEach, describe, expect, test } from "bun:test";
import { aofInfo, closeAof, reloadAof } from "../../../src/features/persistence/aof.ts";
import { rewrites } from "../../../src/features/persistence/aof-rewrite.ts";
import { aof, isBehind } from "../../../src/features/persistence/aof-writer.ts";
import { workUnderWay } from "../../../src/features/persistence/background.ts";
import { SimDisk } from "../../sim/disk.ts";
import { stateOf } from "../../sim/state.ts";
import { type SimClient, World } from "../../sim/world.ts";
import { latin1 } from "../../support/resp.ts";

const FOLDER = "appendonlydir";
let disk = new SimDisk();
let world: World;
let client: SimClient;

function boot(config: Record<string, string> = {}): void {
  world = new World(disk, { appendonly: "yes", ...config }, 1);
  client = world.connect();
}

afterEach(() => {
  world.abandon();
  disk = new SimDisk();
});

/** Says something, and ends the turn. */
function say(...commands: string[]): string {
  const before = client.heard.length;
  client.say(commands.map((line) => line.split(" ")));
  world.endTurn();
  return client.heard.slice(before);
}

const textOf = (name: string): string => latin1(disk.contentOf(`${FOLDER}/${name}`) ?? new Uint8Array(0));
/** A file without its notes. */
const commandsIn = (name: string): string => textOf(name).replace(/#[^\n]*\n/g, "");
const manifest = (): string[] => textOf("appendonly.aof.manifest").trimEnd().split("\n");
const info = (name: string): unknown => new Map<string, unknown>(aofInfo()).get(name);
const resp = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;

const runRewrite = (): void => world.finishWork();

/** What a rewrite has to sync before its snapshot is synced. */
function reachSnapshot(): void {
  while (!world.snapshots.isUnderWay && workUnderWay() === "aof") disk.finishSync();
}

describe("writing", () => {
  test("an empty store begins with a base and an incremental file", () => {
    boot();
    expect(manifest()).toEqual([
      "file appendonly.aof.1.base.rdb seq 1 type b",
      "file appendonly.aof.1.incr.aof seq 1 type i",
    ]);
  });

  test("the commands of a turn are one piece", () => {
    boot();
    say("SET a 1", "SET b 2");
    say("GET a");
    expect(commandsIn("appendonly.aof.1.incr.aof")).toBe(
      resp("SELECT", "0") + resp("SET", "a", "1") + resp("SET", "b", "2"),
    );
    expect(textOf("appendonly.aof.1.incr.aof").match(/#CK:/g)).toHaveLength(2);
  });

  test("without `always` they are written before the first answer may leave, and synced within a second", () => {
    boot({ appendfsync: "everysec" });
    client.say([["SET", "a", "1"]]);
    expect(isBehind()).toBeTrue();
    world.endTurn();
    expect(isBehind()).toBeFalse();
    expect(aof.output!.pending).toBe(0);
    expect(aof.output!.synced).toBeLessThan(aof.output!.size);
    world.advance(1000);
    expect(disk.syncsWaiting).toBe(1);
    disk.finishSync();
    expect(aof.output!.synced).toBe(aof.output!.size);
  });

  test("with `always` answers wait for one sync, of all that was done in the turn", () => {
    boot({ appendfsync: "always" });
    const other = world.connect();
    let syncs = 0;
    disk.beforeEach = (operation) => {
      if (operation === "sync") syncs++;
    };
    client.say([["SET", "a", "1"]]);
    other.say([["SET", "b", "2"]]);
    expect(isBehind()).toBeTrue();
    world.endTurn();
    expect(isBehind()).toBeFalse();
    expect(syncs).toBe(1);
  });

  test("a policy of `always` holds for what was written before it was one", () => {
    boot({ appendfsync: "no" });
    say("SET a 1");
    world.setConfig([["appendfsync", "always"]]);
    client.say([["GET", "a"]]);
    expect(isBehind()).toBeTrue();
    world.endTurn();
    expect(aof.output!.synced).toBe(aof.output!.size);
  });

  test("a large unit is written as it is, and found again", () => {
    boot();
    const value = "v".repeat(3_000_000);
    say(`SET a ${value}`, "SET b 1");
    const state = stateOf();
    expect(reloadAof()).toBeUndefined();
    expect(stateOf()).toBe(state);
  });

  test("timestamps stand in front of the first change of each second", () => {
    boot({ "aof-timestamp-enabled": "yes" });
    say("SET a 1", "SET a 2");
    world.advance(2000);
    say("SET a 3");
    const stamps = textOf("appendonly.aof.1.incr.aof").match(/#TS:\d+/g)!;
    expect(stamps).toEqual(["#TS:1700000000", "#TS:1700000002"]);
  });

  test("a clean end says that all of it is on the disk", () => {
    boot();
    say("SET a 1");
    closeAof();
    const text = textOf("appendonly.aof.1.incr.aof");
    const last = /#CK:0{16}:0:(\d+)\r\n$/.exec(text)!;
    expect(Number(last[1])).toBeGreaterThan(text.indexOf("SET"));
  });
});

describe("a write fails", () => {
  test("who waits is not answered, writers get MISCONF, and it goes on when there is room", () => {
    boot();
    say("SET a 1");
    const size = aof.output!.size;
    disk.capacity = 250;
    expect(say("SET b 2")).toBe("+OK\r\n");
    expect(world.areRepliesReleased).toBeFalse();
    expect(aof.output!.size).toBe(size);
    expect(disk.contentOf(`${FOLDER}/appendonly.aof.1.incr.aof`)!.length).toBe(size);
    expect(say("SET c 3")).toStartWith("-MISCONF Errors writing to the AOF file: No space left on device");
    expect(say("GET b")).toBe("$1\r\n2\r\n");
    expect(isBehind()).toBeFalse();
    expect(info("aof_last_write_status")).toBe("err");
    world.advance(3000);
    expect(say("SET c 3")).toStartWith("-MISCONF");
    disk.heal();
    world.advance(2000);
    expect(say("SET c 3")).toBe("+OK\r\n");
    expect(info("aof_last_write_status")).toBe("ok");
    const state = stateOf();
    expect(reloadAof()).toBeUndefined();
    expect(stateOf()).toBe(state);
  });

  test("a part that cannot be cut off is, before the next attempt", () => {
    boot({ appendfsync: "always" });
    disk.capacity = 250;
    disk.fail("truncate", "EIO", 1);
    say("SET a 1");
    expect(world.areRepliesReleased).toBeFalse();
    expect(disk.contentOf(`${FOLDER}/appendonly.aof.1.incr.aof`)!.length).toBeGreaterThan(aof.output!.size);
    disk.heal();
    world.advance(2000);
    expect(say("SET b 2")).toBe("+OK\r\n");
    expect(reloadAof()).toBeUndefined();
    expect(say("MGET a b")).toBe("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
  });
});

describe("a start", () => {
  test("on a full disk: what is there can be read, and it goes on when there is room", () => {
    boot();
    say("SET a 1");
    world.abandon();
    disk.capacity = 200;
    boot();
    expect(say("GET a")).toBe("$1\r\n1\r\n");
    expect(say("SET b 2")).toStartWith("-MISCONF Errors writing to the AOF file: No space left on device");
    world.advance(3000);
    expect(say("SET b 2")).toStartWith("-MISCONF");
    disk.heal();
    world.advance(2000);
    expect(say("SET b 2")).toBe("+OK\r\n");
    expect(textOf("appendonly.aof.1.incr.aof").match(/#CK:/g)!.length).toBeGreaterThan(2);
    expect(reloadAof()).toBeUndefined();
    expect(say("MGET a b")).toBe("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
  });

  test("when what is there cannot be synced: none", () => {
    boot();
    say("SET a 1");
    world.abandon();
    disk.fail("sync", "EIO", 1);
    expect(() => boot()).toThrow("Can't open the append-only file: Input/output error");
  });
});

describe("a sync fails", () => {
  for (const appendfsync of ["always", "everysec"]) {
    test(`${appendfsync}: the file is given up, and a new base is written before anything may be changed again`, () => {
      boot({ appendfsync });
      say("SET a 1");
      world.advance(1100);
      disk.finishSync();
      disk.fail("sync", "EIO", 1);
      say("SET b 2");
      if (appendfsync === "always") expect(world.areRepliesReleased).toBeFalse();
      world.advance(1000);
      disk.finishSync();
      expect(aof.mode).toBe("waiting");
      expect(say("SET c 3")).toStartWith("-MISCONF Errors writing to the AOF file: Input/output error");
      expect(say("GET b")).toBe("$1\r\n2\r\n");
      expect(manifest().at(-1)).toBe("file appendonly.aof.1.incr.aof seq 1 type i");
      world.advance(2000);
      expect(world.snapshots.isUnderWay).toBeTrue();
      expect(say("SET c 3")).toStartWith("-MISCONF");
      runRewrite();
      expect(say("SET c 3")).toBe("+OK\r\n");
      expect(manifest()).toEqual([
        "file appendonly.aof.2.base.rdb seq 2 type b",
        "file appendonly.aof.2.incr.aof seq 2 type i",
      ]);
      expect(info("aof_last_write_status")).toBe("ok");
      const state = stateOf();
      expect(reloadAof()).toBeUndefined();
      expect(stateOf()).toBe(state);
    });
  }

  test("in the background, between a command and its being written: the command is not answered", () => {
    boot({ appendfsync: "everysec" });
    say("SET a 1");
    world.advance(1000);
    client.say([["SET", "b", "2"]]);
    expect(disk.syncsWaiting).toBe(1);
    disk.fail("sync", "EIO", 1);
    disk.finishSync();
    expect(aof.mode).toBe("waiting");
    expect(isBehind()).toBeTrue();
    world.endTurn();
    expect(world.areRepliesReleased).toBeFalse();
    expect(isBehind()).toBeFalse();
    expect(say("GET b")).toBe("$1\r\n2\r\n");
    expect(world.areRepliesReleased).toBeTrue();
  });

  test("in the middle of a pipeline: what came before it is not answered either", () => {
    boot({ appendfsync: "always" });
    disk.fail("sync", "EIO", 1);
    client.say([["SET", "a", "1"], ["BGREWRITEAOF"]]);
    expect(aof.mode).toBe("waiting");
    expect(isBehind()).toBeTrue();
    world.endTurn();
    expect(world.areRepliesReleased).toBeFalse();
  });

  test("it is tried again until the disk works", () => {
    boot({ appendfsync: "always" });
    disk.fail("sync", "EIO", 1000);
    say("SET a 1");
    for (let i = 0; i < 5; i++) {
      world.advance(1500);
      runRewrite();
      expect(aof.mode).toBe("waiting");
      expect(say("SET a 1")).toStartWith("-MISCONF");
    }
    disk.heal();
    world.advance(1500);
    runRewrite();
    expect(aof.mode).toBe("on");
    expect(say("SET a 2")).toBe("+OK\r\n");
  });

  test("during a rewrite: what that would have built upon is gone, and another one begins", () => {
    boot({ appendfsync: "always" });
    say("SET a 1");
    say("BGREWRITEAOF");
    reachSnapshot();
    disk.fail("sync", "EIO", 1);
    say("SET b 2");
    expect(world.snapshots.isUnderWay).toBeFalse();
    expect(aof.mode).toBe("waiting");
    runRewrite();
    world.advance(1500);
    runRewrite();
    expect(aof.mode).toBe("on");
    expect(reloadAof()).toBeUndefined();
    expect(say("MGET a b")).toBe("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
  });
});

describe("a rewrite", () => {
  test("replaces what there was, and what is done meanwhile goes to the next file", () => {
    boot();
    say("SET a 1", "SET a 2");
    expect(say("BGREWRITEAOF")).toBe("+Background append only file rewriting started\r\n");
    expect(say("BGREWRITEAOF")).toBe("-ERR Background append only file rewriting already in progress\r\n");
    expect(info("aof_rewrite_in_progress")).toBe(1);
    reachSnapshot();
    say("SET a 3");
    expect(manifest()).toHaveLength(3);
    runRewrite();
    expect(manifest()).toEqual([
      "file appendonly.aof.2.base.rdb seq 2 type b",
      "file appendonly.aof.2.incr.aof seq 2 type i",
    ]);
    expect(disk.list(FOLDER)).toEqual([
      "appendonly.aof.2.base.rdb",
      "appendonly.aof.2.incr.aof",
      "appendonly.aof.manifest",
    ]);
    expect(commandsIn("appendonly.aof.2.incr.aof")).toBe(resp("SELECT", "0") + resp("SET", "a", "3"));
    expect(reloadAof()).toBeUndefined();
    expect(say("GET a")).toBe("$1\r\n3\r\n");
  });

  test("failures leave one file more each, and then there are pauses", () => {
    boot({ "auto-aof-rewrite-percentage": "1", "auto-aof-rewrite-min-size": "1kb" });
    for (let i = 0; i < 3; i++) {
      say("BGREWRITEAOF", "SET a 1");
      reachSnapshot();
      while (disk.syncsWaiting > 0) disk.finishSync();
      disk.fail("sync", "EIO", 1);
      runRewrite();
    }
    expect(rewrites.failures).toBe(3);
    expect(info("aof_last_bgrewrite_status")).toBe("err");
    expect(manifest()).toHaveLength(5);
    say(`SET a ${"x".repeat(2000)}`);
    world.advance(30_000);
    expect(world.snapshots.isUnderWay).toBeFalse();
    say("BGREWRITEAOF");
    runRewrite();
    expect(rewrites.failures).toBe(0);
    expect(manifest()).toHaveLength(2);
  });

  test("does not sync before it answers, nor for as long as the disk takes", () => {
    boot();
    say("SET a 1");
    const told: string[] = [];
    disk.beforeEach = (operation) => told.push(operation);
    expect(say("BGREWRITEAOF")).toStartWith("+");
    expect(disk.syncsWaiting).toBe(1);
    expect(say("SET a 2")).toBe("+OK\r\n");
    expect(commandsIn("appendonly.aof.1.incr.aof")).toEndWith(resp("SET", "a", "2"));
    reachSnapshot();
    expect(say("SET a 3")).toBe("+OK\r\n");
    expect(commandsIn("appendonly.aof.2.incr.aof")).toEndWith(resp("SET", "a", "3"));
    expect(info("aof_rewrite_in_progress")).toBe(1);
    const syncs = () => told.filter((operation) => operation.startsWith("sync"));
    // One that is not waited for is told when it begins and when it ends.
    expect(syncs()).toHaveLength(2 * 3 + 1);
  });

  test("nobody is told that the next file is safe before the end of the one before it is", () => {
    boot();
    say("SET a 1", "BGREWRITEAOF");
    reachSnapshot();
    say("SET b 2");
    expect(say("WAITAOF 1 0 0")).toBe("");
    expect(textOf("appendonly.aof.2.incr.aof")).toMatch(/#AF:\d+\r\n\*2/);
    expect(
      textOf("appendonly.aof.2.incr.aof")
        .match(/#CK:[0-9a-f]+:\d+:(\d+)/g)!
        .at(-1),
    ).toEndWith(":0");
    const before = client.heard.length;
    disk.finishSync();
    expect(client.heard.slice(before)).toBe("");
    disk.finishSync();
    world.advance(1000);
    while (disk.syncsWaiting > 0) disk.finishSync();
    world.endTurn();
    expect(client.heard.slice(before)).toBe("*2\r\n:1\r\n:0\r\n");
  });

  test("fails at any operation of the disk: the AOF goes on, or is made anew, and holds everything", () => {
    for (const appendfsync of ["always", "everysec"]) {
      let failing = 0;
      let done: number;
      do {
        failing++;
        boot({ appendfsync });
        say("SET a 1");
        done = 0;
        disk.beforeEach = (operation) => {
          if (++done === failing) disk.fail(operation, "EIO");
        };
        say("BGREWRITEAOF");
        for (let i = 0; i < 4; i++) {
          say(`SET k${i} v`);
          disk.finishSync();
        }
        world.finishWork();
        disk.beforeEach = () => {};
        disk.heal();
        for (let i = 0; i < 3; i++) {
          world.advance(1100);
          world.finishWork();
        }
        expect(aof.mode).toBe("on");
        expect(say("SET last 1")).toBe("+OK\r\n");
        const state = stateOf();
        expect(reloadAof()).toBeUndefined();
        expect(stateOf()).toBe(state);
        world.abandon();
        disk = new SimDisk();
      } while (done >= failing);
      expect(failing).toBeGreaterThan(20);
    }
  });

  test("is taken back by appendonly no at any step, and by the end of the server", () => {
    for (let steps = 0; steps < 8; steps++) {
      for (const end of [() => world.setConfig([["appendonly", "no"]]), closeAof]) {
        boot();
        say("SET a 1", "BGREWRITEAOF");
        for (let i = 0; i < steps; i++) disk.finishSync();
        say("SET a 2");
        end();
        world.abandon();
        disk = disk.crash(steps);
        boot();
        expect(say("GET a")).toBe("$1\r\n2\r\n");
        world.abandon();
        disk = new SimDisk();
      }
    }
  });

  test("begins by itself when the AOF has grown", () => {
    boot({ "auto-aof-rewrite-percentage": "100", "auto-aof-rewrite-min-size": "1kb" });
    say(`SET a ${"x".repeat(3000)}`, "DEL a");
    world.advance(200);
    expect(info("aof_rewrite_in_progress")).toBe(1);
    runRewrite();
    world.advance(1000);
    expect(world.snapshots.isUnderWay).toBeFalse();
  });

  test("waits for a BGSAVE, and for the end of a transaction", () => {
    boot();
    say("BGSAVE");
    expect(say("BGREWRITEAOF")).toBe("+Background append only file rewriting scheduled\r\n");
    expect(info("aof_rewrite_scheduled")).toBe(1);
    runRewrite();
    world.advance(200);
    expect(info("aof_rewrite_in_progress")).toBe(1);
    runRewrite();
    expect(say("MULTI", "SET a 1", "BGREWRITEAOF", "SET a 2", "EXEC")).toContain("rewriting scheduled");
    world.advance(200);
    runRewrite();
    expect(reloadAof()).toBeUndefined();
    expect(say("GET a")).toBe("$1\r\n2\r\n");
  });

  test("with aof-use-rdb-preamble no the base is commands", () => {
    boot({ "aof-use-rdb-preamble": "no" });
    say("RPUSH l a b");
    say("BGREWRITEAOF");
    runRewrite();
    expect(commandsIn("appendonly.aof.2.base.aof")).toBe(resp("SELECT", "0") + resp("RPUSH", "l", "a", "b"));
  });

  test("keeps history files if told so, and removes them when told so", () => {
    boot();
    world.setConfig([["aof-disable-auto-gc", "yes"]]);
    say("SET a 1", "BGREWRITEAOF");
    runRewrite();
    say("SET a 2", "BGREWRITEAOF");
    runRewrite();
    expect(manifest()).toEqual([
      "file appendonly.aof.3.base.rdb seq 3 type b",
      "file appendonly.aof.2.incr.aof seq 2 type h",
      "file appendonly.aof.2.base.rdb seq 2 type h",
      "file appendonly.aof.1.incr.aof seq 1 type h",
      "file appendonly.aof.1.base.rdb seq 1 type h",
      "file appendonly.aof.3.incr.aof seq 3 type i",
    ]);
    world.setConfig([["aof-disable-auto-gc", "no"]]);
    expect(manifest()).toHaveLength(2);
    expect(disk.list(FOLDER)).toHaveLength(3);
  });
});

describe("the switch", () => {
  test("on: the first base decides; a failure is followed by another attempt", () => {
    boot({ appendonly: "no" });
    say("SET a 1");
    world.setConfig([["appendonly", "yes"]]);
    expect(info("aof_enabled")).toBe(1);
    expect(info("aof_rewrite_in_progress")).toBe(1);
    say("SET b 2");
    world.snapshots.step();
    disk.fail("sync", "EIO", 1);
    runRewrite();
    expect(disk.list(FOLDER)).toEqual([]);
    world.advance(200);
    say("SET c 3");
    runRewrite();
    expect(manifest()).toEqual([
      "file appendonly.aof.1.base.rdb seq 1 type b",
      "file appendonly.aof.1.incr.aof seq 1 type i",
    ]);
    expect(reloadAof()).toBeUndefined();
    expect(say("MGET a b c")).toBe("*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n");
  });

  test("on during a BGSAVE: afterwards", () => {
    boot({ appendonly: "no" });
    say("BGSAVE");
    world.setConfig([["appendonly", "yes"]]);
    expect(info("aof_rewrite_scheduled")).toBe(1);
    runRewrite();
    world.advance(200);
    runRewrite();
    expect(aof.mode).toBe("on");
  });

  test("off: what there is stays, and what follows is not written", () => {
    boot();
    say("SET a 1");
    say("BGREWRITEAOF");
    world.setConfig([["appendonly", "no"]]);
    runRewrite();
    expect(manifest()).toHaveLength(2);
    say("SET a 2");
    expect(info("aof_enabled")).toBe(0);
    say("BGREWRITEAOF");
    runRewrite();
    expect(manifest()).toEqual(["file appendonly.aof.2.base.rdb seq 2 type b"]);
    say("SET a 3");
    expect(reloadAof()).toBeUndefined();
    expect(say("GET a")).toBe("$1\r\n2\r\n");
    world.setConfig([["appendonly", "yes"]]);
    runRewrite();
    expect(manifest()).toEqual([
      "file appendonly.aof.3.base.rdb seq 3 type b",
      "file appendonly.aof.1.incr.aof seq 1 type i",
    ]);
  });

  test("on where it cannot be: CONFIG SET says so", () => {
    boot({ appendonly: "no" });
    disk.fail("open", "EROFS", 5);
    expect(world.setConfig([["appendonly", "yes"]])).toEndWith("Unable to turn on AOF. Check server logs.");
    expect(info("aof_enabled")).toBe(0);
  });
});

describe("an AOF that the server did not begin with", () => {
  const OLD = "$1\r\n2\r\n*1\r\n$1\r\nx\r\n";
  const NEW = "$3\r\n100\r\n*1\r\n$1\r\ny\r\n";
  const read = () => say("GET cnt", "LRANGE l 0 -1");

  function beginWithout(): void {
    boot();
    say("INCR cnt", "INCR cnt", "RPUSH l x");
    world.shutDown();
    boot({ appendonly: "no" });
    say("SET cnt 100", "RPUSH l y");
  }

  for (const way of ["BGREWRITEAOF", "CONFIG SET appendonly yes"]) {
    test(`is history after ${way}, and at any moment until then either the old one or the new one`, () => {
      beginWithout();
      const left: SimDisk[] = [];
      disk.beforeEach = () => left.push(disk.kill(), disk.crash(disk.operations));
      say(way);
      runRewrite();
      world.advance(100);
      disk.beforeEach = () => {};
      const kept = disk.list(FOLDER);
      expect(kept).toEqual(expect.arrayContaining(["appendonly.aof.2.base.rdb", "appendonly.aof.manifest"]));
      expect(kept).toHaveLength(way === "BGREWRITEAOF" ? 2 : 3);
      world.abandon();
      const found = new Set<string>();
      for (const image of [...left, disk]) {
        disk = image;
        boot();
        found.add(read());
        world.abandon();
      }
      expect(found).toEqual(new Set([OLD, NEW]));
    });
  }

  test("is as it was when the first base cannot get its place", () => {
    beginWithout();
    disk.beforeEach = (operation, path) => {
      if (operation === "open" && path.endsWith(".manifest")) disk.fail("open", "EIO");
    };
    say("BGREWRITEAOF");
    runRewrite();
    expect(info("aof_last_bgrewrite_status")).toBe("err");
    world.abandon();
    disk.beforeEach = () => {};
    boot();
    expect(read()).toBe(OLD);
  });

  test("stays where its manifest cannot be read", () => {
    beginWithout();
    disk.put(`${FOLDER}/appendonly.aof.manifest`, new Uint8Array(Buffer.from("file x\n")));
    expect(world.setConfig([["appendonly", "yes"]])).toEndWith("Unable to turn on AOF. Check server logs.");
    expect(manifest()).toEqual(["file x"]);
  });
});

describe("WAITAOF", () => {
  test("waits for the sync, or for the end of its time", () => {
    boot();
    say("SET a 1");
    expect(say("WAITAOF 1 0 0")).toBe("");
    const before = client.heard.length;
    world.advance(1000);
    disk.finishSync();
    expect(client.heard.slice(before)).toBe("*2\r\n:1\r\n:0\r\n");
    say("SET a 2");
    expect(say("WAITAOF 1 0 100")).toBe("");
    world.advance(200);
    expect(client.heard).toEndWith("*2\r\n:0\r\n:0\r\n");
  });

  test("is not told of a sync of what could not be written", () => {
    boot();
    say("SET a 1");
    disk.capacity = 250;
    say(`SET b ${"x".repeat(300)}`);
    say("WAITAOF 1 0 0");
    world.advance(1000);
    disk.heal();
    world.advance(200);
    disk.finishSync();
    expect(client.heard).toEndWith("+OK\r\n");
    world.advance(2000);
    disk.finishSync();
    expect(client.heard).toEndWith("*2\r\n:1\r\n:0\r\n");
  });

  test("answers at once when nothing is to be waited for", () => {
    boot({ appendfsync: "always" });
    expect(say("SET a 1", "WAITAOF 1 0 0")).toBe("+OK\r\n*2\r\n:1\r\n:0\r\n");
    expect(say("WAITAOF 0 0 0")).toBe("*2\r\n:1\r\n:0\r\n");
    expect(say("MULTI", "SET a 2", "WAITAOF 1 1 0", "EXEC")).toContain("*2\r\n:1\r\n:0\r\n");
  });

  test("ends with an error when the AOF is switched off", () => {
    boot();
    say("SET a 1");
    expect(say("WAITAOF 1 0 0")).toBe("");
    const before = client.heard.length;
    // Nobody knows, unless it can still be synced.
    disk.fail("sync", "EIO");
    world.setConfig([["appendonly", "no"]]);
    expect(client.heard.slice(before)).toStartWith("-ERR WAITAOF cannot be used when numlocal is set but appendonly");
  });

  test("refuses what makes no sense", () => {
    boot({ appendonly: "no" });
    expect(say("WAITAOF 1 0 0")).toStartWith(
      "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
    );
    expect(say("WAITAOF 2 0 0")).toStartWith("-ERR value is out of range, value must between 0 and 1");
    expect(say("WAITAOF 0 -1 0")).toStartWith("-ERR value is out of range, must be positive");
    expect(say("WAITAOF 0 0 -1")).toStartWith("-ERR timeout is negative");
  });
});
