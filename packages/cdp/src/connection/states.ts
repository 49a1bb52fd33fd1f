/** What a side of a connection can be in the middle of, and how a connection ends (reference sections 1, 6, 11). */
import type { PayloadId } from '../wire/message.ts'

export type State =
  /** The reset sequence: a Halt was sent, and the peer is given time to forget (section 5.3). */
  | { readonly name: 'silent' }
  /** The side that may send payloads. */
  | { readonly name: 'controlling' }
  /** It gave control and has no proof yet that the peer took it. */
  | { readonly name: 'yielding' }
  /** The other side. */
  | { readonly name: 'handling' }
  /** It sent a Close, with this id, and waits for the answer. */
  | { readonly name: 'closing'; readonly id: PayloadId }
  /** It received a Close, and its application has not decided how to answer. */
  | { readonly name: 'asked-to-close' }
  /** It answered a Close with an Ack (or a Close), and waits for the Halt. */
  | { readonly name: 'close-wait'; readonly answer: 'ack' | 'close' }
  /** It is over; what stands here only answers late datagrams, as a tombstone. */
  | { readonly name: 'closed'; readonly reason: CloseReason }

export type StateName = State['name']

export const CLOSE_REASONS = {
  verified: 'our Close was acknowledged: everything was delivered',
  answered: 'our Close was answered by a Halt, which may also be an abort at the same moment',
  clean: "the peer's Close was answered",
  'peer-halt': 'the peer halted',
  'peer-halt-with-payload': 'the peer halted with a last payload',
  'local-halt': 'this side halted',
  timeout: 'the peer fell silent while payloads were outstanding',
  stall: 'the peer is heard and does not acknowledge',
  idle: 'nothing was heard for too long',
  violation: 'the peer does not speak CDP',
  'out-of-step': 'the peer answers for another connection: it was restarted',
  'role-conflict': 'both sides started as controller',
} as const

export type CloseReason = keyof typeof CLOSE_REASONS

/** The role in the draft's sense; `undefined` once it no longer matters. */
export type Role = 'controller' | 'yielding' | 'handler'

export const ROLES: Readonly<Record<StateName, Role>> = {
  silent: 'controller',
  controlling: 'controller',
  yielding: 'yielding',
  handling: 'handler',
  closing: 'controller',
  'asked-to-close': 'handler',
  'close-wait': 'handler',
  closed: 'handler',
}

export type Phase = 'open' | 'closing' | 'closewait' | 'closed'

export const PHASES: Readonly<Record<StateName, Phase>> = {
  silent: 'open',
  controlling: 'open',
  yielding: 'open',
  handling: 'open',
  closing: 'closing',
  'asked-to-close': 'closewait',
  'close-wait': 'closewait',
  closed: 'closed',
}

export const CONTROLLING: State = { name: 'controlling' }
export const YIELDING: State = { name: 'yielding' }
export const HANDLING: State = { name: 'handling' }
export const ASKED_TO_CLOSE: State = { name: 'asked-to-close' }
export const SILENT: State = { name: 'silent' }
