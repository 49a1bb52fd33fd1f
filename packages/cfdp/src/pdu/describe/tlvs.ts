/** Type-length-value fields (section 5.4). */
import { isFault } from '@skyferry/octets'
import { decodeReservedMessage } from '../../user-operations/messages-codec.ts'
import { CFDP_FAULTS } from '../faults.ts'
import { textFrom } from '../names.ts'
import { describeMessage, looksReserved } from './messages.ts'
import {
  describeEntityId,
  describeFilestoreRequest,
  describeFilestoreResponse,
  describeOverride,
} from './parts.ts'
import { digits, type Gist, quoted, type Scribe } from './scribe.ts'

interface Kind {
  readonly name: string
  readonly section: string
  readonly fill: (inner: Scribe) => Gist
}

const KINDS: Readonly<Record<number, Kind>> = {
  0: { name: 'Filestore request', section: '5.4.1', fill: describeFilestoreRequest },
  1: { name: 'Filestore response', section: '5.4.2', fill: describeFilestoreResponse },
  2: { name: 'Message to user', section: '5.4.3', fill: describeUserMessage },
  4: { name: 'Fault handler override', section: '5.4.4', fill: describeOverride },
  5: { name: 'Flow label', section: '5.4.5', fill: inner => describeOpaque(inner, 'Flow label') },
  6: { name: 'Entity ID', section: '5.4.6', fill: describeEntityId },
}

/** Every TLV up to the end. @param places types that belong here, by the name they go by here */
export function describeTlvs(scribe: Scribe, places: Readonly<Record<number, string>>): void {
  while (scribe.left > 0) describeTlv(scribe, places)
}

function describeTlv(scribe: Scribe, places: Readonly<Record<number, string>>): void {
  const type = scribe.peek(0) ?? 0
  const kind = KINDS[type] ?? { name: 'Unknown TLV', section: '5.1.9', fill: describeUnknown }
  const name = places[type] ?? kind.name
  const misplaced = kind.fill !== describeUnknown && places[type] === undefined
  scribe.group(name, 2 + (scribe.peek(1) ?? 0), kind.section, inner => {
    inner.turnTo('5.1.9')
    inner.uint('Type', 1, code => `${code} (${kind.name})`)
    inner.uint('Length', 1)
    inner.turnTo(kind.section)
    const gist = kind.fill(inner)
    return misplaced ? { ...gist, note: 'has no place in this PDU' } : gist
  })
}

function describeUnknown(inner: Scribe): Gist {
  inner.raw('Value', inner.left)
  return { value: '', note: 'skipped' }
}

function describeOpaque(inner: Scribe, name: string): Gist {
  let value = ''
  inner.raw(name, inner.left, octets => {
    value = digits(octets)
    return value
  })
  return { value }
}

function describeUserMessage(inner: Scribe): Gist {
  if (looksReserved(inner)) {
    const answer = decodeReservedMessage(inner.octets())
    const gist = describeMessage(inner)
    return isFault(answer) ? { ...gist, note: `means nothing: ${CFDP_FAULTS[answer.code]}` } : gist
  }
  let value = ''
  inner.raw('Message', inner.left, octets => {
    value = octets.every(octet => octet >= 0x20 && octet < 0x7f) ? quoted(textFrom(octets)) : digits(octets)
    return value
  })
  return { value }
}
