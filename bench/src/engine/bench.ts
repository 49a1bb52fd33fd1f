/** `engine`: PDU/s on one core, both ends of a class 2 transfer included, and what a PDU leaves for the collector. */
import { ChecksumType } from '@skyferry/cfdp'
import { type Bench, countOf, namesOf, octetsOf, type Say, shareOf, type Values } from '../bench.ts'
import { atLeast, type Goal } from '../figures.ts'
import { Program } from '../program.ts'
import { Pair, type Setting } from './transfer.ts'

interface Case {
  readonly name: string
  readonly checksumType: number
  readonly goal: Goal
}

/** Goals from the design, section 5: a throw-away engine of this shape did 1.06 M; cfdp-rs 395 k with CRC-32, 3.7 M with none. */
const CASES = {
  modular: { name: 'modular', checksumType: ChecksumType.Modular, goal: atLeast(1_000_000) },
  crc32: { name: 'CRC-32', checksumType: ChecksumType.Crc32, goal: atLeast(600_000) },
  null: { name: 'no checksum', checksumType: ChecksumType.Null, goal: atLeast(1_700_000) },
} as const satisfies Readonly<Record<string, Case>>
type CaseName = keyof typeof CASES

const LOSSES = [0, 0.01, 0.05]

export const bench: Bench = {
  name: 'engine',
  options: {
    size: { type: 'string' },
    runs: { type: 'string' },
    pdu: { type: 'string' },
    checksum: { type: 'string' },
    pace: { type: 'string' },
    loss: { type: 'string' },
  },
  help: [
    '--size 32MiB     the file',
    '--runs 25        transfers measured, after six to warm up',
    '--pdu 1024       octets of a PDU',
    '--checksum NAMES modular, crc32, null (all)',
    '--pace NAMES     link, window: who holds the sender back (link)',
    '--loss 0.01      only this share lost (0, 0.01 and 0.05)',
  ],
  async run(values, say) {
    const names = namesOf(values, 'checksum', Object.keys(CASES) as CaseName[])
    const paces = values.has('pace')
      ? namesOf(values, 'pace', ['link', 'window'] as const)
      : (['link'] as const)
    const losses = values.has('loss') ? [shareOf(values, 'loss', 0)] : LOSSES
    for (const pace of paces) {
      for (const loss of losses) {
        for (const name of names) await measure(values, say, CASES[name], loss, pace)
      }
    }
  },
}

async function measure(
  values: Values,
  say: Say,
  what: Case,
  loss: number,
  pace: 'link' | 'window',
): Promise<void> {
  const setting: Setting = {
    checksumType: what.checksumType,
    loss,
    pduOctets: octetsOf(values, 'pdu', 1024),
    fileOctets: octetsOf(values, 'size', 32 * 2 ** 20),
    pace,
  }
  const name = `${what.name}${pace === 'window' ? ', window' : ''}${loss > 0 ? `, ${loss * 100} % lost` : ''}`
  const pair = new Pair(setting, 1)
  for (let round = 0; round < 6; round++) pair.transfer()
  const runs = Array.from({ length: countOf(values, 'runs', 25) }, () => pair.transfer())
  say.figure({
    case: name,
    figure: 'speed',
    unit: 'PDU/s',
    samples: runs.map(({ needed, seconds }) => needed / seconds),
    ...(loss === 0 ? { goal: what.goal } : {}),
  })
  if (loss > 0) {
    say.figure({
      case: name,
      figure: 'PDUs sent over needed',
      unit: '',
      samples: runs.map(({ sent, needed }) => sent / needed),
    })
  } else {
    say.figure({
      case: name,
      figure: 'allocated, both ends',
      unit: 'octets/PDU',
      ...(await allocated(setting)),
    })
  }
}

/** A process of its own, because the size of the young generation is set at its start. */
async function allocated(setting: Setting): Promise<{ samples: number[]; note?: string }> {
  const flags = ['--expose-gc', '--max-semi-space-size=512', '--min-semi-space-size=512']
  const program = Program.module(new URL('allocation.js', import.meta.url), [JSON.stringify(setting)], flags)
  const line = await program.line(each => each.heapOctetsPerPdu !== undefined)
  const samples = [line.heapOctetsPerPdu! + line.bufferOctetsPerPdu!]
  return line.collections === 0
    ? { samples }
    : { samples, note: 'the collector ran meanwhile: the figure is too low' }
}
