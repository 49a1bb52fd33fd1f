/**
 * What a session must not forget. An engine is rebuilt from these records alone; it folds each record as soon as that is
 * durable, so that its facts are exactly what its next life would find. Records are plain JSON.
 */
import { RangeSet } from '@skyferry/octets'
import { PAYLOAD_OCTETS_MAX } from '../common/packets.ts'
import type { SessionTerms } from './session-state.ts'

/** Why a session came to its end. All but `complete` and `corrupt` can be gone on with: load its state. */
export type Ending =
  | 'complete'
  | 'cancelled'
  | 'refused'
  | 'payload-changed'
  | 'beyond-payload'
  | 'too-large'
  | 'sink-failed'
  | 'corrupt'
  | 'gave-up'

export interface Outcome {
  readonly ending: Ending
  /** One sentence for an operator. */
  readonly reason: string
}

export type ClientRecord = { readonly session: string } & (
  | {
      readonly kind: 'opened'
      readonly terms: SessionTerms
      readonly base: number
      readonly total: number | null
      readonly held: readonly number[]
    }
  /** A server said how large the payload is. */
  | { readonly kind: 'sized'; readonly total: number }
  /** Octets newly in the sink, as from, to, from, to … */
  | { readonly kind: 'held'; readonly ranges: readonly number[] }
  /** The sink turned out shorter than that: nothing from here on is held. */
  | { readonly kind: 'lost'; readonly from: number }
  | { readonly kind: 'paused' }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  | { readonly kind: 'forgotten' }
)

export interface SessionFacts {
  readonly terms: SessionTerms
  readonly base: number
  total: number | null
  readonly held: RangeSet
  paused: boolean
  ended: Outcome | undefined
}

export function openFacts({
  terms,
  base,
  total,
  held,
}: Extract<ClientRecord, { kind: 'opened' }>): SessionFacts {
  return { terms, base, total, held: RangeSet.fromFlat(held), paused: false, ended: undefined }
}

/** Applies one record to the session it belongs to. */
export function foldSession(facts: SessionFacts, record: ClientRecord): void {
  switch (record.kind) {
    case 'opened':
    case 'forgotten':
      return
    case 'sized':
      facts.total = record.total
      return
    case 'held':
      for (let index = 0; index < record.ranges.length; index += 2) {
        facts.held.add(record.ranges[index]!, record.ranges[index + 1]!)
      }
      return
    case 'lost':
      facts.held.remove(record.from, PAYLOAD_OCTETS_MAX)
      return
    case 'paused':
      facts.paused = true
      return
    case 'resumed':
      facts.paused = false
      return
    case 'ended':
      facts.ended = record.outcome
  }
}

/** Everything the records say, by session, oldest first. */
export function foldSessions(records: Iterable<ClientRecord>): Map<string, SessionFacts> {
  const sessions = new Map<string, SessionFacts>()
  for (const record of records) {
    const { session } = record
    if (record.kind === 'opened') sessions.set(session, openFacts(record))
    else if (record.kind === 'forgotten') sessions.delete(session)
    else {
      const facts = sessions.get(session)
      if (facts !== undefined) foldSession(facts, record)
    }
  }
  return sessions
}

/** The shortest list of records that folds to the same facts. */
export function* unfoldSession(session: string, facts: SessionFacts): Generator<ClientRecord> {
  const { terms, base, total, held } = facts
  yield { session, kind: 'opened', terms, base, total, held: held.toFlat() }
  if (facts.paused) yield { session, kind: 'paused' }
  if (facts.ended !== undefined) yield { session, kind: 'ended', outcome: facts.ended }
}
