/** `repair`: what a million gaps cost, and how many are repaired per second. */
import { RangeSet } from '@skyferry/octets'
import { type Bench, countOf, type Say } from '../bench.ts'
import { atLeast, atMost } from '../figures.ts'
import { Program } from '../program.ts'
import { type FilledRates, measureReceiver } from './receiver-repairs.ts'
import { RepairingSender, type ServedRates } from './sender-repairs.ts'

const SEGMENT = 1008
const GOAL_OCTETS = 64e6
const GOAL_REPAIRS = 100_000

export const bench: Bench = {
  name: 'repair',
  options: { gaps: { type: 'string' }, served: { type: 'string' }, runs: { type: 'string' } },
  help: [
    '--gaps 1000000   in the range set',
    '--served 200000  gaps in the file that is repaired',
    '--runs 5         of each measurement',
  ],
  async run(values, say) {
    const gaps = countOf(values, 'gaps', 1_000_000)
    const served = countOf(values, 'served', 200_000)
    const runs = countOf(values, 'runs', 5)
    await memory(say, gaps)
    times(say, gaps, runs)
    repairs(say, served, runs)
  },
}

async function memory(say: Say, gaps: number): Promise<void> {
  const module = new URL('range-set-memory.js', import.meta.url)
  const line = await Program.module(module, [String(gaps)], ['--expose-gc']).line(
    each => each.memoryOctets !== undefined,
  )
  const [inOrder, scattered] = line.memoryOctets!
  const about = {
    case: `range set, ${gaps.toLocaleString('en-US')} gaps`,
    unit: 'octets',
    goal: atMost(GOAL_OCTETS),
  }
  say.figure({ ...about, figure: 'memory, added in order', samples: [inOrder!] })
  say.figure({ ...about, figure: 'memory, added scattered', samples: [scattered!] })
}

function times(say: Say, gaps: number, runs: number): void {
  const count = gaps + 1
  const scattered = (index: number): number => (index * 611_953) % count
  const samples = {
    inOrder: [] as number[],
    scattered: [] as number[],
    found: [] as number[],
    filled: [] as number[],
  }
  for (let run = 0; run < runs; run++) {
    const set = new RangeSet()
    samples.inOrder.push(nsEach(count, index => set.add(2 * index * SEGMENT, (2 * index + 1) * SEGMENT)))
    const other = new RangeSet()
    samples.scattered.push(
      nsEach(count, index => other.add(2 * scattered(index) * SEGMENT, (2 * scattered(index) + 1) * SEGMENT)),
    )
    samples.found.push(
      nsEach(10_000, index =>
        set.gapsWithin(2 * scattered(index) * SEGMENT, 2 * (scattered(index) + 100) * SEGMENT),
      ),
    )
    samples.filled.push(
      nsEach(count - 1, index =>
        set.add((2 * scattered(index) + 1) * SEGMENT, (2 * scattered(index) + 2) * SEGMENT),
      ),
    )
    if (set.size > 2) throw new Error('gaps that were filled are still there')
  }
  const about = { case: `range set, ${gaps.toLocaleString('en-US')} gaps`, unit: 'ns' }
  say.figure({ ...about, figure: 'add a range, in order', samples: samples.inOrder })
  say.figure({ ...about, figure: 'add a range, scattered', samples: samples.scattered })
  say.figure({ ...about, figure: 'list 100 gaps', samples: samples.found })
  say.figure({ ...about, figure: 'fill a gap, scattered', samples: samples.filled })
}

function nsEach(count: number, act: (index: number) => unknown): number {
  const started = performance.now()
  for (let index = 0; index < count; index++) act(index)
  return ((performance.now() - started) * 1e6) / count
}

function repairs(say: Say, gaps: number, runs: number): void {
  const sender = new RepairingSender(gaps)
  sender.measure()
  const served: ServedRates[] = []
  for (let run = 0; run < runs; run++) served.push(sender.measure())
  const filled: FilledRates[] = []
  for (let run = 0; run < runs; run++) filled.push(measureReceiver(gaps))
  const about = {
    case: `${gaps.toLocaleString('en-US')} gaps of 1 KiB`,
    unit: 'gaps/s',
    goal: atLeast(GOAL_REPAIRS),
  }
  say.figure({
    ...about,
    figure: 'served by the sender, all listed first',
    samples: served.map(({ listed }) => listed),
  })
  say.figure({
    ...about,
    figure: 'served by the sender, NAK by NAK',
    samples: served.map(({ inTurn }) => inTurn),
  })
  say.figure({
    ...about,
    figure: 'found and asked for by the receiver',
    samples: filled.map(({ found }) => found),
  })
  say.figure({ ...about, figure: 'filled at the receiver', samples: filled.map(({ filled: each }) => each) })
}
