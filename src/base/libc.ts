/**
 * The C library, by hand: what flat memory wants and JavaScript lacks.
 *
 * `bun:ffi` needs the JIT; where it is missing (or the library has another name) `native` is false and callers take the
 * pure path, which is slower and otherwise the same. Calls cost 10-15 ns because every argument is a plain number.
 */
import { dlopen, FFIType, type Pointer, ptr, toArrayBuffer } from "bun:ffi";

const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1", "libSystem.B.dylib"];
const MADV_DONTNEED = 4;
const MADV_REMOVE = 9;
const MADV_HUGEPAGE = 14;
const MADV_POPULATE_WRITE = 23;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_NORESERVE = 0x4000;
const MFD_CLOEXEC = 1;

interface Calls {
  memcpy(destination: number, source: number, bytes: number): void;
  memcmp(a: number, b: number, bytes: number): number;
  madvise(address: number, bytes: number, advice: number): number;
}

/** These functions of the C library, whatever its name is here; undefined where they cannot be called. */
function open<T>(functions: Parameters<typeof dlopen>[1]): T | undefined {
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, functions).symbols as unknown as T;
    } catch {}
  }
  return undefined;
}

const { i32, u32, u64_fast, i64_fast } = FFIType;

const calls =
  process.env["ASHLAR_PURE"] === "1"
    ? undefined
    : open<Calls>({
        memcpy: { args: [u64_fast, u64_fast, u64_fast], returns: FFIType.void },
        memcmp: { args: [u64_fast, u64_fast, u64_fast], returns: i32 },
        madvise: { args: [u64_fast, u64_fast, i32], returns: i32 },
      });

/** Whether memory can be reached by address. `ASHLAR_PURE=1` says no, so that tests can take the other path. */
export const native = calls !== undefined;

/** Copies `bytes` bytes between two addresses that do not overlap. Only where `native`. */
export const memcpy: Calls["memcpy"] = calls?.memcpy ?? (() => undefined);

/** Below 0, 0 or above 0, as the bytes at two addresses compare (unsigned). Only where `native`. */
export const memcmp: Calls["memcmp"] = calls?.memcmp ?? (() => 0);

/** The address of the first byte of `bytes`, or 0 where there is none to be had. */
export function addressOf(bytes: Uint8Array): number {
  return native && bytes.length > 0 ? Number(ptr(bytes)) : 0;
}

/** Asks the kernel to back a range with huge pages where it can. A wish: nothing depends on the outcome. */
export function preferHugePages(address: number, bytes: number): void {
  if (calls !== undefined && process.platform === "linux") calls.madvise(address, bytes, MADV_HUGEPAGE);
}

/**
 * Gives whole pages back to the kernel; they read as zeros afterwards. `isFile` says that the range was allocated by
 * `allocateFile`. False where the platform has no such call.
 */
export function discard(address: number, bytes: number, isFile = false): boolean {
  if (calls === undefined || process.platform !== "linux") return false;
  return calls.madvise(address, bytes, isFile ? MADV_REMOVE : MADV_DONTNEED) === 0;
}

// --- Memory that can be frozen (Linux) ---------------------------------------------------------------------------------

interface MapCalls {
  memfd_create(name: number, flags: number): number;
  ftruncate(file: number, bytes: number): number;
  mmap(address: number, bytes: number, protection: number, flags: number, file: number, offset: number): number;
  munmap(address: number, bytes: number): number;
  close(file: number): number;
  dlsym(library: number, name: number): Pointer;
  setpriority(which: number, who: number, niceness: number): number;
  syscall(number: number, a: number, b: number, c: number): number;
}

const maps =
  calls === undefined || process.platform !== "linux"
    ? undefined
    : open<MapCalls>({
        memfd_create: { args: [u64_fast, u32], returns: i32 },
        ftruncate: { args: [i32, i64_fast], returns: i32 },
        mmap: { args: [u64_fast, u64_fast, i32, i32, i32, i64_fast], returns: u64_fast },
        munmap: { args: [u64_fast, u64_fast], returns: i32 },
        close: { args: [i32], returns: i32 },
        dlsym: { args: [u64_fast, u64_fast], returns: FFIType.ptr },
        setpriority: { args: [i32, u32, i32], returns: i32 },
        syscall: { args: [i64_fast, i64_fast, u64_fast, i64_fast], returns: i64_fast },
      });
