/** Reserved messages to user (section 6). */
import { conditionName } from '../words.ts'
import { MODES, SEGMENTATION } from './header.ts'
import {
  CONDITION,
  DELIVERY,
  describeEntityId,
  describeFilestoreRequest,
  describeFilestoreResponse,
  describeOverride,
  FILE_STATUS,
  transactionStatus,
} from './parts.ts'
import { flag, type Gist, type Scribe, spare } from './scribe.ts'

interface Kind {
  readonly name: string
  readonly section: string
  /** Writes the fields after the type; says what they come to. */
  readonly fill: (inner: Scribe) => string
}

const MAGIC = [0x63, 0x66, 0x64, 0x70]
const ORIGINATING = 0x0a

/** Does what is left start with "cfdp"? */
export function looksReserved(scribe: Scribe): boolean {
  return MAGIC.every((octet, ahead) => scribe.peek(ahead) === octet)
}

export function describeMessage(scribe: Scribe): Gist {
  scribe.turnTo('6.1')
  scribe.raw('Message identifier', MAGIC.length, () => '"cfdp"')
  const type = scribe.peek(0)
  const kind = type === undefined ? undefined : KINDS[type]
  scribe.uint(
    'Message type',
    1,
    code => `0x${code.toString(16).padStart(2, '0')} (${kind?.name ?? 'reserved'})`,
  )
  if (kind === undefined) {
    scribe.raw('Value', scribe.left)
    return { value: 'reserved message', note: 'no message has this type' }
  }
  scribe.turnTo(kind.section)
  const gist = kind.fill(scribe)
  return { value: gist === '' ? kind.name : `${kind.name}: ${gist}` }
}

function describeLoneId(scribe: Scribe, name: string): string {
  let gist = ''
  scribe.group(name, 1 + (scribe.peek(0) ?? 0), '5.1.8', inner => {
    inner.uint('Length', 1)
    const found = describeEntityId(inner)
    gist = found.value
    return found
  })
  return gist
}

function describeTransaction(scribe: Scribe): string {
  const widths = scribe.bits(
    spare(7, 7),
    { name: 'Length of entity ID', high: 6, low: 4, say: lessOne => String(lessOne + 1) },
    spare(3, 3),
    { name: 'Length of transaction sequence number', high: 2, low: 0, say: lessOne => String(lessOne + 1) },
  )
  const source = scribe.uint('Source entity ID', ((widths >> 4) & 7) + 1)
  const sequence = scribe.uint('Transaction sequence number', (widths & 7) + 1)
  return `transaction ${source}/${sequence}`
}

/** A transaction, bare or as a whole message inside this one. */
function describeRemote(scribe: Scribe): string {
  if (!looksReserved(scribe) || scribe.peek(MAGIC.length) !== ORIGINATING) return describeTransaction(scribe)
  scribe.raw('Nested message', MAGIC.length + 1, () => 'originating transaction ID', 'as OpenC3 writes it')
  return describeTransaction(scribe)
}

function describeCounted(
  scribe: Scribe,
  fill: (inner: Scribe) => Gist,
  name: string,
  section: string,
): string {
  let gist = ''
  scribe.group(name, 1 + (scribe.peek(0) ?? 0), section, inner => {
    inner.uint('Length', 1)
    const found = fill(inner)
    gist = found.value
    return found
  })
  return gist
}

function describeOutcome(scribe: Scribe): string {
  return conditionName(scribe.bits(CONDITION, spare(3, 3), DELIVERY, FILE_STATUS) >> 4)
}

function describeListing(scribe: Scribe): string {
  const directory = scribe.name('Directory name')
  return `${directory} as ${scribe.name('Directory file name')}`
}

function describeSuspension(scribe: Scribe): string {
  const words = ['not suspended', 'suspended'] as const
  const octet = scribe.bits(flag('Suspension indicator', 7, words), transactionStatus(6), spare(4, 0))
  return `${describeRemote(scribe)} ${words[octet >> 7 === 1 ? 1 : 0]}`
}

/** One octet that holds one flag, in bit 0. */
function describeFlag(scribe: Scribe, name: string, words: readonly [string, string]): string {
  return words[(scribe.bits(spare(7, 1), flag(name, 0, words)) & 1) === 0 ? 0 : 1]
}

function lv(name: string): Kind['fill'] {
  return scribe => {
    scribe.lv(name)
    return ''
  }
}

const request: Kind['fill'] = scribe =>
  describeCounted(scribe, describeFilestoreRequest, 'Filestore request', '5.4.1')
const response: Kind['fill'] = scribe =>
  describeCounted(scribe, describeFilestoreResponse, 'Filestore response', '5.4.2')
const override: Kind['fill'] = scribe => describeOverride(scribe).value

