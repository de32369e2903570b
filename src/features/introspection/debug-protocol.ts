/**
 * DEBUG PROTOCOL: one reply of each kind that the protocol knows, for the tests of clients.
 */
import type { Session } from "../../command/session.ts";
import type { Args } from "../../resp/args.ts";
import type { Reply } from "../../resp/reply.ts";

const NUMBER = 12345;
const BIG_NUMBER = 1234567999999999999999999999999999999n;

const kinds: Readonly<Record<string, (reply: Reply) => void>> = {
  string: (reply) => reply.bulkText("Hello World"),
  integer: (reply) => reply.integer(NUMBER),
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: the number that Redis answers with
  double: (reply) => reply.double(3.141),
  bignum: (reply) => reply.bigNumber(BIG_NUMBER),
  null: (reply) => reply.null(),
  array(reply) {
    reply.array(3);
    for (let i = 0; i < 3; i++) reply.integer(i);
  },
  set(reply) {
    reply.set(3);
    for (let i = 0; i < 3; i++) reply.integer(i);
  },
  map(reply) {
    reply.map(3);
    for (let i = 0; i < 3; i++) {
      reply.integer(i);
      reply.boolean(i === 1);
    }
  },
  attrib(reply) {
    if (reply.protocol === 3) {
      reply.attribute(1);
      reply.bulkText("key-popularity");
      reply.array(2);
      reply.bulkText("key:123");
      reply.integer(90);
    }
    // An attribute is not an answer of its own: it belongs to the next.
    reply.bulkText("Some real reply following the attribute");
  },
  push(reply) {
    if (reply.protocol === 2) return reply.error("ERR RESP2 is not supported by this command");
    reply.push(2);
    reply.bulkText("server-cpu-usage");
    reply.integer(42);
    // Nor is a push message.
    reply.bulkText("Some real reply following the push reply");
  },
  verbatim: (reply) => reply.verbatim("txt", "This is a verbatim\nstring"),
  true: (reply) => reply.boolean(true),
  false: (reply) => reply.boolean(false),
};

const names = Object.keys(kinds);

export function debugProtocol(_session: Session, args: Args, reply: Reply): void {
  const name = names.find((each) => args.is(2, each));
  if (name !== undefined) return kinds[name]!(reply);
  reply.error(`ERR Wrong protocol type name. Please use one of the following: ${names.join("|")}`);
}
