/**
 * A disk in memory that keeps exactly what base/storage.ts promises and not a byte more. It can be asked at any moment what a loss
 * of power would leave (`crash`: one of many legal states, chosen by a seed) or the death of the process (`kill`), and it fails on
 * command.
 *
 * Names are entries of directories: (directory, name) → node. Each change of names is a list of entries with their new
 * nodes: one for a creation or a removal, two for a rename, which happens as a whole or not at all.
 *
 *     now      names in each directory as the process sees them
 *     durable  the same after the last syncDirectory
 *     pending  changes since. Of these any subset may survive in which each change finds what it builds upon: the earlier
 *              changes of the same entry, and those of the same file
 *
 * `syncDirectory` makes durable what concerns the directory, and what that builds upon, as a journal does.
 */
import * as prng from "../../src/base/prng.ts";
import { type Done, type Storage, StorageError, type StorageFile } from "../../src/base/storage.ts";
import { type Chance, type Damage, SimFile } from "./sim-file.ts";

/** What can fail, and what a harness can crash at. Reading changes nothing and is never a moment of its own. */
export type Operation =
  | "open"
  | "read"
  | "append"
  | "truncate"
  | "sync"
  | "close"
  | "makeDirectory"
  | "rename"
  | "remove"
  | "syncDirectory";

class Directory {
  readonly now = new Map<string, Node>();
  readonly durable = new Map<string, Node>();
}

type Node = SimFile | Directory;

interface Entry {
  directory: Directory;
  name: string;
  /** What bears the name afterwards. */
  node: Node | undefined;
}

interface Change {
  entries: Entry[];
  /** The file or directory that is made, moved or removed. */
  subject: Node;
}

interface Failure {
  operation: Operation;
  code: string;
  times: number;
}

/** A sync that nobody waits for. */
interface WaitingSync {
  finish: () => void;
  done: Done;
}

const MESSAGES: Record<string, string> = {
  EBADF: "Bad file descriptor",
  EEXIST: "File exists",
  EIO: "Input/output error",
  EISDIR: "Is a directory",
  ENOENT: "No such file or directory",
  ENOSPC: "No space left on device",
  EROFS: "Read-only file system",
};

export class SimDisk implements Storage {
  /** Called before each operation that changes what is on the disk, or makes it durable. */
  beforeEach: (operation: Operation, path: string) => void = () => {};
  /** Operations of that kind so far. */
  operations = 0;
  /** Bytes that all files may have together; an append that would need more is cut short. */
  capacity = Number.POSITIVE_INFINITY;

  private readonly root = new Directory();
  private pending: Change[] = [];
  private failures: Failure[] = [];
  private waiting: WaitingSync[] = [];

  /** Lets an operation fail so many times, from the next one on. `sync` means `syncLater` too. */
  fail(operation: Operation, code: string, times = 1): void {
    this.failures.push({ operation, code, times });
  }

  /** Leaves room for so many bytes. */
  room(bytes: number): void {
    this.capacity = 0;
    this.capacity = this.used() + bytes;
  }

  /** Lets nothing fail any more. */
  heal(): void {
    this.failures = [];
    this.capacity = Number.POSITIVE_INFINITY;
  }

  /** Syncs that were begun and have not ended. */
  get syncsWaiting(): number {
    return this.waiting.length;
  }

  /** Ends the one of them that was begun first. */
  finishSync(): void {
    const sync = this.waiting.shift();
    if (sync === undefined) return;
    let failure: StorageError | undefined;
    try {
      sync.finish();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      failure = error;
    }
    sync.done(failure);
  }

  /** The process that waits for them is gone: nobody knows whether they have done anything. */
  dropSyncs(): void {
    this.waiting = [];
  }

  open(path: string, mode: "read" | "append" | "create"): StorageFile {
    const { directory, name } = this.entryOf(path, "open");
    let node = directory.now.get(name);
    if (node instanceof Directory) throw this.error("EISDIR", "open", path);
    if (mode === "read") {
      this.failIfTold("read", path);
      if (node === undefined) throw this.error("ENOENT", "open", path);
    } else {
      this.begin("open", path);
      if (node === undefined) {
        node = new SimFile();
        this.change({ entries: [{ directory, name, node }], subject: node });
      } else if (mode === "create") {
        node.truncate(0);
      }
    }
    return new OpenFile(this, node, path, mode !== "read");
  }

  size(path: string): number | undefined {
    const node = this.find(path);
    return node instanceof Directory ? 0 : node?.size();
  }

  resolve(path: string): string {
    return path;
  }

  list(directory: string): string[] {
    const node = this.find(directory);
    return node instanceof Directory ? [...node.now.keys()].sort() : [];
  }

  makeDirectory(path: string): void {
    const { directory, name } = this.entryOf(path, "makeDirectory");
    this.begin("makeDirectory", path);
    const there = directory.now.get(name);
    if (there instanceof Directory) return;
    if (there !== undefined) throw this.error("EEXIST", "makeDirectory", path);
    const node = new Directory();
    this.change({ entries: [{ directory, name, node }], subject: node });
  }

