/** Whatever a stranger sends: nothing throws, nothing grows without bound, the deadline is never in the past. */
import { Random } from '@skyferry/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CspNode,
  decodeCmp,
  decodeHeader,
  decodeRuns,
  decodeSfp,
  open,
  packetInWords,
  RDP_PROFILES,
} from '../../src/index.ts'
import { octets, PACKETS } from '../vectors/vectors.ts'
import { address, bytes, ms, port } from './network.ts'

function nodeOf(version: 1 | 2, seed = 1): CspNode {
  const node = new CspNode({
    version,
    interfaces: [
      { name: 'A', address: address(2), netmask: 0, isDefault: true },
      { name: 'B', address: address(20), netmask: 0, isDefault: false, framing: 'zmq-1.x' },
    ],
    random: new Random(seed),
    now: ms(0),
    buffers: 64,
    connectionsMax: 8,
    heldPackets: 32,
    indicationsMax: 100,
    blockOctetsMax: 10_000,
  })
  node.request({ kind: 'bind', port: port(10), accept: 'connections' }, ms(0))
  node.request({ kind: 'bind', port: 'any', accept: 'datagrams' }, ms(0))
  node.request({ kind: 'connect', to: address(1), port: port(10), rdp: RDP_PROFILES.libcsp }, ms(0))
  return node
}

function drain(node: CspNode, now: number): void {
  const slot = {
    bytes: new Uint8Array(2100),
    view: new DataView(new ArrayBuffer(0)),
    length: 0,
    to: undefined as string | undefined,
  }
  for (let left = 1000; node.transmit(slot, ms(now)); left--) {
    expect(left).toBeGreaterThan(0)
    slot.to = undefined
  }
  while (node.indication() !== undefined) {}
}

const seeds = PACKETS.map(({ hex }) => octets(hex))

/** A captured packet with a few octets changed, cut or added; or noise. */
const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 4 }),
      fc.option(fc.nat(300)),
    )
    .map(([seed, changes, cut]) => {
      const changed = new Uint8Array(seed)
      for (const [at, value] of changes) if (at < changed.length) changed[at] = value
      return cut === null ? changed : changed.subarray(0, cut)
    }),
)

describe('hostile input', () => {
  it('no decoder throws at any octets', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(1 as const, 2 as const), (packet, version) => {
        const header = decodeHeader(packet, version)
        if (!('kind' in header)) open(packet, header, version, {})
        decodeCmp(packet)
        decodeSfp(packet)
        expect(decodeRuns(packet, 50).length).toBeLessThanOrEqual(50)
        expect(packetInWords(packet, version)).not.toBe('')
      }),
      { numRuns: 2000 },
    )
  })

  it('no node throws, spins or fills up', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1 as const, 2 as const),
        fc.array(fc.tuple(hostile, fc.constantFrom('A', 'B', 'C'), fc.nat(2000)), { maxLength: 60 }),
        (version, arrivals) => {
          const node = nodeOf(version)
          let now = 0
          for (const [packet, at, wait] of arrivals) {
            node.receive(packet, at, ms(now))
            drain(node, now)
            now += wait
            for (let left = 200; node.deadline() <= now; left--) {
              expect(left).toBeGreaterThan(0)
              node.tick(ms(now))
              drain(node, now)
            }
          }
          drain(node, now)
          expect(node.freeBuffers).toBe(64)
          expect(node.connectionCount).toBeLessThanOrEqual(9)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('a flood of SYNs opens no more connections than there may be, and they go again', () => {
    const node = nodeOf(2)
    const syn = octets(PACKETS.find(({ name }) => name === 'zmq-v2/rdp-open-echo-close/01-syn')!.hex)
    syn[1] = 2
    for (let source = 0; source < 50; source++) {
      syn[2] = source
      node.receive(syn, 'A', ms(0))
      drain(node, 0)
    }
    expect(node.connectionCount).toBe(9)
    expect(node.drops).toMatchObject({ 'connections-full': 42 })
    for (let now = 0; now <= 20_000; now += 500) {
      node.tick(ms(now))
      drain(node, now)
    }
    expect(node.connectionCount).toBe(0)
  })

  it('a user who takes nothing costs a bounded number of packets', () => {
    const node = nodeOf(2)
    const datagram = bytes(0x80, 2, 0, 4, 0xb0, 0, 1, 2, 3)
    for (let index = 0; index < 500; index++) node.receive(datagram, 'A', ms(0))
    expect(node.drops).toEqual({ 'user-behind': 400 })
  })
})
