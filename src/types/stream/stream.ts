/**
 * Streams: the value and its commands, by what they do.
 *
 *     value    value.ts · node.ts, nodes.ts, walk.ts the entries · group.ts, by-id.ts who has read them · id.ts · trim.ts,
 *              references.ts what goes · lag.ts · type.ts, rdb.ts, node-check.ts
 *     commands add.ts · trim-args.ts · range.ts · delete.ts · read.ts, read-args.ts, deliver.ts, wait.ts · groups.ts ·
 *              ack.ts · pending.ts · claim.ts · info.ts, radix-nodes.ts
 */
import type { Feature } from "../../command/feature.ts";
import { ackCommands } from "./ack.ts";
import { addCommands } from "./add.ts";
import { claimCommands } from "./claim.ts";
import { deleteCommands } from "./delete.ts";
import { groupCommands } from "./groups.ts";
import { infoCommands } from "./info.ts";
import { parameters } from "./parameters.ts";
import { pendingCommands } from "./pending.ts";
import { rangeCommands } from "./range.ts";
import { readCommands } from "./read.ts";
import { trimCommands } from "./trim-args.ts";
import { streamType } from "./type.ts";

export const stream: Feature = {
  name: "stream",
  type: streamType,
  parameters,
  commands: [
    ...addCommands,
    ...trimCommands,
    ...rangeCommands,
    ...readCommands,
    ...deleteCommands,
    ...groupCommands,
    ...ackCommands,
    ...pendingCommands,
    ...claimCommands,
    ...infoCommands,
  ],
};
