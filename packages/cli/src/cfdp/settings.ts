/** From options as typed to the settings of the two entities. Pure: it reads nothing but its arguments. */
import {
  ChecksumType,
  type ConditionCode,
  DIALECTS,
  type Dialect,
  type EntityId,
  type HandlerName,
  type Interval,
  LOCAL_DEFAULTS,
  type LocalSettings,
  NOTHING_ALLOWED,
  type Profile,
  REMOTE_DEFAULTS,
  type RemoteSettings,
  type SequenceNumber,
  withDialect,
} from '@skyferry/cfdp'
import { type Millis, NEVER } from '@skyferry/engine'
import type { Carrier } from '@skyferry/station'
import {
  octetsNeeded,
  parseCount,
  parseDuration,
  parseEntityId,
  parseLimit,
  parseRate,
  parseSize,
  parseUnsigned,
} from '../units.ts'
import { oneOf, option, UsageError } from '../usage.ts'
import { parseFaultHandler } from './conditions.ts'
import { holdsBack, parseCarrier } from './encapsulation.ts'
import type { RawEngineOptions } from './options.ts'

const PROFILES = ['patient', 'yamcs'] as const satisfies readonly Profile[]

/** Checksum types by the names of `--checksum`. */
export const CHECKSUMS: Readonly<Record<'modular' | 'crc32' | 'crc32c' | 'prox1' | 'null', ChecksumType>> = {
  modular: ChecksumType.Modular,
  crc32: ChecksumType.Crc32,
  crc32c: ChecksumType.Crc32c,
  prox1: ChecksumType.Proximity1,
  null: ChecksumType.Null,
}

/** Octets of the largest UDP datagram over IPv4. */
const PDU_OCTETS_MAX = 65_507

/** What is true of the peer whatever its id and address. */
export type RemoteTemplate = Omit<RemoteSettings<never>, 'id' | 'address'>

/** Everything both commands need, understood. */
export interface EnginePlan {
  readonly local: LocalSettings
  readonly remote: RemoteTemplate
  /** What carries the PDUs: addresses, role, packets, rate. */
  readonly carrier: Carrier
  readonly dialect: Dialect
  /** File of recorded datagrams. */
  readonly capture: string | undefined
  /** File of a contact plan; undefined: there is contact always. */
  readonly contacts: string | undefined
  /** Folder of the journal; undefined: nothing outlives the process. */
  readonly state: string | undefined
  /** Fail after that long without a word from the peer; NEVER otherwise. */
  readonly giveUp: Millis
}

/**
 * @param ids every entity id the command names; the width of ids must hold them all
 * @throws {UsageError} naming the option
 */
export function parseEngineOptions(raw: RawEngineOptions, ids: readonly EntityId[]): EnginePlan {
  const profile = option('--profile', raw.profile, text => oneOf(text, PROFILES)) ?? 'patient'
  const localId = option('--local', raw.local, parseEntityId)!
  const dialect = option('--dialect', raw.dialect, text => oneOf(text, DIALECTS)) ?? 'standard'
  const rateBps = option('--rate', raw.rate, parseRate)
  const firstSequence = option('--first-sequence', raw.firstSequence, parseUnsigned)
  // What is typed wins over what the dialect would have, and what the peer cannot do is refused at the Put.
  const defaults = withDialect(REMOTE_DEFAULTS[profile], dialect)
  const remote = parseRemote(raw, defaults, [localId, ...ids], firstSequence)
  const carrier = parseCarrier(raw, rateBps, remote.maxPduSize)
  // What a window would learn from the peer, a stream knows already.
  const learnsNothing = remote.pace === 'window' && holdsBack(carrier)
  return {
    local: {
      ...LOCAL_DEFAULTS,
      ids: [localId],
      ...(firstSequence === undefined ? {} : { firstSequence: firstSequence as SequenceNumber }),
    },
    remote: { ...remote, pace: rateBps !== undefined || learnsNothing ? 'link' : remote.pace },
    carrier,
    dialect,
    capture: raw.capture,
    contacts: raw.contacts,
    state: raw.state,
    giveUp: option('--give-up', raw.giveUp, parseDuration) ?? NEVER,
  }
}

