/** The effective configuration of a station: every value that holds, whoever said it. Plain data. */
import type { LinkType } from '@skyferry/api'
import type { Dialect, HandlerName, Profile } from '@skyferry/cfdp'
import type { SecondaryHeader } from '@skyferry/octets'
import type { HostPort } from '@skyferry/units'

export interface Configuration {
  readonly station: StationConfig
  readonly http: HttpConfig
  /** The name that the Yamcs API shows. */
  readonly instance: string
  /** Declared ones first, then those that services name. */
  readonly buckets: readonly BucketConfig[]
  readonly links: readonly LinkConfig[]
  /** Streams of the Yamcs class to links, by name. */
  readonly streams: ReadonlyMap<string, string>
  /** Absent: always in contact with everybody. */
  readonly contacts?: ContactsConfig
  readonly services: readonly ServiceConfig[]
}

export interface StationConfig {
  readonly name: string
  /** As written: relative to the folder of the configuration file. */
  readonly dataDir: string
}

export type Role = 'viewer' | 'operator' | 'admin'

/** A token is never kept, only its digest. */
export interface TokenConfig {
  readonly name: string
  readonly role: Role
  /** SHA-256 of the token, hexadecimal. */
  readonly sha256: string
}

export interface HttpConfig {
  readonly listen: HostPort
  readonly tokens: readonly TokenConfig[]
  readonly tls?: TlsConfig
}

export interface TlsConfig {
  /** Files, PEM. */
  readonly cert: string
  readonly key: string
}

export interface BucketConfig {
  readonly name: string
  readonly type: 'folder'
  /** Absent: `dataDir/buckets/NAME`. */
  readonly path?: string
  /** Octets of all objects; Infinity for none. */
  readonly quota: number
}

export interface LinkConfig {
  readonly name: string
  readonly type: LinkType
  /** Absent: a stream that calls. */
  readonly listen?: HostPort
  /** Whom remote entities without an address mean; whom a stream calls, or whose host alone may call. */
  readonly peer?: HostPort
  /** Bits per second, overhead counted; absent: the services set their pace. */
  readonly rate?: number
  /** Octets of the largest datagram, headers below it not counted. */
  readonly mtu: number
  /** Octets that each datagram costs on the medium besides its own. */
  readonly overhead: number
  /** Of space packets, as the three after it. */
  readonly apid?: Apids
  readonly packetType?: 'telecommand' | 'telemetry'
  readonly packetHeader?: SecondaryHeader
  readonly packetCrc?: boolean
  /** File of recorded datagrams (pcap). */
  readonly capture?: string
  readonly impairment?: ImpairmentConfig
}

export interface Apids {
  readonly sent: number
  readonly heard: number
}

/** Knobs as `link emulate` has them, by name, in the words of the file; `weatherOf` says what they mean. */
export interface ImpairmentConfig {
  readonly seed?: number
  readonly both: KnobTexts
  /** What we send. */
  readonly there: KnobTexts
  /** What we receive. */
  readonly back: KnobTexts
}
export interface KnobTexts {
  readonly knobs: ReadonlyMap<string, string>
  readonly outages: readonly string[]
}

/** A stretch of time, `from` ≤ t < `to`; milliseconds since 1970, UTC. */
export interface ContactWindow {
  readonly from: number
  readonly to: number
}
export type ContactPlan = ReadonlyMap<string, readonly ContactWindow[]>

export interface ContactsConfig {
  /** Where the plan was read from, as written; absent: it stands in the configuration itself. */
  readonly file?: string
  /** Windows in order of time, by the name or id of the remote entity. Whoever is not named is always in contact. */
  readonly plan: ContactPlan
}

export const YAMCS_CLASS = 'org.yamcs.cfdp.CfdpService'
export type CfdpClass = typeof YAMCS_CLASS | 'cfdp'
/** More classes come with their protocols. */
export type ServiceConfig = CfdpServiceConfig

export interface CfdpServiceConfig extends CfdpServiceOptions {
  readonly class: CfdpClass
  readonly name: string
  /** The link its PDUs come and go by. */
  readonly link: string
}

/** What a fault does, by the names of the seed. */
export type FaultHandlers = ReadonlyMap<FaultName, HandlerName>
export type FaultName =
  | 'AckLimitReached'
  | 'KeepAliveLimitReached'
  | 'InvalidTransmissionMode'
  | 'FilestoreRejection'
  | 'FileChecksumFailure'
  | 'FileSizeError'
  | 'NakLimitReached'
  | 'InactivityDetected'
  | 'InvalidFileStructure'
  | 'CheckLimitReached'
  | 'UnsupportedChecksum'

