/** What a station is made of, as plain values: whatever a configuration says is said here in full. */
import type { Impairment, LinkType, Role } from '@skyferry/api'
import type { EntityId, LocalSettings, RemoteSettings } from '@skyferry/cfdp'
import type { UdpAddress } from '@skyferry/link'
import type { Weather } from '@skyferry/sim'
import type { Carrier } from '../bindings/carrier.ts'
import type { OnExisting } from '../buckets/placement.ts'

export interface StationPlan {
  readonly name: string
  /** Journals, history, and the buckets that are not elsewhere. */
  readonly dataDir: string
  /** The name that the Yamcs API shows. */
  readonly instance: string
  readonly http: HttpPlan
  /** Those that services name and that are not here are created all the same. */
  readonly buckets: readonly BucketPlan[]
  readonly links: readonly LinkPlan[]
  readonly services: readonly CfdpServicePlan[]
  /** Windows in which a remote entity can be heard, by its name; one that is not here is always in contact. */
  readonly contacts: ReadonlyMap<string, readonly ContactWindow[]>
  readonly history: HistoryPlan
}

export interface HttpPlan {
  /** Port 0 lets the host choose. */
  readonly listen: UdpAddress
  /** Empty: everybody may do everything, so nobody but this host is listened to. */
  readonly tokens: readonly TokenPlan[]
  /** Files, PEM. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Octets of a request body that is not an object. */
  readonly maxRequestOctets: number
  /** Octets of one uploaded object. */
  readonly maxObjectOctets: number
}

export interface TokenPlan {
  /** SHA-256 of the token, hexadecimal: nobody keeps the token itself. */
  readonly sha256: string
  readonly role: Role
  /** Who holds it, for events. */
  readonly name: string
}

export interface BucketPlan {
  readonly name: string
  /** Absent: a folder below the data directory. */
  readonly directory?: string
  readonly maxOctets?: number
  readonly maxObjects?: number
}

export interface LinkPlan {
  readonly name: string
  /** `emulated`: behind bad weather of our own making. */
  readonly type: LinkType | 'emulated'
  readonly carrier: Carrier
  /** Of the medium: octets of the largest datagram, or packet of a stream. */
  readonly mtuOctets: number
  /** Of an emulated link, both ways … */
  readonly impairment?: Partial<Impairment>
  /** … or in full, each way of its own; goes before `impairment`. */
  readonly weather?: Weather
  /** Of the chance of an emulated link. */
  readonly seed?: number
  /** File to record every datagram in (pcap). */
  readonly capture?: string
}

/** An entity, its name and where what it sends or receives is kept. */
export interface EntityPlan {
  readonly id: EntityId
  readonly name: string
  readonly bucket?: string
}

export interface CfdpServicePlan {
  readonly protocol: 'cfdp'
  readonly name: string
  readonly link: string
  readonly local: LocalSettings
  readonly locals: readonly EntityPlan[]
  /** One for each of `remotes`. */
  readonly remoteSettings: readonly RemoteSettings<UdpAddress>[]
  readonly remotes: readonly EntityPlan[]
  readonly incomingBucket: string
  /** What remote entities may fetch from and list; absent: nothing. */
  readonly servedBucket?: string
  /** Whether files of remote entities may be asked for, and their directories listed. */
  readonly fetches: boolean
  readonly lists: boolean
  /** The name under which listings are asked to arrive. */
  readonly listingFileName: string
  /** Class of a transfer that does not say. */
  readonly defaultClass: 1 | 2
  /** A remote path ending in one of these is a folder: the object's name is appended. */
  readonly directoryTerminators: readonly string[]
  /** Refuse an upload whose destination another open upload has. */
  readonly checkConcurrentOverwrites: boolean
  readonly onExisting: OnExisting
  readonly subdirectories: 'keep' | 'flatten'
}

/** A pass: `from` ≤ t < `to`, milliseconds of the wall clock. */
export interface ContactWindow {
  readonly from: number
  readonly to: number
}

export interface HistoryPlan {
  /** Ended transfers older than this are forgotten; absent: never. */
  readonly keepMs?: number
  readonly keepCount?: number
}
