/** What stands behind the header: a file directive (section 5.2) or file data (section 5.3). */
import { DirectiveCode } from '../model.ts'
import { checksumName, conditionName, continuationName } from '../words.ts'
import { CONDITION, DELIVERY, describeSize, FILE_STATUS, transactionStatus } from './parts.ts'
import { flag, type Gist, type Scribe, spare } from './scribe.ts'
import { describeTlvs } from './tlvs.ts'

/** What the header says that a body is read by. */
export interface Flags {
  readonly modern: boolean
  readonly acknowledged: boolean
  readonly largeFile: boolean
  readonly segmentMetadata: boolean
}

interface Kind {
  readonly name: string
  readonly section: string
  readonly fill: (scribe: Scribe, flags: Flags) => Gist
}

const DIRECTIVES: Readonly<Record<number, Kind>> = {
  [DirectiveCode.Eof]: { name: 'EOF', section: '5.2.2', fill: describeEof },
  [DirectiveCode.Finished]: { name: 'Finished', section: '5.2.3', fill: describeFinished },
  [DirectiveCode.Ack]: { name: 'ACK', section: '5.2.4', fill: describeAck },
  [DirectiveCode.Metadata]: { name: 'Metadata', section: '5.2.5', fill: describeMetadata },
  [DirectiveCode.Nak]: { name: 'NAK', section: '5.2.6', fill: describeNak },
  [DirectiveCode.Prompt]: { name: 'Prompt', section: '5.2.7', fill: describePrompt },
  [DirectiveCode.KeepAlive]: { name: 'Keep Alive', section: '5.2.8', fill: describeKeepAlive },
}

export function describeDirective(scribe: Scribe, width: number, flags: Flags): void {
  const code = scribe.peek(0)
  const kind = code === undefined ? undefined : DIRECTIVES[code]
  scribe.group(kind?.name ?? 'File directive', width, kind?.section ?? '5.2', inner => {
    inner.turnTo('5.2.1')
    inner.uint(
      'Directive code',
      1,
      value => `0x${value.toString(16).padStart(2, '0')} (${kind?.name ?? 'reserved'})`,
    )
    if (kind === undefined) return { value: '', note: 'no PDU has this code' }
    inner.turnTo(kind.section)
    return kind.fill(inner, flags)
  })
}

export function describeFileData(scribe: Scribe, width: number, flags: Flags): void {
  scribe.group('File Data', width, '5.3', inner => {
    if (flags.segmentMetadata) {
      const octet = inner.bits(
        { name: 'Record continuation state', high: 7, low: 6, say: continuationName },
        { name: 'Segment metadata length', high: 5, low: 0 },
      )
      inner.raw('Segment metadata', octet & 63)
    }
    const offset = describeSize(inner, 'Offset', flags.largeFile)
    const count = BigInt(inner.left)
    inner.raw('File data', inner.left)
    return count === 0n
      ? { value: `nothing at ${offset}`, note: 'no octets, means nothing' }
      : { value: `octets ${offset} to ${offset + count - 1n}` }
  })
}

function describeEof(scribe: Scribe, flags: Flags): Gist {
  const condition = scribe.bits(CONDITION, spare(3, 0)) >> 4
  scribe.uint('File checksum', 4, sum => sum.toString(16).padStart(8, '0'))
  const size = describeSize(scribe, 'File size', flags.largeFile)
  const note = faultLocationNote(condition !== 0, scribe.left > 0)
  describeTlvs(scribe, { 6: 'Fault location' })
  return { value: `${conditionName(condition)}, ${size} octets`, note }
}

function describeFinished(scribe: Scribe): Gist {
  const endSystem = flag('Spare', 3, ['0', '1'], value =>
    value === 0 ? undefined : 'end system status before 727.0-B-5, is ignored',
  )
  const condition = scribe.bits(CONDITION, endSystem, DELIVERY, FILE_STATUS) >> 4
  const note = faultLocationNote(condition !== 0 && condition !== 11, scribe.left > 0)
  describeTlvs(scribe, { 1: 'Filestore response', 6: 'Fault location' })
  return { value: conditionName(condition), note }
}

function faultLocationNote(expected: boolean, anything: boolean): string | undefined {
  return expected && !anything ? 'should say where the fault was found, peers often do not' : undefined
}

function describeAck(scribe: Scribe): Gist {
  const acknowledged = scribe.bits(
    {
      name: 'Directive code of the acknowledged PDU',
      high: 7,
      low: 4,
      say: code => DIRECTIVES[code]?.name ?? 'reserved',
      note: code => (code === 4 || code === 5 ? undefined : 'only EOF and Finished are acknowledged'),
    },
    { name: 'Directive subtype code', high: 3, low: 0 },
  )
  const second = scribe.bits(CONDITION, spare(3, 2), transactionStatus(1))
  return { value: `of ${DIRECTIVES[acknowledged >> 4]?.name ?? 'nothing'}, ${conditionName(second >> 4)}` }
}

function describeMetadata(scribe: Scribe, { modern, acknowledged, largeFile }: Flags): Gist {
  if (modern) {
    scribe.bits(
      spare(7, 7),
      flag('Closure requested', 6, ['no', 'yes'], value =>
        value === 1 && acknowledged ? 'means nothing in acknowledged mode' : undefined,
      ),
      spare(5, 4),
      { name: 'Checksum type', high: 3, low: 0, say: checksumName },
    )
  } else {
    scribe.bits(flag('Segmentation control', 7, ['record boundaries', 'no record boundaries']), spare(6, 0))
  }
  const size = describeSize(scribe, 'File size', largeFile, octets =>
    octets === 0n && largeFile ? 'unbounded: the size comes with EOF' : undefined,
  )
  const source = scribe.name('Source file name')
  const destination = scribe.name('Destination file name')
  describeTlvs(scribe, {
    0: 'Filestore request',
    2: 'Message to user',
    4: 'Fault handler override',
    5: 'Flow label',
  })
  if (source === '""' && destination === '""') return { value: 'no file' }
  return { value: `${source} as ${destination}, ${size} octets` }
}

function describeNak(scribe: Scribe, { largeFile }: Flags): Gist {
  const from = describeSize(scribe, 'Start of scope', largeFile)
  const to = describeSize(scribe, 'End of scope', largeFile)
  const width = largeFile ? 16 : 8
  let requests = 0
  while (scribe.left > 0) {
    requests += 1
    scribe.group('Segment request', width, '5.2.6.2', inner => {
      const start = describeSize(inner, 'Start offset', largeFile)
      const end = describeSize(inner, 'End offset', largeFile)
      if (start === 0n && end === 0n) return { value: 'the Metadata PDU' }
      return start < end
        ? { value: `octets ${start} to ${end - 1n}`, ...(end > to ? { note: 'beyond the scope' } : {}) }
        : { value: `${start} to ${end}`, note: 'asks for nothing' }
    })
  }
  return { value: `${requests} requests, scope ${from} to ${to}` }
}

function describePrompt(scribe: Scribe): Gist {
  const words = ['NAK', 'Keep Alive'] as const
  const octet = scribe.bits(flag('Response required', 7, words), spare(6, 0))
  return { value: `answer with ${words[octet >> 7 === 1 ? 1 : 0]}` }
}

function describeKeepAlive(scribe: Scribe, { largeFile }: Flags): Gist {
  return { value: `progress ${describeSize(scribe, 'Progress', largeFile)}` }
}
