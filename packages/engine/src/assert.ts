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
  // Ids are bigints, which JSON refuses: a TypeError here would hide what this is about.
  const text = JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? `${part}` : part))
  throw new InvariantError(`nobody thought of ${text}`)
}
