/** `dtp`: what losses cost a transfer, in rounds, redundant octets and time; what the server allocates. */
import type { PeerName } from '@skyferry/dtp'
import { type Bench, countOf, octetsOf, type Say, shareOf, type Values } from '../bench.ts'
import { ratioAtLeast } from '../figures.ts'
import { Program } from '../program.ts'
import { type Delivery, fly } from './flight.ts'
import { runIdeal } from './ideal.ts'

/** Time may be 1.10 of the best. */
const GOAL = ratioAtLeast(1 / 1.1)
const PEERS: readonly { readonly peer: PeerName; readonly name: string }[] = [
  { peer: 'skyferry', name: 'our server' },
  { peer: 'libdtp', name: 'a C server' },
]
const ROUND_TRIPS_MS = [2, 20, 600]

export const bench: Bench = {
  name: 'dtp',
  options: {
    size: { type: 'string' },
    mtu: { type: 'string' },
    throughput: { type: 'string' },
    loss: { type: 'string' },
    seeds: { type: 'string' },
    datagrams: { type: 'string' },
  },
  help: [
    '--size 2MB        the payload',
    '--mtu 1008        octets of a full datagram',
    '--throughput 1MB  octets of payload per second asked for',
    '--loss 0.01       share of the data that is lost',
    '--seeds 10        per case',
    '--datagrams 1000000  of the server, for its allocations',
  ],
  async run(values, say) {
    for (const roundTripMs of ROUND_TRIPS_MS) {
      for (const { peer, name } of PEERS) measure(values, say, roundTripMs, peer, name)
    }
    await measureServer(countOf(values, 'datagrams', 1_000_000), say)
  },
}

function measure(values: Values, say: Say, roundTripMs: number, peer: PeerName, name: string): void {
  const delivery: Delivery = {
    octets: octetsOf(values, 'size', 2_000_000),
    mtuOctets: countOf(values, 'mtu', 1008),
    throughput: octetsOf(values, 'throughput', 1_000_000),
    loss: shareOf(values, 'loss', 0.01),
    roundTripMs,
  }
  const seeds = countOf(values, 'seeds', 10)
  const flights = Array.from({ length: seeds }, (_, index) => fly(delivery, peer, index + 1))
  const ideals = Array.from({ length: seeds }, (_, index) => runIdeal(delivery, index + 1))
  const about = { case: `${name}, round trip ${roundTripMs} ms` }
  const mean = (samples: readonly number[]): number => samples.reduce((sum, each) => sum + each, 0) / seeds
  say.figure({
    ...about,
    figure: 'delivery time',
    unit: 's',
    samples: flights.map(({ ms }) => ms / 1000),
    baseline: { name: 'ideal', value: mean(ideals.map(({ ms }) => ms / 1000)) },
    // Of times, less is better: the ratio is the ideal's time over ours.
    ratios: flights.map(({ ms }, index) => ideals[index]!.ms / ms),
    goal: GOAL,
  })
  say.figure({
    ...about,
    figure: 'rounds',
    unit: '',
    samples: flights.map(({ rounds }) => rounds),
    baseline: { name: 'ideal', value: mean(ideals.map(({ rounds }) => rounds)) },
  })
  say.figure({
    ...about,
    figure: 'redundant octets over payload',
    unit: '',
    samples: flights.map(({ redundantOctets }) => redundantOctets / delivery.octets),
  })
}

async function measureServer(datagrams: number, say: Say): Promise<void> {
  const program = Program.module(
    new URL('./server-allocation.js', import.meta.url),
    [String(datagrams)],
    ['--expose-gc'],
  )
  const line = await program.line(({ heapOctetsPerPdu }) => heapOctetsPerPdu !== undefined)
  await program.end()
  const about = { case: `server, ${datagrams} datagrams` }
  say.figure({
    ...about,
    figure: 'heap growth per datagram',
    unit: 'octets',
    samples: [line.heapOctetsPerPdu!],
    note: 'collected before and after: below 0 means that the heap shrank; the goal is nothing beyond noise',
  })
  say.figure({
    ...about,
    figure: 'buffers per datagram',
    unit: 'octets',
    samples: [line.bufferOctetsPerPdu!],
  })
  say.figure({ ...about, figure: 'datagrams per second', unit: '1/s', samples: [datagrams / line.seconds!] })
}
