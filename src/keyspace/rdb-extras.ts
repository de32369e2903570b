/**
 * What stands in RDB files beside keys: libraries of functions; and, read only to find their end, data of modules and functions
 * in the form that the release candidates of Redis 7.0 gave them.
 */
import * as opcode from "../rdb/opcodes.ts";
import type { RdbReader } from "../rdb/reader.ts";
import type { Element } from "../struct/listpack.ts";

/** What a file says of itself, such as who wrote it. */
export type Aux = Map<string, string>;

export function readText({ region, start, length }: Element): string {
  return Buffer.from(region.bytes.slice(start, start + length)).toString("latin1");
}

const MODULE_NAME = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const MODULE_NAME_LENGTH = 9;
/** The lower bits of a module's number say in which version it encodes its data. */
const MODULE_VERSION_BITS = 10n;

/** Reads over what a module has put beside the keys; the module's name. */
export function readModuleAux(reader: RdbReader): string {
  const id = reader.length64();
  // When it is to be loaded: before the keys, or after them.
  if (reader.length() !== opcode.MODULE_UNSIGNED) reader.fail("the data of a module are damaged");
  reader.length64();
  for (;;) {
    switch (reader.length()) {
      case opcode.MODULE_END:
        return moduleName(id);
      case opcode.MODULE_SIGNED:
      case opcode.MODULE_UNSIGNED:
        reader.length64();
        break;
      case opcode.MODULE_FLOAT:
        reader.skip(4);
        break;
      case opcode.MODULE_DOUBLE:
        reader.skip(8);
        break;
      case opcode.MODULE_STRING:
        reader.string();
        break;
      default:
        reader.fail("the data of a module are damaged");
    }
  }
}

/** A module's name is nine letters, of six bits each. */
function moduleName(id: bigint): string {
  let rest = id >> MODULE_VERSION_BITS;
  let name = "";
  for (let i = 0; i < MODULE_NAME_LENGTH; i++, rest >>= 6n) name = MODULE_NAME[Number(rest & 63n)] + name;
  return name;
}

/** Reads a library of functions; its code, in bytes of its own. */
export function readFunction(reader: RdbReader): Uint8Array {
  reader.string();
  const { region, start, length } = reader.text;
  return region.bytes.slice(start, start + length);
}

/** Reads over a library of functions as the release candidates of Redis 7.0 wrote it. */
export function skipEarlyFunction(reader: RdbReader): void {
  // Name, engine, and a description where there is one, stood apart from the code.
  for (let i = 0; i < 2; i++) reader.string();
  if (reader.length() !== 0) reader.string();
  reader.string();
}
