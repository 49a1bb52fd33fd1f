import type { PayloadId } from '../wire/message.ts'
import type { CloseReason } from './states.ts'

/** What a connection tells its application, in order (reference section 18.3). Data are the application's own. */
export type ConnectionEvent =
  | { readonly kind: 'payload'; readonly id: PayloadId; readonly data: Uint8Array }
  /** We are controller now. */
  | { readonly kind: 'control' }
  | { readonly kind: 'random'; readonly data: Uint8Array }
  /** Everything up to `id` is acknowledged. */
  | { readonly kind: 'acked'; readonly id: PayloadId }
  /** A payload that was refused for want of room may be sent now. */
  | { readonly kind: 'writable' }
  /** A Close was accepted (its payload has been delivered); `answerClose` is asked for. */
  | { readonly kind: 'close-asked' }
  | ({ readonly kind: 'closed' } & Closing)

export interface Closing {
  readonly reason: CloseReason
  /** Every payload of ours is known to have been accepted. */
  readonly verified: boolean
  /** Payloads of ours that are not. */
  readonly unacked: number
  /** A turn had begun, and was not ended. */
  readonly midTurn: boolean
}

/** Why a connection does not do what it is asked. */
export const REFUSALS = {
  'not-controller': 'only the controller sends payloads; control is with the peer',
  closing: 'a Close was sent: no payload may follow',
  closed: 'the connection is closed',
  silent: 'the reset sequence waits for the peer to forget',
  'too-large': 'the payload does not fit one datagram',
  'window-full': 'as many payloads are outstanding as may be; `writable` follows',
  outstanding: 'a Halt with payload follows only what is acknowledged',
  'no-close': 'the peer has not asked to close',
} as const

export type RefusalReason = keyof typeof REFUSALS

export interface Refused {
  readonly kind: 'refused'
  readonly reason: RefusalReason
}

export function refused(reason: RefusalReason): Refused {
  return { kind: 'refused', reason }
}

export function isRefused(answer: unknown): answer is Refused {
  return typeof answer === 'object' && answer !== null && (answer as { kind?: unknown }).kind === 'refused'
}
