/**
 * The bare stream: what `node:dgram` alone can do, file to file. A datagram is a header as long as a File Data PDU's
 * and then octets of the file; an acknowledgement is the number of the next datagram wanted. Nothing is sent again
 * unless something was lost, and then everything from there: on loopback, with a window the peer's buffer holds,
 * that does not happen.
 */

/** What CFDP spends with 2-octet ids and a 4-octet sequence number: 12 of header, 4 of offset. */
export const HEADER_OCTETS = 16
export const ACK_OCTETS = 4
/** Sent by the sender until the first acknowledgement: who is there, before the clock starts. */
export const HELLO = 0xffff_ffff

/** File octets per datagram; the last one carries what is left. */
export function payloadOctets(datagramOctets: number): number {
  return datagramOctets - HEADER_OCTETS
}

/** Files are read and written in blocks of whole payloads, about this long. */
export const BLOCK_OCTETS: number = 64 * 1024

export function blockOctets(payload: number): number {
  return Math.max(1, Math.floor(BLOCK_OCTETS / payload)) * payload
}
