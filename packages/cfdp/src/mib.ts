/** Management information base (section 8): the settings of the local entity and of each remote one, every default stated. */
import type { Millis } from '@skyferry/engine'
import { type Habits, STANDARD_HABITS } from './habits.ts'
import { ChecksumType, ConditionCode, type EntityId, FaultHandler, type SequenceNumber } from './pdu/model.ts'

export type HandlerName = 'cancel' | 'suspend' | 'ignore' | 'abandon'
export const HANDLER_CODES: Readonly<Record<HandlerName, FaultHandler>> = {
  cancel: FaultHandler.Cancel,
  suspend: FaultHandler.Suspend,
  ignore: FaultHandler.Ignore,
  abandon: FaultHandler.Abandon,
}

/** A number of milliseconds, or `adaptive`: from the measured round trip and the light time. */
export type Interval = Millis | 'adaptive'

/** What a remote entity may have us do; whatever is not allowed is refused, and answered so. */
export interface Permissions {
  /** Filestore requests in its Metadata (section 4.9). */
  readonly filestore: boolean
  /** Files of ours, sent to it or on its behalf (section 6.2). */
  readonly proxyPut: boolean
  /** What is in our directories (section 6.3). */
  readonly listing: boolean
  /** Reports of transactions it has part in, their suspension and resumption (sections 6.4 to 6.6). */
  readonly remote: boolean
}

export const NOTHING_ALLOWED: Permissions = {
  filestore: false,
  proxyPut: false,
  listing: false,
  remote: false,
}

/**
 * How we write the directory listings it asks for: `names`, one a line, a slash behind those of directories; `details`,
 * the same with size and time (milliseconds since 1970) behind tabs; `nul`, names ended by a NUL.
 */
export type ListingFormat = 'names' | 'details' | 'nul'

/** How this entity behaves towards one remote entity. */
export interface RemoteSettings<Address> extends Habits {
  readonly id: EntityId
  /** Where its PDUs go; `undefined` is the link's one peer. */
  readonly address: Address | undefined
  /** Octets of the largest PDU we make towards it, header and CRC included. */
  readonly maxPduSize: number
  readonly entityIdLength: number
  readonly sequenceLength: number
  /** One way, what light (or the modem) needs; the round trip before any measurement is twice this. */
  readonly lightTime: Millis
  readonly crcOnTransmit: boolean
  /** Drop PDUs without a CRC. Once a transaction has shown a good CRC its PDUs without one are dropped anyway. */
  readonly crcRequired: boolean
  readonly checksumType: ChecksumType
  readonly closureRequested: boolean
  readonly immediateNak: boolean
  /** Retries after the first; 0 none, negative unlimited. */
  readonly eofAckLimit: number
  readonly eofAckTimeout: Interval
  readonly finAckLimit: number
  readonly finAckTimeout: Interval
  readonly nakTimeout: Interval
  /** NAKs in a row without recovery before the fault; ≤ 0 unlimited. */
  readonly nakLimit: number
  /** Infinity: never; `adaptive`: by the light time, a quarter of an hour or more. */
  readonly inactivityTimeout: Interval
  /**
   * A class 2 transaction suspended by inactivity goes on by itself once its peer is heard or the link is up again. In
   * class 1 nobody repeats anything, and what is missing never comes: there, inactivity that would suspend ends it.
   */
  readonly resumesItself: boolean
  /** Receiver, class 2: says how far it is this often, until EOF (section 4.6.5.2). Infinity: never. */
  readonly keepAliveInterval: Millis
  /**
   * Sender: octets that a Keep Alive may be behind what left more than a round trip ago before that is fault 2
   * (section 4.6.5.3). Infinity: any.
   */
  readonly keepAliveDiscrepancyLimit: number
  /** Sender, class 2: prompts for a Keep Alive this often. Infinity: never. */
  readonly promptInterval: Millis
  readonly checkTimeout: Millis
  /** Expiries of the check timer before the fault; negative unlimited. */
  readonly checkLimit: number
  /** Answer EOF and Finished while suspended (section 4.7 asks for it; the seed service does not). */
  readonly ackEofWhileSuspended: boolean
  /** `discard` or `retain` what arrived of a file that was cancelled. */
  readonly incompleteFile: 'discard' | 'retain'
  readonly senderFaultHandlers: Readonly<Partial<Record<ConditionCode, HandlerName>>>
  readonly receiverFaultHandlers: Readonly<Partial<Record<ConditionCode, HandlerName>>>
  /**
   * Who sets the pace: `link`, the link has a rate of its own; `window`, progress is learned from NAKs we prompt
   * for; a number, bit/s of PDU octets.
   */
  readonly pace: 'link' | 'window' | number
  readonly allow: Permissions
  readonly listingFormat: ListingFormat
}

