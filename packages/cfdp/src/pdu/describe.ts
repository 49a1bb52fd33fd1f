/** What these octets say, field by field, sound or not. */
import { crc16, isFault } from '@skyferry/octets'
import { decodePdu } from './decode.ts'
import { describeDirective, describeFileData, type Flags } from './describe/bodies.ts'
import { describeHeader } from './describe/header.ts'
import { type DescribedField, Scribe } from './describe/scribe.ts'
import { type DecodeDialect, STANDARD_DIALECT } from './dialect.ts'
import type { CfdpFault } from './faults.ts'
import { pduLength } from './header.ts'

/** A datagram for people: a tree of fields in the order of the wire. */
export interface Description {
  readonly fields: readonly DescribedField[]
  /** Why `decodePdu` refuses it. A bad reserved message does not make a bad PDU. */
  readonly fault?: CfdpFault
}

/**
 * Describes one datagram that should hold a PDU. Whatever is wrong with it, it is described as far as it goes; every
 * octet is within one of the top fields.
 */
export function describePdu(datagram: Uint8Array, dialect: DecodeDialect = STANDARD_DIALECT): Description {
  const first = datagram[0] ?? 0
  const widths = datagram[3] ?? 0
  const modern = first >> 5 !== 0
  const fileData = (first & 0x10) !== 0
  const crc = (first & 0x02) !== 0
  const flags: Flags = {
    modern,
    acknowledged: (first & 0x04) === 0,
    largeFile: modern && (first & 0x01) !== 0,
    segmentMetadata: modern && fileData && (widths & 0x08) !== 0,
  }
  const bodyFrom = 7 + 2 * ((widths >> 4) & 7) + (widths & 7)
  const announced = pduLength(datagram) ?? bodyFrom
  const untilEnd = dialect.dataFieldExtendsToDatagramEnd === true && !fileData && !crc
  const end = untilEnd ? Math.max(announced, datagram.length) : announced
  const bodyTo = Math.max(bodyFrom, crc ? end - 2 : end)

  const whole = new Scribe(datagram, 0, datagram.length, '5.1')
  whole.group('PDU header', bodyFrom, '5.1', inner => describeHeader(inner, modern))
  if (datagram.length >= bodyFrom) {
    const width = bodyTo - bodyFrom
    if (fileData) describeFileData(whole, width, flags)
    else describeDirective(whole, width, flags)
    if (crc) describeCrc(whole, datagram, end)
    whole.leftOver('beyond the data field, is ignored')
  }
  const decoded = decodePdu(datagram, dialect)
  return { fields: whole.fields, ...(isFault(decoded) ? { fault: decoded } : {}) }
}

function describeCrc(scribe: Scribe, datagram: Uint8Array, end: number): void {
  const right = crc16(datagram, 0, Math.max(0, Math.min(end, datagram.length) - 2))
  scribe.turnTo('4.1')
  scribe.uint(
    'CRC',
    2,
    found => hex16(Number(found)),
    found => (Number(found) === right ? undefined : `should be ${hex16(right)}`),
  )
}

function hex16(value: number): string {
  return value.toString(16).padStart(4, '0')
}
