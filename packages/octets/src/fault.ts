/** The codes this package gives itself; each protocol adds its own words. */
export type FaultCode = 'truncated' | 'number-too-large' | 'not-hex' | (string & {})

/**
 * Octets that are not what they should be. A value, never an exception: whoever can send a datagram chooses how
 * often we meet one, and a thrown error costs two hundred times as much.
 */
export interface Fault {
  readonly kind: 'fault'
  readonly code: FaultCode
  /** Where it showed, in octets (characters, for text) from the start of what was read. */
  readonly offset: number
}

/** Is this answer a refusal, and not the decoded thing? */
export function isFault(value: unknown): value is Fault {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'fault'
}
