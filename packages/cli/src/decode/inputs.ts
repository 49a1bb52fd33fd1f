/** What `decode` is given: which protocol, and where the octets are. Pure. */
import { decodePrimaryHeader, isFault } from '@skyferry/octets'
import { parseHex } from '../hex.ts'
import { nearest, UsageError } from '../usage.ts'

const LATER = ['csp', 'dtp']
export type Protocol = 'cfdp' | 'cdp'

export type Source =
  | { readonly kind: 'hex'; readonly octets: Uint8Array }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdin' }

/**
 * `[cfdp] HEX…|FILE…|-`; hexadecimal digits may be spread over several operands, as they are pasted.
 *
 * @param isFile whether there is a file of that name
 * @throws {UsageError} for protocols to come, and for what is neither a file nor hexadecimal
 */
export function parseDecode(operands: readonly string[], isFile: (path: string) => boolean): Source[] {
  const [first, ...others] = operands
  if (first !== undefined && LATER.includes(first) && !isFile(first)) {
    throw new UsageError(`decoding ${first} comes with a later version; this one decodes cfdp and cdp`)
  }
  const inputs = protocolOf(operands, isFile) !== undefined ? others : operands
  if (inputs.length === 0)
    throw new UsageError('there is nothing to decode; give hexadecimal digits, a file or -')
  const sources: Source[] = []
  let digits = ''
  for (const input of inputs) {
    if (input === '-') sources.push({ kind: 'stdin' })
    else if (isFile(input)) sources.push({ kind: 'file', path: input })
    else digits += requireHex(input)
  }
  if (digits !== '') sources.push({ kind: 'hex', octets: parseHex(digits) })
  return sources
}

/** The protocol that is named in front; undefined where none is, which means cfdp. */
export function protocolOf(
  [first]: readonly string[],
  isFile: (path: string) => boolean,
): Protocol | undefined {
  return (first === 'cfdp' || first === 'cdp') && !isFile(first) ? first : undefined
}

function requireHex(input: string): string {
  if (/^(?:0x)?[0-9a-fA-F\s:_]+$/i.test(input)) return input.replace(/^0x/i, '')
  const near = nearest(input, ['cfdp', 'cdp', ...LATER])
  if (near !== undefined) throw new UsageError(`'${input}' is not known: did you mean '${near}'?`)
  const looksLikePath = /[./\\]/.test(input)
  throw new UsageError(
    looksLikePath ? `there is no file '${input}'` : `'${input}' is neither a file nor hexadecimal`,
  )
}

/** Is this the beginning of a capture file, in either order of octets, in micro- or nanoseconds? */
export function isPcap(content: Uint8Array): boolean {
  if (content.length < 24) return false
  const magic = new DataView(content.buffer, content.byteOffset).getUint32(0)
  return [0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1].includes(magic)
}

/** The PDUs of a file that is no capture: one per line of hexadecimal digits, or the file itself. */
export function pdusOfText(content: Uint8Array): Uint8Array[] {
  const text = new TextDecoder().decode(content)
  if (!/^[0-9a-fA-Fx\s:_]*$/.test(text)) return [content]
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => parseHex(line))
}

/**
 * What stands in a captured space packet behind its primary header. Ours are captured as packets only without a secondary
 * header; the packet itself when it is none.
 */
export function packetData(packet: Uint8Array): Uint8Array {
  const header = decodePrimaryHeader(packet)
  return isFault(header) ? packet : packet.subarray(6, 6 + header.dataOctets)
}