/** Where addresses of processes end. */
const ADDRESS_MAX = 2 ** 48;

/** What `mmap` has returned, or 0 if it was refused. */
const mappedAt = (address: number) => (address < ADDRESS_MAX ? address : 0);

/** As Bun has it and its declarations do not: `release(address, context)` is called when the buffer is collected. */
const adoptMemory = toArrayBuffer as (
  address: Pointer,
  offset: number,
  bytes: number,
  context: number,
  release: Pointer,
) => ArrayBuffer;

const zeroEnded = (text: string) => new Uint8Array(Buffer.from(`${text}\0`));

/** New memory with an anonymous file behind it, by whose number it can be mapped once more. */
export interface FileMemory {
  readonly buffer: ArrayBuffer;
  readonly file: number;
}

/** `bytes` zeros, for which the kernel takes memory where they are touched. Undefined where there is no such memory. */
export function allocateFile(bytes: number): FileMemory | undefined {
  if (maps === undefined) return undefined;
  const file = maps.memfd_create(addressOf(zeroEnded("ashlar")), MFD_CLOEXEC);
  if (file < 0) return undefined;
  const address =
    maps.ftruncate(file, bytes) === 0 ? mappedAt(maps.mmap(0, bytes, PROT_READ_WRITE, MAP_SHARED, file, 0)) : 0;
  if (address === 0) {
    maps.close(file);
    return undefined;
  }
  // Who takes an array's memory back is called with its address and a number: for `munmap` that is the length.
  const munmap = maps.dlsym(0, addressOf(zeroEnded("munmap")));
  return { buffer: adoptMemory(address as Pointer, 0, bytes, bytes, munmap), file };
}

/**
 * Maps a file of `allocateFile` a second time, privately: shows what the file holds, until a page is written through this
 * mapping, which from then on has a copy of its own. Returns the address, or 0.
 */
export function mapPrivately(file: number, bytes: number): number {
  return mappedAt(maps!.mmap(0, bytes, PROT_READ_WRITE, MAP_PRIVATE | MAP_NORESERVE, file, 0));
}

/** Gives the pages of a private mapping copies of their own. */
export function copyPages(address: number, bytes: number): boolean {
  return calls!.madvise(address, bytes, MADV_POPULATE_WRITE) === 0;
}

/** Ends a mapping. No array may be over it any more. */
export function unmap(address: number, bytes: number): void {
  maps?.munmap(address, bytes);
}

/** The memory at an address as an array, which must not be used when the memory is gone. */
export function arrayAt(address: number, bytes: number): Uint8Array {
  return new Uint8Array(toArrayBuffer(address as Pointer, 0, bytes));
}

/** The number of `sched_setattr`, for which the C library has no function. */
const SCHED_SETATTR: Partial<Record<string, number>> = { x64: 314, arm64: 274 };
const SCHED_ATTR_BYTES = 48;
/** Offsets in its argument: u32 size · u32 policy · u64 flags · i32 niceness · u32 priority · u64 slice · … */
const NICENESS = 4;
const SLICE = 6;

/**
 * Lets a thread of this process, and those that it will start, work only where others leave time: `niceness` 0 is normal, 19 the
 * least. When it has to share a processor, it works for `sliceNs` at a time (Linux 6.12 and later), which is how long the
 * others have to wait for it.
 */
export function giveWay(thread: number, niceness: number, sliceNs: number): void {
  if (maps === undefined) return;
  const attributes = new Uint32Array(SCHED_ATTR_BYTES / 4);
  attributes[0] = SCHED_ATTR_BYTES;
  attributes[NICENESS] = niceness;
  attributes[SLICE] = sliceNs;
  const number = SCHED_SETATTR[process.arch];
  const address = addressOf(new Uint8Array(attributes.buffer));
  if (number === undefined || maps.syscall(number, thread, address, 0) !== 0) maps.setpriority(0, thread, niceness);
}
