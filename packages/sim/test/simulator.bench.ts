/**
 * What the simulator itself costs: `npx vitest bench packages/sim --run`. Each pass of a link bench carries 10,000
 * datagrams, so a mean of 5 ms is 0.5 µs per datagram; each pass of a world bench lives through 100 seeds.
 */
import { type Link, NEVER, Random } from '@skyferry/engine'
import { bench, describe } from 'vitest'
import {
  bothWays,
  type LinkSettings,
  minutes,
  SimulatedAir,
  VirtualClock,
  type WeatherSettings,
  World,
  weatherFrom,
  world,
} from '../src/index.ts'
import { courier } from './worlds/courier.ts'

const COUNT = 10_000

function carry(weather: Partial<WeatherSettings>, settings: Partial<LinkSettings>, octets: number): void {
  const clock = new VirtualClock()
  const air = new SimulatedAir(clock)
  air.join('earth', 'craft', bothWays(weather), new Random(1))
  const earth: Link<string> = air.link('earth', settings)
  const craft: Link<string> = air.link('craft', settings)
  let left = COUNT
  const pump = (): void => {
    while (left > 0) {
      const slot = earth.lease()
      if (slot === undefined) return
      slot.length = octets
      slot.to = 'craft'
      earth.send(slot)
      left -= 1
    }
  }
  earth.open({ datagram: () => {}, turn: pump })
  craft.open({ datagram: () => {}, turn: () => {} })
  pump()
  clock.run(NEVER)
}

describe('10,000 datagrams through a link', () => {
  bench('calm, 1 KiB', () => carry({}, {}, 1024))
  bench('calm, 64 octets', () => carry({}, {}, 64))
  bench('paced at 10 Mbit/s over 300 ms, 1 KiB', () => carry({ delayMs: 300 }, { rateBps: 1e7 }, 1024))
  bench('the same with every fault', () =>
    carry(
      {
        delayMs: 300,
        jitterMs: 50,
        loss: 0.05,
        burstStart: 0.001,
        burstEnd: 0.1,
        duplication: 0.05,
        reordering: 0.05,
        reorderingMs: 50,
        corruption: 0.01,
      },
      { rateBps: 1e7 },
      1024,
    ),
  )
})

describe('100 worlds', () => {
  let seed = 0
  const quiet = world('sim/quiet', 'nothing is asked', run => {
    const sky = new World(run, weatherFrom(run.seed))
    sky.join(sky.node('earth', courier()), sky.node('craft', courier()))
    sky.storm(minutes(1))
  })
  const busy = world('sim/busy', 'a hundred letters, with restarts', run => {
    const sky = new World(run, weatherFrom(run.seed))
    const earth = sky.node('earth', courier())
    const craft = sky.node('craft', courier())
    sky.join(earth, craft)
    sky.restarts([earth, craft], { most: 4, withinMs: minutes(1) })
    for (let mark = 1; mark <= 100; mark++) earth.request({ kind: 'deliver', mark })
    sky.storm(minutes(1))
    sky.clear(minutes(10))
  })
  bench('two nodes, built and left alone', () => {
    for (let count = 0; count < 100; count++) quiet.run(seed++)
  })
  bench('a hundred letters each, with restarts', () => {
    for (let count = 0; count < 100; count++) busy.run(seed++)
  })
})
