/** What an entity tells its local user (section 3.5). */
import type { Millis } from '@skyferry/engine'
import type {
  ConditionCode,
  DeliveryCode,
  EntityId,
  FileStatus,
  FilestoreResponse,
  Range,
} from './pdu/model.ts'
import type { Ending } from './records.ts'
import type { TransactionId } from './requests.ts'

export type Role = 'sender' | 'receiver'

interface About {
  readonly transaction: TransactionId
  readonly role: Role
}

export type Indication =
  | (About & { readonly kind: 'transaction' })
  | (About & { readonly kind: 'eof-sent' })
  | (About & {
      readonly kind: 'metadata-recv'
      readonly source: EntityId
      /** The local entity it is addressed to. */
      readonly destination: EntityId
      readonly fileSize: number
      readonly sourceName: string
      readonly destinationName: string
      readonly messages: readonly Uint8Array[]
    })
  | (About & { readonly kind: 'eof-recv' })
  | (About & {
      readonly kind: 'transaction-finished'
      readonly condition: ConditionCode
      readonly delivery: DeliveryCode
      readonly fileStatus: FileStatus
      readonly responses: readonly FilestoreResponse[]
      /** Receiver: the name the file really got. */
      readonly name?: string
      readonly report: TransactionReport
    })
  | (About & { readonly kind: 'suspended'; readonly condition: ConditionCode })
  | (About & { readonly kind: 'resumed'; readonly progress: number })
  | (About & {
      readonly kind: 'fault'
      readonly condition: ConditionCode
      readonly progress: number
      readonly reason: string
    })
  | (About & { readonly kind: 'abandoned'; readonly condition: ConditionCode; readonly progress: number })
  | (About & { readonly kind: 'report'; readonly report: TransactionReport })
  /** Not in the standard: something an operator should hear once; `code` is listed in docs/operating/codes.md. */
  | (About & { readonly kind: 'notice'; readonly code: string; readonly text: string })

/** A transaction as it stands; what progress bars and explanations are made of. */
export interface TransactionReport {
  readonly transaction: TransactionId
  readonly role: Role
  /** The entity at the other end. */
  readonly peer: EntityId
  readonly mode: 'acknowledged' | 'unacknowledged'
  readonly state: string
  readonly suspended: boolean
  /** Octets; undefined while unknown. */
  readonly size: number | undefined
  /** Sender: octets the peer is known to hold, or sent where it never says; receiver: octets held. */
  readonly octets: number
  /** Holes in what is held (receiver) or still to be resent (sender). */
  readonly gaps: number
  /** Octets made durable at the receiver. */
  readonly safeOctets: number
  readonly pdus: { readonly sent: number; readonly received: number; readonly resent: number }
  /** There is no contact now, and the plan says when the next begins, on the engine's clock. */
  readonly nextContact?: Millis
  /** One sentence: what it waits for and what happens next. */
  readonly waitingFor: string
  readonly names: { readonly source: string; readonly destination: string }
  /** At most the first `HOLES_MAX` holes, for a gap map. */
  readonly holes: readonly Range[]
  /** Smoothed, once measured. */
  readonly roundTripMs: number | undefined
  /** Once it has ended, or Finished says how it will. */
  readonly ending?: Ending
}

export const HOLES_MAX = 64

/** What a report says of either end alike. */
export type ReportedOfAny = Pick<TransactionReport, 'transaction' | 'peer' | 'mode' | 'pdus' | 'roundTripMs'>
