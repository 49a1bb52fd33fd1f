/** Conversations of C nodes, captured: one end is ours, and has to say what the C end said, octet by octet. */
import { Random } from '@skyferry/engine'
import { toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import {
  type CspIndication,
  CspNode,
  type Framing,
  HmacKey,
  type NodeOptions,
  RDP_PROFILES,
  SERVICE_DEFAULTS,
} from '../../src/index.ts'
import { octets, VECTORS, type Vector } from '../vectors/vectors.ts'
import { address, ms, port } from './network.ts'

const vector = (name: string): Vector => VECTORS.find(each => each.name === name)!

/** A random source that gives what the C node drew: its first number of a segment, its port. */
class Rigged extends Random {
  readonly #numbers: number[]

  constructor(numbers: readonly number[]) {
    super(1)
    this.#numbers = [...numbers]
  }

  override whole(): number {
    return this.#numbers.shift()!
  }

  override pick<Item>(items: readonly Item[]): Item {
    // The first port after a start of libcsp 2.
    return items.find(item => Number(item) === 18) ?? items[0]!
  }
}

class Ours {
  readonly node: CspNode
  now = 0

  constructor(
    own: number,
    version: 1 | 2,
    framing: Framing,
    numbers: readonly number[] = [],
    extra: Partial<NodeOptions> = {},
  ) {
    this.node = new CspNode({
      version,
      interfaces: [
        { name: 'ZMQ', address: address(own), netmask: version === 2 ? 8 : 0, isDefault: true, framing },
      ],
      random: new Rigged(numbers),
      now: ms(0),
      hmacKey: new HmacKey('secret'),
      ...extra,
    })
  }

  hears(name: string): void {
    this.node.receive(octets(vector(name).hex), 'ZMQ', ms(this.now))
  }

  /** What it sends now, in hexadecimal. */
  says(): string[] {
    const bytes = new Uint8Array(2100)
    const slot = { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined as string | undefined }
    const said: string[] = []
    while (this.node.transmit(slot, ms(this.now))) {
      said.push(toHex(bytes.subarray(0, slot.length)))
      slot.to = undefined
    }
    return said
  }

  /** Asserts that it sends exactly these. */
  expectSays(...names: string[]): void {
    expect(this.says()).toEqual(names.map(name => vector(name).hex))
  }

  told(): CspIndication[] {
    const all: CspIndication[] = []
    for (let what = this.node.indication(); what !== undefined; what = this.node.indication()) all.push(what)
    return all
  }
}

const initialOf = (name: string): number => vector(name).decoded.rdp!.seq

describe('our node, in the place of the C server, answers as it did', () => {
  it.each(['zmq-v2/ping-crc32', 'zmq-v2/ping-crc32-hmac', 'zmq-v2/cmp-peek-zero-length'])('%s', name => {
    const ours = new Ours(20, 2, 'plain')
    ours.hears(`${name}/request`)
    // Memory is not shown.
    if (name.includes('peek')) ours.expectSays()
    else ours.expectSays(`${name}/reply`)
  })

  it.each([
    ['zmq-v1-be-prefixed', 'zmq-2.1'],
    ['zmq-v1-le-prefixed', 'zmq-1.x'],
    ['zmq-v1-csp16', 'zmq-1.x'],
    ['zmq-v1-be-bare', 'plain'],
  ] as const)('%s, a ping', (layout, framing) => {
    const ours = new Ours(2, 1, framing)
    ours.hears(`${layout}/ping-crc32/request`)
    ours.expectSays(`${layout}/ping-crc32/reply`)
  })

  it('zmq-v1-csp16, a ping without flags', () => {
    const ours = new Ours(2, 1, 'zmq-1.x')
    ours.hears('zmq-v1-csp16/ping-no-flags/request')
    ours.expectSays('zmq-v1-csp16/ping-no-flags/reply')
  })

  it('a ping without CRC, where that is required: not at all', () => {
    const services = { ...SERVICE_DEFAULTS, requireCrc32: true }
    const ours = new Ours(20, 2, 'plain', [], { services })
    ours.hears('zmq-v2/ping-without-crc32-unanswered')
    ours.expectSays()
  })

  it('rdp-open-echo-close', () => {
    const talk = 'zmq-v2/rdp-open-echo-close'
    const ours = new Ours(20, 2, 'plain', [initialOf(`${talk}/02-syn-ack`)])
    ours.node.request({ kind: 'bind', port: port(10), accept: 'connections' }, ms(0))
    ours.hears(`${talk}/01-syn`)
    ours.expectSays(`${talk}/02-syn-ack`)
    ours.hears(`${talk}/03-ack`)
    for (const [data, echo] of [
      ['04-data-1', '05-echo-1'],
      ['06-data-2', '07-echo-2'],
    ]) {
      ours.hears(`${talk}/${data}`)
      for (const what of ours.told()) {
        if (what.kind === 'data') {
          ours.node.request({ kind: 'write', connection: what.connection, payload: what.payload }, ms(0))
        }
      }
      ours.expectSays(`${talk}/${echo}`)
    }
    ours.hears(`${talk}/08-rst-ack`)
    ours.expectSays(`${talk}/09-rst-ack-reply`)
    expect(ours.told()).toMatchObject([{ kind: 'closed', ending: 'closed-by-peer', undelivered: 0 }])
  })
})

describe('our node, in the place of the C client, asks as it did', () => {
  it('rdp-open-echo-close', () => {
    const talk = 'zmq-v2/rdp-open-echo-close'
    const ours = new Ours(10, 2, 'plain', [initialOf(`${talk}/01-syn`)])
    const request = { kind: 'connect', to: address(20), port: port(10), rdp: RDP_PROFILES.libcsp } as const
    const reply = ours.node.request(request, ms(0))
    if (reply.kind !== 'connecting') throw new Error(reply.kind)
    const { connection } = reply
    ours.expectSays(`${talk}/01-syn`)
    ours.hears(`${talk}/02-syn-ack`)
    expect(ours.told()).toEqual([{ kind: 'connected', connection }])
    ours.expectSays(`${talk}/03-ack`)
    const write = (name: string): void => {
      const payload = octets(vector(name).decoded.payload_hex!)
      ours.node.request({ kind: 'write', connection, payload }, ms(0))
    }
    write(`${talk}/04-data-1`)
    ours.expectSays(`${talk}/04-data-1`)
    ours.hears(`${talk}/05-echo-1`)
    write(`${talk}/06-data-2`)
    ours.expectSays(`${talk}/06-data-2`)
    ours.hears(`${talk}/07-echo-2`)
    ours.node.request({ kind: 'close', connection }, ms(0))
    ours.expectSays(`${talk}/08-rst-ack`)
    ours.hears(`${talk}/09-rst-ack-reply`)
    expect(ours.told().at(-1)).toMatchObject({ kind: 'closed', ending: 'closed' })
    expect(ours.node.connectionCount).toBe(0)
  })

  it('rdp-lost-syn-ack: the SYN again after the packet timeout, and no other connection for it', () => {
    const talk = 'zmq-v2/rdp-lost-syn-ack'
    const ours = new Ours(10, 2, 'plain', [initialOf(`${talk}/01-syn`)])
    ours.node.request({ kind: 'connect', to: address(20), port: port(10), rdp: RDP_PROFILES.libcsp }, ms(0))
    ours.says()
    ours.now = 1000
    ours.node.tick(ms(1000))
    expect(ours.says()).toHaveLength(1)
    ours.hears(`${talk}/04-syn-ack-retransmit`)
    expect(ours.told().map(({ kind }) => kind)).toEqual(['connected'])
  })
})

it('libcsp 1.6 lists what it holds, and only what is missing comes again', () => {
  // The client of the capture is node 1; its numbers begin before the one that was lost.
  const lost = vector('zmq-v1-csp16/rdp-eack/lost-data').decoded.rdp!
  const ours = new Ours(1, 1, 'zmq-1.x', [lost.seq - 1])
  const reply = ours.node.request(
    {
      kind: 'connect',
      to: address(2),
      port: port(10),
      rdp: { ...RDP_PROFILES.libcsp, extendedAcks: 'list' },
    },
    ms(0),
  )
  if (reply.kind !== 'connecting') throw new Error(reply.kind)
  ours.says()
  const header = vector('zmq-v1-csp16/rdp-eack/eack-one').decoded.header!
  // The captured packets are for the port of the C client; ours has another.
  const toUs = (name: string): Uint8Array => {
    const message = octets(vector(name).hex)
    const packet = [...message.subarray(1, 5)].reverse()
    packet[2] = (packet[2]! & 0xc0) | header.sport
    const ourPort = 18
    packet[1] = (packet[1]! & 0xf0) | (ourPort >> 2)
    packet[2] = ((ourPort & 3) << 6) | (packet[2]! & 0x3f)
    message.set(packet.reverse(), 1)
    return message
  }
  const synAck = toUs('zmq-v1-csp16/rdp-eack/eack-one').slice(0, 10)
  const view = new DataView(synAck.buffer)
  synAck[5] = 0x0c
  view.setUint16(6, lost.ack)
  view.setUint16(8, lost.seq - 1)
  ours.node.receive(synAck, 'ZMQ', ms(0))
  ours.says()
  for (let index = 0; index < 4; index++) {
    ours.node.request({ kind: 'write', connection: reply.connection, payload: octets('62626262') }, ms(0))
  }
  expect(ours.says()).toHaveLength(4)
  ours.now = 20
  ours.node.receive(toUs('zmq-v1-csp16/rdp-eack/eack-one'), 'ZMQ', ms(20))
  const again = ours.says()
  const retransmit = vector('zmq-v1-csp16/rdp-eack/retransmit').decoded
  expect(again).toHaveLength(1)
  // Number and payload are those of the packet that was lost.
  const trailer = again[0]!.slice(-10)
  expect([trailer.slice(2, 6), again[0]!.slice(10, 18)]).toEqual([
    retransmit.rdp!.seq.toString(16),
    retransmit.payload_hex,
  ])
  // What was sent again a moment ago cannot have been heard of.
  ours.node.receive(toUs('zmq-v1-csp16/rdp-eack/eack-two'), 'ZMQ', ms(21))
  expect(ours.says()).toEqual([])
})
