import { type Millis, Random } from '@skyferry/engine'
import { bothWays, VirtualClock } from '@skyferry/sim'
import { expect, it } from 'vitest'
import { impaired, memoryLinkPair } from '../src/index.ts'
import { Listener } from './listener.ts'

it('an impaired link keeps to its share of a turn when slots are leased in bulk', async () => {
  const clock = new VirtualClock()
  const [inner] = memoryLinkPair({ defer: run => clock.at(clock.now(), run), mtuOctets: 16 })
  // A delay: what is sent stays in the weather, so nothing else would ever say no.
  const link = impaired(inner, bothWays({ delayMs: 1000 }), new Random(1), clock)
  const listener = new Listener<string>()
  link.open(listener)

  const sendSingly = (limit: number): number => {
    for (let sent = 0; sent < limit; sent++) {
      const slot = link.lease()
      if (slot === undefined) return sent
      link.send(slot)
    }
    return limit
  }
  expect(sendSingly(10)).toBe(10)
  const bulk = Array.from({ length: 100 }, () => link.lease()).filter(slot => slot !== undefined)
  for (const slot of bulk) link.send(slot)
  expect(10 + bulk.length + sendSingly(1000)).toBe(64)
  expect(listener.turns).toBe(0)

  clock.run(0 as Millis)
  expect(listener.turns).toBeGreaterThan(0)
  expect(sendSingly(1000)).toBe(64)
})
