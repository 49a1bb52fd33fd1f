/** Why octets are not a PDU. The engine counts them by code, drops the datagram, and answers nothing. */
import type { Fault } from '@skyferry/octets'

/** Every way for a datagram or a reserved message to be refused, and what an operator may read about it. */
export const CFDP_FAULTS = {
  truncated: 'ends before a field that must be there',
  'trailing-bytes': 'octets are left over after the last field',
  'number-too-large': 'a size or offset is beyond 2^53 - 1 octets',
  'bad-version': 'protocol version is not 1 (issue 5 of the standard)',
  'bad-crc': 'the CRC does not match the octets',
  'reserved-directive-code': 'no PDU has this directive code',
  'wrong-direction': 'this kind of PDU never travels in this direction',
  'reserved-condition-code': 'condition codes 12 and 13 are reserved',
  'bad-acked-directive': 'only EOF and Finished are acknowledged',
  'bad-scope': 'a NAK whose scope ends before it starts',
  'bad-segment-request': 'a segment request without octets that is not the 0-0 of Metadata',
  'unknown-tlv-type': 'a TLV that has no place in this PDU',
  'bad-tlv-length': 'a TLV of a fixed length has another',
  'bad-entity-id-length': 'entity ids have 1 to 8 octets',
  'reserved-action-code': 'filestore actions are 0 to 8',
  'reserved-status-code': 'this filestore action has no such status',
  'unexpected-second-name': 'a filestore action on one file names two',
  'reserved-handler-code': 'fault handlers are 1 to 4',
  'reserved-message-type': 'no reserved message has this type',
} as const

export type CfdpFaultCode = keyof typeof CFDP_FAULTS

/** A refusal: `offset` is the octet of the datagram (or message) where it showed. */
export type CfdpFault = Fault & { readonly code: CfdpFaultCode }

export function cfdpFault(code: CfdpFaultCode, offset: number): CfdpFault {
  return { kind: 'fault', code, offset }
}
