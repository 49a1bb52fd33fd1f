/** The header, field by field (section 5.1). */
import { flag, type Gist, type Scribe, spare } from './scribe.ts'

const FILE_DATA = 0x10
/** Transmission modes, also where reserved messages name one. */
export const MODES: readonly [string, string] = ['acknowledged', 'unacknowledged']
export const SEGMENTATION: readonly [string, string] = [
  'record boundaries not preserved',
  'record boundaries preserved',
]

/** @param modern version 1; before it, three bits were reserved */
export function describeHeader(scribe: Scribe, modern: boolean): Gist {
  const first = scribe.bits(
    { name: 'Version', high: 7, low: 5, note: sayVersion },
    flag('PDU type', 4, ['file directive', 'file data']),
    flag('Direction', 3, ['toward the file receiver', 'toward the file sender']),
    flag('Transmission mode', 2, MODES),
    flag('CRC flag', 1, ['no CRC', 'CRC present']),
    modern ? flag('Large file flag', 0, ['small file', 'large file']) : spare(0, 0),
  )
  scribe.uint('PDU data field length', 2)
  const inDirective = (first & FILE_DATA) === 0 ? notInDirectives : undefined
  const widths = scribe.bits(
    modern ? flag('Segmentation control', 7, SEGMENTATION, inDirective) : spare(7, 7),
    { name: 'Length of entity IDs', high: 6, low: 4, say: sayWidth },
    modern ? flag('Segment metadata flag', 3, ['absent', 'present'], inDirective) : spare(3, 3),
    { name: 'Length of transaction sequence number', high: 2, low: 0, say: sayWidth },
  )
  const entityIdLength = ((widths >> 4) & 7) + 1
  const source = scribe.uint('Source entity ID', entityIdLength)
  const sequence = scribe.uint('Transaction sequence number', (widths & 7) + 1)
  const destination = scribe.uint('Destination entity ID', entityIdLength)
  return { value: `transaction ${source}/${sequence}, file to ${destination}` }
}

function sayVersion(version: number): string | undefined {
  if (version === 1) return undefined
  return version === 0 ? 'issues before 727.0-B-5' : 'unknown'
}

function sayWidth(lessOne: number): string {
  return lessOne === 0 ? '1 octet' : `${lessOne + 1} octets`
}

function notInDirectives(value: number): string | undefined {
  return value === 0 ? undefined : 'means nothing in a file directive, is ignored'
}
