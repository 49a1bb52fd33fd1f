import { unreachable } from '@skyferry/engine'
import { Flag, type Message, PAYLOAD_HEADER_OCTETS, type PayloadId, RANDOM_HEADER_OCTETS } from './message.ts'

/** Octets of the datagram that says this. */
export function encodedLength(message: Message): number {
  switch (message.kind) {
    case 'heartbeat':
      return 0
    case 'halt':
    case 'reserved':
      return 1
    case 'ack':
    case 'resend':
    case 'check':
      return 2
    case 'random':
      return RANDOM_HEADER_OCTETS + message.data.length
    case 'payload':
      return PAYLOAD_HEADER_OCTETS + message.data.length
    default:
      return unreachable(message)
  }
}

/** Writes a datagram to the front of `target`, which has room for it; answers its length. */
export function encodeInto(target: Uint8Array, message: Message): number {
  switch (message.kind) {
    case 'heartbeat':
      return 0
    case 'halt':
      target[0] = Flag.Halt << 4
      return 1
    case 'reserved':
      target[0] = message.flag << 4
      return 1
    case 'ack':
      return header(target, Flag.Ack, message.id)
    case 'resend':
      return header(target, Flag.Resend, message.id)
    case 'check':
      return header(target, Flag.CheckConnection, message.id)
    case 'random':
      target[0] = Flag.Random << 4
      target.set(message.data, RANDOM_HEADER_OCTETS)
      return RANDOM_HEADER_OCTETS + message.data.length
    case 'payload':
      header(target, message.flag, message.id)
      target.set(message.data, PAYLOAD_HEADER_OCTETS)
      return PAYLOAD_HEADER_OCTETS + message.data.length
    default:
      return unreachable(message)
  }
}

/** A datagram of its own. */
export function encode(message: Message): Uint8Array {
  const octets = new Uint8Array(encodedLength(message))
  encodeInto(octets, message)
  return octets
}

function header(target: Uint8Array, flag: number, id: PayloadId): number {
  target[0] = (flag << 4) | (id >> 8)
  target[1] = id
  return 2
}
