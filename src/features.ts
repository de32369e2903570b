/**
 * The list: everything the server can do, one line per type and per feature, in the order in which they are opened.
 */
import type { Feature } from "./command/feature.ts";
import { parameters as acl } from "./features/acl/parameters.ts";
import { cluster } from "./features/cluster/cluster.ts";
import { commandsFeature } from "./features/commands/commands.ts";
import { connection } from "./features/connection/connection.ts";
import { infoFeature } from "./features/info/info.ts";
import { introspection } from "./features/introspection/introspection.ts";
import { keys } from "./features/keys/keys.ts";
import { parameters as modules } from "./features/modules/parameters.ts";
import { persistence } from "./features/persistence/persistence.ts";
import { parameters as pubsub } from "./features/pubsub/parameters.ts";
import { replication } from "./features/replication/replication.ts";
import { parameters as scripting } from "./features/scripting/parameters.ts";
import { server } from "./features/server/server.ts";
import { sorting } from "./features/sorting/sorting.ts";
import { parameters as tls } from "./features/tls/parameters.ts";
import { parameters as tracking } from "./features/tracking/parameters.ts";
import { transactions } from "./features/transactions/transactions.ts";
import { hash } from "./types/hash/hash.ts";
import { list } from "./types/list/list.ts";
import { set } from "./types/set/set.ts";
import { stream } from "./types/stream/stream.ts";
import { string } from "./types/string/string.ts";
import { zset } from "./types/zset/zset.ts";

/** Rooms still to be furnished: their directives are known from the first day. */
const toCome: readonly Feature[] = [
  { name: "acl", parameters: acl },
  { name: "pubsub", parameters: pubsub },
  { name: "tracking", parameters: tracking },
  { name: "scripting", parameters: scripting },
  { name: "modules", parameters: modules },
  { name: "tls", parameters: tls },
];

export const features: readonly Feature[] = [
  string,
  list,
  set,
  zset,
  hash,
  stream,
  connection,
  keys,
  sorting,
  transactions,
  commandsFeature,
  persistence,
  replication,
  cluster,
  infoFeature,
  introspection,
  server,
  ...toCome,
];
