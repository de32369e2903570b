/** Hashes. Fields may have deadlines that no case lives to see (those that come are in test/keyspace/). */
import type { RawClient } from "../../support/raw-client.ts";
import type { FuzzType } from "../fuzz-type.ts";
import { array, bulk, bulks, difference, integer, type Judge, textsOf } from "../replies.ts";

/** The values of fields by name, and beside them the deadlines of those that have one. */
class Fields extends Map<string, string> {
  readonly deadlines = new Map<string, string>();

  /** Gives a field a value; it loses its deadline. */
  put(name: string, value: string): this {
    this.deadlines.delete(name);
    return this.set(name, value);
  }

  override delete(name: string): boolean {
    this.deadlines.delete(name);
    return super.delete(name);
  }

  copy(): Fields {
    const copied = new Fields(this);
    for (const [name, deadline] of this.deadlines) copied.deadlines.set(name, deadline);
    return copied;
  }
}

export const hashType: FuzzType<Fields> = {
  name: "hash",
  answer: "hash",
  prefix: "h",
  commands: {
    HSET: (model, [key = "", ...pairs]) =>
      model.with(hashType, key, (fields = new Fields()) => {
        const before = fields.size;
        for (let i = 0; i + 1 < pairs.length; i += 2) fields.put(pairs[i]!, pairs[i + 1]!);
        model.hold(hashType, key, fields);
        return integer(fields.size - before);
      }),
    HSETNX: (model, [key = "", name = "", value = ""]) =>
      model.with(hashType, key, (fields = new Fields()) => {
        if (fields.has(name)) return integer(0);
        model.hold(hashType, key, fields.put(name, value));
        return integer(1);
      }),
    HDEL: (model, [key = "", ...names]) =>
      model.with(hashType, key, (fields = new Fields()) => {
        const removed = names.filter((name) => fields.delete(name)).length;
        model.hold(hashType, key, fields);
        return integer(removed);
      }),
    HGETDEL: (model, [key = "", , , ...names]) =>
      model.with(hashType, key, (fields = new Fields()) => {
        const values = names.map((name) => {
          const value = fields.get(name);
          fields.delete(name);
          return bulk(value);
        });
        model.hold(hashType, key, fields);
        return array(values);
      }),
    HPEXPIREAT: (model, [key = "", deadline = "", , , ...names]) =>
      model.with(hashType, key, (fields) =>
        array(
          names.map((name) => {
            if (fields?.has(name) !== true) return integer(-2);
            fields.deadlines.set(name, deadline);
            return integer(1);
          }),
        ),
      ),
    HPERSIST: (model, [key = "", , , ...names]) =>
      model.with(hashType, key, (fields) =>
        array(names.map((name) => integer(fields?.deadlines.delete(name) ? 1 : fields?.has(name) ? -1 : -2))),
      ),
    HSETEX: (model, [key = "", , , , name = "", value = ""]) =>
      model.with(hashType, key, (fields = new Fields()) => {
        model.hold(hashType, key, fields.set(name, value));
        return integer(1);
      }),
    HINCRBY: (model, [key = "", name = "", increment = ""]) =>
      model.with(hashType, key, (fields = new Fields()) => {
        const sum = BigInt(fields.get(name) ?? "0") + BigInt(increment);
        model.hold(hashType, key, fields.set(name, String(sum)));
        return integer(sum);
      }),
    HGET: (model, [key = "", name = ""]) => model.with(hashType, key, (fields) => bulk(fields?.get(name))),
    HMGET: (model, [key = "", ...names]) =>
      model.with(hashType, key, (fields) => array(names.map((name) => bulk(fields?.get(name))))),
    HEXISTS: (model, [key = "", name = ""]) =>
      model.with(hashType, key, (fields) => integer(fields?.has(name) ? 1 : 0)),
    HSTRLEN: (model, [key = "", name = ""]) =>
      model.with(hashType, key, (fields) => integer(fields?.get(name)?.length ?? 0)),
    HLEN: (model, [key = ""]) => model.with(hashType, key, (fields) => integer(fields?.size ?? 0)),
    HRANDFIELD: (model, [key = "", count = ""]) =>
      model.with(hashType, key, (fields = new Fields()) =>
        fields.size === 0 ? bulks([]) : drawnFrom(fields.copy(), Number(count)),
      ),
  },
  create: (draw, key) => [
    "HSET",
    key,
    ...Array.from({ length: draw.random.between(1, draw.many()) }, () => [draw.element(), draw.value()]).flat(),
  ],
  change(draw) {
    const key = draw.key("h");
    const names = draw.elements(draw.many());
    const counted = ["FIELDS", String(names.length), ...names];
    switch (draw.random.below(10)) {
      case 0:
        return ["HINCRBY", key, `counter${draw.random.below(5)}`, draw.integer()];
      case 1:
        return ["HSETNX", key, draw.element(), draw.value()];
      case 2:
        return ["HGETDEL", key, ...counted];
      case 3:
      case 4:
        return ["HPEXPIREAT", key, String(4e12 + draw.random.below(1e9)), ...counted];
      case 5:
        return draw.random.chance(0.5)
          ? ["HPERSIST", key, ...counted]
          : ["HSETEX", key, "KEEPTTL", "FIELDS", "1", draw.element(), draw.value()];
      case 6:
        return ["HDEL", key, ...draw.elements(10)];
      default:
        return hashType.create(draw, key);
    }
  },
  look(draw) {
    const key = draw.key("h");
    switch (draw.random.below(6)) {
      case 0:
        return ["HLEN", key];
      case 1:
        return ["HMGET", key, ...draw.elements(5)];
      case 2:
        return ["HRANDFIELD", key, String(draw.random.between(-20, 20))];
      case 3:
        return [draw.oneOf("HEXISTS", "HSTRLEN"), key, draw.element()];
      default:
        return ["HGET", key, draw.element()];
    }
  },
  copy: (fields) => fields.copy(),
  isEmpty: (fields) => fields.size === 0,
  async compare(client, key, fields) {
    const expected = [...fields].map(([name, value]) => `${name} → ${value}`);
    const parts = textsOf(await client.command("HGETALL", key));
    const actual = parts.flatMap((part, i) => (i % 2 === 0 ? [`${part} → ${parts[i + 1]}`] : []));
    return difference(expected.sort(), actual.sort()) ?? (await deadlineDifference(client, key, fields));
  },
  walk: {
    command: "HSCAN",
    partsPerElement: 2,
    names: (fields) => fields.keys(),
    has: (fields, name) => fields.has(name),
  },
};

async function deadlineDifference(client: RawClient, key: string, fields: Fields): Promise<string | null> {
  // A server without deadlines of fields is never asked to set one.
  if (fields.deadlines.size === 0) return null;
  const names = [...fields.keys()];
  const reply = await client.command("HPEXPIRETIME", key, "FIELDS", String(names.length), ...names);
  const expected = names.map((name) => `${name} ends at ${fields.deadlines.get(name) ?? "-1"}`);
  return difference(
    expected,
    textsOf(reply).map((text, i) => `${names[i]} ends at ${text}`),
  );
}

/** Fields drawn by chance: different ones unless the count is negative. */
function drawnFrom(fields: Fields, count: number): Judge {
  return (reply) => {
    const names = textsOf(reply);
    const expected = count < 0 ? -count : Math.min(count, fields.size);
    if (names.length !== expected) return `${names.length} fields instead of ${expected}`;
    if (count > 0 && new Set(names).size !== names.length) return "a field was drawn twice";
    const foreign = names.find((name) => !fields.has(name));
    return foreign === undefined ? null : `${foreign} is no field`;
  };
}
