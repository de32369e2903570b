/**
 * A walk visits the entries of a stream whose IDs lie in a range, in order or from the last to the first: `begin`, then
 * `next` until it is false. After each `next` the entry's ID and its number of fields are known, and `readPair` reads its
 * fields with their values, one after the other, as many as are wanted.
 *
 * The stream may not change while a walk is under way. Each walk keeps its own place, so that it does not matter what else
 * is looked for meanwhile.
 */
import * as mem from "../../mem/mem.ts";
import { type Chunk, NIL, type Ref } from "../../mem/mem.ts";
import * as listpack from "../../struct/listpack.ts";
import { Element } from "../../struct/listpack.ts";
import { Id } from "./id.ts";
import * as node from "./node.ts";
import * as nodes from "./nodes.ts";

/** Flags are an integer in one byte, and its backlen. */
const FLAGS_BYTES = 2;

export class Walk {
  /** The entry's ID. */
  readonly id = new Id();
  /** How many fields the entry has. */
  fields = 0;
  /** The node that holds the entry; NIL when the walk has ended. */
  node: Ref = NIL;
  /** The chunk's offset of the entry's flags. */
  flagsAt = 0;
  /** What `readPair` read last; borrowed until memory is allocated. */
  readonly name = new Element();
  readonly value = new Element();

  private nodes: Ref = NIL;
  /** The ID of the node. */
  private readonly first = new Id();
  private readonly start = new Id();
  private readonly end = new Id();
  private isReverse = false;
  private withDeleted = false;
  private chunk: Chunk | undefined;
  private input: Uint8Array = new Uint8Array(0);
  /** The chunk's offset of what is read next: a field or value; or, before an entry, its flags or the lp-count before it. */
  private at = 0;
  private pairsLeft = 0;
  private isSame = false;
  private masterFields = 0;
  /** Where the master's fields begin, and the next of them that `readPair` reads. */
  private masterAt = 0;
  private nameAt = 0;

  /** Begins a walk through the nodes (nodes.ts) from ID to ID, both included. */
  begin(sequence: Ref, start: Id, end: Id, isReverse: boolean, withDeleted = false): void {
    this.nodes = sequence;
    this.start.copy(start);
    this.end.copy(end);
    this.isReverse = isReverse;
    this.withDeleted = withDeleted;
    if (isReverse) this.enter(end.isMax ? nodes.last(sequence) : nodes.holding(sequence, end));
    else {
      const holding = start.isMin ? NIL : nodes.holding(sequence, start);
      this.enter(holding === NIL ? nodes.first(sequence) : holding);
      if (holding !== NIL) this.at = node.seekEntry(this.first, this.masterFields, this.input, this.at, start);
    }
  }

  /** Goes to the next entry; false when there is none. */
  next(): boolean {
    return this.isReverse ? this.nextBackward() : this.nextForward();
  }

  private enter(held: Ref): void {
    this.node = held;
    this.pairsLeft = -1;
    if (held === NIL) return;
    this.first.read(held, 0);
    this.chunk = mem.chunkOf(held);
    this.input = this.chunk.bytes;
    const master = node.masterStart(held);
    this.masterFields = node.smallInteger(this.input, master);
    this.masterAt = master + listpack.elementBytes(this.input, master);
    if (this.isReverse) {
      const end = node.listpackStart(held) + node.listpackBytes(held) - 1;
      this.at = listpack.elementBefore(this.input, end);
    } else {
      // The 0 behind the master's fields is passed over, too.
      this.at = node.skip(this.input, this.masterAt, this.masterFields + 1);
    }
  }

  private nextForward(): boolean {
    while (this.node !== NIL) {
      if (this.pairsLeft >= 0) this.at = node.skip(this.input, this.at, this.pairsLeft * (this.isSame ? 1 : 2) + 1);
      if (this.input[this.at] === node.END) {
        this.enter(nodes.after(this.nodes, this.node));
        continue;
      }
      const flags = this.readHead(this.at);
      if (this.isLeftOut(flags) || this.id.compare(this.start) < 0) continue;
      if (this.id.compare(this.end) <= 0) return true;
      this.node = NIL;
    }
    return false;
  }

  private nextBackward(): boolean {
    while (this.node !== NIL) {
      // Back from the entry's first value to its flags, and to the lp-count of the entry before.
      if (this.pairsLeft >= 0) this.at = listpack.elementBefore(this.input, this.flagsAt);
      let elements = node.smallInteger(this.input, this.at);
      if (elements === 0) {
        this.enter(nodes.before(this.nodes, this.node));
        continue;
      }
      let at = this.at;
      for (; elements > 0; elements--) at = listpack.elementBefore(this.input, at);
      const flags = this.readHead(at);
      if (this.isLeftOut(flags) || this.id.compare(this.end) > 0) continue;
      if (this.id.compare(this.start) >= 0) return true;
      this.node = NIL;
    }
    return false;
  }

  private isLeftOut(flags: number): boolean {
    return (flags & node.DELETED) !== 0 && !this.withDeleted;
  }

  /** Reads what is in front of an entry's values, and returns its flags. */
  private readHead(flagsAt: number): number {
    const input = this.input;
    const flags = input[flagsAt]!;
    this.flagsAt = flagsAt;
    let at = node.readId(this.first, input, flagsAt + FLAGS_BYTES, this.id);
    this.isSame = (flags & node.SAME_FIELDS) !== 0;
    if (this.isSame) {
      this.fields = this.masterFields;
      this.nameAt = this.masterAt;
    } else {
      this.fields = node.smallInteger(input, at);
      at += listpack.elementBytes(input, at);
    }
    this.pairsLeft = this.fields;
    this.at = at;
    return flags;
  }

  /** Reads the entry's next field and its value into `name` and `value`. */
  readPair(): void {
    const input = this.input;
    const nameAt = this.isSame ? this.nameAt : this.at;
    const behind = nameAt + listpack.elementBytes(input, nameAt);
    if (this.isSame) this.nameAt = behind;
    const valueAt = this.isSame ? this.at : behind;
    readText(this.chunk!, nameAt, this.name);
    readText(this.chunk!, valueAt, this.value);
    this.at = valueAt + listpack.elementBytes(input, valueAt);
    this.pairsLeft--;
  }
}

function readText(chunk: Chunk, at: number, into: Element): void {
  listpack.readElement(chunk, at, into);
  if (into.isInteger) into.spell();
}
