/**
 * All parameters of the server, found by any of their names (in any case): CONFIG GET and CONFIG SET. Filled once at boot
 * from the lists that the rooms of the house export.
 */
import { bytesOf, upToNul } from "../../base/ascii.ts";
import { isLiteral, matches } from "../../base/glob.ts";
import { type Parameter, type Parsed, Refusal } from "../../base/parameter.ts";
import { log } from "../log.ts";
import { enableProtectedConfigs } from "../parameters.ts";

/** Who wants to change something, as far as it matters. */
export interface Circumstances {
  /** The client is on this machine. */
  readonly local: boolean;
  /** A data set is being loaded. */
  readonly loading: boolean;
}

export class Registry {
  /** In the order of declaration. */
  readonly all: readonly Parameter[];
  private readonly byName = new Map<string, Parameter>();

  constructor(parameters: Iterable<Parameter>) {
    this.all = [...new Set(parameters)];
    for (const parameter of this.all) {
      for (const name of [parameter.name, ...parameter.aliases]) {
        if (this.byName.has(name)) throw new Error(`the parameter ${name} is declared twice`);
        this.byName.set(name, parameter);
      }
    }
  }

  find(name: string): Parameter | undefined {
    return this.byName.get(name.toLowerCase());
  }

  /** Every name, old ones too. */
  names(): Iterable<string> {
    return this.byName.keys();
  }

  /**
   * CONFIG GET: names and values of all parameters that any of the glob patterns matches. A plain name is answered as
   * it was spelled, and finds hidden parameters too.
   */
  get(patterns: readonly string[]): [name: string, value: string][] {
    const found = new Map<string, [string, string]>();
    const add = (name: string, parameter: Parameter): void => {
      const key = name.toLowerCase();
      if (!found.has(key)) found.set(key, [name, parameter.text]);
    };
    for (const text of patterns) {
      const pattern = bytesOf(text);
      if (isLiteral(pattern, 0, pattern.length)) {
        const parameter = this.find(text);
        if (parameter !== undefined) add(text, parameter);
        continue;
      }
      for (const [name, parameter] of this.byName) {
        const bytes = bytesOf(name);
        if (!parameter.hidden && matches(pattern, 0, pattern.length, bytes, 0, bytes.length, true))
          add(name, parameter);
      }
    }
    return [...found.values()];
  }

  /** CONFIG SET: all pairs or none. The error reply, or undefined. */
  set(pairs: readonly (readonly [name: string, text: string])[], who: Circumstances): string | undefined {
    /** By name: an old and a new name of one parameter may stand side by side, and the later one wins. */
    const chosen = new Map<string, { name: string; parameter: Parameter; args: readonly string[] }>();
    for (const [name, text] of pairs) {
      const parameter = this.find(name);
      if (parameter === undefined)
        return `ERR Unknown option or number of arguments for CONFIG SET - '${upToNul(name)}'`;
      if (parameter.immutable) return failed(name, "can't set immutable config");
      if (parameter.protected && !protectedAllowed(who)) return failed(name, "can't set protected config");
      if (parameter.denyLoading && who.loading) return "LOADING Redis is loading the dataset in memory";
      if (chosen.has(name.toLowerCase())) return failed(name, "duplicate parameter");
      const args = parameter.multiArgument ? text.split(" ") : [text];
      chosen.set(name.toLowerCase(), { name, parameter, args });
    }

    const before = new Map<Parameter, Parsed<unknown>>();
    for (const { name, parameter, args } of chosen.values()) {
      const parsed = parameter.parse(args);
      if (parsed instanceof Refusal) {
        restore(before);
        return failed(name.toLowerCase(), parsed.reason);
      }
      if (parsed.text === parameter.text) continue;
      if (!before.has(parameter)) before.set(parameter, parameter.snapshot());
      parameter.store(parsed);
    }

    const applied = new Set<() => string | undefined>();
    for (const parameter of before.keys()) {
      if (parameter.apply === undefined || applied.has(parameter.apply)) continue;
      applied.add(parameter.apply);
      const reason = parameter.apply();
      if (reason === undefined) continue;
      log.warning(
        `Failed applying new configuration. Possibly related to new ${parameter.name} setting. Restoring previous settings.`,
      );
      restore(before);
      for (const apply of applied) apply();
      return failed(parameter.name, reason);
    }
    return undefined;
  }
}

function restore(before: ReadonlyMap<Parameter, Parsed<unknown>>): void {
  for (const [parameter, snapshot] of before) parameter.store(snapshot);
}

function failed(name: string, reason: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
}

function protectedAllowed(who: Circumstances): boolean {
  const allowed = enableProtectedConfigs.value;
  return allowed === "yes" || (allowed === "local" && who.local);
}
