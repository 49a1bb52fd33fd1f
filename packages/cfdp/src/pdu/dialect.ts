/** Where peers write or read PDUs otherwise than the standard. All absent: the standard. */

/** How to read a peer's PDUs. */
export interface DecodeDialect {
  /** Accept version 0 (issues before 5), whose reserved bits are not looked at. */
  readonly acceptVersion0?: boolean
  /** The Metadata bit that asks for closure: 0x40, or 0x80 as NASA's CF writes it. */
  readonly closureBitMask?: 0x40 | 0x80
  /** The data field length of a directive without CRC is too small: the datagram's end is meant (n7s). */
  readonly dataFieldExtendsToDatagramEnd?: boolean
  /** Accept any status in a filestore response; unknown ones mean that the request failed. */
  readonly anyResponseStatus?: boolean
  /** The length octet of a fault location is one less than its length (ASU's cfdp-rs). */
  readonly faultLocationLengthMinusOne?: boolean
}

/** How to write PDUs for a peer. */
export interface EncodeDialect {
  readonly closureBitMask?: 0x40 | 0x80
  /** Filestore requests and responses on one file carry an empty second name (ION, dariol83/ccsds, ASU). */
  readonly emptySecondNameLv?: boolean
  readonly faultLocationLengthMinusOne?: boolean
  /** Reserved messages name a transaction by a whole originating-transaction-id message (OpenC3), not bare. */
  readonly remoteMessageIdForm?: 'bare' | 'nested'
}

/** How to read and write one peer's PDUs. */
export interface PduDialect extends DecodeDialect, EncodeDialect {}

export const STANDARD_DIALECT: PduDialect = {}
