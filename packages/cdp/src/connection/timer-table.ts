import type { Millis } from '@skyferry/engine'
import type { StateName } from './states.ts'

export type TimerName =
  | 'retransmission'
  | 'repeats'
  | 'delayed-ack'
  | 'keepalive'
  | 'idle'
  | 'close-wait'
  | 'halt-guard'
  | 'silence'
  | 'pace'

export const TIMERS: readonly TimerName[] = [
  'retransmission',
  'repeats',
  'delayed-ack',
  'keepalive',
  'idle',
  'close-wait',
  'halt-guard',
  'silence',
  'pace',
]

/** What a connection does when a timer of its own expires. */
export interface Timed {
  /** Repeats the newest outstanding payload, or gives up. */
  expire(now: Millis): void
  /** A round trip has passed: so many repeats again. */
  refillRepeats(now: Millis): void
  /** The answer takes long: says that control was taken. */
  acknowledgeGive(): void
  beat(): void
  /** Nothing was heard for too long. */
  fallSilent(): void
  /** The peer's Halt never came; its Close was answered all the same. */
  endWait(): void
  /** Nothing but a Halt was heard: it was meant. */
  believeHalt(): void
  /** The reset sequence is over. */
  wake(): void
}

type Expiry = (timed: Timed, now: Millis) => void

/** Why a timer does not run. */
const off = (_why: string): undefined => undefined
const nothingOutstanding = off('nothing is outstanding')
const notOurs = off('it belongs to another state')
const alreadyEnding = off('the end has its own timer')
const isOver = off('a closed connection sends nothing on its own')
const hush = off('the peer shall forget')

const repeatNewest: Expiry = (timed, now) => timed.expire(now)
const repeatMore: Expiry = (timed, now) => timed.refillRepeats(now)
const beat: Expiry = timed => timed.beat()
const fallSilent: Expiry = timed => timed.fallSilent()
const believeHalt: Expiry = timed => timed.believeHalt()
/** It only wakes the connection, which tells the application that it may send. */
const tellOfRoom: Expiry = () => {}

/** What each timer does in each state (reference sections 9, 11, 13); `off`, and why, where it does not run. */
const TABLE = {
  silent: {
    retransmission: hush,
    repeats: hush,
    'delayed-ack': hush,
    keepalive: hush,
    idle: hush,
    'close-wait': notOurs,
    'halt-guard': notOurs,
    silence: timed => timed.wake(),
    pace: notOurs,
  },
  controlling: {
    retransmission: repeatNewest,
    repeats: repeatMore,
    'delayed-ack': timed => timed.acknowledgeGive(),
    keepalive: beat,
    idle: fallSilent,
    'close-wait': notOurs,
    'halt-guard': believeHalt,
    silence: notOurs,
    pace: tellOfRoom,
  },
  yielding: {
    retransmission: repeatNewest,
    repeats: repeatMore,
    'delayed-ack': notOurs,
    keepalive: beat,
    idle: fallSilent,
    'close-wait': notOurs,
    'halt-guard': believeHalt,
    silence: notOurs,
    pace: notOurs,
  },
  handling: {
    retransmission: nothingOutstanding,
    repeats: nothingOutstanding,
    'delayed-ack': notOurs,
    keepalive: beat,
    idle: fallSilent,
    'close-wait': notOurs,
    'halt-guard': believeHalt,
    silence: notOurs,
    pace: notOurs,
  },
  closing: {
    retransmission: repeatNewest,
    repeats: repeatMore,
    'delayed-ack': notOurs,
    keepalive: alreadyEnding,
    idle: fallSilent,
    'close-wait': notOurs,
    'halt-guard': alreadyEnding,
    silence: notOurs,
    pace: notOurs,
  },
  'asked-to-close': {
    retransmission: nothingOutstanding,
    repeats: nothingOutstanding,
    'delayed-ack': notOurs,
    keepalive: alreadyEnding,
    idle: fallSilent,
    'close-wait': notOurs,
    'halt-guard': alreadyEnding,
    silence: notOurs,
    pace: notOurs,
  },
  'close-wait': {
    retransmission: nothingOutstanding,
    repeats: nothingOutstanding,
    'delayed-ack': notOurs,
    keepalive: alreadyEnding,
    idle: alreadyEnding,
    'close-wait': timed => timed.endWait(),
    'halt-guard': alreadyEnding,
    silence: notOurs,
    pace: notOurs,
  },
  closed: {
    retransmission: isOver,
    repeats: isOver,
    'delayed-ack': isOver,
    keepalive: isOver,
    idle: isOver,
    'close-wait': isOver,
    'halt-guard': isOver,
    silence: isOver,
    pace: isOver,
  },
} as const satisfies { [S in StateName]: { [T in TimerName]: Expiry | undefined } }

export const TIMER_TABLE: Readonly<Record<StateName, Readonly<Record<TimerName, Expiry | undefined>>>> = TABLE
