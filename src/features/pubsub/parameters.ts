/**
 * Which keyspace events are published.
 */
import * as parameter from "../../base/parameter.ts";
import * as events from "../../keyspace/events.ts";

/** Beside the classes of keyspace/events: where an event is published, and the class that only modules have. */
export const KEYSPACE = 1 << 0;
export const KEYEVENT = 1 << 1;
const MODULE = 1 << 13;

/** The letters of the classes, in the order in which CONFIG GET prints them. */
const letters: readonly (readonly [letter: string, flag: number])[] = [
  ["g", events.GENERIC],
  ["$", events.STRING],
  ["l", events.LIST],
  ["s", events.SET],
  ["h", events.HASH],
  ["z", events.ZSET],
  ["x", events.EXPIRED],
  ["e", events.EVICTED],
  ["t", events.STREAM],
  ["d", MODULE],
  ["n", events.NEW],
  ["K", KEYSPACE],
  ["E", KEYEVENT],
  ["m", events.KEY_MISS],
];

/** `A` stands for the first ten; it leaves out key misses and new keys. */
const ALL = letters.slice(0, 10).reduce((flags, [, flag]) => flags | flag, 0);

const eventsKind: parameter.Kind<number> = {
  parse: ([text]) => {
    let flags = 0;
    for (const character of text!) {
      const flag = character === "A" ? ALL : letters.find(([letter]) => letter === character)?.[1];
      if (flag === undefined) return new parameter.Refusal("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
      flags |= flag;
    }
    return { value: flags, text: printEvents(flags) };
  },
  print: printEvents,
  rewrite: (name, _flags, text) => [`${name} "${text}"`],
};

/** Flags of keyspace/events, `KEYSPACE` and `KEYEVENT`; nothing is published unless one of the latter is set. */
export const notifyKeyspaceEvents = parameter.special("notify-keyspace-events", eventsKind, { default: 0 });

/** As the real server does, leaves out `n` beside `A`. */
function printEvents(flags: number): string {
  const all = (flags & ALL) === ALL;
  const shown = all ? letters.slice(11) : letters;
  return (all ? "A" : "") + shown.map(([letter, flag]) => (flags & flag ? letter : "")).join("");
}

export const parameters: readonly parameter.Parameter[] = [notifyKeyspaceEvents];
