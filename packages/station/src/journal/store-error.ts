/**
 * `in-use`: another process has this state; `newer`: a later version of this software wrote it; `damaged`: it could
 * not be read; `no-space`, `not-allowed`, `io-error`: what the disk answered.
 */
export type StoreErrorCode = 'in-use' | 'newer' | 'damaged' | 'no-space' | 'not-allowed' | 'io-error'

/** Every code there is, for the page that lists them. */
export const STORE_ERROR_CODES: readonly StoreErrorCode[] = [
  'in-use',
  'newer',
  'damaged',
  'no-space',
  'not-allowed',
  'io-error',
]

/** What a store throws, or reports while it tries again. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.code = code
  }
}

/** Whatever was thrown, as a `StoreError`; one that knows its code keeps it. */
export function storeErrorOf(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const { code, message } = error as { code?: unknown; message?: unknown }
  const known = STORE_ERROR_CODES.find(candidate => candidate === code)
  return new StoreError(known ?? 'io-error', typeof message === 'string' ? message : String(error), {
    cause: error,
  })
}
