/** CMP, the management service on port 0: request and answer of one code have one layout and one length. */
import { decodeText, encodeText, Reader, Writer } from '@skyferry/octets'
import type { InterfaceCounters } from '../counters.ts'
import { type CspFault, cspFault } from '../packet/faults.ts'
import type { CspAddress } from '../packet/header.ts'
import type { ClockTime, Identity } from './facts.ts'

const REQUEST = 0x00
const REPLY = 0xff
/** Of an interface's name, with its NUL. */
const NAME_OCTETS = 11

const CODES = { ident: 1, 'route-v1': 2, interface: 3, peek: 4, poke: 5, clock: 6, 'route-v2': 7 } as const
const IDENT_OCTETS = [20, 30, 20, 12, 9] as const

export type Cmp = { readonly isReply: boolean } & (
  | { readonly code: 'ident'; readonly identity: Identity }
  /** An exact route, version 1: addresses of 8 bits; 255 is no next hop. */
  | {
      readonly code: 'route-v1'
      readonly destination: CspAddress
      readonly via: number
      readonly interface: string
    }
  | {
      readonly code: 'route-v2'
      readonly destination: CspAddress
      readonly via: number
      readonly netmask: number
      readonly interface: string
    }
  | { readonly code: 'interface'; readonly interface: string; readonly counters: InterfaceCounters }
  /** Seconds of 0 in a request only read the clock. */
  | ({ readonly code: 'clock' } & ClockTime)
  /** Reading and writing memory: known, and not offered. */
  | { readonly code: 'peek' | 'poke' }
)

export const NO_IDENTITY: Identity = { hostname: '', model: '', revision: '', date: '', time: '' }

const COUNTERS = [
  'tx',
  'rx',
  'txError',
  'rxError',
  'drop',
  'authError',
  'frame',
  'txOctets',
  'rxOctets',
  'irq',
] as const satisfies readonly (keyof InterfaceCounters)[]

export function decodeCmp(payload: Uint8Array): Cmp | CspFault {
  const reader = new Reader(payload)
  const type = reader.u8()
  const number = reader.u8()
  if (reader.fault !== undefined) return cspFault('truncated', payload.length)
  if (type !== REQUEST && type !== REPLY) return cspFault('bad-cmp', 0)
  const cmp = bodyOf(reader, number, type === REPLY)
  if (cmp === undefined) return cspFault('bad-cmp', 1)
  if (reader.fault !== undefined || reader.remaining > 0) return cspFault('bad-cmp', payload.length)
  return cmp
}

function bodyOf(reader: Reader, number: number, isReply: boolean): Cmp | undefined {
  switch (number) {
    case CODES.ident: {
      const [hostname, model, revision, date, time] = IDENT_OCTETS.map(octets => text(reader, octets))
      const identity = { hostname, model, revision, date, time } as Identity
      return { code: 'ident', isReply, identity }
    }
    case CODES['route-v1']: {
      const destination = reader.u8() as CspAddress
      return {
        code: 'route-v1',
        isReply,
        destination,
        via: reader.u8(),
        interface: text(reader, NAME_OCTETS),
      }
    }
    case CODES['route-v2']: {
      const destination = reader.u16() as CspAddress
      const via = reader.u16()
      const netmask = reader.u16()
      const name = text(reader, NAME_OCTETS)
      reader.skip(1)
      return { code: 'route-v2', isReply, destination, via, netmask, interface: name }
    }
    case CODES.interface: {
      const name = text(reader, NAME_OCTETS)
      const counters = Object.fromEntries(COUNTERS.map(counter => [counter, reader.u32()]))
      return {
        code: 'interface',
        isReply,
        interface: name,
        counters: counters as unknown as InterfaceCounters,
      }
    }
    case CODES.clock:
      return { code: 'clock', isReply, seconds: reader.u32(), nanoseconds: reader.u32() }
    case CODES.peek:
    case CODES.poke:
      reader.rest()
      return { code: number === CODES.peek ? 'peek' : 'poke', isReply }
    default:
      return undefined
  }
}

export function encodeCmp(cmp: Exclude<Cmp, { readonly code: 'peek' | 'poke' }>): Uint8Array {
  const octets = new Uint8Array(LENGTHS[cmp.code])
  const writer = new Writer(octets)
  writer.u8(cmp.isReply ? REPLY : REQUEST)
  writer.u8(CODES[cmp.code])
  switch (cmp.code) {
    case 'ident': {
      const { hostname, model, revision, date, time } = cmp.identity
      for (const [index, field] of [hostname, model, revision, date, time].entries()) {
        putText(writer, field, IDENT_OCTETS[index]!)
      }
      break
    }
    case 'route-v1':
      writer.u8(cmp.destination)
      writer.u8(cmp.via)
      putText(writer, cmp.interface, NAME_OCTETS)
      break
    case 'route-v2':
      writer.u16(cmp.destination)
      writer.u16(cmp.via)
      writer.u16(cmp.netmask)
      putText(writer, cmp.interface, NAME_OCTETS)
      break
    case 'interface':
      putText(writer, cmp.interface, NAME_OCTETS)
      for (const counter of COUNTERS) writer.u32(cmp.counters[counter] >>> 0)
      break
    case 'clock':
      writer.u32(cmp.seconds)
      writer.u32(cmp.nanoseconds)
      break
  }
  return octets
}

/** Octets of a message of each code; what C's padding adds at the end is really on the wire. */
const LENGTHS = { ident: 93, 'route-v1': 15, interface: 53, clock: 10, 'route-v2': 20 } as const

/** Up to the NUL, or the whole field. */
function text(reader: Reader, octets: number): string {
  const field = reader.bytes(octets)
  const end = field.indexOf(0)
  return decodeText(end < 0 ? field : field.subarray(0, end))
}

/** Cut so that a NUL fits behind it. */
function putText(writer: Writer, value: string, octets: number): void {
  const field = new Uint8Array(octets)
  field.set(encodeText(value).subarray(0, octets - 1))
  writer.bytes(field)
}
