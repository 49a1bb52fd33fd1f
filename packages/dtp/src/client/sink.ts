/**
 * The port to wherever a payload goes: synchronous, one bounded operation per call, problems as values. Making octets
 * durable is not here: the store that keeps the engine's records syncs the sinks those records speak of first.
 */

export interface SinkProblem {
  readonly kind: 'problem'
  readonly code: 'no-space' | 'not-allowed' | 'does-not-exist' | 'io-error'
  /** One sentence for an operator. */
  readonly reason: string
}

/** Where one payload grows, holes and all. */
export interface Sink {
  /** Octets it is long now. Less than what a session claims to hold means that the session is wrong. */
  readonly size: number
  /** Borrows `data` for this call. */
  write(offset: number, data: Uint8Array): SinkProblem | undefined
  /** Reads exactly `length` octets at `offset` to `target[at…]`. */
  read(offset: number, target: Uint8Array, at: number, length: number): SinkProblem | undefined
  close(): void
}

export interface Sinks {
  /** Opens what has that name, or makes it. An existing one is continued. */
  open(name: string): Sink | SinkProblem
}

export function isProblem(value: unknown): value is SinkProblem {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'problem'
}
