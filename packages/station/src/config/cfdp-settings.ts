/** From the effective options of a CFDP service to the settings of its entity. Pure. */
import {
  ASSUMED_RATE_BPS,
  ChecksumType,
  ConditionCode,
  type EntityId,
  type Habits,
  type HandlerName,
  LOCAL_DEFAULTS,
  type LocalSettings,
  REMOTE_DEFAULTS,
  type RemoteSettings,
  withDialect,
} from '@skyferry/cfdp'
import type { Millis } from '@skyferry/engine'
import { type HostPort, octetsNeeded } from '@skyferry/units'
import type {
  CfdpServiceConfig,
  ChecksumName,
  FaultHandlers,
  FaultName,
  RemoteEntityConfig,
  TowardsRemote,
} from './configuration.ts'
import { settingsTowards } from './entities.ts'

/** The seed's names of faults to the standard's codes (727.0-B-5, 5.2.2). */
export const FAULT_CODES: Readonly<Record<FaultName, ConditionCode>> = {
  AckLimitReached: ConditionCode.PositiveAckLimitReached,
  KeepAliveLimitReached: ConditionCode.KeepAliveLimitReached,
  InvalidTransmissionMode: ConditionCode.InvalidTransmissionMode,
  FilestoreRejection: ConditionCode.FilestoreRejection,
  FileChecksumFailure: ConditionCode.FileChecksumFailure,
  FileSizeError: ConditionCode.FileSizeError,
  NakLimitReached: ConditionCode.NakLimitReached,
  InactivityDetected: ConditionCode.InactivityDetected,
  InvalidFileStructure: ConditionCode.InvalidFileStructure,
  CheckLimitReached: ConditionCode.CheckLimitReached,
  UnsupportedChecksum: ConditionCode.UnsupportedChecksumType,
}

export const CHECKSUM_TYPES: Readonly<Record<ChecksumName, ChecksumType>> = {
  MODULAR: ChecksumType.Modular,
  CRC32: ChecksumType.Crc32,
  CRC32C: ChecksumType.Crc32c,
  PROX1: ChecksumType.Proximity1,
  NULL: ChecksumType.Null,
}

/** What the service's one entity is, under all its ids. */
export function localSettings(service: CfdpServiceConfig): LocalSettings {
  return {
    ...LOCAL_DEFAULTS,
    ids: service.localEntities.map(each => each.id as EntityId),
    maxOpenReceptions: service.maxNumPendingDownloads,
    maxOpenTransmissions: service.maxNumPendingUploads,
    maxFileSize: Math.min(service.maxFileSize, Number.MAX_SAFE_INTEGER),
    maxGaps: service.maxGaps,
    pendingAfterCompletion: service.pendingAfterCompletion as Millis,
  }
}

/** What a link says about pace. */
export interface LinkPace {
  /** Bits per second; absent: it states none. */
  readonly rate?: number
}

/**
 * How the entity behaves towards each of its remote entities, in the order of the configuration. What the engine has
 * settings for and no option says is as its profile has it.
 *
 * Not carried by these settings and to be consulted per entity (`settingsTowards`): `defaultClass` and the contact plan.
 */
export function remoteSettings(service: CfdpServiceConfig, link: LinkPace): RemoteSettings<HostPort>[] {
  return service.remoteEntities.map(remote => remoteSettingsTowards(service, remote, link))
}

/** The service, then the habits of the dialect, then what is said of this one entity. */
export function remoteSettingsTowards(
  service: CfdpServiceConfig,
  remote: RemoteEntityConfig,
  link: LinkPace,
): RemoteSettings<HostPort> {
  const towards = settingsTowards(service, remote)
  const asPeer = withDialect(plainSettings(service, remote, towards, link), towards.dialect)
  const settings = { ...asPeer, ...ownSettings(remote), ...ownSwitches(remote, asPeer) }
  const ids = [remote.id, ...service.localEntities.map(each => each.id)]
  // As `id-too-wide` warns: an id that does not fit is worse than a header that is longer than asked for.
  return { ...settings, entityIdLength: Math.max(settings.entityIdLength, ...ids.map(octetsNeeded)) }
}

