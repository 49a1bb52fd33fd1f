/** `loopback`: a file from one process to another over UDP loopback, against what `node:dgram` can do bare. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bench, countOf, octetsOf, type Say, UsageError, type Values } from '../bench.ts'
import { type Figure, ratioAtLeast } from '../figures.ts'
import { summarise } from '../samples.ts'
import { bareStream } from './bare-stream/bare-stream.ts'
import { cfdpPy, isInstalled } from './cfdp-py.ts'
import { makeFile, sameOctets } from './files.ts'
import { skyferry } from './skyferry.ts'
import { type Contender, rateOf, type Transfer } from './transfer.ts'

export const bench: Bench = {
  name: 'loopback',
  options: {
    size: { type: 'string' },
    'peer-size': { type: 'string' },
    runs: { type: 'string' },
    pdu: { type: 'string' },
    checksum: { type: 'string' },
    only: { type: 'string' },
  },
  help: [
    '--size 1GiB        the file',
    '--peer-size 16MiB  the file for foreign peers, which are slower',
    '--runs 5           transfers of each, ours and the streams in turn',
    '--pdu 1024,8192    octets of a datagram',
    '--checksum NAME    modular (default), crc32, null …',
    '--only NAME        skyferry, bare, synced or cfdp-py alone',
  ],
  async run(values, say) {
    const folder = mkdtempSync(join(tmpdir(), 'skyferry-bench-'))
    const place: Place = {
      source: join(folder, 'source.bin'),
      small: join(folder, 'small.bin'),
      target: join(folder, 'target.bin'),
    }
    try {
      makeFile(place.source, octetsOf(values, 'size', 2 ** 30))
      makeFile(place.small, octetsOf(values, 'peer-size', 16 * 2 ** 20))
      for (const pduOctets of pdusOf(values)) await compare(values, say, place, pduOctets)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Place {
  readonly source: string
  readonly small: string
  readonly target: string
}

async function compare(values: Values, say: Say, place: Place, pduOctets: number): Promise<void> {
  const ours = skyferry(values.has('checksum') ? ['--checksum', String(values.get('checksum'))] : [])
  const bare = bareStream(false)
  const synced = bareStream(true)
  const python = cfdpPy()
  const asked = contendersOf(values)
  const runs = countOf(values, 'runs', 5)
  const results: Record<ContenderName, Transfer[]> = { skyferry: [], bare: [], synced: [], 'cfdp-py': [] }
  const move = async (contender: Contender, source: string): Promise<Transfer> => {
    const transfer = await contender.transfer(source, place.target, pduOctets)
    if (!existsSync(place.target) || !sameOctets(source, place.target)) {
      throw new Error(`${contender.name}: the file that arrived is not the one that was sent`)
    }
    rmSync(place.target)
    say.progress(`${pduOctets} octets: ${contender.name} ${(rateOf(transfer) / 1e6).toFixed(1)} MB/s`)
    return transfer
  }
  for (let run = 0; run < runs; run++) {
    if (asked.includes('skyferry')) results.skyferry.push(await move(ours, place.source))
    if (asked.includes('bare')) results.bare.push(await move(bare, place.source))
    if (asked.includes('synced')) results.synced.push(await move(synced, place.source))
  }
  if (asked.includes('cfdp-py') && isInstalled()) results['cfdp-py'].push(await move(python, place.small))
  else if (asked.includes('cfdp-py'))
    say.progress('cfdp-py is not installed: npm run interop -- cfdp-py says how')
  report(say, pduOctets, results)
}

type Results = Readonly<Record<ContenderName, readonly Transfer[]>>

function report(say: Say, pduOctets: number, results: Results): void {
  const { skyferry: ours, bare, synced } = results
  if (ours.length > 0) {
    const about = { case: `PDU of ${pduOctets}, skyferry`, unit: 'octet/s', samples: ours.map(rateOf) }
    say.figure({
      ...about,
      figure: 'file to file',
      goal: ratioAtLeast(0.9),
      ...against('bare stream', ours, bare),
    })
    if (synced.length > 0) {
      say.figure({
        ...about,
        figure: 'file to file, both safe on the disk',
        ...against('synced stream', ours, synced),
      })
    }
    if (results['cfdp-py'].length > 0) {
      const small = 'cfdp-py moved a smaller file, at the rate that suited it best'
      say.figure({
        ...about,
        figure: 'file to file, against cfdp-py',
        goal: ratioAtLeast(1),
        ...baselineOf('cfdp-py', results['cfdp-py']),
        note: small,
      })
    }
    costs(say, about.case, ours)
  }
  for (const [stream, transfers] of [
    ['bare stream', bare],
    ['synced stream', synced],
  ] as const) {
    if (transfers.length === 0) continue
    const name = `PDU of ${pduOctets}, ${stream}`
    say.figure({ case: name, figure: 'file to file', unit: 'octet/s', samples: transfers.map(rateOf) })
    costs(say, name, transfers)
  }
}

/** The ratio is taken run by run: they went in turns, and the machine changes between one and the next. */
function against(
  name: string,
  ours: readonly Transfer[],
  theirs: readonly Transfer[],
): Partial<Pick<Figure, 'baseline' | 'ratios'>> {
  if (theirs.length === 0) return {}
  return {
    ...baselineOf(name, theirs),
    ratios: ours.map((transfer, run) => rateOf(transfer) / rateOf(theirs[run]!)),
  }
}

function baselineOf(
  name: string,
  transfers: readonly Transfer[],
): { readonly baseline?: { readonly name: string; readonly value: number } } {
  return transfers.length === 0 ? {} : { baseline: { name, value: summarise(transfers.map(rateOf)).median } }
}

/** What a busy machine distorts least: processor time, and how much was sent twice. */
function costs(say: Say, name: string, transfers: readonly Transfer[]): void {
  const cpu = transfers.flatMap(({ cpuSeconds, octets }) =>
    cpuSeconds === undefined ? [] : [(cpuSeconds * 1e9) / octets],
  )
  if (cpu.length > 0)
    say.figure({ case: name, figure: 'processor, both ends', unit: 'ns/octet', samples: cpu })
  const sent = transfers.flatMap(({ sentOverNeeded }) =>
    sentOverNeeded === undefined ? [] : [sentOverNeeded],
  )
  if (sent.length > 0) say.figure({ case: name, figure: 'sent over needed', unit: '', samples: sent })
}

const CONTENDERS = ['skyferry', 'bare', 'synced', 'cfdp-py'] as const
type ContenderName = (typeof CONTENDERS)[number]

function contendersOf(values: Values): readonly ContenderName[] {
  const only = values.get('only')
  if (only === undefined) return CONTENDERS
  const found = CONTENDERS.find(name => name === only)
  if (found === undefined) throw new UsageError(`--only takes ${CONTENDERS.join(', ')}, not "${only}"`)
  return [found]
}

function pdusOf(values: Values): readonly number[] {
  const text = values.get('pdu')
  return (typeof text === 'string' ? text : '1024,8192').split(',').map(each => {
    const octets = Number(each)
    if (!Number.isInteger(octets) || octets < 64 || octets > 65_507)
      throw new UsageError(`--pdu: "${each}" is no datagram`)
    return octets
  })
}
