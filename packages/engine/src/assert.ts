/** Our own mistake, never a peer's: the engine that throws it stops. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** States what must be true where two parts meet. `claim` is the sentence that turned out false. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new InvariantError(claim)
}

/** Closes a switch over a union: a new member becomes a compile error here. */
export function unreachable(value: never): never {
  throw new InvariantError(`nobody thought of ${JSON.stringify(value)}`)
}
