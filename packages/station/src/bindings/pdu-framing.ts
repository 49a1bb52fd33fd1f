import { headerLength } from '@skyferry/cfdp'
import type { Framing } from '@skyferry/octets'

/**
 * PDUs in a stream, cut by their own lengths (CCSDS 727.0-B-5 section 5.1): four octets say where one ends. What begins
 * with another version than 1 is no PDU, and neither is one without a data field: the stream has lost its place.
 */
export const PDU_FRAMING: Framing = {
  prefixOctets: 0,
  headOctets: 4,
  measure(octets, from, to) {
    if (to > from && octets[from]! >> 5 !== 1) return { kind: 'fault', code: 'bad-version', offset: from }
    if (to - from < 4) return undefined
    if (octets[from + 1] === 0 && octets[from + 2] === 0) {
      return { kind: 'fault', code: 'truncated', offset: from + 1 }
    }
    const widths = octets[from + 3]!
    const entityIdLength = ((widths >> 4) & 7) + 1
    const sequenceLength = (widths & 7) + 1
    const dataOctets = (octets[from + 1]! << 8) | octets[from + 2]!
    return headerLength({ entityIdLength, sequenceLength }) + dataOctets
  },
}
