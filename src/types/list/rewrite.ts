/**
 * Lists as commands: RPUSH.
 */
import type { Region } from "../../base/region.ts";
import { beginElement, word } from "../../keyspace/rewriting.ts";
import type { Ref } from "../../mem/mem.ts";
import type { Reply } from "../../resp/reply.ts";
import { Element, NONE } from "../../struct/listpack.ts";
import * as pack from "./pack.ts";
import * as packs from "./packs.ts";

const RPUSH = word("RPUSH");
const element = new Element();

/** As `ValueType.rewrite` says. */
export function rewrite(list: Ref, key: Region, start: number, end: number, out: Reply, next: () => void): void {
  const length = packs.length(list);
  let index = 0;
  packs.each(list, (held) => {
    for (let at = pack.first(held); at !== NONE; at = pack.next(held, at)) {
      beginElement(out, index++, length, 1, RPUSH, key, start, end);
      pack.read(held, at, element);
      out.bulk(element.region, element.start, element.length);
      next();
    }
  });
}
