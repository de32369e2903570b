/**
 * Reads the configuration: file, then standard input, then the options of the command line, as one text. Each line is a
 * directive with its arguments; later ones override earlier ones. Most directives are parameters; the few that are not
 * stand in `directives`. Whatever is not understood ends the program with file, line and reason.
 *
 * Lines are counted through all sources, as Redis does.
 */
import { globSync, readFileSync } from "node:fs";
import { fromUtf8, splitArguments, utf8 } from "../../base/config-text.ts";
import { type Parameter, Refusal } from "../../base/parameter.ts";
import { clusterEnabled } from "../../features/cluster/parameters.ts";
import { replicaof } from "../../features/replication/parameters.ts";
import { log, whyNotWritable } from "../log.ts";
import { enterDirectory } from "../parameters.ts";
import { systemError } from "../system-error.ts";
import { didYouMean } from "./did-you-mean.ts";
import { FatalConfigError, fatal, type Place } from "./fatal.ts";
import type { Registry } from "./registry.ts";

/** Where the configuration comes from. Texts are bytes, one per character. */
export interface Sources {
  /** Absolute path. */
  readonly file: string | undefined;
  readonly stdin: boolean;
  /** Directives as lines, made from the command line. */
  readonly options: string;
}

/** Directives that other rooms understand. Each takes the arguments and may answer with what is wrong. */
export interface Listeners {
  renameCommand?(from: string, to: string): string | undefined;
  user?(args: readonly string[]): string | undefined;
  loadModule?(path: string, args: readonly string[]): string | undefined;
}

/**
 * Sets the parameters of `registry` from `sources`, and enters the directory. Answers with what standard input held, if
 * it was read. Throws FatalConfigError.
 */
export function loadConfig(registry: Registry, sources: Sources, listeners: Listeners = {}): string | undefined {
  const reader = new Reader(registry, listeners);
  reader.read(sources.file === undefined ? "" : readConfigFile(sources.file), sources.file);
  let stdin: string | undefined;
  if (sources.stdin) {
    log.warning("Reading config from stdin");
    stdin = readFileSync(0).toString("latin1");
    reader.readOn(stdin);
  }
  reader.read(sources.options, undefined);

  const reason = enterDirectory();
  if (reason !== undefined) throw fatal(reason);
  if (clusterEnabled.value && replicaof.value !== undefined) {
    throw fatal("replicaof directive not allowed in cluster mode");
  }
  const logProblem = whyNotWritable();
  if (logProblem !== undefined) throw fatal(`Can't open the log file: ${logProblem}`);
  return stdin;
}

/** Directives of old versions that no longer do anything, each with one argument. */
const retired: ReadonlySet<string> = new Set([
  "list-max-ziplist-entries",
  "list-max-ziplist-value",
  "lua-replicate-commands",
]);

const BAD_DIRECTIVE = "Bad directive or wrong number of arguments";
const includeDepthMax = 64;

class Reader {
  /** Parameters set so far: `save` adds to itself. */
  private readonly seen = new Set<Parameter>();
  private lines = 0;
  private depth = 0;

  constructor(
    private readonly registry: Registry,
    private readonly listeners: Listeners,
  ) {}

  /** Reads a text that begins on the line on which the one before it ended. */
  readOn(text: string): void {
    this.lines--;
    this.read(text, undefined);
  }

  read(text: string, file: string | undefined): void {
    for (const line of text.split("\n")) {
      this.lines++;
      const trimmed = line.replace(/^[ \t\r]+|[ \t\r]+$/g, "");
      if (trimmed === "" || trimmed.startsWith("#")) continue;
      const place: Place = { line: this.lines, text: trimmed, file: file && utf8(file) };
      const [directive, ...args] = splitArguments(trimmed) ?? unbalanced(place);
      if (directive === undefined) continue;
      const reason = this.take(directive.toLowerCase(), args);
      if (reason !== undefined) throw fatal(reason, place);
    }
  }

  /** Obeys one directive; says what is wrong with it. */
  private take(directive: string, args: readonly string[]): string | undefined {
    const parameter = this.registry.find(directive);
    if (parameter !== undefined) return this.set(parameter, args);
    if (retired.has(directive) && args.length === 1) return undefined;
    if (directive === "include" && args.length === 1) return this.include(args[0]!);
    if (directive === "rename-command" && args.length === 2) return this.listeners.renameCommand?.(args[0]!, args[1]!);
    if (directive === "user" && args.length >= 1) return this.listeners.user?.(args);
    if (directive === "loadmodule" && args.length >= 1) return this.listeners.loadModule?.(args[0]!, args.slice(1));
    if (directive === "sentinel") return "sentinel directive while not in sentinel mode";
    if (directive.includes(".") && args.length === 0) return "Module config specified without value";
    const better = didYouMean(directive, [...this.registry.names(), "include", "rename-command", "user", "loadmodule"]);
    return better === undefined || better === directive ? BAD_DIRECTIVE : `${BAD_DIRECTIVE}\nDid you mean '${better}'?`;
  }

  private set(parameter: Parameter, args: readonly string[]): string | undefined {
    const only = args.length === 1 && args[0] !== "" ? args[0] : undefined;
    const separate = parameter.multiArgument && only !== undefined ? (splitArguments(only) ?? args) : args;
    const parsed = parameter.parse(separate, this.seen.has(parameter));
    if (parsed instanceof Refusal) return parsed.reason;
    this.seen.add(parameter);
    parameter.store(parsed);
    return undefined;
  }

  /** Reads other files in place of this line. A pattern may match none; a plain name must exist. */
  private include(pattern: string): string | undefined {
    if (this.depth === includeDepthMax) return "include directives are nested too deeply";
    const files = /[*?[]/.test(pattern) ? globSync(utf8(pattern)).sort().map(fromUtf8) : [pattern];
    this.depth++;
    const linesHere = this.lines;
    for (const file of files) {
      this.lines = 0;
      this.read(readConfigFile(file), file);
    }
    this.lines = linesHere;
    this.depth--;
    return undefined;
  }
}

function unbalanced(place: Place): never {
  throw fatal("Unbalanced quotes in configuration line", place);
}

function readConfigFile(path: string): string {
  try {
    return readFileSync(utf8(path)).toString("latin1");
  } catch (error) {
    throw new FatalConfigError(`Fatal error, can't open config file '${utf8(path)}': ${systemError(error)}\n`);
  }
}
