/** Where a peer behaves otherwise than the standard, or cannot do all of it: what a dialect is made of. */
import { type PduDialect, STANDARD_DIALECT } from './pdu/dialect.ts'
import type { ChecksumType, Header, PduOf } from './pdu/model.ts'
import { octetsFrom } from './pdu/names.ts'

export interface Habits {
  /** How its PDUs are read, and written for it. */
  readonly pduDialect: PduDialect
  /** 0 only towards peers that know no issue 5; what they send is then accepted too. */
  readonly protocolVersion: 0 | 1
  /** Class 1 with closure, as sender: it repeats Finished until that is acknowledged, so we do (Yamcs, ASU). */
  readonly ackFinishedInClass1: boolean
  /** Class 1 with closure, as receiver: it waits for Finished and acknowledges it, so we repeat it (Yamcs). */
  readonly expectAckFinishedInClass1: boolean
  /** As sender: its newest NAK decides what is resent, instead of adding to it (the seed). */
  readonly nakReplace: boolean
  /** As receiver: it knows only our newest NAK, so each is one PDU that starts at the beginning of the file. */
  readonly nakRestate: boolean
  /** As receiver: a transaction without a file ends with EOF; false: its Metadata is all there may be. */
  readonly eofForMetadataOnly: boolean
  /** As sender: drop replies whose mode bit is not that of the transaction (Yamcs' simulator has it wrong). */
  readonly requireEqualMode: boolean
  /** As sender: it drops what comes before Metadata and asks for nothing, so an unanswered EOF follows Metadata. */
  readonly metadataWithEof: boolean
  /** As sender: it stalls at Metadata that comes after EOF, until another EOF comes, so that follows (cfdp-py). */
  readonly eofAfterMetadata: boolean
  /** It keeps one transaction per direction and takes the PDUs of another for those of this one. */
  readonly oneAtATime: boolean
  readonly limits: PeerLimits
}

/** What a peer cannot do. A Put that needs it is refused with the reason, instead of failing at the far end. */
export interface PeerLimits {
  readonly unacknowledgedOnly?: true
  readonly noClosure?: true
  readonly noLargeFiles?: true
  readonly noCrc?: true
  readonly noFilestoreRequests?: true
  readonly noFaultHandlerOverrides?: true
  readonly checksumTypes?: readonly ChecksumType[]
  /** Octets of an entity id or a sequence number that it reads. */
  readonly widths?: readonly number[]
  readonly nameOctetsMax?: number
  readonly messagesMax?: number
  readonly pduOctetsMax?: number
}

export const STANDARD_HABITS: Habits = {
  pduDialect: STANDARD_DIALECT,
  protocolVersion: 1,
  ackFinishedInClass1: false,
  expectAckFinishedInClass1: false,
  nakReplace: false,
  nakRestate: false,
  eofForMetadataOnly: true,
  requireEqualMode: false,
  metadataWithEof: false,
  eofAfterMetadata: false,
  oneAtATime: false,
  limits: {},
}

/** Version 0 knows one checksum, no closure and no large file. */
const LEGACY_LIMITS: PeerLimits = { noClosure: true, noLargeFiles: true, checksumTypes: [0] }

/**
 * Why a peer with these habits could not take this transaction.
 * @returns the rest of a sentence that begins with the entity; undefined when it can
 */
export function beyondLimits(
  settings: Pick<Habits, 'limits' | 'protocolVersion'> & { readonly maxPduSize: number },
  header: Header,
  metadata: PduOf<'metadata'>,
): string | undefined {
  const limits = settings.protocolVersion === 0 ? { ...settings.limits, ...LEGACY_LIMITS } : settings.limits
  const {
    widths,
    checksumTypes,
    nameOctetsMax = 255,
    messagesMax = Infinity,
    pduOctetsMax = Infinity,
  } = limits
  const has = (tlv: string): number => metadata.options.filter(option => option.tlv === tlv).length
  const hasFile = metadata.sourceName !== '' || metadata.destinationName !== ''
  const names = [metadata.sourceName, metadata.destinationName]
  if (limits.unacknowledgedOnly && header.mode === 'acknowledged') return 'knows class 1 only'
  if (limits.noClosure && metadata.closureRequested)
    return 'sends no Finished in class 1: closure would never come'
  if (limits.noLargeFiles && header.largeFile) return 'takes no file of more than 4294967295 octets'
  if (limits.noCrc && header.crc) return 'reads no PDU with a CRC'
  if (limits.noFilestoreRequests && has('filestore-request') > 0)
    return 'reads no filestore request as the standard has it'
  if (limits.noFaultHandlerOverrides && has('fault-handler-override') > 0)
    return 'reads no fault handler override as the standard has it'
  if (hasFile && checksumTypes?.includes(metadata.checksumType) === false)
    return `knows no checksum of type ${metadata.checksumType}`
  if (widths?.includes(header.entityIdLength) === false)
    return `reads no entity ids of ${header.entityIdLength} octets`
  if (widths?.includes(header.sequenceLength) === false)
    return `reads no sequence numbers of ${header.sequenceLength} octets`
  if (names.some(name => octetsFrom(name).length > nameOctetsMax))
    return `takes names of ${nameOctetsMax} octets at most`
  if (has('message-to-user') > messagesMax) return `takes ${messagesMax} messages at most`
  if (settings.maxPduSize > pduOctetsMax) return `reads no PDU of more than ${pduOctetsMax} octets`
  return undefined
}
