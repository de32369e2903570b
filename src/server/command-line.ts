/**
 * The command line, as redis-server's users know it:
 *
 *     ashlar [config-file | -] [--directive value …]… [-]
 *
 * Options become lines of configuration and are read after the file, by the same reader: `--save 900 1` is the line
 * `save "900" "1"`. An argument that begins with `--` is a directive, unless it is the first value of the one before.
 */
import { resolve } from "node:path";
import { fromUtf8, quote, splitArguments } from "../base/config-text.ts";
import type { Sources } from "./config/load.ts";

/** What the user asked for: to serve, or to be told something. */
export type Request =
  | { readonly kind: "serve"; readonly sources: Sources }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "refuse"; readonly reason: string };

/** Understands the arguments that follow the program's name. */
export function parseCommandLine(argv: readonly string[]): Request {
  const first = argv[0];
  if (first === "--help" || first === "-h") return { kind: "help" };
  if (first === "--version" || first === "-v") return { kind: "version" };
  if (first === "--test-memory") return refuse("--test-memory: Ashlar has no memory test; use memtester or memtest86.");
  if (first === "--check-system")
    return refuse("--check-system: Ashlar needs no system settings that could be checked.");
  if (argv.includes("--sentinel")) return refuse("--sentinel: Ashlar is no sentinel; run redis-sentinel beside it.");

  const isFile = first !== undefined && first !== "" && !first.startsWith("-");
  const rest = isFile ? argv.slice(1) : argv;
  const stdin = rest[0] === "-" || rest.at(-1) === "-";
  return {
    kind: "serve",
    sources: { file: isFile ? fromUtf8(resolve(first)) : undefined, stdin, options: optionLines(rest).join("\n") },
  };
}

function optionLines(argv: readonly string[]): string[] {
  const lines: string[] = [];
  /** The next argument is a value even if it begins with `--`. */
  let valueExpected = false;
  for (let i = 0; i < argv.length; i++) {
    const argument = fromUtf8(argv[i]!);
    if (argument === "-" && (i === 0 || i === argv.length - 1)) continue;
    if (valueExpected || !argument.startsWith("--")) {
      if (argument === "" && lines.length === 0) continue;
      lines.push([lines.pop() ?? "", quote(argument)].join(" ").trimStart());
      valueExpected = false;
      continue;
    }
    const line = argument.slice(2);
    const next = argv[i + 1];
    // A list of save points that turned out empty is what scripts produce: it means `--save ""`.
    const emptySave = line.toLowerCase() === "save" && (next === undefined || next.startsWith("--"));
    lines.push(emptySave ? `${line} ""` : line);
    // `"--port 7000"` as one argument has its value already.
    valueExpected = !emptySave && splitArguments(line)?.length === 1;
  }
  return lines;
}

function refuse(reason: string): Request {
  return { kind: "refuse", reason };
}

/** The text of `--help`. Commander is loaded only here: it takes longer to load than a server takes to start. */
export async function helpText(): Promise<string> {
  const { Command } = await import("commander");
  const command = new Command("ashlar")
    .description("A Redis-compatible in-memory data store.")
    .usage("[config-file | -] [--directive value ...]")
    .argument("[config-file]", "read directives from this file, in redis.conf's format; - reads standard input")
    .option("--port <number>", "listen on this port (default 6379; 0: not on TCP)")
    .option("--bind <addresses...>", "listen on these addresses")
    .option("--unixsocket <path>", "listen on this Unix socket")
    .option("--dir <path>", "work in this directory")
    .option("--dbfilename <name>", "name of the snapshot file")
    .option("--<directive> <value...>", "any other directive; overrides the file")
    .option("-v, --version", "print the version")
    .helpOption("-h, --help", "print this help");
  return `${command.helpInformation()}${examples}`;
}

const examples = `
Examples:
  ashlar
  ashlar /etc/ashlar.conf --loglevel verbose
  ashlar --port 7777 --save "" --maxmemory 1gb
  echo 'maxmemory 128mb' | ashlar -
`;
