/**
 * The log, as features write to it. The log itself belongs to the server (server/log.ts), which puts its functions in here
 * at boot; without a server, in tests, nothing is written.
 */
type Write = (message: string) => void;

const nowhere: Write = () => undefined;

/** One function per level, the least important first. */
export const log: { debug: Write; verbose: Write; notice: Write; warning: Write } = {
  debug: nowhere,
  verbose: nowhere,
  notice: nowhere,
  warning: nowhere,
};
