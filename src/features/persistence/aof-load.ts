/**
 * Reads one file of the AOF into memory, in slices: an RDB file, commands, or first the one and then the other.
 *
 * What may be at fault in a file and what it means is in aof-notes.ts. Where it is the end of the last file that was not
 * written in full, the file is cut off there if `aof-load-truncated` allows; all else stops the server: it must not go on
 * without changes that somebody relies upon. The log says it in the words of Redis, which tools look for.
 *
 * A transaction is executed when its EXEC was seen, hence never by half.
 */
import { StorageError, type StorageFile, storage } from "../../base/storage.ts";
import { dispatchQueued } from "../../command/dispatch.ts";
import { log } from "../../command/log.ts";
import { Session } from "../../command/session.ts";
import * as commands from "../../command/table.ts";
import { RdbLoader } from "../../keyspace/rdb-load.ts";
import { Args } from "../../resp/args.ts";
import { BATCH_COMMANDS, Batch } from "../../resp/parser.ts";
import { Reply } from "../../resp/reply.ts";
import { drop, type Follower, followerAt, isUnproven } from "./aof-follower.ts";
import { replayFunction } from "./aof-functions.ts";
import { pathOf } from "./aof-manifest.ts";
import { Proof } from "./aof-proof.ts";
import { AofReader, BAD, COMMAND, END, FULL, NOTE, SHORT } from "./aof-reader.ts";
import { LoadError } from "./loading.ts";
import { aofLoadTruncated } from "./parameters.ts";

/** The AOF cannot be loaded; this is the last that the log hears of it. */
export function fatal(message: string): never {
  throw new LoadError(message);
}

/** Arguments after which a batch ends, as where clients send them. */
const BATCH_ARGS = 512;
/** Errors of commands that are logged; one file may have millions. */
const ERRORS_LOGGED = 10;

export class AofFileLoad {
  private readonly file: StorageFile;
  private readonly size: number;
  private readonly next: Follower | undefined;
  private rdb: RdbLoader | undefined;
  private reader: AofReader | undefined;
  private readonly session = new Session();
  private readonly batch = new Batch();
  private readonly ahead = new Args();
  private readonly reply = new Reply();
  private errors = 0;
  private readonly proof: Proof;
  /** Bytes loaded so far, and keys of an RDB file. */
  at = 0;
  keysLoaded = 0;
  /** Bytes of memory that the writer of an RDB file used; 0 when it is not known. */
  usedMemory = 0;

  /** `nextName` is the file behind it; undefined when this is the last. */
  constructor(
    private readonly name: string,
    private readonly kind: "base" | "incremental" | "old style",
    nextName: string | undefined,
  ) {
    this.session.authenticated = true;
    // Nothing may wait, as in a transaction.
    this.session.isExecutingQueue = true;
    this.file = this.open();
    this.size = this.file.size();
    this.proof = new Proof(this.file, { isBase: kind === "base" });
    this.next = nextName === undefined ? undefined : this.look(nextName);
  }

  private look(nextName: string): Follower {
    try {
      return followerAt(pathOf(nextName));
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      fatal(`Fatal error: can't open the append log file ${nextName} for reading: ${error.message}`);
    }
  }

  private open(): StorageFile {
    try {
      return storage.open(pathOf(this.name), "read");
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (error.code === "ENOENT") fatal(`The append log file ${this.name} doesn't exist: ${error.message}`);
      fatal(`Fatal error: can't open the append log file ${this.name} for reading: ${error.message}`);
    }
  }

  close(): void {
    this.file.close();
  }

  /** Loads about so many bytes more. True when the file is done. */
  step(budget: number): boolean {
    try {
      if (this.size === 0) return this.isEmpty();
      if (this.reader === undefined && this.isRdb()) return false;
      if (this.rdb !== undefined) return this.stepRdb(this.rdb, budget);
      return this.stepCommands(this.reader!, budget);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      fatal(`Unrecoverable error reading the append only file ${this.name}: ${error.message}`);
    }
  }

