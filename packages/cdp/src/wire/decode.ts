import { type CdpFault, cdpFault } from './faults.ts'
import { Flag, type Message, type PayloadFlag, type PayloadId, type ReservedFlag } from './message.ts'

const HEARTBEAT: Message = { kind: 'heartbeat' }
const HALT: Message = { kind: 'halt' }

/**
 * What a datagram says (reference section 3). Data are views of the datagram. Octets after the header of Ack, Resend,
 * CheckConnection and Halt are ignored, and so is the low nibble of a header of one octet.
 */
export function decode(datagram: Uint8Array): Message | CdpFault {
  // First: a heartbeat has no flags to look at.
  if (datagram.length === 0) return HEARTBEAT
  const first = datagram[0]!
  const flag = first >> 4
  if (flag <= Flag.PayloadAndClose) {
    if (datagram.length < 2) return cdpFault('payload-cut-off', 1)
    return { kind: 'payload', flag: flag as PayloadFlag, id: idOf(datagram), data: datagram.subarray(2) }
  }
  switch (flag) {
    case Flag.Random:
      return { kind: 'random', data: datagram.subarray(1) }
    case Flag.Halt:
      return HALT
    case Flag.Ack:
      return datagram.length < 2 ? cdpFault('control-cut-off', 1) : { kind: 'ack', id: idOf(datagram) }
    case Flag.Resend:
      return datagram.length < 2 ? cdpFault('control-cut-off', 1) : { kind: 'resend', id: idOf(datagram) }
    case Flag.CheckConnection:
      return datagram.length < 2 ? cdpFault('control-cut-off', 1) : { kind: 'check', id: idOf(datagram) }
    case 7:
      return cdpFault('unassigned-flag', 0)
    default:
      return { kind: 'reserved', flag: flag as ReservedFlag }
  }
}

/** Twelve bits: the low nibble of the first octet, and the second. */
function idOf(datagram: Uint8Array): PayloadId {
  return (((datagram[0]! & 0x0f) << 8) | datagram[1]!) as PayloadId
}
