/** What a local user asks of a client, and is told. */
import type { Millis } from '@skyferry/engine'
import type { DialectName } from '../common/dialect.ts'
import type { NodeAddress } from '../common/port.ts'
import type { Outcome } from './records.ts'
import type { SessionState, SessionTerms } from './session-state.ts'

export type ClientRequest =
  | {
      readonly kind: 'get'
      /** A name of its own for the session; absent: one by chance. */
      readonly session?: string
      /** What is left out is as in `SESSION_DEFAULTS`. */
      readonly terms: Pick<SessionTerms, 'server' | 'payload' | 'sink'> & Partial<SessionTerms>
    }
  /** Goes on with a session that was saved, here or elsewhere. */
  | {
      readonly kind: 'load'
      readonly session?: string
      readonly state: SessionState
      /** Terms that are to differ from what was saved. */
      readonly changes?: Partial<SessionTerms>
    }
  /** How large is it? Asks for no data. */
  | {
      readonly kind: 'info'
      readonly server: NodeAddress
      readonly payloadId: number
      readonly dialect?: DialectName
    }
  | { readonly kind: 'pause'; readonly session: string }
  | { readonly kind: 'resume'; readonly session: string }
  | { readonly kind: 'cancel'; readonly session: string }
  /** Forget a session, which ends it; what it has fetched stays where it is. */
  | { readonly kind: 'release'; readonly session: string }

export type ClientReply =
  | { readonly kind: 'accepted'; readonly session: string }
  | { readonly kind: 'refused'; readonly reason: string }

/** Why a round came to its end. */
export type RoundEnd =
  | 'whole'
  | 'closed-by-server'
  | 'silence'
  | 'no-connection'
  | 'no-response'
  | 'refused'
  | 'stopped'

export type ClientIndication =
  | { readonly kind: 'sized'; readonly session: string; readonly total: number }
  /** Octets arrived; how much and what is in the session's report. At most one per burst. */
  | { readonly kind: 'progress'; readonly session: string }
  | {
      readonly kind: 'round'
      readonly session: string
      readonly round: number
      readonly intervals: number
      /** Octets per second asked for. */
      readonly throughput: number
    }
  | {
      readonly kind: 'round-ended'
      readonly session: string
      readonly round: number
      readonly why: RoundEnd
      /** Octets that were new. */
      readonly fresh: number
      readonly gaps: number
    }
  /** Nothing came of it; it is tried again then. */
  | { readonly kind: 'waiting'; readonly session: string; readonly until: Millis; readonly why: RoundEnd }
  | { readonly kind: 'paused'; readonly session: string }
  | { readonly kind: 'resumed'; readonly session: string }
  /** `complete` is said only once the octets are durable. */
  | { readonly kind: 'ended'; readonly session: string; readonly outcome: Outcome }
  | {
      readonly kind: 'info'
      readonly session: string
      /** Undefined when nobody said. */
      readonly total: number | undefined
      readonly why: RoundEnd
    }

/** A session as it stands now, for progress bars and consoles. */
export interface SessionReport {
  readonly session: string
  readonly terms: SessionTerms
  readonly state: string
  /** One sentence: what it waits for, and what happens next. */
  readonly waitingFor: string
  readonly total: number | undefined
  /** Octets that have arrived. */
  readonly octets: number
  /** Octets that are wanted and have not. */
  readonly missing: number | undefined
  readonly gaps: number
  /** Everything below has arrived. */
  readonly contiguous: number
  readonly rounds: number
  /** Octets that had arrived before. */
  readonly redundant: number
  /** Datagrams with data, and those of them that brought nothing new. */
  readonly datagrams: number
  readonly redundantDatagrams: number
  /** Octets per second that the current or next round asks for. */
  readonly throughput: number
  /** Datagrams that were not believed, by reason. */
  readonly rejected: ReadonlyMap<string, number>
  readonly outcome: Outcome | undefined
}
