/** What a local user may ask of an entity (section 3.4), and the answers. */
import type { ContactWindow, LinkDirection } from './contact.ts'
import type { EntityId, FaultHandlerOverride, FilestoreRequest, PduOf, SequenceNumber } from './pdu/model.ts'

/** The sender's entity id and its sequence number: the name of a transaction at both ends. */
export interface TransactionId {
  readonly source: EntityId
  readonly sequence: SequenceNumber
}

export interface PutRequest {
  readonly kind: 'put'
  readonly destination: EntityId
  /** Absent: the first local id. */
  readonly source?: EntityId
  /** Name in the local filestore; absent (with `destinationName`) for a transaction without a file. */
  readonly sourceName?: string
  /** Absent: the source name's last part. */
  readonly destinationName?: string
  /** Higher goes first, −128 to 127; 0 when absent. Those of one priority take turns. */
  readonly priority?: number
  readonly mode?: 'acknowledged' | 'unacknowledged'
  readonly closureRequested?: boolean
  readonly checksumType?: number
  readonly messages?: readonly Uint8Array[]
  readonly filestoreRequests?: readonly FilestoreRequest[]
  readonly faultHandlerOverrides?: readonly FaultHandlerOverride[]
  readonly flowLabel?: Uint8Array
}

/** Word of the link to a remote entity (section 4.12); no record of it is kept. */
export type LinkRequest =
  /** The opportunity to transmit to it, or to receive from it, has ended or begun. */
  | { readonly kind: 'freeze' | 'thaw'; readonly remote: EntityId; readonly direction: LinkDirection }
  /** A plan of opportunities, in the place of the last; `windows` undefined: there is contact always. */
  | {
      readonly kind: 'contacts'
      readonly remote: EntityId
      readonly windows: readonly ContactWindow[] | undefined
    }

export type Request =
  | PutRequest
  | LinkRequest
  | { readonly kind: 'cancel'; readonly transaction: TransactionId }
  | { readonly kind: 'suspend'; readonly transaction: TransactionId }
  | { readonly kind: 'resume'; readonly transaction: TransactionId }
  /** Another priority for what this entity sends, −128 to 127. */
  | { readonly kind: 'priority'; readonly transaction: TransactionId; readonly priority: number }
  | { readonly kind: 'report'; readonly transaction: TransactionId }
  /** Class 2 sender: asks the peer what it misses (`nak`) or how far it is (`keep-alive`), section 4.6.5. */
  | {
      readonly kind: 'prompt'
      readonly transaction: TransactionId
      readonly response: PduOf<'prompt'>['response']
    }

export type Reply =
  | { readonly kind: 'accepted'; readonly transaction: TransactionId }
  /** A link request. */
  | { readonly kind: 'noted' }
  | { readonly kind: 'refused'; readonly reason: string }
