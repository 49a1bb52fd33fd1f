/** `window`: what a sender that is told no rate sends twice, and how long it takes, where a queue forms. */
import { type Bench, countOf } from '../bench.ts'
import { flyWindowed, type QueuedLink } from './flight.ts'

const MIB = 2 ** 20

/** Queues as `link emulate` has them (1000 datagrams) and as shallow modems do. */
export const LINKS: readonly QueuedLink[] = [
  { name: '10 Mbit/s, 40 ms, 2 %', rateBps: 1e7, delayMs: 40, loss: 0.02, queue: 1000, fileOctets: 10 * MIB },
  { name: '10 Mbit/s, 40 ms, queue 50', rateBps: 1e7, delayMs: 40, loss: 0, queue: 50, fileOctets: 10 * MIB },
  { name: '100 Mbit/s, 10 ms', rateBps: 1e8, delayMs: 10, loss: 0, queue: 1000, fileOctets: 50 * MIB },
  { name: '1 Mbit/s, 300 ms, 10 %', rateBps: 1e6, delayMs: 300, loss: 0.1, queue: 1000, fileOctets: 4 * MIB },
  { name: '256 kbit/s, 20 ms, 20 %', rateBps: 256e3, delayMs: 20, loss: 0.2, queue: 200, fileOctets: MIB },
]

export const bench: Bench = {
  name: 'window',
  options: { seeds: { type: 'string' } },
  help: ['--seeds 5   per link'],
  async run(values, say) {
    const seeds = countOf(values, 'seeds', 5)
    for (const link of LINKS) {
      const flights = Array.from({ length: seeds }, (_, seed) => flyWindowed(link, seed + 1))
      const about = { case: link.name, unit: '' }
      say.figure({ ...about, figure: 'time over ideal', samples: flights.map(f => f.ms / f.idealMs) })
      say.figure({ ...about, figure: 'resent', unit: 'PDU', samples: flights.map(f => f.resent) })
      say.figure({ ...about, figure: 'lost at random', unit: 'PDU', samples: flights.map(f => f.lost) })
      say.figure({ ...about, figure: 'overflowed', unit: 'PDU', samples: flights.map(f => f.overflowed) })
      say.figure({
        ...about,
        figure: 'resent over lost',
        samples: flights.map(f => f.resent / Math.max(1, f.lost)),
      })
    }
  },
}