  /** A file of no commands is none that is damaged; an RDB file has a head at least. */
  private isEmpty(): true {
    if (this.kind === "base" && this.name.endsWith(".rdb")) {
      fatal(`Unrecoverable error reading the append only file ${this.name}: it is empty`);
    }
    return this.end(0);
  }

  /** All that is there is good. True: it is done; but there may have been more. */
  private end(at: number): true {
    const isKnownLonger = this.kind === "incremental" && (this.next?.previousBytes ?? 0) > at;
    return isKnownLonger || !this.proof.isWhole(at) ? this.endAt(SHORT, at) : true;
  }

  /** Decides what the file begins with. True when it is an RDB file. */
  private isRdb(): boolean {
    if (this.rdb !== undefined) return false;
    const magic = new Uint8Array(6);
    const read = this.file.read(0, magic, 0, magic.length);
    const text = Buffer.from(magic.buffer, 0, read).toString("latin1");
    if (!text.startsWith("REDIS") && !text.startsWith("VALKEY")) {
      this.readCommands(0);
      return false;
    }
    log.notice(
      this.kind === "old style" ? "Reading RDB preamble from AOF file..." : "Reading RDB base file on AOF loading...",
    );
    this.rdb = new RdbLoader(this.file, {
      dropsExpired: false,
      note: (text, isWarning) => (isWarning ? log.warning(text) : log.notice(text)),
    });
    return true;
  }

  private stepRdb(rdb: RdbLoader, budget: number): boolean {
    let isDone: boolean;
    try {
      isDone = rdb.step(budget);
    } catch (error) {
      if (error instanceof StorageError) throw error;
      const what = this.kind === "old style" ? "RDB preamble of the AOF file" : "RDB base file";
      log.warning(`Error reading the ${what} ${this.name}, AOF loading aborted`);
      fatal(`Unrecoverable error reading the append only file ${this.name}: ${(error as Error).message}`);
    }
    this.at = rdb.at;
    this.keysLoaded = rdb.keysLoaded;
    this.usedMemory = Number(rdb.aux.get("used-mem") ?? 0);
    if (!isDone) return false;
    this.rdb = undefined;
    if (this.kind === "old style") log.notice("Reading the remaining AOF tail...");
    this.readCommands(rdb.end);
    return false;
  }

  private readCommands(at: number): void {
    this.reader = new AofReader(this.file, at);
    this.batch.args.rebase(this.reader.bytes);
  }

  private stepCommands(reader: AofReader, budget: number): boolean {
    const until = reader.at + budget;
    const { batch } = this;
    let used = 0;
    for (;;) {
      const found = reader.look(batch.args, used);
      if (found === COMMAND) {
        batch.args.aim(used, reader.count);
        if (isWord(batch.args, "multi")) {
          this.run();
          if (!this.isWhole(reader)) return true;
        } else if (!isWord(batch.args, "exec") && !this.isOfFunctions(batch.args)) {
          this.mustBeCommand(batch.args);
          batch.firsts[batch.commands] = used;
          batch.counts[batch.commands++] = reader.count;
          used += reader.count;
        }
        reader.skip();
        if (batch.commands < BATCH_COMMANDS && used < BATCH_ARGS) continue;
      } else if (found === NOTE) {
        const flaw = this.proof.flawOf(reader);
        if (flaw === undefined) {
          reader.skip();
          continue;
        }
        this.run();
        return this.endAt(flaw.kind, reader.at);
      }
      this.run();
      used = 0;
      if (found === FULL) reader.fill();
      batch.args.rebase(reader.bytes);
      this.at = reader.at;
      if (found === END) return this.end(reader.at);
      if (found === SHORT || found === BAD) return this.endAt(found, reader.at);
      if (reader.at >= until) return false;
    }
  }

