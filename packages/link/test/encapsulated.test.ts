import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { memoryLinkPair, SequenceCounts, type SpacePacketOptions, spacePackets } from '../src/index.ts'
import { Listener } from './listener.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const PACKETS: SpacePacketOptions = {
  send: { type: 'telecommand', apid: 0x7fd },
  hear: { apid: 0x7fd },
}

/** Two ends; what is deferred runs when the test says so. */
function pair(options: SpacePacketOptions = PACKETS) {
  const deferred: (() => void)[] = []
  const [near, far] = memoryLinkPair({ defer: run => deferred.push(run), mtuOctets: 1030 })
  const run = (): void => {
    for (const each of deferred.splice(0)) each()
  }
  return { near: spacePackets(near, options), far, run }
}

function sendOne(link: ReturnType<typeof pair>['near'], octets: number): void {
  const slot = link.lease()!
  slot.bytes.fill(7, 0, octets)
  slot.length = octets
  link.send(slot)
}

describe('space packets', () => {
  it('count on per APID, past the end of 14 bits, through every link that shares the counts', () => {
    const counts = new SequenceCounts()
    for (let index = 0; index < 0x3fff; index++) counts.take(0x7fd)
    const first = pair({ ...PACKETS, counts })
    const second = pair({ ...PACKETS, counts })
    const other = pair({ ...PACKETS, send: { type: 'telecommand', apid: 1 }, counts })
    const heard = [first, second, other].map(({ near, far, run }) => {
      const listener = new Listener<string>()
      far.open(listener)
      sendOne(near, 1)
      run()
      const { octets } = listener.datagrams[0]!
      return ((octets[2]! & 0x3f) << 8) | octets[3]!
    })
    expect(heard).toEqual([0x3fff, 0, 0])
  })

  it('that are not ours are counted by reason, and jumps of the sequence count are told', () => {
    const { near, far, run } = pair()
    const listener = new Listener<string>()
    near.open(listener)
    const arrive = (...octets: number[]): void => {
      const slot = far.lease()!
      slot.bytes.set(octets)
      slot.length = octets.length
      far.send(slot)
      run()
    }
    arrive(0x17, 0xfd, 0xc0, 0, 0, 0, 1)
    arrive(0x17, 0xfd, 0xc0, 1, 0, 0, 2)
    arrive(0x17, 0xfd, 0xc0, 1, 0, 0, 3)
    arrive(0x17, 0xfd, 0xc0, 9, 0, 0, 4)
    arrive(0x10, 0x01, 0xc0, 0, 0, 0, 5)
    arrive(0x17, 0xff, 0xc0, 0, 0, 0, 5)
    arrive(0xff)
    expect(listener.datagrams.map(({ octets }) => octets[0])).toEqual([1, 2, 3, 4])
    expect(near.sequenceJumps).toBe(1)
    expect(Object.fromEntries(near.dropped)).toEqual({ 'other-apid': 1, idle: 1, truncated: 1 })
  })

  it('without any data are not sent, and counted', () => {
    const { near } = pair()
    sendOne(near, 0)
    expect(near.unsendable).toBe(1)
  })

  it('are sealed where they stand: ten thousand leave nothing on the heap', () => {
    const { near, run } = pair()
    const burst = (count: number): void => {
      for (let index = 0; index < count; index++) {
        sendOne(near, 1024)
        if (index % 64 === 63) run()
      }
      run()
    }
    burst(20_000)
    collect()
    const before = process.memoryUsage()
    burst(10_000)
    const after = process.memoryUsage()
    // Too few for the host to tidy up meanwhile. A view for each datagram would be a megabyte.
    expect(after.heapUsed - before.heapUsed).toBeLessThan(300_000)
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(100_000)
  })
})