function describeProxyPut(scribe: Scribe): string {
  const destination = describeLoneId(scribe, 'Destination entity ID')
  const source = scribe.name('Source file name')
  return `${source} to ${destination} as ${scribe.name('Destination file name')}`
}

function describeSfoRequest(scribe: Scribe): string {
  scribe.bits(
    {
      name: 'Trace control',
      high: 7,
      low: 6,
      say: code => ['none', 'to source', 'to destination', 'to both'][code] ?? '',
    },
    flag('Transmission mode', 5, MODES),
    flag('Segmentation control', 4, SEGMENTATION),
    flag('Closure requested', 3, ['no', 'yes']),
    spare(2, 0),
  )
  scribe.uint('Prior waypoints count', 1)
  scribe.lv('Request label')
  describeLoneId(scribe, 'Source entity ID')
  return describeProxyPut(scribe)
}

function describeSfoReport(scribe: Scribe): string {
  scribe.lv('Request label')
  describeLoneId(scribe, 'Source entity ID')
  describeLoneId(scribe, 'Destination entity ID')
  const reporting = describeLoneId(scribe, 'Reporting entity ID')
  scribe.uint('Prior waypoints count', 1)
  scribe.uint('Report code', 1)
  const direction = flag('Direction', 3, ['toward the file receiver', 'toward the file sender'])
  return `${reporting}, ${conditionName(scribe.bits(CONDITION, direction, DELIVERY, FILE_STATUS) >> 4)}`
}

const KINDS: Readonly<Record<number, Kind>> = {
  0: { name: 'proxy put request', section: '6.2', fill: describeProxyPut },
  1: { name: 'proxy message to user', section: '6.2', fill: lv('Message') },
  2: { name: 'proxy filestore request', section: '6.2', fill: request },
  3: { name: 'proxy fault handler override', section: '6.2', fill: override },
  4: {
    name: 'proxy transmission mode',
    section: '6.2',
    fill: scribe => describeFlag(scribe, 'Transmission mode', MODES),
  },
  5: { name: 'proxy flow label', section: '6.2', fill: lv('Flow label') },
  6: {
    name: 'proxy segmentation control',
    section: '6.2',
    fill: scribe => describeFlag(scribe, 'Segmentation control', SEGMENTATION),
  },
  7: { name: 'proxy put response', section: '6.2', fill: describeOutcome },
  8: { name: 'proxy filestore response', section: '6.2', fill: response },
  9: { name: 'proxy put cancel', section: '6.2', fill: () => '' },
  [ORIGINATING]: { name: 'originating transaction ID', section: '6.1.5', fill: describeTransaction },
  11: {
    name: 'proxy closure request',
    section: '6.2',
    fill: scribe => describeFlag(scribe, 'Closure requested', ['no closure', 'closure requested']),
  },
  16: { name: 'directory listing request', section: '6.3', fill: describeListing },
  17: {
    name: 'directory listing response',
    section: '6.3',
    fill: scribe => {
      const words = ['successful', 'unsuccessful'] as const
      const octet = scribe.bits(flag('Listing response code', 7, words), spare(6, 0))
      return `${describeListing(scribe)}, ${words[octet >> 7 === 1 ? 1 : 0]}`
    },
  },
  21: {
    name: 'directory listing options (not in the standard)',
    section: '6',
    fill: scribe => {
      scribe.bits(spare(7, 2), flag('Recursive', 1, ['no', 'yes']), flag('All', 0, ['no', 'yes']))
      return ''
    },
  },
  32: {
    name: 'remote status report request',
    section: '6.4',
    fill: scribe => `${describeRemote(scribe)} as ${scribe.name('Report file name')}`,
  },
  33: {
    name: 'remote status report response',
    section: '6.4',
    fill: scribe => {
      const words = ['unsuccessful', 'successful'] as const
      const octet = scribe.bits(transactionStatus(7), spare(5, 1), flag('Response code', 0, words))
      return `${describeRemote(scribe)}, ${words[(octet & 1) === 0 ? 0 : 1]}`
    },
  },
  48: { name: 'remote suspend request', section: '6.5', fill: describeRemote },
  49: { name: 'remote suspend response', section: '6.5', fill: describeSuspension },
  56: { name: 'remote resume request', section: '6.6', fill: describeRemote },
  57: { name: 'remote resume response', section: '6.6', fill: describeSuspension },
  64: { name: 'SFO request', section: '6', fill: describeSfoRequest },
  65: { name: 'SFO message to user', section: '6', fill: lv('Message') },
  66: { name: 'SFO flow label', section: '6', fill: lv('Flow label') },
  67: { name: 'SFO fault handler override', section: '6', fill: override },
  68: { name: 'SFO filestore request', section: '6', fill: request },
  69: { name: 'SFO report', section: '6', fill: describeSfoReport },
  70: { name: 'SFO filestore response', section: '6', fill: response },
}