function plainSettings(
  service: CfdpServiceConfig,
  remote: RemoteEntityConfig,
  towards: TowardsRemote,
  link: LinkPace,
): RemoteSettings<HostPort> {
  const usual = REMOTE_DEFAULTS[remote.profile ?? service.profile]
  return {
    ...usual,
    id: remote.id as EntityId,
    address: remote.address,
    maxPduSize: towards.maxPduSize,
    entityIdLength: towards.entityIdLength,
    sequenceLength: towards.sequenceNrLength,
    lightTime: towards.lightTime as Millis,
    crcOnTransmit: towards.crcOnTransmit,
    crcRequired: towards.crcRequiredOnReceive,
    checksumType: CHECKSUM_TYPES[towards.checksumType],
    closureRequested: towards.closureRequested,
    immediateNak: towards.immediateNak,
    eofAckLimit: towards.eofAckLimit,
    eofAckTimeout: towards.eofAckTimeout as Millis | 'adaptive',
    finAckLimit: towards.finAckLimit,
    finAckTimeout: towards.finAckTimeout as Millis | 'adaptive',
    nakTimeout: towards.nakTimeout as Millis | 'adaptive',
    nakLimit: towards.nakLimit,
    inactivityTimeout: towards.inactivityTimeout as Millis | 'adaptive',
    keepAliveInterval: towards.keepAliveInterval as Millis,
    keepAliveDiscrepancyLimit: towards.keepAliveDiscrepancyLimit,
    checkTimeout: towards.checkAckTimeout as Millis,
    checkLimit: towards.checkAckLimit,
    ackEofWhileSuspended: towards.ackEofWhileSuspended,
    incompleteFile: towards.incompleteFile,
    senderFaultHandlers: { ...usual.senderFaultHandlers, ...handlersByCode(towards.senderFaultHandlers) },
    receiverFaultHandlers: {
      ...usual.receiverFaultHandlers,
      ...handlersByCode(towards.receiverFaultHandlers),
    },
    pace: paceOf(service, remote, towards, link),
  }
}

/** What an entity says itself of the settings that dialects change. */
function ownSettings(remote: RemoteEntityConfig): Partial<RemoteSettings<HostPort>> {
  return given({
    maxPduSize: remote.maxPduSize,
    entityIdLength: remote.entityIdLength,
    immediateNak: remote.immediateNak,
    crcOnTransmit: remote.crcOnTransmit,
    crcRequired: remote.crcRequiredOnReceive,
  })
}

const CLOSURE_BITS = { '0x40': 0x40, '0x80': 0x80 } as const

function ownSwitches(remote: RemoteEntityConfig, { pduDialect }: Habits): Partial<Habits> {
  const { protocolVersion } = remote
  const habits = given({
    protocolVersion: protocolVersion as 0 | 1 | undefined,
    ackFinishedInClass1: remote.ackFinishedInClass1,
    expectAckFinishedInClass1: remote.expectAckFinishedInClass1,
    nakReplace: remote.nakReplace,
    nakRestate: remote.nakRestate,
    eofForMetadataOnly: remote.eofForMetadataOnly,
    requireEqualMode: remote.requireEqualMode,
    metadataWithEof: remote.metadataWithEof,
    oneAtATime: remote.oneAtATime,
  })
  const octets = given({
    closureBitMask: remote.closureBitMask && CLOSURE_BITS[remote.closureBitMask],
    emptySecondNameLv: remote.emptySecondNameLv,
    faultLocationLengthMinusOne: remote.faultLocationLengthMinusOne,
    dataFieldExtendsToDatagramEnd: remote.dataFieldExtendsToDatagramEnd,
    anyResponseStatus: remote.anyResponseStatus,
    remoteMessageIdForm: remote.remoteMessageIdForm,
  })
  return { ...habits, pduDialect: { ...pduDialect, ...octets } }
}

/** The fields that have a value. */
function given<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Given<Fields>
}
type Given<Fields> = { readonly [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }

/**
 * `sleepBetweenPdus` is a pace in PDUs; ours is in bit/s. Without it the rate of the link paces. Without either, the
 * patient profile learns the pace by Prompts, which the seed's service does not send: there a rate is assumed.
 */
function paceOf(
  service: CfdpServiceConfig,
  remote: RemoteEntityConfig,
  { sleepBetweenPdus, maxPduSize }: TowardsRemote,
  link: LinkPace,
): RemoteSettings<HostPort>['pace'] {
  if (sleepBetweenPdus > 0) return (maxPduSize * 8000) / sleepBetweenPdus
  if (link.rate !== undefined) return 'link'
  return (remote.profile ?? service.profile) === 'patient' ? 'window' : ASSUMED_RATE_BPS
}

function handlersByCode(handlers: FaultHandlers): Partial<Record<ConditionCode, HandlerName>> {
  return Object.fromEntries([...handlers].map(([name, handler]) => [FAULT_CODES[name], handler]))
}
