import type { Millis } from '@skyferry/engine'
import { InvariantError } from '@skyferry/engine'
import { VirtualClock } from '@skyferry/sim'
import { expect, it } from 'vitest'
import { memoryLinkPair } from '../src/index.ts'
import { Listener } from './listener.ts'

it('a memory link runs in virtual time as well as in real time', () => {
  const clock = new VirtualClock()
  const defer = (run: () => void): void => {
    clock.at((clock.now() + 5) as Millis, run)
  }
  const [near, far] = memoryLinkPair({ defer, mtuOctets: 100 })
  const atFar = new Listener<string>()
  near.open(new Listener())
  far.open(atFar)
  const slot = near.lease()!
  slot.bytes[0] = 9
  slot.length = 1
  near.send(slot)
  clock.run(4 as Millis)
  expect(atFar.heard).toEqual([])
  clock.run(5 as Millis)
  expect(atFar.heard).toEqual([{ octets: Uint8Array.of(9), from: 'a' }, 'turn'])
})

it('a memory link delivers what was under way as one burst, and answers to it in the next', () => {
  const waiting: (() => void)[] = []
  const [near, far] = memoryLinkPair({ defer: run => waiting.push(run), slots: 4 })
  const atNear = new Listener<string>()
  near.open(atNear)
  let bursts = 0
  far.open({
    datagram: () => {
      const slot = far.lease()
      if (slot !== undefined) far.send(slot)
    },
    turn: () => {
      bursts += 1
    },
  })
  for (let slot = near.lease(); slot !== undefined; slot = near.lease()) near.send(slot)
  expect(waiting.length).toBe(1)
  waiting.shift()!()
  expect(bursts).toBe(1)
  // The four answers wait; and the sender, who was refused, has had its turn.
  expect(atNear.heard).toEqual(['turn'])
  expect(waiting.length).toBe(1)
  waiting.shift()!()
  expect(atNear.datagrams.length).toBe(4)
})

it('a memory link loses what is for somebody who is not there', () => {
  const waiting: (() => void)[] = []
  const [near, far] = memoryLinkPair({ defer: run => waiting.push(run), slots: 1 })
  const atFar = new Listener<string>()
  far.open(atFar)
  const slot = near.lease()!
  slot.to = 'c'
  near.send(slot)
  for (const run of waiting) run()
  expect(atFar.heard).toEqual([])
  expect(near.lease()).toBe(slot)
})

it('a memory link refuses two ends of one name', () => {
  expect(() => memoryLinkPair({ defer: queueMicrotask, names: ['a', 'a'] })).toThrow(InvariantError)
})
