/** Services and the entities they know. */
import type { EntityRef } from './transfers.ts'

export interface ServiceStatus {
  readonly name: string
  readonly protocol: 'cfdp'
  readonly link: string
  readonly state: 'running' | 'failed'
  readonly locals: readonly LocalEntity[]
  readonly remotes: readonly RemoteEntity[]
  /** Where received objects go when no entity says otherwise. */
  readonly incomingBucket: string
  readonly openUploads: number
  readonly openDownloads: number
  readonly maxUploads: number
  readonly maxDownloads: number
  /** Datagrams that were dropped, by code. */
  readonly dropped: Readonly<Record<string, number>>
}

export interface LocalEntity extends EntityRef {
  readonly bucket: string | null
}

export interface RemoteEntity extends EntityRef {
  readonly bucket: string | null
  readonly contact: Contact
}

/** Whether a remote entity can be heard now, and until when that holds. */
export interface Contact {
  readonly visible: boolean
  /** When it changes; null: not before somebody says so. */
  readonly until: string | null
  readonly why: 'always' | 'plan' | 'command'
}

/** Who and what answers. */
export interface StationInfo {
  readonly name: string
  readonly instance: string
  readonly version: string
  readonly started: string
}