  rename(from: string, to: string): void {
    const source = this.entryOf(from, "rename");
    const target = this.entryOf(to, "rename");
    this.begin("rename", from);
    const node = source.directory.now.get(source.name);
    if (node === undefined) throw this.error("ENOENT", "rename", from);
    const replaced = target.directory.now.get(target.name);
    if (replaced instanceof Directory) throw this.error("EISDIR", "rename", to);
    if (replaced === node) return;
    this.change({
      entries: [
        { ...source, node: undefined },
        { ...target, node },
      ],
      subject: node,
    });
  }

  remove(path: string): void {
    const entry = this.entryOf(path, "remove");
    this.begin("remove", path);
    const node = entry.directory.now.get(entry.name);
    if (node === undefined) throw this.error("ENOENT", "remove", path);
    if (node instanceof Directory) throw this.error("EISDIR", "remove", path);
    this.change({ entries: [{ ...entry, node: undefined }], subject: node });
  }

  syncDirectory(path: string, changes: readonly Change[] = this.pending): void {
    const directory = this.find(path);
    this.begin("syncDirectory", path);
    if (directory === undefined) throw this.error("ENOENT", "syncDirectory", path);
    const durable = new Set<Change>();
    for (const change of this.pending.filter((each) => changes.includes(each)).reverse()) {
      const concerns = change.entries.some((entry) => entry.directory === directory);
      if (concerns || [...durable].some((later) => buildsUpon(later, change))) durable.add(change);
    }
    for (const { entries } of this.pending.filter((change) => durable.has(change))) {
      for (const { directory, name, node } of entries) setEntry(directory.durable, name, node);
    }
    this.pending = this.pending.filter((change) => !durable.has(change));
  }

  syncDirectoryLater(path: string, done: Done): void {
    const changes = [...this.pending];
    this.syncLater("syncDirectory", path, () => this.syncDirectory(path, changes), done);
  }

  /** The moment of the beginning counts as an operation of its own, which cannot fail; so does that of the end. */
  private syncLater(operation: Operation, path: string, finish: () => void, done: Done): void {
    this.beforeEach(operation, path);
    this.operations++;
    this.waiting.push({ finish, done });
  }

  /** Bytes of a file as the process sees them, and a way to put a file there (durably). */
  contentOf(path: string): Uint8Array | undefined {
    const node = this.find(path);
    return node instanceof SimFile ? node.content() : undefined;
  }

  put(path: string, content: Uint8Array): void {
    const { directory, name } = this.entryOf(path, "open");
    const node = new SimFile(content);
    directory.now.set(name, node);
    directory.durable.set(name, node);
  }

  /** The same for a directory. */
  putDirectory(path: string): void {
    const { directory, name } = this.entryOf(path, "makeDirectory");
    const node = new Directory();
    directory.now.set(name, node);
    directory.durable.set(name, node);
  }

  /** A disk as it may be after a loss of power now: each seed gives one legal state. This disk goes on as it is. */
  crash(seed: number, damage?: Damage): SimDisk {
    const state = prng.create(seed);
    const chance: Chance = () => prng.next(state) / 2 ** 32;
    const kinds: readonly Damage[] = ["short", "short", "zeros", "garbage"];
    const kind = damage ?? kinds[Math.floor(chance() * kinds.length)]!;
    const names = this.survivingNames(chance);
    return copyOf(
      this.root,
      (directory) => names.get(directory) ?? directory.durable,
      (file) => file.survive(chance, kind),
    );
  }

  /** The disk as the next process finds it when this one dies: the kernel writes whatever it was given. */
  kill(): SimDisk {
    return copyOf(
      this.root,
      (directory) => directory.now,
      (file) => file.content(),
    );
  }

  /** The names of directories that have pending changes, after a surviving subset of those: half of the time a prefix. */
  private survivingNames(chance: Chance): Map<Directory, Map<string, Node>> {
    const names = new Map<Directory, Map<string, Node>>();
    const keepRate = chance();
    const prefix = chance() < 0.5 ? Math.floor(chance() * (this.pending.length + 1)) : undefined;
    const lost: Change[] = [];
    for (const [i, change] of this.pending.entries()) {
      const isKept = prefix === undefined ? chance() < keepRate : i < prefix;
      if (!isKept || lost.some((earlier) => buildsUpon(change, earlier))) {
        lost.push(change);
        continue;
      }
      for (const { directory, name, node } of change.entries) {
        const own = names.get(directory) ?? new Map(directory.durable);
        names.set(directory, own);
        setEntry(own, name, node);
      }
    }
    return names;
  }

  private change(change: Change): void {
    for (const { directory, name, node } of change.entries) setEntry(directory.now, name, node);
    this.pending.push(change);
  }

