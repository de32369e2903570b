/**
 * What `ps` shows of the process: `proc-title-template`, filled in.
 *
 * Linux reads a command line out of the process's own memory, from where the process says that it lies. All addresses
 * have to be said at once, so those that stay as they are come from /proc/self/stat:
 *
 *     struct prctl_mm_map    { u64 addresses[11]: see ORDER; u64 auxv; u32 auxvBytes; u32 exeFd }
 *
 * On other systems, and where the kernel refuses, the command line stays what it was.
 */
import { dlopen, FFIType, ptr } from "bun:ffi";
import { readFileSync } from "node:fs";
import { clusterEnabled } from "../features/cluster/parameters.ts";
import { tlsPort } from "../features/tls/parameters.ts";
import { configFile } from "./info.ts";
import { bind, port, procTitleTemplate, setProcTitle, unixsocket } from "./parameters.ts";
import { expandProcessTitle } from "./process-title.ts";

const PR_SET_MM = 35;
const PR_SET_MM_MAP = 14n;

/** Where /proc/self/stat has each address, in the order of the struct; it does not tell where the heap ends. */
const HEAP_END = 0;
const ARGUMENTS_START = 48;
const ARGUMENTS_END = 49;
const ORDER = [26, 27, 45, 46, 47, HEAP_END, 28, ARGUMENTS_START, ARGUMENTS_END, 50, 51];
const MAP_BYTES = 104;
const EXE_FD = 100;
const NO_FD = 0xffffffff;

/** Where the title lies from now on. So large that its memory never moves. */
const area = Buffer.alloc(4096);

/** The name under which the program was called. */
let calledAs: string | undefined;

/** Shows the title, now and whenever its template changes. */
export function openTitle(): void {
  if (!setProcTitle.value || process.platform !== "linux") return;
  procTitleTemplate.apply = show;
  show();
}

function show(): undefined {
  const title = expandProcessTitle(procTitleTemplate.value, {
    title: nameOfProgram(),
    "listen-addr": listenAddress(),
    "server-mode": clusterEnabled.value ? "[cluster]" : "",
    port: String(port.value),
    "tls-port": String(tlsPort.value),
    unixsocket: unixsocket.value,
    "config-file": configFile.path,
  });
  if (title !== undefined) replaceCommandLine(title);
}

function nameOfProgram(): string {
  calledAs ??= readFileSync("/proc/self/cmdline", "latin1").split("\0")[0]!;
  return calledAs;
}

function listenAddress(): string {
  if (port.value === 0) return `unixsocket:${unixsocket.value}`;
  return `${bind.value[0] ?? "*"}:${port.value}`;
}

function replaceCommandLine(title: string): void {
  const length = area.fill(0).write(title, 0, area.length - 1, "latin1") + 1;
  const start = BigInt(ptr(area));
  const calls = libc();
  if (calls === undefined) return;
  const stat = readFileSync("/proc/self/stat", "latin1");
  // The second field is a name in parentheses, which may hold anything.
  const fields = ["", "", "", ...stat.slice(stat.lastIndexOf(")") + 2).split(" ")];
  const map = Buffer.alloc(MAP_BYTES);
  for (const [i, field] of ORDER.entries()) {
    let address = BigInt(fields[field] || 0);
    if (field === ARGUMENTS_START) address = start;
    if (field === ARGUMENTS_END) address = start + BigInt(length);
    map.writeBigUInt64LE(address, i * 8);
  }
  map.writeUInt32LE(NO_FD, EXE_FD);
  // Last, for it may move.
  map.writeBigUInt64LE(BigInt(calls.sbrk(0)), ORDER.indexOf(HEAP_END) * 8);
  calls.prctl(PR_SET_MM, PR_SET_MM_MAP, BigInt(ptr(map)), BigInt(MAP_BYTES), 0n);
}

function libc() {
  for (const library of ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"]) {
    try {
      return dlopen(library, {
        prctl: { args: [FFIType.i32, FFIType.u64, FFIType.u64, FFIType.u64, FFIType.u64], returns: FFIType.i32 },
        sbrk: { args: [FFIType.i64], returns: FFIType.u64 },
      }).symbols;
    } catch {
      // Another C library: try the next name.
    }
  }
  return undefined;
}