export type ChecksumName = 'MODULAR' | 'CRC32' | 'CRC32C' | 'PROX1' | 'NULL'

/** How a service behaves towards one remote entity: given for all in the service, for one in `remoteEntities`. */
export interface TowardsRemote {
  readonly entityIdLength: number
  readonly sequenceNrLength: number
  /** Octets, header included. */
  readonly maxPduSize: number
  /** Milliseconds; 0: the link or the peer sets the pace. */
  readonly sleepBetweenPdus: number
  /** Milliseconds; Infinity: never. */
  readonly inactivityTimeout: number | 'adaptive'
  readonly eofAckTimeout: number | 'adaptive'
  readonly eofAckLimit: number
  readonly finAckTimeout: number | 'adaptive'
  readonly finAckLimit: number
  readonly immediateNak: boolean
  readonly nakTimeout: number | 'adaptive'
  readonly nakLimit: number
  readonly senderFaultHandlers: FaultHandlers
  readonly receiverFaultHandlers: FaultHandlers
  readonly checksumType: ChecksumName
  readonly checkAckTimeout: number
  readonly checkAckLimit: number
  readonly ackEofWhileSuspended: boolean
  /** One way, milliseconds. */
  readonly lightTime: number
  /** Class of transfers that do not say. */
  readonly defaultClass: number
  readonly closureRequested: boolean
  readonly crcOnTransmit: boolean
  readonly crcRequiredOnReceive: boolean
  readonly incompleteFile: 'discard' | 'retain'
  /** Milliseconds; Infinity: none are sent. */
  readonly keepAliveInterval: number
  /** Octets; Infinity: not watched. */
  readonly keepAliveDiscrepancyLimit: number
  readonly dialect: Dialect
}

/** How one peer departs from the standard (cfdp `Habits`); what is not given is the dialect's. */
export interface PeerSwitches {
  readonly protocolVersion: number
  readonly closureBitMask: '0x40' | '0x80'
  readonly emptySecondNameLv: boolean
  readonly faultLocationLengthMinusOne: boolean
  readonly dataFieldExtendsToDatagramEnd: boolean
  readonly anyResponseStatus: boolean
  readonly remoteMessageIdForm: 'bare' | 'nested'
  readonly ackFinishedInClass1: boolean
  readonly expectAckFinishedInClass1: boolean
  readonly nakReplace: boolean
  readonly nakRestate: boolean
  readonly eofForMetadataOnly: boolean
  readonly requireEqualMode: boolean
  readonly metadataWithEof: boolean
  readonly oneAtATime: boolean
}

export interface LocalEntityConfig {
  readonly id: bigint
  readonly name?: string
  readonly bucket?: string
}

export interface RemoteEntityConfig extends Partial<TowardsRemote>, Partial<PeerSwitches> {
  readonly id: bigint
  readonly name?: string
  readonly bucket?: string
  /** Absent: the peer of the link. */
  readonly address?: HostPort
  /** Where unset values come from; absent: from the service. */
  readonly profile?: Profile
  /** Its name in the contact plan; absent: its own name, else its id. */
  readonly contact?: string
}

export interface CfdpServiceOptions extends TowardsRemote {
  readonly profile: Profile
  readonly inStream: string
  readonly outStream: string
  readonly incomingBucket: string
  readonly localEntities: readonly LocalEntityConfig[]
  readonly remoteEntities: readonly RemoteEntityConfig[]
  readonly maxNumPendingDownloads: number
  readonly maxNumPendingUploads: number
  readonly directoryTerminators: readonly string[]
  /** The seed's meaning: true checks, and refuses a second upload to the same destination. */
  readonly allowConcurrentFileOverwrites: boolean
  readonly pendingAfterCompletion: number
  /** Octets; Infinity: the bucket's quota and the free space bound it. */
  readonly maxFileSize: number
  readonly maxGaps: number
  readonly allowRemoteProvidedBucket: boolean
  readonly allowRemoteProvidedSubdirectory: boolean
  readonly allowDownloadOverwrites: boolean
  readonly maxExistingFileRenames: number
  readonly canChangePduSize: boolean
  readonly pduSizePredefinedValues: readonly number[]
  readonly canChangePduDelay: boolean
  readonly pduDelayPredefinedValues: readonly number[]
  readonly hasDownloadCapability: boolean
  readonly hasFileListingCapability: boolean
  readonly automaticDirectoryListingReloads: boolean
  readonly directoryListingFileName: string
}
