/**
 * The notation in which a command declares its arguments: close to the syntax lines that people know from manuals, and
 * complete enough that COMMAND DOCS is derived from it.
 *
 *     key value:double               two values; a type stands behind a colon (see Type), `string` if there is none
 *     [count:integer]                optional
 *     member...                      one or more
 *     EX seconds:integer             a value announced by a token, which is in capitals
 *     NX                             a token alone; its name is `nx`
 *     approximately=~                a token alone, under a name of its own
 *     order(ASC|DESC)                exactly one of these
 *     data(score:double member)      these together; `field(|value)` is a choice of one
 *     LIMIT limit(offset count)      a token may announce a group, too
 *     (GET pattern)...               one or more, each announced by the token again
 *     GET@6.2.0   USER!7.0.0         known since, deprecated since
 *     destination:key#1              the key belongs to the command's second key specification
 *
 * The names `key` and `pattern` are types, too: they need no colon. Keys belong to the specifications in the order in
 * which both are written, unless a `#` says otherwise. Names and tokens with other characters stand in double quotes.
 */

export type Type = "string" | "integer" | "double" | "key" | "pattern" | "unix-time" | "pure-token" | "oneof" | "block";

/** One argument as COMMAND DOCS describes it. */
export interface Argument {
  readonly name: string;
  readonly type: Type;
  /** Number of the key specification that finds the key; of keys only. */
  readonly keySpec?: number;
  readonly token?: string;
  readonly since?: string;
  readonly deprecatedSince?: string;
  readonly optional: boolean;
  readonly multiple: boolean;
  /** The token comes again before each. */
  readonly multipleToken: boolean;
  /** Of `oneof` and `block`. */
  readonly parts: readonly Argument[];
}

const LEXEME = /\s*(?:"([^"]*)"|(\.\.\.|[()[\]|=:#@!])|((?:(?!\.\.\.)[^\s"()[\]|=:#@!])+))/y;
const TOKEN = /^[A-Z][A-Z0-9_-]*$/;
const TYPES: readonly string[] = ["string", "integer", "double", "key", "pattern", "unix-time"];
const IMPLIED_TYPES: readonly string[] = ["key", "pattern"];

/** The arguments that a syntax declares. Throws when it is not well-formed: it is part of the program. */
export function parse(syntax: string): readonly Argument[] {
  return new SyntaxParser(syntax).all();
}

interface Lexeme {
  readonly text: string;
  readonly kind: "word" | "quoted" | "sign" | "end";
}

const isName = ({ kind }: Lexeme) => kind === "word" || kind === "quoted";
const isToken = ({ kind, text }: Lexeme) => kind === "word" && TOKEN.test(text);

function* lexemes(syntax: string): Generator<Lexeme> {
  const end = syntax.trimEnd().length;
  LEXEME.lastIndex = 0;
  while (LEXEME.lastIndex < end) {
    const at = LEXEME.lastIndex;
    const match = LEXEME.exec(syntax);
    if (match === null) throw new Error(`syntax "${syntax}": cannot be read from character ${at} on`);
    if (match[1] !== undefined) yield { text: match[1], kind: "quoted" };
    else if (match[2] !== undefined) yield { text: match[2], kind: "sign" };
    else yield { text: match[3]!, kind: "word" };
  }
}

/** Reads from left to right, one method per kind of thing; every method leaves `at` behind what it has read. */
class SyntaxParser {
  private readonly lexemes: readonly Lexeme[];
  private at = 0;
  private keys = 0;

  constructor(private readonly syntax: string) {
    this.lexemes = [...lexemes(syntax)];
  }

  all(): readonly Argument[] {
    const found: Argument[] = [];
    while (this.at < this.lexemes.length) found.push(this.argument());
    return found;
  }

  private argument(): Argument {
    if (!this.take("[")) return this.repeatable();
    const found = this.repeatable();
    this.expect("]");
    return { ...found, optional: true };
  }

  private repeatable(): Argument {
    if (!this.take("(")) return this.announced();
    const found = this.announced();
    this.expect(")");
    this.expect("...");
    return { ...found, multiple: true, multipleToken: true, ...this.versions() };
  }

  /** A value or a group, with the token in front of it if there is one; or a token alone. */
  private announced(): Argument {
    const word = this.name();
    if (!isToken(word)) return this.value(word.text);
    if (isName(this.peek()) && !isToken(this.peek())) {
      return { ...this.value(this.name().text), token: word.text };
    }
    return this.described({ name: word.text.toLowerCase(), type: "pure-token", token: word.text, parts: [] });
  }

  private value(name: string): Argument {
    if (this.take("=")) return this.described({ name, type: "pure-token", token: this.name().text, parts: [] });
    if (this.take("(")) return this.group(name);
    let type = IMPLIED_TYPES.includes(name) ? name : "string";
    if (this.take(":")) type = this.name().text;
    if (!TYPES.includes(type)) this.fail(`there is no type "${type}"`);
    const keySpec = this.take("#") ? Number(this.name().text) : type === "key" ? this.keys++ : undefined;
    return this.described({
      name,
      type: type as Type,
      ...(keySpec === undefined ? {} : { keySpec }),
      parts: [],
    });
  }

  private group(name: string): Argument {
    let isChoice = this.take("|");
    const parts = [this.argument()];
    while (!this.take(")")) {
      if (this.take("|")) isChoice = true;
      parts.push(this.argument());
    }
    return this.described({ name, type: isChoice ? "oneof" : "block", parts });
  }

  /** Adds what may stand behind any argument. */
  private described(found: Omit<Argument, "optional" | "multiple" | "multipleToken">): Argument {
    const multiple = this.take("...");
    return { ...found, optional: false, multiple, multipleToken: false, ...this.versions() };
  }

  private versions(): { since?: string; deprecatedSince?: string } {
    const since = this.take("@") ? { since: this.name().text } : {};
    return this.take("!") ? { ...since, deprecatedSince: this.name().text } : since;
  }

  private peek(): Lexeme {
    return this.lexemes[this.at] ?? { text: "", kind: "end" };
  }

  private take(sign: string): boolean {
    const next = this.peek();
    if (next.kind !== "sign" || next.text !== sign) return false;
    this.at++;
    return true;
  }

  private expect(sign: string): void {
    if (!this.take(sign)) this.fail(`"${sign}" is missing`);
  }

  private name(): Lexeme {
    const next = this.peek();
    if (!isName(next)) this.fail("a name is missing");
    this.at++;
    return next;
  }

  private fail(what: string): never {
    throw new Error(`syntax "${this.syntax}": ${what} before "${this.peek().text}"`);
  }
}
