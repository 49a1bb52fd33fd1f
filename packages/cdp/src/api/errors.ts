import { CLOSE_REASONS, type CloseReason } from '../connection/states.ts'
import { type EndpointRefusal, refusalText } from '../endpoint/messages.ts'

/** A conversation did not go as it should. `reason` is how the connection ended, or why it refused. */
export class CdpError extends Error {
  override readonly name: string = 'CdpError'
  readonly reason: CloseReason | EndpointRefusal | 'aborted'

  constructor(reason: CloseReason | EndpointRefusal | 'aborted', text?: string, cause?: unknown) {
    super(text ?? wordsFor(reason), cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}

/** Control is with the peer. */
export class NotControllerError extends CdpError {
  override readonly name = 'NotControllerError'

  constructor() {
    super('not-controller')
  }
}

/** A payload does not fit a datagram; CDP never splits one. */
export class PayloadTooLargeError extends CdpError {
  override readonly name = 'PayloadTooLargeError'

  constructor() {
    super('too-large')
  }
}

/** The error for a refusal. */
export function errorFor(reason: EndpointRefusal): CdpError {
  if (reason === 'not-controller') return new NotControllerError()
  if (reason === 'too-large') return new PayloadTooLargeError()
  return new CdpError(reason)
}

function wordsFor(reason: string): string {
  if (reason === 'aborted') return 'the request was given up'
  return reason in CLOSE_REASONS
    ? CLOSE_REASONS[reason as CloseReason]
    : refusalText(reason as EndpointRefusal)
}
