/**
 * The command table: every command is found by its name in any case, and by nothing that merely looks like it.
 */
import { beforeAll, expect, test } from "bun:test";
import { byName, commands, everyCommand, find, register, resolve } from "../../src/command/table.ts";
import { argsOf } from "../support/handlers.ts";
import { openStore } from "../support/in-process.ts";
import { seededRandom, seedOfRun } from "../support/random.ts";

beforeAll(openStore);
const seed = seedOfRun();

const randomCase = (word: string, below: (n: number) => number) =>
  [...word].map((letter) => (below(2) === 0 ? letter.toUpperCase() : letter)).join("");

test(`every command is found by its name, whatever the case (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  expect(commands.size).toBeGreaterThan(50);
  for (const [name, command] of commands) {
    for (const spelled of [name, name.toUpperCase(), randomCase(name, random.below)]) {
      expect(find(argsOf(spelled))).toBe(command);
    }
  }
});

test("a name that differs in any byte is no command, not even where | 32 makes them alike", () => {
  for (const name of commands.keys()) {
    for (let at = 0; at < name.length; at++) {
      const byte = name.charCodeAt(at);
      for (const other of [byte ^ 64, byte & ~96, byte ^ 128, byte + 1, 0]) {
        const spelled = name.slice(0, at) + String.fromCharCode(other) + name.slice(at + 1);
        expect(find(argsOf(spelled))).toBe(commands.get(spelled.toLowerCase().replace(/[^a-z-]/g, "?")));
      }
    }
    for (const spelled of [name.slice(1), `${name} `, ` ${name}`, `${name}\0`]) {
      expect(find(argsOf(spelled))).toBe(commands.get(spelled));
    }
  }
  for (const lookalike of ["ge`", "ge@", "g\x05t", "g%t", "\x07et", "ge\xf4", "", "-", "\0", "get\0"]) {
    expect(find(argsOf(lookalike))).toBeUndefined();
  }
});

test("a longer name in the same place of the table is not taken for the command", () => {
  for (let i = 0; i < 26 ** 3; i++) {
    const suffix = [i % 26, Math.floor(i / 26) % 26, Math.floor(i / 676)]
      .map((n) => String.fromCharCode(97 + n))
      .join("");
    expect(find(argsOf(`get${suffix}`))).toBe(commands.get(`get${suffix}`));
  }
});

test("random words are found exactly if they are commands", () => {
  const random = seededRandom(seed);
  const letters = "abcdegilmnoprstuxhk-GETSDLMH`@[{\x07";
  for (let i = 0; i < 20_000; i++) {
    const word = Array.from({ length: random.between(0, 8) }, () => letters[random.below(letters.length)]).join("");
    const isPlain = /^[a-zA-Z-]*$/.test(word);
    expect(find(argsOf(word))).toBe(isPlain ? commands.get(word.toLowerCase()) : undefined);
  }
});

test("subcommands are found behind their command, in any case, and only there", () => {
  let subcommands = 0;
  for (const command of commands.values()) {
    for (const sub of command.subcommands) {
      subcommands++;
      const name = sub.spec.name;
      expect(resolve(command, argsOf(command.spec.name, name.toUpperCase()))).toBe(sub);
      expect(byName(sub.fullName)).toBe(sub);
      expect(resolve(command, argsOf(command.spec.name, `${name}x`))).toBeUndefined();
      expect(resolve(command, argsOf(command.spec.name, `${name.slice(0, -1)}\x05`))).toBeUndefined();
    }
    expect(resolve(command, argsOf(command.spec.name))).toBe(command);
    if (command.subcommands.length === 0) expect(resolve(command, argsOf(command.spec.name, "help"))).toBe(command);
  }
  expect(subcommands).toBeGreaterThan(5);
  expect([...everyCommand()].length).toBe(commands.size + subcommands);
  expect(byName("nonsense")).toBeUndefined();
  expect(byName("get|nonsense")).toBeUndefined();
});

test("two commands of one name are refused", () => {
  expect(() => register(commands.get("get")!.spec)).toThrow("get");
});
