/**
 * The notation of arguments: what each sign means, what is refused, that every command's declaration is well-formed, and
 * that all commands of a real server can be written in it without loss.
 */
import { describe, expect, test } from "bun:test";
import type { CommandSpec } from "../../src/command/command.ts";
import { type Argument, parse } from "../../src/command/syntax.ts";
import { features } from "../../src/features.ts";
import type { Reply } from "../support/resp.ts";
import { startServer } from "../support/server.ts";

const plain: Omit<Argument, "name" | "type"> = { optional: false, multiple: false, multipleToken: false, parts: [] };
const value = (name: string, more: Partial<Argument> = {}): Argument => ({ name, type: "string", ...plain, ...more });
const token = (word: string, more: Partial<Argument> = {}): Argument =>
  value(word.toLowerCase(), { type: "pure-token", token: word, ...more });

describe("notation", () => {
  const cases: [syntax: string, args: Argument[]][] = [
    ["", []],
    ["a b", [value("a"), value("b")]],
    ["n:integer", [value("n", { type: "integer" })]],
    ["[a]", [value("a", { optional: true })]],
    ["a...", [value("a", { multiple: true })]],
    ["[a...]", [value("a", { multiple: true, optional: true })]],
    ["EX seconds:integer", [value("seconds", { type: "integer", token: "EX" })]],
    ["NO ONE", [token("NO"), token("ONE")]],
    ["near=~", [value("near", { type: "pure-token", token: "~" })]],
    ['none=""', [value("none", { type: "pure-token", token: "" })]],
    ['"ip:port"', [value("ip:port")]],
    ["c(A|B)", [value("c", { type: "oneof", parts: [token("A"), token("B")] })]],
    ["c(|a)", [value("c", { type: "oneof", parts: [value("a")] })]],
    ["g(a b)...", [value("g", { type: "block", multiple: true, parts: [value("a"), value("b")] })]],
    ["LIMIT l(a b)", [value("l", { type: "block", token: "LIMIT", parts: [value("a"), value("b")] })]],
    ["(GET a)...", [value("a", { token: "GET", multiple: true, multipleToken: true })]],
    ["[GET@6.2.0!7.0.0]", [token("GET", { since: "6.2.0", deprecatedSince: "7.0.0", optional: true })]],
    ["key to:key", [value("key", { type: "key", keySpec: 0 }), value("to", { type: "key", keySpec: 1 })]],
    ["key b:key#0", [value("key", { type: "key", keySpec: 0 }), value("b", { type: "key", keySpec: 0 })]],
    ["BY pattern#1", [value("pattern", { type: "pattern", keySpec: 1, token: "BY" })]],
  ];
  for (const [syntax, args] of cases) test(`"${syntax}"`, () => expect(parse(syntax)).toEqual(args));

  for (const syntax of ["[a", "a]", "a:", "a:color", "c(A|", "(GET a)", "g(a", "a @", "|"]) {
    test(`"${syntax}" is refused`, () => expect(() => parse(syntax)).toThrow("syntax"));
  }
});

test("every command's syntax is well-formed", () => {
  const check = (spec: CommandSpec, parent: string): void => {
    expect(() => parse(spec.syntax), `${parent}${spec.name}`).not.toThrow();
    for (const sub of spec.subcommands ?? []) check(sub, `${spec.name} `);
  };
  for (const feature of features) for (const spec of feature.commands ?? []) check(spec, "");
});

test("all commands of a real server can be written", async () => {
  await using redis = await startServer("redis");
  using client = await redis.connect();
  await client.command("HELLO", "3");
  let written = 0;
  const check = (docs: Reply): void => {
    const fields = mapOf(docs);
    const theirs = (fields.get("arguments")?.items ?? []).map(argumentOf);
    expect(parse(print(theirs))).toEqual(theirs);
    written++;
    const subcommands = fields.get("subcommands")?.items ?? [];
    for (let i = 1; i < subcommands.length; i += 2) check(subcommands[i]!);
  };
  const docs = (await client.command("COMMAND", "DOCS")).items!;
  for (let i = 1; i < docs.length; i += 2) check(docs[i]!);
  expect(written).toBeGreaterThan(350);
}, 60_000);

function mapOf(reply: Reply): Map<string, Reply> {
  const map = new Map<string, Reply>();
  for (let i = 0; i < reply.items!.length; i += 2) map.set(reply.items![i]!.text!, reply.items![i + 1]!);
  return map;
}

function argumentOf(reply: Reply): Argument {
  const fields = mapOf(reply);
  const text = (name: string): string | null => fields.get(name)?.text ?? null;
  const flags = (fields.get("flags")?.items ?? []).map((flag) => flag.text);
  const [keySpec, word, since, deprecatedSince] = [
    text("key_spec_index"),
    text("token"),
    text("since"),
    text("deprecated_since"),
  ];
  return {
    name: text("name")!,
    type: text("type") as Argument["type"],
    ...(keySpec === null ? {} : { keySpec: Number(keySpec) }),
    ...(word === null ? {} : { token: word }),
    ...(since === null ? {} : { since }),
    ...(deprecatedSince === null ? {} : { deprecatedSince }),
    optional: flags.includes("optional"),
    multiple: flags.includes("multiple"),
    multipleToken: flags.includes("multiple_token"),
    parts: (fields.get("arguments")?.items ?? []).map(argumentOf),
  };
}

const quoted = (text: string): string => `"${text}"`;

/** Writes arguments in the notation, with everything said that could be left out. */
function print(args: readonly Argument[]): string {
  return args.map(printOne).join(" ");
}

function printOne(arg: Argument): string {
  const versions = `${arg.since ? `@${arg.since}` : ""}${arg.deprecatedSince ? `!${arg.deprecatedSince}` : ""}`;
  const behind = arg.multipleToken ? "" : `${arg.multiple ? "..." : ""}${versions}`;
  let text = `${quoted(arg.name)}${printKind(arg)}${behind}`;
  if (arg.token !== undefined && arg.type !== "pure-token") text = `${arg.token} ${text}`;
  if (arg.multipleToken) text = `(${text})...${versions}`;
  return arg.optional ? `[${text}]` : text;
}

function printKind({ type, token: word, keySpec, parts }: Argument): string {
  if (type === "pure-token") return `=${quoted(word!)}`;
  if (type === "block") return `(${print(parts)})`;
  if (type === "oneof") return `(|${parts.map(printOne).join("|")})`;
  return `:${type}${keySpec === undefined ? "" : `#${keySpec}`}`;
}
