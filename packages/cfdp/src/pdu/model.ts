/** The words of CCSDS 727.0-B-5 section 5: headers, PDUs and their parts as plain data. */
import type { Brand } from '@skyferry/engine'

/** 1 to 8 octets on the wire, compared by value; may exceed 2^53, so it is never counted with. */
export type EntityId = Brand<bigint, 'EntityId'>
/** 1 to 8 octets on the wire; chosen by the sender. */
export type SequenceNumber = Brand<bigint, 'SequenceNumber'>

/** The first octet of a file directive (section 5.2). */
export const DirectiveCode = {
  Eof: 0x04,
  Finished: 0x05,
  Ack: 0x06,
  Metadata: 0x07,
  Nak: 0x08,
  Prompt: 0x09,
  KeepAlive: 0x0c,
} as const
export type DirectiveCode = (typeof DirectiveCode)[keyof typeof DirectiveCode]

/** Condition codes (section 5.2.2, table 5-5). 0, 14 and 15 are not faults. */
export const ConditionCode = {
  NoError: 0,
  PositiveAckLimitReached: 1,
  KeepAliveLimitReached: 2,
  InvalidTransmissionMode: 3,
  FilestoreRejection: 4,
  FileChecksumFailure: 5,
  FileSizeError: 6,
  NakLimitReached: 7,
  InactivityDetected: 8,
  InvalidFileStructure: 9,
  CheckLimitReached: 10,
  UnsupportedChecksumType: 11,
  SuspendRequestReceived: 14,
  CancelRequestReceived: 15,
} as const
export type ConditionCode = (typeof ConditionCode)[keyof typeof ConditionCode]

/** Fault handler codes (section 5.4.4). */
export const FaultHandler = { Cancel: 1, Suspend: 2, Ignore: 3, Abandon: 4 } as const
export type FaultHandler = (typeof FaultHandler)[keyof typeof FaultHandler]

/** Checksum types as registered with SANA; any other 4-bit value decodes and is unsupported. */
export const ChecksumType = { Modular: 0, Proximity1: 1, Crc32c: 2, Crc32: 3, Null: 15 } as const
export type ChecksumType = number

export const DeliveryCode = { Complete: 0, Incomplete: 1 } as const
export type DeliveryCode = (typeof DeliveryCode)[keyof typeof DeliveryCode]

export const FileStatus = {
  DiscardedDeliberately: 0,
  DiscardedByFilestore: 1,
  Retained: 2,
  Unreported: 3,
} as const
export type FileStatus = (typeof FileStatus)[keyof typeof FileStatus]

/** What the sender of an ACK knows about the transaction (section 5.2.4). */
export const TransactionStatus = { Undefined: 0, Active: 1, Terminated: 2, Unrecognized: 3 } as const
export type TransactionStatus = (typeof TransactionStatus)[keyof typeof TransactionStatus]

/** Filestore actions (section 5.4.1). */
export const FilestoreAction = {
  CreateFile: 0,
  DeleteFile: 1,
  RenameFile: 2,
  AppendFile: 3,
  ReplaceFile: 4,
  CreateDirectory: 5,
  RemoveDirectory: 6,
  DenyFile: 7,
  DenyDirectory: 8,
} as const
export type FilestoreAction = (typeof FilestoreAction)[keyof typeof FilestoreAction]

/** Which part of a record a File Data PDU carries (section 5.3.2.1). */
export const RecordContinuation = { Middle: 0, Start: 1, End: 2, Whole: 3 } as const
export type RecordContinuation = (typeof RecordContinuation)[keyof typeof RecordContinuation]

/** The header of every PDU (section 5.1), without what follows from the rest (type, lengths). */
export interface Header {
  /** 1 since issue 5 of the standard; 0 only towards legacy peers. */
  readonly version: 0 | 1
  readonly direction: 'to-receiver' | 'to-sender'
  readonly mode: 'acknowledged' | 'unacknowledged'
  readonly crc: boolean
  readonly largeFile: boolean
  /** File Data only: record boundaries are preserved. */
  readonly segmentationControl: boolean
  /** 1 to 8 octets, for both entity ids. */
  readonly entityIdLength: number
  /** 1 to 8 octets. */
  readonly sequenceLength: number
  /** The sender of the file, in both directions. */
  readonly source: EntityId
  readonly sequence: SequenceNumber
  readonly destination: EntityId
}

/** Half-open: `from` ≤ octet < `to`. */
export interface Range {
  readonly from: number
  readonly to: number
}

export interface FilestoreRequest {
  readonly action: FilestoreAction
  readonly firstName: string
  /** Rename, append and replace only. */
  readonly secondName?: string
}

export interface FilestoreResponse extends FilestoreRequest {
  /** 4 bits: 0 successful, 15 not performed, others by action (section 5.4.2). */
  readonly status: number
  readonly message: string
}

export interface FaultHandlerOverride {
  readonly condition: ConditionCode
  readonly handler: FaultHandler
}

/** What Metadata may carry after the names, in the order met, values copied (section 5.2.5). */
export type MetadataOption =
  | ({ readonly tlv: 'fault-handler-override' } & FaultHandlerOverride)
  | { readonly tlv: 'message-to-user'; readonly value: Uint8Array }
  | ({ readonly tlv: 'filestore-request' } & FilestoreRequest)
  | { readonly tlv: 'flow-label'; readonly value: Uint8Array }
  | { readonly tlv: 'unknown'; readonly type: number; readonly value: Uint8Array }

/** The body of each kind of PDU. Sizes and offsets are safe integers: the decoder refuses larger ones. */
export interface Bodies {
  metadata: {
    readonly closureRequested: boolean
    readonly checksumType: ChecksumType
    /** 0 with the header's large-file flag set: unbounded. */
    readonly fileSize: number
    /** Both names empty: no file. */
    readonly sourceName: string
    readonly destinationName: string
    readonly options: readonly MetadataOption[]
  }
  'file-data': {
    readonly offset: number
    /** A view of the datagram, lent like it. */
    readonly data: Uint8Array
    readonly segmentMetadata?: { readonly continuation: RecordContinuation; readonly value: Uint8Array }
  }
  eof: {
    readonly condition: ConditionCode
    /** Unsigned 32 bits. */
    readonly checksum: number
    readonly fileSize: number
    readonly faultLocation?: EntityId
    /** Octets the fault location was written with; the encoder takes the header's width where it is absent. */
    readonly faultLocationLength?: number
  }
  finished: {
    readonly condition: ConditionCode
    readonly delivery: DeliveryCode
    readonly fileStatus: FileStatus
    readonly responses: readonly FilestoreResponse[]
    readonly faultLocation?: EntityId
    readonly faultLocationLength?: number
  }
  'ack-eof': { readonly condition: ConditionCode; readonly status: TransactionStatus }
  'ack-finished': { readonly condition: ConditionCode; readonly status: TransactionStatus }
  nak: {
    /** What the NAK speaks about: inside it, whatever is not requested has been received. */
    readonly scope: Range
    /** The wire's request 0–0. */
    readonly metadataRequested: boolean
    readonly requests: readonly Range[]
  }
  prompt: { readonly response: 'nak' | 'keep-alive' }
  'keep-alive': { readonly progress: number }
}
export type PduKind = keyof Bodies
export type PduOf<K extends PduKind = PduKind> = { [P in K]: { readonly kind: P } & Bodies[P] }[K]
export type Pdu = PduOf

/** A whole decoded datagram. */
export interface Decoded {
  readonly header: Header
  readonly pdu: Pdu
}
