/**
 * The few calls of the C library that neither Bun nor Node offers, or not as cheaply: the limit of open files, datagrams
 * to a Unix socket, the time zone. The library is opened when the first of them is needed; where it cannot be, each says
 * that it failed.
 */
import { dlopen, FFIType, ptr } from "bun:ffi";

const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1", "libSystem.B.dylib"];

function open() {
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, {
        getrlimit: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
        setrlimit: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
        socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
        sendto: {
          args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32, FFIType.ptr, FFIType.u32],
          returns: FFIType.i64,
        },
        close: { args: [FFIType.i32], returns: FFIType.i32 },
        localtime_r: { args: [FFIType.ptr, FFIType.ptr], returns: FFIType.ptr },
      }).symbols;
    } catch {
      // Another system's library: try the next name.
    }
  }
  return undefined;
}

let opened: ReturnType<typeof open> | null = null;

function libc(): ReturnType<typeof open> {
  if (opened === null) opened = open();
  return opened;
}

/** struct rlimit: { u64 soft; u64 hard } */
const SOFT = 0;
const HARD = 1;
const RLIMIT_NOFILE = process.platform === "darwin" ? 8 : 7;

export interface OpenFilesLimit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** How many files the process may have open. */
export function openFilesLimit(): OpenFilesLimit | undefined {
  const limit = new BigUint64Array(2);
  if (libc()?.getrlimit(RLIMIT_NOFILE, ptr(limit)) !== 0) return undefined;
  return { soft: limit[SOFT]!, hard: limit[HARD]! };
}

/** Asks the system to allow more (or fewer) open files. */
export function setOpenFilesLimit(limit: OpenFilesLimit): boolean {
  return libc()?.setrlimit(RLIMIT_NOFILE, ptr(new BigUint64Array([limit.soft, limit.hard]))) === 0;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
/** struct sockaddr_un (Linux): { u16 family; char path[108] } */
const PATH = 2;
const PATH_BYTES_MAX = 108;

/** Sends one datagram to a Unix socket: a path, or `@name` in the abstract namespace. Linux only. */
export function sendDatagram(socketName: string, text: string): boolean {
  const name = Buffer.from(socketName.replace(/^@/, "\0"), "utf8");
  const message = Buffer.from(text, "utf8");
  const calls = libc();
  if (calls === undefined || process.platform !== "linux") return false;
  if (message.length === 0 || name.length === 0 || name.length >= PATH_BYTES_MAX) return false;
  const address = Buffer.alloc(PATH + name.length);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, PATH);
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0) return false;
  const sent = calls.sendto(fd, ptr(message), message.length, 0, ptr(address), address.length);
  calls.close(fd);
  return Number(sent) === message.length;
}

/** struct tm: nine i32, padding, { i64 seconds east of UTC; char* zone } */
const TM_BYTES = 56;
const TM_OFFSET = 40;

/**
 * Seconds by which local time is ahead of UTC at that moment. (JavaScript's own getters load the data of all time zones of
 * the world when first called, which takes a third of a server's start.)
 */
export function utcOffsetSeconds(wallMs: number): number {
  const calls = libc();
  const time = new BigInt64Array([BigInt(Math.floor(wallMs / 1000))]);
  const broken = new DataView(new Uint8Array(TM_BYTES).buffer);
  if (calls === undefined || calls.localtime_r(ptr(time), ptr(broken)) === null) {
    return -60 * new Date(wallMs).getTimezoneOffset();
  }
  return Number(broken.getBigInt64(TM_OFFSET, true));
}
