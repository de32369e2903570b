// A generated block of a Markdown page: what stands between its two marks belongs to the generator.
//
//     <!-- commands:begin … -->   the rest of the first mark is free text
//     …
//     <!-- commands:end -->

/** The page with another content of the block `name`. Throws unless the page has that block exactly once. */
export function replaceBlock(page: string, name: string, content: string): string {
  const block = new RegExp(`(<!-- ${name}:begin[^>]*-->\\n)[\\s\\S]*?(<!-- ${name}:end -->)`, "g");
  const found = page.match(block)?.length ?? 0;
  if (found !== 1) throw new Error(`the page has the block '${name}' ${found} times, not once`);
  return page.replace(block, (_whole, begin: string, end: string) => `${begin}\n${content.trim()}\n\n${end}`);
}

/** A Markdown table. Columns whose heading ends with a colon are aligned to the right. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = headings.map((heading) => (heading.endsWith(":") ? "---:" : "---"));
  const shown = headings.map((heading) => heading.replace(/:$/, ""));
  return [line(shown), line(rule), ...rows.map((row) => line(row.map((cell) => cell.replaceAll("|", "\\|"))))].join(
    "\n",
  );
}
