/**
 * The notation of configuration files: arguments separated by spaces, each plain, in double quotes with escapes, or in
 * single quotes almost without. `quote` and `splitArguments` are each other's inverse.
 *
 *     maxmemory 100mb                       plain: ends at the next space
 *     requirepass "a \"b\" \x01\n"          \n \r \t \b \a, \xHH for any byte, \c for any other character c
 *     dir '/it\'s here'                     only \' is special
 *
 * Configuration text is bytes: each character of a string is one byte (Latin-1). `utf8` and `fromUtf8` lead to ordinary
 * strings and back, for the file system and the command line.
 */

const letterEscapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

/** The arguments in a line, or undefined when its quotes are unbalanced (or something follows a closing quote). */
export function splitArguments(line: string): string[] | undefined {
  const args: string[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(line[at])) at++;
    if (at >= line.length) return args;
    let argument = "";
    while (at < line.length && !isSpace(line[at]) && line[at] !== "\0") {
      const character = line[at]!;
      if (character === '"' || character === "'") {
        const quoted = character === '"' ? doubleQuoted(line, at + 1) : singleQuoted(line, at + 1);
        if (quoted === undefined) return undefined;
        argument += quoted.text;
        at = quoted.end;
        if (at < line.length && !isSpace(line[at])) return undefined;
        break;
      }
      argument += character;
      at++;
    }
    args.push(argument);
    if (line[at] === "\0") return args;
  }
}

interface Quoted {
  readonly text: string;
  /** The place after the closing quote. */
  readonly end: number;
}

function doubleQuoted(line: string, start: number): Quoted | undefined {
  let text = "";
  for (let at = start; at < line.length; at++) {
    const character = line[at]!;
    if (character === '"') return { text, end: at + 1 };
    if (character !== "\\" || at + 1 >= line.length) {
      text += character;
      continue;
    }
    const hex = /^x([0-9a-f]{2})/i.exec(line.slice(at + 1, at + 4));
    const escaped = line[at + 1]!;
    text += hex ? String.fromCharCode(Number.parseInt(hex[1]!, 16)) : (letterEscapes[escaped] ?? escaped);
    at += hex ? 3 : 1;
  }
  return undefined;
}

function singleQuoted(line: string, start: number): Quoted | undefined {
  let text = "";
  for (let at = start; at < line.length; at++) {
    const character = line[at]!;
    if (character === "'") return { text, end: at + 1 };
    if (character === "\\" && line[at + 1] === "'") at++;
    text += line[at]!;
  }
  return undefined;
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && " \t\n\v\f\r".includes(character);
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\x07": "\\a",
  "\b": "\\b",
};

/** A text in double quotes, as `splitArguments` reads it back. */
export function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be escaped.
  const body = text.replace(/[\\"\x00-\x1f\x7f-\xff]/g, (character) => {
    return escapes[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${body}"`;
}

/** The ordinary string that a configuration text spells in UTF-8. */
export function utf8(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}

/** The configuration text of an ordinary string, in UTF-8. */
export function fromUtf8(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
