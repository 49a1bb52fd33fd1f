/** How a station says no. */

export const API_ERROR_CODES = [
  'bad-request',
  'unauthorized',
  'forbidden',
  'not-found',
  'conflict',
  'precondition-failed',
  'range-missing',
  'too-large',
  'no-space',
  'refused',
  'stopping',
  'internal',
] as const
export type ApiErrorCode = (typeof API_ERROR_CODES)[number]

/** The body of every answer that is not a success. */
export interface ApiError {
  readonly code: ApiErrorCode
  /** One sentence. */
  readonly text: string
  /** Of `range-missing`: which octets of what was asked for are not here yet, half-open. */
  readonly missing?: readonly (readonly [from: number, to: number])[]
}

/** What a token allows: a viewer looks, an operator also steers transfers and objects, an admin steers the station. */
export const ROLES = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]
