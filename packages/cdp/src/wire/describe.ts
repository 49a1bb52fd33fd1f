/** A datagram for people: what each octet says, with the section of docs/conformance' reference. Pure. */
import { isFault, toHex } from '@skyferry/octets'
import { decode } from './decode.ts'
import { CDP_FAULTS, type CdpFault } from './faults.ts'
import type { Message, PayloadFlag } from './message.ts'

/** One field of a datagram. */
export interface DescribedField {
  readonly name: string
  readonly value: string
  /** Half-open, from the front of the datagram. */
  readonly octets: { readonly from: number; readonly to: number }
  readonly bits?: string
  readonly section: string
  readonly note?: string
}

export interface Description {
  readonly message: Message | undefined
  readonly fault: (CdpFault & { readonly text: string }) | undefined
  readonly fields: readonly DescribedField[]
}

const PAYLOAD_WORDS: Readonly<Record<PayloadFlag, string>> = {
  0: 'payload',
  1: 'payload, ack requested',
  2: 'payload, gives control',
  3: 'payload, gives control, ack requested',
  4: 'halt with payload',
  5: 'payload and close',
}
const SHOWN_OCTETS = 32

/** The kind of datagram in the draft's words. */
export function wordsFor(message: Message): string {
  switch (message.kind) {
    case 'payload':
      return PAYLOAD_WORDS[message.flag]
    case 'random':
      return 'random payload'
    case 'check':
      return 'check connection'
    case 'reserved':
      return 'unassigned'
    default:
      return message.kind
  }
}

/** One line, as tools print it: `payload, gives control 7, 12 octets`. */
export function summarize(datagram: Uint8Array): string {
  const message = decode(datagram)
  if (isFault(message)) return `refused: ${message.code}`
  const words = wordsFor(message)
  switch (message.kind) {
    case 'payload':
      return `${words} ${message.id}, ${message.data.length} octets`
    case 'random':
      return `${words}, ${message.data.length} octets`
    case 'ack':
    case 'resend':
    case 'check':
      return `${words} ${message.id}`
    case 'reserved':
      return `${words} (flag ${message.flag})`
    default:
      return words
  }
}

export function describe(datagram: Uint8Array): Description {
  const message = decode(datagram)
  const fields: DescribedField[] = []
  if (datagram.length === 0) {
    fields.push({ name: 'heartbeat', value: 'no octets', octets: { from: 0, to: 0 }, section: '3.2' })
    return { message: message as Message, fault: undefined, fields }
  }
  const flag = datagram[0]! >> 4
  const fault = isFault(message) ? { ...message, text: CDP_FAULTS[message.code] } : undefined
  fields.push({
    name: 'flag',
    value: `${flag} ${isFault(message) ? '' : `(${wordsFor(message)})`}`.trim(),
    octets: { from: 0, to: 1 },
    bits: '7-4',
    section: '3.1',
    ...(fault === undefined ? {} : { note: fault.text }),
  })
  if (isFault(message)) return { message: undefined, fault, fields }
  const headerOctets = 'id' in message ? 2 : 1
  if ('id' in message) {
    fields.push({
      name: 'payload id',
      value: String(message.id),
      octets: { from: 0, to: 2 },
      bits: '11-0',
      section: '4',
    })
  } else if ((datagram[0]! & 0x0f) !== 0) {
    const value = String(datagram[0]! & 0x0f)
    const note = 'sent as 0, ignored'
    fields.push({ name: 'low nibble', value, octets: { from: 0, to: 1 }, bits: '3-0', section: '3.2', note })
  }
  const rest = datagram.subarray(headerOctets)
  const octets = { from: headerOctets, to: datagram.length }
  if ('data' in message) {
    fields.push({
      name: 'data',
      value: `${rest.length} octets ${preview(rest)}`.trim(),
      octets,
      section: '3.2',
    })
  } else if (rest.length > 0) {
    fields.push({ name: 'trailing octets', value: preview(rest), octets, section: '3.2', note: 'ignored' })
  }
  return { message, fault, fields }
}

function preview(octets: Uint8Array): string {
  const shown = toHex(octets.subarray(0, SHOWN_OCTETS))
  return octets.length > SHOWN_OCTETS ? `${shown}…` : shown
}
