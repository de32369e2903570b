/**
 * The sections of INFO that features and the server have brought, in the order in which INFO shows them.
 */
import type { InfoSection } from "./feature.ts";

/** Redis' order. A section that is not named here comes behind the others. */
const ORDER = [
  "server",
  "clients",
  "memory",
  "persistence",
  "stats",
  "replication",
  "cpu",
  "modules",
  "commandstats",
  "errorstats",
  "latencystats",
  "cluster",
  "keyspace",
];

const all: InfoSection[] = [];

/** All sections, in order. */
export const sections: readonly InfoSection[] = all;

/** Makes a section known. Called at boot. */
export function register(section: InfoSection): void {
  const place = ({ name }: InfoSection) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  all.push(section);
  all.sort((a, b) => place(a) - place(b));
}
