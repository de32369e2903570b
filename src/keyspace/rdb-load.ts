/**
 * Loads an RDB file (rdb/opcodes.ts) into the databases, a slice at a time, whatever version of Redis or Valkey wrote it. The
 * file may be damaged or hostile: what is wrong ends the load with an RdbError that says where and why; what was loaded until
 * then is in the databases, whole, and its owner decides what becomes of it.
 *
 * A key is added when its value has been read and checked, which takes several steps if it is long; its bytes are kept apart
 * meanwhile. The database gets its keys a batch at a time, and all of them by the end of a step.
 */

import { nowMs } from "../base/env.ts";
import { copy, Region } from "../base/region.ts";
import { hash as hashOf } from "../base/siphash.ts";
import type { StorageFile } from "../base/storage.ts";
import * as mem from "../mem/mem.ts";
import { NIL, type Ref } from "../mem/mem.ts";
import { FileReader } from "../rdb/file-reader.ts";
import * as opcode from "../rdb/opcodes.ts";
import { RdbEmpty, RdbError } from "../rdb/reader.ts";
import * as entry from "../struct/entry.ts";
import * as table from "../struct/table.ts";
import { TableFiller } from "../struct/table-filler.ts";
import * as access from "./access.ts";
import { addExpires, type Database, databases, expectKeys, numberOf, tableOf } from "./database.ts";
import { scheduleAll } from "./expiry.ts";
import * as lazyFree from "./lazy-free.ts";
import { releaseEntry } from "./lazy-free.ts";
import { keepLibrary } from "./libraries.ts";
import { type Aux, readFunction, readModuleAux, readText, skipEarlyFunction } from "./rdb-extras.ts";
import { readValue } from "./value-rdb.ts";
import { type MakeEntry, type Rest, typeOf } from "./value-type.ts";

export interface LoadOptions {
  /** Whether keys past their deadlines are left out. Not those of an AOF's base: its commands count on them. */
  readonly dropsExpired: boolean;
  /** Whether a key that is there already gets the new value (DEBUG RELOAD MERGE); else it is an error. */
  readonly merges?: boolean;
  /** Whether the file's checksum is looked at; unless it is said, it is. */
  readonly checksum?: boolean;
  /** Where in the file it begins. */
  readonly from?: number;
  /** Whether the values are only looked at, and not kept. */
  readonly isCheck?: boolean;
  /** Told of what the file says of itself, and of what is passed over. */
  readonly note?: (note: string, isWarning: boolean) => void;
}

/** What a key takes in a file at least: its type, two lengths. */
const KEY_BYTES_MIN = 3;
/** Empty collections of which something is said. */
const EMPTY_NOTED = 10;

export class RdbLoader {
  keysLoaded = 0;
  keysExpired = 0;
  /** Collections without elements, which old servers may have written: passed over. */
  keysEmpty = 0;
  /** What the file says of itself, by name. */
  readonly aux: Aux = new Map();
  version = 0;
  isOfValkey = false;
  /** Keys that were announced. */
  keysAnnounced = 0;
  /** What was found in a file that is only looked at: keys by type, those with deadlines, databases. */
  readonly checked = { keys: new Map<string, number>(), withDeadline: 0, databases: new Set<number>() };
  /** Where the RDB part ends, once all is loaded. */
  end = 0;
  /** What is being read, for messages. */
  doing = "the head";

  private readonly reader: FileReader;
  private db: Database;
  // What opcodes have said of the next key.
  private deadline: number | bigint | undefined = undefined;
  private idle = -1;
  private frequency = -1;
  // The key that is being loaded, and the entry that was made for it.
  private readonly key = new Region(new Uint8Array(256));
  private keyLength = 0;
  private made: Ref = NIL;
  /** What is left of its value. */
  private rest: Rest | undefined;
  private readonly filler = new TableFiller((slot, ref) => this.replace(slot, ref));
  /** A key that was there already, and may not have been. */
  private twice: string | undefined = undefined;

  constructor(
    file: StorageFile,
    private readonly options: LoadOptions,
  ) {
    this.reader = new FileReader(file, options.from ?? 0, options.checksum ?? true);
    this.db = databases[0]!;
  }

  /** Place in the file of what is read next. */
  get at(): number {
    return this.reader.position;
  }

