/** What a run of `runtest` printed, read back. Its entries are `[ok]: name (3 ms)`, `[err]: name in file` + details, … */

export interface Failure {
  /** The test's name, or OUTSIDE when the harness failed between two tests. */
  test: string;
  detail: string;
}

export interface Report {
  ok: number;
  skipped: number;
  failures: Failure[];
  /** Why the file was not run to its end, if so: what would have come after is not in the figures. */
  abort: string | undefined;
}

export const OUTSIDE = "(outside any test)";

interface Entry {
  kind: string;
  text: string;
}

const ENTRY = /^\[(?:\d+\/\d+ )?(ok|err|skip|ignore|exception|done|ready|testing|TIMEOUT)\]: ?(.*)$/;
const NAME_IN_FILE = /^(.*) in tests\/\S+\.tcl$/;
const END = /^\s+The End$/;

/** Reads the output of one file's run. */
export function parse(output: string): Report {
  const lines = output.split("\n");
  const end = lines.findIndex((line) => END.test(line));
  const entries = entriesOf(end === -1 ? lines : lines.slice(0, end)); // after the end, the failures are repeated
  const all = (kind: string): Entry[] => entries.filter((entry) => entry.kind === kind);

  const exception = all("exception")[0];
  let abort: string | undefined;
  if (exception !== undefined) abort = exception.text.split("\n")[0];
  else if (all("TIMEOUT").length > 0) abort = "no progress for too long";
  else if (end === -1) abort = "the harness ended early";
  return { ok: all("ok").length, skipped: all("skip").length, failures: all("err").map(failureOf), abort };
}

/** Lines that begin no entry belong to the one before them. */
function entriesOf(lines: string[]): Entry[] {
  const entries: Entry[] = [];
  for (const line of lines) {
    const [, kind, text] = ENTRY.exec(line) ?? [];
    const last = entries.at(-1);
    if (kind !== undefined && text !== undefined) entries.push({ kind, text });
    else if (last !== undefined) last.text += `\n${line}`;
  }
  return entries;
}

function failureOf({ text }: Entry): Failure {
  const [first = "", ...rest] = text.split("\n");
  const name = NAME_IN_FILE.exec(first)?.[1];
  return name === undefined ? { test: OUTSIDE, detail: text.trim() } : { test: name, detail: rest.join("\n").trim() };
}
