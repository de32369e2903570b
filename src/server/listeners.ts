/**
 * Where the server listens: on `port` of each address of `bind`, and on a Unix socket.
 *
 * `*` is every IPv4 address and `::*` every IPv6 one. An address with `-` in front may be missing on this machine, and a
 * protocol that the machine does not speak is passed over. Every other failure means that nothing has changed.
 */
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import type { TCPSocketListener, UnixSocketListener } from "bun";
import { utf8 } from "../base/config-text.ts";
import type { Client } from "./client.ts";
import { log } from "./log.ts";
import { handlers } from "./net.ts";
import { bind, port, unixsocket, unixsocketperm } from "./parameters.ts";
import { systemError } from "./system-error.ts";

interface Listening {
  readonly address: string;
  readonly port: number;
  readonly socket: TCPSocketListener<Client>;
}

let tcp: readonly Listening[] = [];
let unix: UnixSocketListener<Client> | undefined;

/** Thrown when the server cannot listen as configured; the message is for the log. */
export class CannotListen extends Error {}

/** Opens everything at boot. Throws CannotListen. */
export function openListeners(): void {
  if (!listenAnew()) throw new CannotListen(`Failed listening on port ${port.value} (TCP), aborting.`);
  if (unixsocket.value !== "") unix = listenOnUnix(utf8(unixsocket.value));
  if (tcp.length === 0 && unix === undefined) throw new CannotListen("Configured to not listen anywhere, exiting.");
}

/** Whether the server listens on any port. */
export function listensOnTcp(): boolean {
  return tcp.length > 0;
}

/** Closes the doors; those who are inside stay. */
export function closeListeners(): void {
  for (const { socket } of tcp) socket.stop();
  tcp = [];
  if (unix === undefined) return;
  log.notice("Removing the unix socket file.");
  unix.stop();
  unix = undefined;
}

/** Listens as `bind` and `port` say now. False, and everything as it was, when that cannot be done. */
function listenAnew(): boolean {
  const wanted = port.value === 0 ? [] : [...new Set(bind.value)];
  const isWanted = (each: Listening) => each.port === port.value && wanted.some((name) => plain(name) === each.address);
  const kept = tcp.filter(isWanted);
  const dropped = tcp.filter((each) => !isWanted(each));
  // An old address on the same port may be in the way of a new one (`*` and 127.0.0.1).
  const inTheWay = dropped.filter((each) => each.port === port.value);
  for (const { socket } of inTheWay) socket.stop(false);
  const opened = openAll(wanted.filter((name) => !kept.some((each) => each.address === plain(name))));
  if (opened === undefined) {
    const reopened = inTheWay.map((each) => ({ ...each, socket: listen(each.address, each.port) }));
    tcp = [...kept, ...dropped.filter((each) => !inTheWay.includes(each)), ...reopened];
    return false;
  }
  for (const each of dropped) if (!inTheWay.includes(each)) each.socket.stop(false);
  tcp = [...kept, ...opened];
  return true;
}

/** Listens on all these addresses, or on none of them. */
function openAll(addresses: readonly string[]): readonly Listening[] | undefined {
  const opened: Listening[] = [];
  for (const name of addresses) {
    const address = plain(name);
    try {
      opened.push({ address, port: port.value, socket: listen(address, port.value) });
    } catch (error) {
      log.warning(`Warning: Could not create server TCP listening socket ${address}:${port.value}: ${reasonOf(error)}`);
      if (mayFail(codeOf(error), name.startsWith("-"))) continue;
      for (const { socket } of opened) socket.stop(true);
      return undefined;
    }
  }
  return opened;
}

const plain = (name: string) => name.replace(/^-/, "");

/** No such protocol here, in the words of various systems. */
const NO_PROTOCOL = ["EAFNOSUPPORT", "EPFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "ENOPROTOOPT"];

function mayFail(code: string | undefined, isOptional: boolean): boolean {
  return code !== undefined && (NO_PROTOCOL.includes(code) || (isOptional && code === "EADDRNOTAVAIL"));
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const reasonOf = (error: unknown) =>
  codeOf(error) === undefined ? "Name or service not known" : `bind: ${systemError(error)}`;

function listen(address: string, onPort: number): TCPSocketListener<Client> {
  const hostname = address === "*" ? "0.0.0.0" : address === "::*" ? "::" : address;
  // `ipv6Only` is missing from the declarations of `listen`: hence a variable.
  const options = { hostname, port: onPort, ipv6Only: hostname.includes(":"), allowHalfOpen: true, socket: handlers };
  return Bun.listen<Client>(options);
}

/** Listens on a Unix socket. One that an earlier process left behind is replaced. */
function listenOnUnix(path: string): UnixSocketListener<Client> {
  const mask = unixsocketperm.value === 0 ? undefined : process.umask(0o777);
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) unlinkSync(path);
    const listener = Bun.listen<Client>({ unix: path, allowHalfOpen: true, socket: handlers });
    // Until here the mask has kept everybody out: there is no moment in which the wrong ones could connect.
    if (unixsocketperm.value !== 0) chmodSync(path, unixsocketperm.value);
    return listener;
  } catch (error) {
    throw new CannotListen(`Failed opening Unix socket: bind: ${systemError(error)}`);
  } finally {
    if (mask !== undefined) process.umask(mask);
  }
}

port.apply = () => (listenAnew() ? undefined : "Unable to listen on this port. Check server logs.");
bind.apply = () => (listenAnew() ? undefined : "Failed to bind to specified addresses.");