  /** Loads about so many bytes more. True when all is there, and the checksum is right. */
  step(budgetBytes: number): boolean {
    const until = this.at + budgetBytes;
    access.tick();
    this.filler.aim(tableOf(this.db));
    try {
      if (this.version === 0) this.readMagic();
      let isMore = true;
      while (isMore && this.at < until) isMore = this.rest === undefined ? this.readRecord() : this.readOn(this.rest);
      this.addWaiting();
      return !isMore;
    } catch (error) {
      this.filler.flush();
      if (!(error instanceof RdbError)) throw error;
      throw new RdbError(`at byte ${this.at} (${this.doing}): ${error.message}`);
    }
  }

  private readMagic(): void {
    this.reader.raw(opcode.MAGIC_BYTES);
    const magic = readText(this.reader.text);
    this.isOfValkey = magic.startsWith(opcode.VALKEY_MAGIC);
    const name = this.isOfValkey ? opcode.VALKEY_MAGIC : opcode.REDIS_MAGIC;
    if (!magic.startsWith(name)) this.reader.fail("this is no RDB file: it does not begin with REDIS or VALKEY");
    const version = /^\d+$/.test(magic.slice(name.length)) ? Number(magic.slice(name.length)) : Number.NaN;
    const isKnown = this.isOfValkey ? version === opcode.VERSION_VALKEY : version >= 1 && version <= opcode.VERSION_MAX;
    if (!isKnown) this.reader.fail(`files of version ${magic} cannot be read`);
    this.version = version;
  }

  /** Reads an opcode with what belongs to it, or a key; false at the end. */
  private readRecord(): boolean {
    const { reader } = this;
    this.doing = "between keys";
    const type = reader.byte();
    if (type < opcode.SLOT_IMPORT) {
      this.readKey(type);
      return true;
    }
    switch (type) {
      case opcode.EOF:
        this.readEnd();
        return false;
      case opcode.SELECT:
        this.select(reader.length());
        break;
      case opcode.RESIZE:
        this.resize(reader.length());
        reader.length();
        break;
      case opcode.DEADLINE_MS:
        this.deadline = reader.millis();
        break;
      case opcode.DEADLINE_SECONDS:
        this.deadline = reader.seconds() * 1000;
        break;
      case opcode.IDLE:
        this.idle = reader.length();
        break;
      case opcode.FREQ:
        this.frequency = reader.byte();
        break;
      case opcode.AUX:
        this.readAux();
        break;
      case opcode.MODULE_AUX:
        this.note(`data of the module '${readModuleAux(reader)}' are passed over: there are no modules here`, true);
        break;
      case opcode.FUNCTION:
        this.keepFunction();
        break;
      case opcode.FUNCTION_EARLY:
        skipEarlyFunction(reader);
        this.note("a library of functions of a release candidate of Redis 7.0 is passed over", true);
        break;
      case opcode.SLOT_INFO:
        for (let i = 0; i < 3; i++) reader.length();
        break;
      default:
        reader.fail("the file was written while a slot was on its way to another node");
    }
    return true;
  }

  private note(note: string, isWarning: boolean): void {
    this.options.note?.(note, isWarning);
  }

  private select(number: number): void {
    if (number >= databases.length) {
      this.reader.fail(`the database ${number} is beyond the ${databases.length} that are configured`);
    }
    this.addWaiting();
    this.db = databases[number]!;
    this.filler.aim(tableOf(this.db));
  }

  /** Makes room for as many keys as are announced, or as the file can hold. */
  private resize(keys: number): void {
    this.keysAnnounced += keys;
    if (this.options.isCheck) return;
    this.addWaiting();
    const most = Math.floor((this.reader.fileBytes - this.at) / KEY_BYTES_MIN);
    if (keys > most) return;
    expectKeys(this.db, keys);
    this.filler.aim(tableOf(this.db));
  }

  private readAux(): void {
    this.doing = "what the file says of itself";
    this.reader.pair();
    const name = readText(this.reader.name);
    const value = readText(this.reader.text);
    this.aux.set(name, value);
    if (name.startsWith("%")) this.note(`RDB '${name}': ${value}`, false);
  }

  private keepFunction(): void {
    this.doing = "a library of functions";
    const code = readFunction(this.reader);
    if (this.options.isCheck) return;
    if (!keepLibrary(code, this.options.merges === true)) {
      this.reader.fail("there is a library of this name already");
    }
    this.note("a library of functions is kept, and cannot be called: there is no scripting here yet", true);
  }

  private readKey(type: number): void {
    const { reader } = this;
    this.doing = "a key";
    reader.string();
    this.holdKey();
    this.doing = "a value";
    this.made = NIL;
    try {
      const rest = readValue(reader, type, this.isOfValkey, this.make);
      if (rest !== undefined) {
        this.rest = rest;
        return;
      }
    } catch (error) {
      this.passOver(error);
    }
    this.endKey();
  }