function parseRemote(
  raw: RawEngineOptions,
  defaults: RemoteTemplate,
  ids: readonly EntityId[],
  firstSequence: bigint | undefined,
): RemoteTemplate {
  const { widths } = defaults.limits
  const entityIdLength = parseWidth(
    '--entity-id-length',
    raw.entityIdLength,
    defaults.entityIdLength,
    ids,
    widths,
  )
  const sequences = firstSequence === undefined ? [] : [firstSequence]
  const sequenceLength = parseWidth(
    '--sequence-length',
    raw.sequenceLength,
    defaults.sequenceLength,
    sequences,
    widths,
  )
  const handlers = parseHandlers(raw.onFault ?? [])
  return {
    ...defaults,
    entityIdLength,
    sequenceLength,
    maxPduSize: parsePduSize(raw.pduSize, defaults.maxPduSize, entityIdLength, sequenceLength),
    lightTime: option('--light-time', raw.lightTime, parseDuration) ?? defaults.lightTime,
    crcOnTransmit: raw.crc ?? defaults.crcOnTransmit,
    immediateNak: raw.immediateNak ?? defaults.immediateNak,
    eofAckTimeout: option('--eof-ack-timeout', raw.eofAckTimeout, parseInterval) ?? defaults.eofAckTimeout,
    eofAckLimit: option('--eof-ack-limit', raw.eofAckLimit, parseLimit) ?? defaults.eofAckLimit,
    finAckTimeout: option('--fin-ack-timeout', raw.finAckTimeout, parseInterval) ?? defaults.finAckTimeout,
    finAckLimit: option('--fin-ack-limit', raw.finAckLimit, parseLimit) ?? defaults.finAckLimit,
    nakTimeout: option('--nak-timeout', raw.nakTimeout, parseInterval) ?? defaults.nakTimeout,
    nakLimit: option('--nak-limit', raw.nakLimit, parseLimit) ?? defaults.nakLimit,
    inactivityTimeout:
      option('--inactivity-timeout', raw.inactivityTimeout, parseIntervalOrNever) ??
      defaults.inactivityTimeout,
    keepAliveInterval:
      option('--keep-alive-interval', raw.keepAliveInterval, parseTimeoutOrNever) ??
      defaults.keepAliveInterval,
    keepAliveDiscrepancyLimit:
      option('--keep-alive-limit', raw.keepAliveLimit, parseSizeOrUnlimited) ??
      defaults.keepAliveDiscrepancyLimit,
    promptInterval:
      option('--prompt-interval', raw.promptInterval, parseTimeoutOrNever) ?? defaults.promptInterval,
    checkTimeout: option('--check-timeout', raw.checkTimeout, parseDuration) ?? defaults.checkTimeout,
    checkLimit: option('--check-limit', raw.checkLimit, parseLimit) ?? defaults.checkLimit,
    senderFaultHandlers: { ...defaults.senderFaultHandlers, ...handlers },
    receiverFaultHandlers: { ...defaults.receiverFaultHandlers, ...handlers },
    // Nobody has us do anything unless the command line says so, whatever a profile would allow.
    allow: NOTHING_ALLOWED,
  }
}

/**
 * Octets of a field: as asked for, else the default or what the values need.
 * @param readable those that the peer reads; absent: all
 */
function parseWidth(
  name: string,
  text: string | undefined,
  usual: number,
  values: readonly bigint[],
  readable: readonly number[] = [],
): number {
  const asked = option(name, text, each => parseCount(each, 1, 8))
  if (asked === undefined) {
    const needed = Math.max(usual, ...values.map(octetsNeeded))
    return readable.find(width => width >= needed) ?? needed
  }
  const tooLarge = values.find(value => octetsNeeded(value) > asked)
  if (tooLarge !== undefined) {
    throw new UsageError(
      `${name}: ${tooLarge} does not fit in ${asked} octets, it needs ${octetsNeeded(tooLarge)}`,
    )
  }
  return asked
}

/** A PDU has room for a header, a NAK with one request of 64-bit offsets, and a CRC. */
function parsePduSize(
  text: string | undefined,
  usual: number,
  entityIdLength: number,
  sequenceLength: number,
): number {
  const least = 4 + 2 * entityIdLength + sequenceLength + 1 + 4 * 8 + 2
  return (
    option('--pdu-size', text, each => {
      const size = parseSize(each)
      if (size < least) throw new UsageError(`'${each}' is below ${least}, what a header and a NAK need`)
      if (size > PDU_OCTETS_MAX)
        throw new UsageError(`'${each}' is above ${PDU_OCTETS_MAX}, the most UDP carries`)
      return size
    }) ?? usual
  )
}

function parseInterval(text: string): Interval {
  return text === 'adaptive' ? 'adaptive' : parsePositive(text)
}

function parseTimeoutOrNever(text: string): Millis {
  return text === 'never' ? NEVER : parsePositive(text)
}

function parseIntervalOrNever(text: string): Interval {
  return text === 'never' ? NEVER : parseInterval(text)
}

function parseSizeOrUnlimited(text: string): number {
  return text === 'unlimited' ? Infinity : parseSize(text)
}

function parsePositive(text: string): Millis {
  const duration = parseDuration(text)
  if (duration <= 0) throw new UsageError(`'${text}' is not above zero`)
  return duration
}

function parseHandlers(texts: readonly string[]): Partial<Record<ConditionCode, HandlerName>> {
  return Object.fromEntries(texts.map(text => option('--on-fault', text, parseFaultHandler)!))
}
