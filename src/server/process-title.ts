/**
 * The title that the process gives itself, from `proc-title-template`: text with variables such as `{port}`.
 */

export interface TitleVariables {
  readonly title: string;
  /** The first address listened on, or the Unix socket. */
  readonly "listen-addr": string;
  /** `[cluster]`, `[sentinel]` or nothing. */
  readonly "server-mode": string;
  readonly port: string;
  readonly "tls-port": string;
  readonly unixsocket: string;
  readonly "config-file": string;
}

/** For trying out a template: it must leave something even when the variables are empty, but for the address. */
export const emptyTitle: TitleVariables = {
  title: "",
  "listen-addr": "*:0",
  "server-mode": "",
  port: "0",
  "tls-port": "0",
  unixsocket: "",
  "config-file": "",
};

/** The template with its variables replaced, or undefined when it names an unknown one or does not close a brace. */
export function expandProcessTitle(template: string, variables: TitleVariables): string | undefined {
  let known = true;
  const expanded = template.replace(/\{([^}]*)(\}?)/g, (_, name: string, close: string) => {
    if (close === "" || !Object.hasOwn(variables, name)) known = false;
    return variables[name as keyof TitleVariables] ?? "";
  });
  return known ? expanded.trim() : undefined;
}
