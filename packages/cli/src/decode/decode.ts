/** `decode`: what octets say. Pure: the octets have been read, the decoder is handed in. */
import type { Output } from '../output/output.ts'
import { Exit } from '../usage.ts'
import { type Field, table } from './table.ts'

/** A datagram, and where it was found. */
export interface Found {
  readonly octets: Uint8Array
  /** Such as `capture.pcap` or `stdin`; undefined for digits on the command line. */
  readonly where: string | undefined
  /** When it was captured, milliseconds since 1970. */
  readonly atMs?: number
  readonly from?: string
  readonly to?: string
}

/** Everything a decoder has to say of a datagram. */
export interface Decoding {
  readonly fields: readonly Field[]
  /** The PDU as data; undefined when it is refused. */
  readonly pdu: object | undefined
  /** Why it is refused. */
  readonly fault: { readonly code: string; readonly offset: number; readonly text: string } | undefined
}

/** @returns 1 when the decoder refuses any of them */
export function runDecode(
  found: readonly Found[],
  decode: (octets: Uint8Array) => Decoding,
  output: Output,
): Exit {
  let refused = 0
  for (const [index, datagram] of found.entries()) {
    const decoding = decode(datagram.octets)
    if (decoding.fault !== undefined) refused += 1
    const { octets, where, atMs, from, to } = datagram
    const fields = {
      index,
      octets: octets.length,
      ...(where === undefined ? {} : { where }),
      ...(atMs === undefined ? {} : { captured: new Date(atMs).toISOString() }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...decoding.pdu,
      ...(decoding.fault === undefined ? {} : { fault: decoding.fault }),
      fields: decoding.fields,
    }
    output.finding({
      type: 'pdu',
      fields,
      text: `${headline(datagram, index, decoding)}\n${table(decoding.fields)}\n`,
    })
  }
  if (found.length === 0) output.event({ code: 'nothing', text: 'there is no datagram in it' })
  if (refused > 0 && found.length > 1) {
    output.event({ code: 'refused', text: `${refused} of ${found.length} are refused` })
  }
  return refused === 0 ? Exit.Done : Exit.Failed
}

function headline(datagram: Found, index: number, decoding: Decoding): string {
  const { octets, where, atMs, from, to } = datagram
  const parts = [
    where === undefined ? undefined : `${where} ${index + 1}`,
    atMs === undefined ? undefined : new Date(atMs).toISOString(),
    from === undefined || to === undefined ? undefined : `${from} → ${to}`,
    `${octets.length} octets`,
    decoding.fault === undefined
      ? undefined
      : `refused (${decoding.fault.code} at octet ${decoding.fault.offset}): ${decoding.fault.text}`,
  ]
  return parts.filter(part => part !== undefined).join('  ')
}