  private find(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    for (const part of partsOf(path)) node = node instanceof Directory ? node.now.get(part) : undefined;
    return node;
  }

  private entryOf(path: string, operation: Operation): { directory: Directory; name: string } {
    const parts = partsOf(path);
    const name = parts.pop() ?? ".";
    const directory = this.find(parts.join("/"));
    if (!(directory instanceof Directory)) throw this.error("ENOENT", operation, path);
    return { directory, name };
  }

  /** @internal For open files: counts an operation, tells the harness, and fails if it was told to. */
  begin(operation: Operation, path: string): void {
    this.beforeEach(operation, path);
    this.operations++;
    this.failIfTold(operation, path);
  }

  private failIfTold(operation: Operation, path: string): void {
    const code = this.failureOf(operation);
    if (code !== undefined) throw this.error(code, operation, path);
  }

  private failureOf(operation: Operation): string | undefined {
    const failure = this.failures.find((each) => each.operation === operation);
    if (failure === undefined) return undefined;
    if (--failure.times <= 0) this.failures.splice(this.failures.indexOf(failure), 1);
    return failure.code;
  }

  /** @internal For open files. */
  appendTo(file: SimFile, bytes: Uint8Array, path: string): number {
    this.begin("append", path);
    const room = Math.max(0, this.capacity - this.used());
    const count = Math.min(bytes.length, room);
    if (count === 0 && bytes.length > 0) throw this.error("ENOSPC", "append", path);
    file.append(bytes.subarray(0, count));
    return count;
  }

  /** @internal For open files: makes the changes up to a number durable, or gives them up. */
  syncFile(file: SimFile, upTo: number, path: string): void {
    try {
      this.begin("sync", path);
    } catch (error) {
      file.syncFailed(upTo);
      throw error;
    }
    file.synced(upTo);
  }

  /** @internal For open files. */
  syncFileLater(file: SimFile, path: string, done: Done): void {
    const upTo = file.lastChange;
    this.syncLater("sync", path, () => this.syncFile(file, upTo, path), done);
  }

  /** @internal */
  error(code: string, operation: Operation, path: string): StorageError {
    return new StorageError(code, MESSAGES[code] ?? code, operation, path);
  }

  private used(): number {
    if (this.capacity === Number.POSITIVE_INFINITY) return 0;
    const sum = (directory: Directory): number =>
      directory.now.values().reduce((bytes, node) => bytes + (node instanceof Directory ? sum(node) : node.size()), 0);
    return sum(this.root);
  }
}

class OpenFile implements StorageFile {
  private isOpen = true;

  constructor(
    private readonly disk: SimDisk,
    private readonly file: SimFile,
    readonly path: string,
    private readonly isWritable: boolean,
  ) {}

  size(): number {
    this.mustBe(this.isOpen);
    return this.file.size();
  }

  read(at: number, into: Uint8Array, from: number, to: number): number {
    this.mustBe(this.isOpen);
    return this.file.read(at, into, from, to);
  }

  append(bytes: Uint8Array, from: number, to: number): number {
    this.mustBe(this.isOpen && this.isWritable);
    return this.disk.appendTo(this.file, bytes.subarray(from, to), this.path);
  }

  truncate(size: number): void {
    this.mustBe(this.isOpen && this.isWritable);
    this.disk.begin("truncate", this.path);
    this.file.truncate(size);
  }

  sync(): void {
    this.mustBe(this.isOpen);
    this.disk.syncFile(this.file, this.file.lastChange, this.path);
  }

  syncLater(done: Done): void {
    this.mustBe(this.isOpen);
    this.disk.syncFileLater(this.file, this.path, done);
  }

  close(): void {
    this.isOpen = false;
  }

  private mustBe(right: boolean): void {
    if (!right) throw this.disk.error("EBADF", "close", this.path);
  }
}

/** Whether a change of names needs an earlier one: both are about one entry, or about one file or directory. */
function buildsUpon(later: Change, earlier: Change): boolean {
  if (later.subject === earlier.subject) return true;
  return later.entries.some(({ directory, name }) =>
    earlier.entries.some((entry) => entry.directory === directory && entry.name === name),
  );
}

function setEntry(names: Map<string, Node>, name: string, node: Node | undefined): void {
  if (node === undefined) names.delete(name);
  else names.set(name, node);
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** A disk with the files that `namesOf` leads to, with the bytes that `bytesOf` gives, all of it durable. */
function copyOf(
  root: Directory,
  namesOf: (directory: Directory) => ReadonlyMap<string, Node>,
  bytesOf: (file: SimFile) => Uint8Array,
): SimDisk {
  const disk = new SimDisk();
  const copy = (directory: Directory, path: string): void => {
    for (const [name, node] of namesOf(directory)) {
      if (node instanceof Directory) {
        disk.putDirectory(path + name);
        copy(node, `${path}${name}/`);
      } else {
        disk.put(path + name, bytesOf(node));
      }
    }
  };
  copy(root, "");
  return disk;
}