export interface LocalSettings {
  readonly ids: readonly EntityId[]
  /** First sequence number used when no record says otherwise. */
  readonly firstSequence: SequenceNumber
  readonly maxOpenReceptions: number
  readonly maxOpenTransmissions: number
  /** Largest file we accept, octets. */
  readonly maxFileSize: number
  /** Bounds the memory of one reception: past this many gaps, File Data that would open another is dropped. */
  readonly maxGaps: number
  /** How long a transaction stays known after its end. */
  readonly pendingAfterCompletion: Millis
  /** Ended receptions known at most; beyond, the one that ended first is forgotten (`ended-forgotten`). */
  readonly maxEndedReceptions: number
}

/** Two profiles (`patient` waits and adapts, `yamcs` is the seed service's defaults to the letter). */
export type Profile = 'patient' | 'yamcs'

const minutes = (count: number): Millis => (count * 60_000) as Millis
const ms = (count: number): Millis => count as Millis

/** Is something to be done this often? Not with Infinity, which means never, and not without end at one instant. */
export function isOn(interval: Millis): boolean {
  return interval > 0 && interval < Infinity
}

export const LOCAL_DEFAULTS: LocalSettings = {
  ids: [],
  firstSequence: 1n as SequenceNumber,
  maxOpenReceptions: 100,
  maxOpenTransmissions: 10,
  maxFileSize: Number.MAX_SAFE_INTEGER,
  maxGaps: 1_000_000,
  pendingAfterCompletion: minutes(10),
  maxEndedReceptions: 10_000,
}

/** What a sender assumes a link carries when nobody says and the peer does not answer Prompts, bit/s. */
export const ASSUMED_RATE_BPS = 1_000_000

type Defaults = Omit<RemoteSettings<never>, 'id' | 'address'>

const COMMON = {
  ...STANDARD_HABITS,
  maxPduSize: 1024,
  entityIdLength: 2,
  sequenceLength: 4,
  lightTime: ms(0),
  crcOnTransmit: false,
  crcRequired: false,
  checksumType: ChecksumType.Modular,
  closureRequested: false,
  immediateNak: true,
  keepAliveInterval: Infinity as Millis,
  keepAliveDiscrepancyLimit: Infinity,
  promptInterval: Infinity as Millis,
  senderFaultHandlers: {},
  receiverFaultHandlers: {},
  allow: NOTHING_ALLOWED,
  listingFormat: 'names',
} as const

export const REMOTE_DEFAULTS: Readonly<Record<Profile, Defaults>> = {
  patient: {
    ...COMMON,
    eofAckLimit: -1,
    eofAckTimeout: 'adaptive',
    finAckLimit: -1,
    finAckTimeout: 'adaptive',
    nakTimeout: 'adaptive',
    nakLimit: -1,
    inactivityTimeout: 'adaptive',
    resumesItself: true,
    senderFaultHandlers: { [ConditionCode.InactivityDetected]: 'suspend' },
    receiverFaultHandlers: { [ConditionCode.InactivityDetected]: 'suspend' },
    checkTimeout: ms(10_000),
    checkLimit: 5,
    ackEofWhileSuspended: true,
    incompleteFile: 'retain',
    pace: 'window',
  },
  yamcs: {
    ...COMMON,
    nakRestate: true,
    nakReplace: true,
    maxPduSize: 512,
    eofAckLimit: 5,
    eofAckTimeout: ms(3000),
    finAckLimit: 5,
    finAckTimeout: ms(10_000),
    nakTimeout: ms(5000),
    nakLimit: -1,
    inactivityTimeout: ms(10_000),
    resumesItself: false,
    checkTimeout: ms(10_000),
    checkLimit: 5,
    ackEofWhileSuspended: false,
    incompleteFile: 'discard',
    // One 512-octet PDU every 500 ms.
    pace: 8192,
    allow: { ...NOTHING_ALLOWED, proxyPut: true, listing: true },
  },
}
