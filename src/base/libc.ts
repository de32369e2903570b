/**
 * The C library, by hand: the three calls that flat memory wants and JavaScript lacks.
 *
 * `bun:ffi` needs the JIT; where it is missing (or the library has another name) `native` is false and callers take the
 * pure path, which is slower and otherwise the same. Calls cost 10-15 ns because every argument is a plain number.
 */
import { dlopen, FFIType, ptr } from "bun:ffi";

const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1", "libSystem.B.dylib"];
const MADV_DONTNEED = 4;
const MADV_HUGEPAGE = 14;

interface Calls {
  memcpy(destination: number, source: number, bytes: number): void;
  memcmp(a: number, b: number, bytes: number): number;
  madvise(address: number, bytes: number, advice: number): number;
}

function open(): Calls | undefined {
  for (const library of LIBRARIES) {
    try {
      const { symbols } = dlopen(library, {
        memcpy: { args: [FFIType.u64_fast, FFIType.u64_fast, FFIType.u64_fast], returns: FFIType.void },
        memcmp: { args: [FFIType.u64_fast, FFIType.u64_fast, FFIType.u64_fast], returns: FFIType.i32 },
        madvise: { args: [FFIType.u64_fast, FFIType.u64_fast, FFIType.i32], returns: FFIType.i32 },
      });
      return symbols as unknown as Calls;
    } catch {}
  }
  return undefined;
}

const calls = process.env["ASHLAR_PURE"] === "1" ? undefined : open();

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

/** Gives whole pages back to the kernel; they read as zeros afterwards. False where the platform has no such call. */
export function discard(address: number, bytes: number): boolean {
  return calls !== undefined && process.platform === "linux" && calls.madvise(address, bytes, MADV_DONTNEED) === 0;
}