  /** Reads a slice of a long value. True: there is always more after it. */
  private readOn(rest: Rest): true {
    try {
      if (rest.next().done !== true) return true;
    } catch (error) {
      this.passOver(error);
    }
    this.rest = undefined;
    this.endKey();
    return true;
  }

  /** Takes note of a value without elements; throws what else is wrong. */
  private passOver(error: unknown): void {
    if (!(error instanceof RdbEmpty)) throw error;
    if (this.keysEmpty++ < EMPTY_NOTED)
      this.note(`rdbLoadObject skipping empty key: ${textOf(this.key, 0, this.keyLength)}`, true);
  }

  private endKey(): void {
    if (this.made !== NIL) this.addKey();
    this.deadline = undefined;
    this.idle = this.frequency = -1;
  }

  /** Keeps the bytes of the key, which were read last. */
  private holdKey(): void {
    const { region, start, length } = this.reader.text;
    if (this.key.bytes.length < length) this.key.aim(new Uint8Array(length * 2));
    copy(this.key, 0, region, start, length);
    this.keyLength = length;
  }

  private readonly make: MakeEntry = (flags, insideLength) => {
    const { deadline } = this;
    const all = deadline === undefined ? flags : flags | entry.DEADLINE;
    const ref = mem.alloc(entry.bytesFor(all, this.keyLength, insideLength));
    const used = access.after(this.idle, this.frequency);
    entry.write(ref, all, used, this.key, 0, this.keyLength, insideLength);
    if (deadline !== undefined) entry.setDeadline(ref, deadline);
    this.made = ref;
    return ref;
  };

  private addKey(): void {
    const { made, options } = this;
    if (options.dropsExpired && this.deadline !== undefined && this.deadline < nowMs) {
      releaseEntry(made);
      this.keysExpired++;
      return;
    }
    this.keysLoaded++;
    if (options.isCheck) return this.countKey();
    const hash = hashOf(this.key.bytes, 0, this.keyLength);
    if (entry.hasDeadline(made)) addExpires(this.db, 1);
    scheduleAll(this.db, hash, made);
    // Last: if the key is there already, that may be found out now, and the entry is freed.
    this.filler.add(hash, made);
  }

  /** Takes note of a key that was only to be looked at, and lets go of it. */
  private countKey(): void {
    const { made, checked } = this;
    const { name } = typeOf(entry.type(made));
    checked.keys.set(name, (checked.keys.get(name) ?? 0) + 1);
    checked.databases.add(numberOf(this.db));
    if (entry.hasDeadline(made)) checked.withDeadline++;
    releaseEntry(made);
    while (!lazyFree.step(Number.MAX_SAFE_INTEGER));
  }

  /** Sees to it that the database has all keys so far. */
  private addWaiting(): void {
    this.filler.flush();
    const { twice } = this;
    if (twice === undefined) return;
    this.twice = undefined;
    this.reader.fail(`the key '${twice}' is there already, in database ${numberOf(this.db)}`);
  }

  /** Lets a new entry take the place of the one with the same key, if that is allowed. */
  private replace(slot: Ref, ref: Ref): void {
    const gone = this.options.merges ? table.entryAt(slot) : ref;
    if (entry.hasDeadline(gone)) addExpires(this.db, -1);
    if (this.options.merges) {
      table.setEntry(tableOf(this.db), slot, ref);
    } else {
      this.twice = keyText(ref);
      this.keysLoaded--;
    }
    releaseEntry(gone);
  }

  private readEnd(): void {
    this.doing = "the end";
    if (this.version >= opcode.VERSION_WITH_CHECKSUM) {
      const wrong = this.reader.checksum();
      if (wrong !== undefined)
        this.reader.fail(`RDB CRC error: the checksum should be ${wrong.expected}, and is ${wrong.found}`);
    } else if (this.at < this.reader.fileBytes) {
      // Else one wrong digit of the version would take the checksum away.
      this.reader.fail("something follows, in a file of a version without a checksum");
    }
    this.end = this.at;
  }
}

const textOf = ({ bytes }: Region, start: number, end: number) =>
  Buffer.from(bytes.slice(start, end)).toString("latin1");

function keyText(ref: Ref): string {
  const start = entry.keyStart(ref);
  return textOf(mem.chunkOf(ref), start, start + entry.keyLength(ref));
}
