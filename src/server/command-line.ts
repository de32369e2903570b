/**
 * The command line, as redis-server's users know it:
 *
 *     ashlar [config-file | -] [--directive value …]… [-]
 *     ashlar check rdb FILE
 *     ashlar check aof FILE [--fix]
 *
 * Options become lines of configuration and are read after the file, by the same reader: `--save 900 1` is the line
 * `save "900" "1"`. An argument that begins with `--` is a directive, unless it is the first value of the one before.
 */
import { resolve } from "node:path";
import { fromUtf8, quote, splitArguments } from "../base/config-text.ts";
import type { CheckRequest } from "./check.ts";
import type { Sources } from "./config/load.ts";

/** What the user asked for: to serve, or to be told something. */
export type Request =
  | { readonly kind: "serve"; readonly sources: Sources }
  | CheckRequest
  | { readonly kind: "help"; readonly topic?: "check" }
  | { readonly kind: "version" }
  | { readonly kind: "refuse"; readonly reason: string };

/** Understands the arguments that follow the program's name. */
export function parseCommandLine(argv: readonly string[]): Request {
  const first = argv[0];
  if (first === "check") return parseCheck(argv.slice(1));
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

const CHECK_USAGE = "Usage: ashlar check rdb FILE, or ashlar check aof FILE [--fix]. See ashlar check --help.";

function parseCheck(argv: readonly string[]): Request {
  if (argv.length === 0 || argv.includes("--help") || argv.includes("-h")) return { kind: "help", topic: "check" };
  const [what, ...rest] = argv;
  const fix = rest.includes("--fix");
  const [file, ...more] = rest.filter((word) => word !== "--fix");
  if (what !== "rdb" && what !== "aof") return refuse(`There is nothing to check in '${what}'. ${CHECK_USAGE}`);
  if (file === undefined || file.startsWith("--") || more.length > 0) return refuse(CHECK_USAGE);
  if (fix && what === "rdb") return refuse("An RDB file cannot be repaired: --fix is for AOF files.");
  return { kind: "check", what, file, fix };
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
export async function helpText(topic?: "check"): Promise<string> {
  const { Command } = await import("commander");
  if (topic === "check") {
    const check = new Command("ashlar check")
      .description("Looks whether files of data are good: what is in them, and where and why they are not.")
      .usage("rdb FILE | aof FILE [--fix]")
      .argument("rdb FILE", "an RDB file, such as dump.rdb")
      .argument("aof FILE", "the manifest of an AOF, whose files are all looked at, or one of its files")
      .option("--fix", "cut the last file of an AOF off behind what is good; what that drops is said first")
      .helpOption("-h, --help", "print this help");
    return `${check.helpInformation()}${checkNotes}`;
  }
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

const checkNotes = `
The exit code is 0 when all is good (or is after --fix), else 1. Files are only changed by --fix: make a copy first.

Examples:
  ashlar check rdb dump.rdb
  ashlar check aof appendonlydir/appendonly.aof.manifest
  ashlar check aof --fix appendonlydir/appendonly.aof.1.incr.aof
`;

const examples = `
Examples:
  ashlar
  ashlar /etc/ashlar.conf --loglevel verbose
  ashlar --port 7777 --save "" --maxmemory 1gb
  echo 'maxmemory 128mb' | ashlar -
  ashlar check rdb dump.rdb               (see ashlar check --help)
`;
