/**
 * Assertions that stay on in production: they guard what must hold whatever a client sends.
 *
 * A broken assertion means that our own code is wrong and memory can no longer be trusted, so nothing may catch `Broken`
 * and carry on: the upper floors turn it into a loud exit of the process.
 */

/** Thrown when the program contradicts itself. Never thrown for bad input. */
export class Broken extends Error {
  override readonly name = "Broken";
}

/** Throws `Broken` with the message unless the condition holds. The message is best a constant: nothing is built for it. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Broken(message);
}

/** Marks a place that no execution can reach. */
export function unreachable(message: string): never {
  throw new Broken(message);
}
