/**
 * Values as the commands that make them: what the types have in common (`ValueType.rewrite`). As in Redis, one command adds at
 * most 64 elements, so that whoever executes them is never held up by one.
 *
 * However large a value is, what waits to be handed on stays small: a long string goes through in pieces.
 */
import { copy, type Region } from "../base/region.ts";
import type { Ref } from "../mem/mem.ts";
import * as mem from "../mem/mem.ts";
import type { Out } from "../rdb/writer.ts";
import { Reply } from "../resp/reply.ts";
import * as entry from "../struct/entry.ts";
import type { Element } from "../struct/listpack.ts";

const ELEMENTS_PER_COMMAND = 64;

/** What is handed on at a time, about. */
const PIECE_BYTES = 64 * 1024;

const CRLF = Buffer.from("\r\n", "latin1");

/** A word as it stands in a command, such as `$4\r\nSADD\r\n`. */
export function word(text: string): Uint8Array {
  return Buffer.from(`$${text.length}\r\n${text}\r\n`, "latin1");
}

/** Commands about one key after the other, each an array of bulk strings, handed on in pieces. */
export class Commands extends Reply {
  /** Whether anything was handed on since this was last set to false. */
  hasHandedOn = false;

  /** The entry of the key that they are about. */
  private ref!: Ref;

  // What `addElements` has announced, and how much of it there is already.
  private name!: Uint8Array;
  private elements = 0;
  private words = 0;
  private added = 0;

  constructor(private readonly out: Out) {
    super();
  }

  /** Says which entry's key the commands from here on are about. */
  about(ref: Ref): void {
    this.ref = ref;
  }

  /** Begins a command of `count` words: its name, and the key. */
  begin(count: number, name: Uint8Array): void {
    this.array(count);
    this.raw(name);
    this.key();
  }

  key(): void {
    this.bulk(mem.chunkOf(this.ref), entry.keyStart(this.ref), entry.keyLength(this.ref));
  }

  /** Says that so many elements follow, each of so many words after `element`, in commands of this name. */
  addElements(name: Uint8Array, elements: number, words: number): void {
    this.name = name;
    this.elements = elements;
    this.words = words;
    this.added = 0;
  }

  /** An element begins here: so does a command, where one is due. */
  element(): void {
    const left = this.elements - this.added;
    if (this.added++ % ELEMENTS_PER_COMMAND !== 0) return;
    this.begin(2 + Math.min(ELEMENTS_PER_COMMAND, left) * this.words, this.name);
  }

  /** A word. */
  text({ region, start, length }: Element): void {
    this.bulk(region, start, length);
  }

  /** An integer of 64 bits. */
  integer64(value: number | bigint): void {
    if (typeof value === "number") this.bulkInteger(value);
    else this.bulkText(String(value));
  }

  override bulk(source: Region, start: number, length: number): void {
    if (length < PIECE_BYTES) return super.bulk(source, start, length);
    this.raw(Buffer.from(`$${length}\r\n`, "latin1"));
    for (let done = 0; done < length; ) {
      const bytes = Math.min(PIECE_BYTES, length - done);
      this.reserve(bytes);
      copy(this.region, this.length, source, start + done, bytes);
      this.length += bytes;
      done += bytes;
      this.handOn();
    }
    this.raw(CRLF);
  }

  /** An element or a command is complete: hands on what there is, if it is enough. */
  end(): void {
    if (this.length >= PIECE_BYTES) this.handOn();
  }

  handOn(): void {
    this.out(this.bytes, 0, this.length);
    this.truncate(0);
    this.hasHandedOn = true;
  }
}
