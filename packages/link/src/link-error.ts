/** Every way a medium can refuse to work at all. What happens to one datagram is counted, not thrown. */
export const LINK_ERROR_CODES = [
  'address-in-use',
  'address-not-available',
  'address-family-mismatch',
  'host-not-found',
  'permission-denied',
  'unreachable',
  'handshake-failed',
  'not-a-terminal',
  'capture-failed',
  'system',
] as const

export type LinkErrorCode = (typeof LINK_ERROR_CODES)[number]

/** The world said no: a port, a name, a right. `cause` is what the host threw. */
export class LinkError extends Error {
  override readonly name = 'LinkError'
  readonly code: LinkErrorCode

  constructor(code: LinkErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

const BY_SYSTEM_CODE: Readonly<Record<string, LinkErrorCode>> = {
  EADDRINUSE: 'address-in-use',
  EADDRNOTAVAIL: 'address-not-available',
  EAFNOSUPPORT: 'address-family-mismatch',
  EACCES: 'permission-denied',
  EPERM: 'permission-denied',
  ENOTFOUND: 'host-not-found',
  EAI_AGAIN: 'host-not-found',
}

/** The host's own code (`EADDRINUSE`, …) of something it threw, or '' when it carries none. */
export function systemCodeOf(thrown: unknown): string {
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : ''
}

/** Says in our words what the host threw while `doing`, which reads like "listen on 127.0.0.1:5111". */
export function linkErrorFrom(thrown: unknown, doing: string): LinkError {
  if (thrown instanceof LinkError) return thrown
  const systemCode = systemCodeOf(thrown)
  const why = systemCode !== '' ? systemCode : thrown instanceof Error ? thrown.message : String(thrown)
  return new LinkError(BY_SYSTEM_CODE[systemCode] ?? 'system', `cannot ${doing}: ${why}`, thrown)
}
