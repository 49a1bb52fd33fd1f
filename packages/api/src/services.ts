/** Services and the entities they know. */
import type { EntityRef } from './transfers.ts'
import { type Check, type Problem, problem, readObject } from './validate.ts'

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

/** Says when a remote entity can be heard. */
export interface ContactRequest {
  /** A command, which goes before any plan; null takes it back. */
  readonly visible?: boolean | null
  /** A plan in place of the one before; empty: never; null: always. */
  readonly windows?: readonly { readonly from: string; readonly to: string }[] | null
}

export function readContactRequest(value: unknown): ContactRequest | Problem {
  const request = readObject(value, ['visible', 'windows'], reader => ({
    ...reader.given('visible', reader.orNull(reader.flag)),
    ...reader.given('windows', reader.orNull(reader.listOf(readWindow))),
  }))
  if (!('kind' in request) && request.visible === undefined && request.windows === undefined) {
    return problem('visible or windows says what is to hold')
  }
  return request
}

const readWindow: Check<{ readonly from: string; readonly to: string }> = value => {
  const window = readObject(value, ['from', 'to'], reader => ({
    from: reader.required('from', reader.time),
    to: reader.required('to', reader.time),
  }))
  if (!('kind' in window) && window.from >= window.to)
    return problem('is a window that ends before it begins')
  return window
}
