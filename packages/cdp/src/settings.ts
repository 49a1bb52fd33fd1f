/** Every setting of a connection and of an endpoint, with its default (reference section 14). */
import { assert, type Millis } from '@skyferry/engine'

/** Asked when the retransmission timer is set; replaces the policy of section 9.2 (the draft's CdpTimeout). */
export interface RetryContext {
  /** Expiries since an acknowledgement made progress; 0 asks for the first wait. */
  readonly retries: number
  /** Smoothed round trip; undefined before the first sample. */
  readonly srtt: Millis | undefined
  /** Since the oldest outstanding payload was first sent. */
  readonly elapsed: Millis
  /** The wait that has just passed; 0 the first time. */
  readonly lastTimeout: Millis
}
export type RetryPolicy = (context: RetryContext) => Millis | 'give-up'

export interface Settings {
  /** Octets of the largest datagram sent. A payload above it is refused, never split. */
  readonly maxDatagram: number
  /** Payloads outstanding at most (the draft's maxSendBeforeAck). */
  readonly window: number
  /** How far ahead an early payload may be and be kept; 0 keeps none. */
  readonly reorder: number
  /** Octets of early payloads kept. */
  readonly earlyOctets: number
  /** Payloads, and octets, that the application has not yet taken; beyond them payloads are dropped as if lost. */
  readonly inboxPayloads: number
  readonly inboxOctets: number
  readonly rtoInitial: Millis
  readonly rtoMin: Millis
  readonly rtoMax: Millis
  /** Silence after which outstanding payloads are given up; 0 is off. */
  readonly giveUpAfter: Millis
  /** Expiries without a word from the peer after which they are; 0 is off. */
  readonly maxRetries: number
  /** A peer that is heard and never acknowledges is given up after this; 0 is off. */
  readonly stallTimeout: Millis
  readonly retry: RetryPolicy | undefined
  /** How long a side that was given control thinks before it acknowledges the give; 0 is never. */
  readonly ackDelay: Millis
  /** The peer's `ackDelay`, which the timer of a give allows for. */
  readonly peerAckDelay: Millis
  /** Silence of our own after which a heartbeat is sent; 0 is never. */
  readonly keepalive: Millis
  /** Silence of the peer after which the connection is closed; 0 is never. */
  readonly idle: Millis
  /** How long an acknowledged Close waits for the peer's Halt. */
  readonly closeWait: Millis
  /** Longest that the network holds back a datagram; 0 where order is kept. */
  readonly mdl: Millis
  /** Longest and shortest time in which the same Resend is not repeated (srtt within them). */
  readonly resendHoldMin: Millis
  readonly resendHoldMax: Millis
  /** How our handler answers a Close that it may take time over: an Ack, or a Close as in the first revision. */
  readonly longHalt: 'ack' | 'close'
  /** Does a Halt have to survive a probe before it is believed (section 15)? */
  readonly haltGuard: boolean
  /** Answers a Close without asking the application: Halt if its payload is empty, Ack if not. */
  readonly answersClose: boolean
}

const SECOND = 1000

export const DEFAULTS: Settings = {
  maxDatagram: 1200,
  window: 255,
  reorder: 255,
  earlyOctets: 256 * 1024,
  inboxPayloads: 256,
  inboxOctets: 1024 * 1024,
  rtoInitial: SECOND as Millis,
  rtoMin: 200 as Millis,
  rtoMax: (60 * SECOND) as Millis,
  giveUpAfter: (30 * SECOND) as Millis,
  maxRetries: 10,
  stallTimeout: (300 * SECOND) as Millis,
  retry: undefined,
  ackDelay: 100 as Millis,
  peerAckDelay: 100 as Millis,
  keepalive: (25 * SECOND) as Millis,
  idle: (120 * SECOND) as Millis,
  closeWait: (5 * SECOND) as Millis,
  mdl: 500 as Millis,
  resendHoldMin: 10 as Millis,
  resendHoldMax: 100 as Millis,
  longHalt: 'ack',
  haltGuard: false,
  answersClose: true,
}

/** The largest window: an outstanding id must never look old. */
export const WINDOW_MAX = 2047
export const REORDER_MAX = 2046
/** Octets of the largest UDP payload over IPv4. */
export const DATAGRAM_MAX = 65_507
const CIRCLE = 4096

/**
 * Why these settings cannot work together, in words that name the setting; undefined when they can.
 * Whoever takes settings from a user asks first: a connection asserts.
 */
export function flawOf(settings: Settings): string | undefined {
  const { maxDatagram, window, reorder } = settings
  if (!whole(maxDatagram, 2, DATAGRAM_MAX)) return `maxDatagram is 2 to ${DATAGRAM_MAX} octets`
  if (!whole(window, 1, WINDOW_MAX)) return `window is 1 to ${WINDOW_MAX} payloads`
  if (!whole(reorder, 0, REORDER_MAX)) return `reorder is 0 to ${REORDER_MAX} ids`
  if (window + reorder >= CIRCLE - 1) return `window and reorder together are below ${CIRCLE - 1}`
  const { inboxPayloads, inboxOctets, earlyOctets } = settings
  if (!(inboxPayloads >= 1 && inboxOctets >= 1)) return 'an inbox holds at least one payload'
  if (!(earlyOctets >= 0)) return 'earlyOctets is not negative'
  if (!(settings.rtoMin > 0 && settings.rtoMin <= settings.rtoMax))
    return 'rtoMin is above 0 and at most rtoMax'
  if (!(settings.rtoInitial > 0)) return 'rtoInitial is above 0'
  const { resendHoldMin, resendHoldMax } = settings
  if (!(resendHoldMin >= 0 && resendHoldMin <= resendHoldMax)) return 'resendHoldMin is at most resendHoldMax'
  const waits = [
    'giveUpAfter',
    'maxRetries',
    'stallTimeout',
    'ackDelay',
    'peerAckDelay',
    'keepalive',
    'idle',
    'closeWait',
    'mdl',
  ] as const
  for (const name of waits) if (!(settings[name] >= 0)) return `${name} is not negative`
  return undefined
}

/** Whole settings that were found to work: connections of one endpoint share them. */
const sound: WeakSet<object> = new WeakSet()

/** Settings with the defaults filled in; the very same object for settings that came from here. */
export function settingsFrom(given: Partial<Settings> = {}): Settings {
  if (sound.has(given)) return given as Settings
  const settings = { ...DEFAULTS, ...given }
  const flaw = flawOf(settings)
  assert(flaw === undefined, `settings that work: ${flaw}`)
  sound.add(settings)
  return settings
}

/** Ids that may be used within one `mdl` (section 4, age rule). */
export function idsPerLifetime({ window, reorder }: Settings): number {
  return CIRCLE - 1 - reorder - window
}

function whole(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to
}
