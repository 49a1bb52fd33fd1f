/**
 * Reserved messages to user (CCSDS 727.0-B-5 section 6): the words in which users of two entities ask each other for
 * work. To the protocol they are opaque; a bad one spoils nothing but itself.
 */
import type {
  ConditionCode,
  DeliveryCode,
  EntityId,
  FaultHandlerOverride,
  FileStatus,
  FilestoreRequest,
  FilestoreResponse,
  SequenceNumber,
  TransactionStatus,
} from '../pdu/model.ts'

/** A transaction, named in a message. */
export interface NamedTransaction {
  readonly source: EntityId
  readonly sequence: SequenceNumber
  /** Octets it was written with, 1 to 8; the encoder takes the fewest where they are absent. */
  readonly entityIdLength?: number
  readonly sequenceLength?: number
}

interface Blob {
  readonly value: Uint8Array
}

interface Listing {
  readonly directoryName: string
  /** Where the requester wants the listing to arrive. */
  readonly directoryFileName: string
}

interface SuspensionState extends NamedTransaction {
  readonly suspended: boolean
  readonly status: TransactionStatus
}

/** Who is told about the hops of a store-and-forward transaction. */
export const TraceControl = { None: 0, Source: 1, Destination: 2, Both: 3 } as const
export type TraceControl = (typeof TraceControl)[keyof typeof TraceControl]

/** The fields of each message, by its name. Entity ids that stand alone remember their width like fault locations. */
export interface ReservedBodies {
  'proxy-put-request': {
    readonly destination: EntityId
    readonly destinationLength?: number
    /** Both names empty: a transaction without a file. */
    readonly sourceName: string
    readonly destinationName: string
  }
  'proxy-message-to-user': Blob
  'proxy-filestore-request': { readonly request: FilestoreRequest }
  'proxy-fault-handler-override': FaultHandlerOverride
  'proxy-transmission-mode': { readonly mode: 'acknowledged' | 'unacknowledged' }
  'proxy-flow-label': Blob
  'proxy-segmentation-control': { readonly segmentationControl: boolean }
  'proxy-put-response': {
    readonly condition: ConditionCode
    readonly delivery: DeliveryCode
    readonly fileStatus: FileStatus
  }
  'proxy-filestore-response': { readonly response: FilestoreResponse }
  'proxy-put-cancel': Record<never, never>
  'originating-transaction-id': NamedTransaction
  'proxy-closure-request': { readonly closureRequested: boolean }
  'directory-listing-request': Listing
  'directory-listing-response': Listing & { readonly succeeded: boolean }
  /** Not in the standard: an extension of spacepackets-py. */
  'directory-listing-options': { readonly recursive: boolean; readonly all: boolean }
  'remote-status-report-request': NamedTransaction & { readonly reportFileName: string }
  'remote-status-report-response': NamedTransaction & {
    readonly succeeded: boolean
    readonly status: TransactionStatus
  }
  'remote-suspend-request': NamedTransaction
  'remote-suspend-response': SuspensionState
  'remote-resume-request': NamedTransaction
  'remote-resume-response': SuspensionState
  'sfo-request': {
    readonly traceControl: TraceControl
    readonly mode: 'acknowledged' | 'unacknowledged'
    readonly segmentationControl: boolean
    readonly closureRequested: boolean
    readonly priorWaypoints: number
    readonly requestLabel: Uint8Array
    readonly source: EntityId
    readonly sourceLength?: number
    readonly destination: EntityId
    readonly destinationLength?: number
    readonly sourceName: string
    readonly destinationName: string
  }
  'sfo-message-to-user': Blob
  'sfo-flow-label': Blob
  'sfo-fault-handler-override': FaultHandlerOverride
  'sfo-filestore-request': { readonly request: FilestoreRequest }
  'sfo-report': {
    readonly requestLabel: Uint8Array
    readonly source: EntityId
    readonly sourceLength?: number
    readonly destination: EntityId
    readonly destinationLength?: number
    readonly reporting: EntityId
    readonly reportingLength?: number
    readonly priorWaypoints: number
    readonly reportCode: number
    readonly condition: ConditionCode
    readonly direction: 'to-receiver' | 'to-sender'
    readonly delivery: DeliveryCode
    readonly fileStatus: FileStatus
  }
  'sfo-filestore-response': { readonly response: FilestoreResponse }
}

export type ReservedKind = keyof ReservedBodies
export type ReservedMessageOf<K extends ReservedKind> = { readonly kind: K } & ReservedBodies[K]
export type ReservedMessage = { [K in ReservedKind]: ReservedMessageOf<K> }[ReservedKind]
