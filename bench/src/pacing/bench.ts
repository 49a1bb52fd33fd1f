/** `pacing`: the token bucket's worst second, through the real UDP link and in virtual time. */
import { type Link, type Millis, Random, type Slot } from '@skyferry/engine'
import { realClock, TokenBucket, udpLink } from '@skyferry/link'
import { type Bench, countOf, type Say } from '../bench.ts'
import { atMost } from '../figures.ts'
import { Program } from '../program.ts'
import { worstError } from './worst-window.ts'

/** UDP over IPv4. */
const OVERHEAD_OCTETS = 28
const RATES_BPS = [1200, 9600, 100e3, 1e6, 10e6, 100e6, 500e6]
const GOAL = atMost(0.01)

export const bench: Bench = {
  name: 'pacing',
  options: { seconds: { type: 'string' }, runs: { type: 'string' }, rate: { type: 'string' } },
  help: [
    '--seconds 5   of each run (three times as long below 10 kbit/s)',
    '--runs 3      per rate',
    '--rate BPS    one rate instead of seven, bit/s',
  ],
  async run(values, say) {
    const seconds = countOf(values, 'seconds', 5)
    const runs = countOf(values, 'runs', 3)
    const rates = values.has('rate') ? [countOf(values, 'rate', 0)] : RATES_BPS
    for (const rateBps of rates) inVirtualTime(say, rateBps)
    const sink = Program.module(new URL('sink.js', import.meta.url), [])
    try {
      const { port } = await sink.line(line => line.port !== undefined)
      for (const rateBps of rates) {
        await throughUdp(say, rateBps, port!, rateBps < 10_000 ? 3 * seconds : seconds, runs)
      }
    } finally {
      sink.stop()
    }
  },
}

/** Small where a large one would take seconds. */
const datagramOctetsAt = (rateBps: number): number => (rateBps < 10_000 ? 64 : rateBps < 1e6 ? 256 : 1024)

const datagramMsAt = (rateBps: number): number =>
  ((datagramOctetsAt(rateBps) + OVERHEAD_OCTETS) * 8000) / rateBps

/** The bucket alone: woken on the millisecond or, as hosts do, up to 2 ms late. */
function inVirtualTime(say: Say, rateBps: number): void {
  const octets = datagramOctetsAt(rateBps)
  for (const lateMs of [0, 2]) {
    const random = new Random(1)
    const departures: number[] = []
    const bucket = new TokenBucket({ rateBps, overheadOctets: OVERHEAD_OCTETS }, 0 as Millis)
    for (let now = 0; now < 20_000; ) {
      if (bucket.opens(now as Millis)) {
        departures.push(now)
        bucket.spend(octets)
      } else {
        now = Math.max(bucket.opensAt(), now + (lateMs > 0 ? 1 : 0)) + random.unit() * lateMs
      }
    }
    report(
      say,
      `${inWords(rateBps)}, virtual time, woken ${lateMs > 0 ? `up to ${lateMs} ms late` : 'on time'}`,
      [worstError(departures, datagramMsAt(rateBps))],
    )
  }
}

async function throughUdp(
  say: Say,
  rateBps: number,
  port: number,
  seconds: number,
  runs: number,
): Promise<void> {
  const errors: (number | undefined)[] = []
  const achieved: number[] = []
  for (let run = 0; run < runs; run++) {
    const departures = await flood(rateBps, port, seconds)
    errors.push(worstError(departures, datagramMsAt(rateBps)))
    achieved.push(((departures.length - 1) * datagramMsAt(rateBps)) / (departures.at(-1)! - departures[0]!))
  }
  const name = `${inWords(rateBps)}, UDP loopback`
  report(say, name, errors)
  say.figure({ case: name, figure: 'average over asked', unit: '', samples: achieved })
}

/** Sends as long as the link gives envelopes; when each was sent. */
async function flood(rateBps: number, port: number, seconds: number): Promise<number[]> {
  const clock = realClock()
  const octets = datagramOctetsAt(rateBps)
  const link: Link<unknown> & { close(): void } = await udpLink({
    listen: { host: '127.0.0.1', port: 0 },
    peer: { host: '127.0.0.1', port },
    mtuOctets: octets,
    rateBps,
    clock,
  })
  const departures: number[] = []
  const until = clock.now() + seconds * 1000
  await new Promise<void>(resolve => {
    const turn = (): void => {
      for (let slot: Slot<unknown> | undefined = link.lease(); slot !== undefined; slot = link.lease()) {
        slot.length = octets
        link.send(slot)
        departures.push(performance.now())
      }
      if (clock.now() >= until) resolve()
    }
    link.open({ datagram: () => {}, turn })
    turn()
  })
  link.close()
  return departures
}

function report(say: Say, name: string, errors: readonly (number | undefined)[]): void {
  const samples = errors.filter(error => error !== undefined)
  if (samples.length === 0) say.progress(`${name}: not one whole second was measured`)
  else say.figure({ case: name, figure: 'error of the worst second', unit: '', samples, goal: GOAL })
}

function inWords(rateBps: number): string {
  if (rateBps >= 1e6) return `${rateBps / 1e6} Mbit/s`
  return `${rateBps / 1000} kbit/s`
}