  /** Whether the transaction that begins here has its EXEC. Both are not executed themselves: what is between is. */
  private isWhole(reader: AofReader): boolean {
    this.ahead.rebase(reader.bytes);
    const found = reader.lookAhead("exec", this.ahead);
    this.batch.args.rebase(reader.bytes);
    if (found === COMMAND) {
      // Looking ahead has left the place of MULTI.
      reader.look(undefined, 0);
      return true;
    }
    if (found !== BAD) log.warning(`Revert incomplete MULTI/EXEC transaction in AOF file ${this.name}`);
    return !this.endAt(found === BAD ? BAD : SHORT, reader.at);
  }

  /** Whether it was about functions, and is done. */
  private isOfFunctions(args: Args): boolean {
    const replayed = replayFunction(args);
    if (replayed === false) return false;
    if (replayed.problem !== undefined) fatal(`${replayed.problem}, reading the append only file ${this.name}`);
    return true;
  }

  private mustBeCommand(args: Args): void {
    const named = commands.find(args);
    const command = named === undefined ? undefined : commands.resolve(named, args);
    if (command?.handler === undefined) {
      fatal(`Unknown command '${args.cString(0)}' reading the append only file ${this.name}`);
    }
    const { arity } = command;
    if (arity >= 0 ? args.count === arity : args.count >= -arity) return;
    if (command.spec.alsoTakes?.(args)) return;
    fatal(
      `Wrong number of arguments for '${command.fullName}' reading the append only file ${this.name}. Bad file format?`,
    );
  }

  private run(): void {
    const { batch, reply } = this;
    if (batch.commands === 0) return;
    const { errors } = reply;
    dispatchQueued(this.session, batch, reply);
    batch.commands = 0;
    if (reply.errors > errors && this.errors++ < ERRORS_LOGGED) {
      log.warning(`A command in the append only file ${this.name}, before offset ${this.reader!.at}, has failed`);
    }
    reply.truncate(0);
  }

  /** The file is good up to `at`, and no further. True when it ends there from now on. */
  private endAt(problem: typeof SHORT | typeof BAD, at: number): true {
    const isTorn = this.proof.pieces > 0 ? !this.proof.isDamage(at) : problem === SHORT;
    if (!isTorn) {
      fatal(
        `Bad file format reading the append only file ${this.name} at offset ${at}: ` +
          "make a backup of your AOF file, then use `ashlar check aof --fix <filename.manifest>`",
      );
    }
    if (!aofLoadTruncated.value) {
      fatal(
        `Unexpected end of file reading the append only file ${this.name} at offset ${at}. You can: ` +
          "1) Make a backup of your AOF file, then use `ashlar check aof --fix <filename.manifest>`. " +
          "2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server.",
      );
    }
    if (this.next !== undefined && !(this.kind === "incremental" && isUnproven(this.next))) {
      log.warning(`!!! Warning: short read while loading the AOF file ${this.name} at offset ${at}!!!`);
      fatal("Fatal error: the truncated file is not the last file");
    }
    this.cutAt(at);
    this.at = at;
    return true;
  }

  private cutAt(at: number): void {
    log.warning(`!!! Warning: short read while loading the AOF file ${this.name}!!!`);
    log.warning(`!!! Truncating the AOF ${this.name} at offset ${at} !!!`);
    try {
      if (this.next !== undefined) {
        log.warning(`!!! What follows, in ${this.next.path}, is dropped: it was never told to be safe !!!`);
        drop(this.next);
      }
      const file = storage.open(pathOf(this.name), "append");
      file.truncate(at);
      file.sync();
      file.close();
    } catch (error) {
      fatal(`Error truncating the AOF file ${this.name}: ${(error as Error).message}`);
    }
    log.warning(`AOF ${this.name} loaded anyway because aof-load-truncated is enabled`);
  }
}

const isWord = (args: Args, word: string) => args.count === 1 && args.is(0, word);
