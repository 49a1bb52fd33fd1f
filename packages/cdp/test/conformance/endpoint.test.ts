/** Items of reference section 23 about many peers: strangers, tombstones, limits, address validation. */
import { type Millis, Random, type Slot } from '@skyferry/engine'
import { fromHex, isFault, toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import { Endpoint, type EndpointOptions, type Indication } from '../../src/index.ts'

function octets(hex: string): Uint8Array {
  const found = fromHex(hex)
  if (isFault(found)) throw new Error(hex)
  return found
}

/** An endpoint, and what it says to whom. */
class Station {
  readonly endpoint: Endpoint<string>
  now = 0 as Millis
  readonly #slot: Slot<string>

  constructor(options: Partial<EndpointOptions<string>> = {}) {
    this.endpoint = new Endpoint<string>({
      keyOf: address => address,
      now: this.now,
      listens: true,
      ...options,
    })
    const bytes = new Uint8Array(2000)
    this.#slot = { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
  }

  hear(from: string, hex: string): this {
    this.endpoint.receive(octets(hex), from, this.now)
    return this
  }

  /** Everything it says now, as `to hex`. */
  says(): string[] {
    const said: string[] = []
    while (this.endpoint.transmit(this.#slot, this.now)) {
      said.push(`${this.#slot.to} ${toHex(this.#slot.bytes.subarray(0, this.#slot.length))}`.trim())
    }
    return said
  }

  told(): Indication<string>[] {
    const told: Indication<string>[] = []
    for (let what = this.endpoint.indication(); what !== undefined; what = this.endpoint.indication())
      told.push(what)
    return told
  }

  wait(ms: number): this {
    this.now = (this.now + ms) as Millis
    this.endpoint.tick(this.now)
    return this
  }
}

const kinds = (told: readonly Indication<string>[]): string[] => told.map(({ kind }) => kind)

describe('strangers (CDP-80, transcript P)', () => {
  it.each([
    ['0000', [], ['opened', 'payload']],
    ['5000', ['p f0'], ['opened', 'payload', 'close-asked', 'closed']],
    ['000178', ['p 9000'], ['stranger']],
    ['00ff', ['p 9000'], ['stranger']],
    ['0100', ['p f0'], ['stranger']],
    ['0f0078', ['p f0'], ['stranger']],
    ['6041', [], ['opened', 'random']],
    ['d000', ['p f0'], ['stranger']],
    ['8000', [], ['stranger']],
    ['9000', [], ['stranger']],
    ['f0', [], ['stranger']],
    ['a000', [], ['stranger']],
    ['70', [], ['stranger']],
    ['00', [], ['stranger']],
    ['', [], ['stranger']],
  ])('%s', (hex, says, told) => {
    const station = new Station()
    station.hear('p', hex)
    expect(station.says()).toEqual(says)
    expect(kinds(station.told())).toEqual(told)
  })

  it('open nothing where nobody listens, nor by a random payload where that is off', () => {
    const client = new Station({ listens: false })
    expect(client.hear('p', '0000').says()).toEqual([])
    expect(client.endpoint.size).toBe(0)
    const strict = new Station({ randomOpens: false })
    expect(kinds(strict.hear('p', '6041').told())).toEqual(['stranger'])
  })

  it('Q: what is no CDP is answered by a Halt, and hurts no other connection (CDP-83, CDP-89)', () => {
    const station = new Station()
    station.hear('p:1', '0000').hear('p:2', '0000').hear('p:1', '70')
    expect(station.says()).toEqual(['p:1 f0'])
    station.hear('p:2', '1001')
    expect(station.says()).toEqual(['p:2 8001'])
  })
})

describe('tombstones', () => {
  it('CDP-81: answer a payload, a Resend and a Check with Halt, and nothing else', () => {
    const station = new Station()
    station.hear('p', '0000').hear('p', 'f0')
    station.told()
    for (const hex of ['0000', '3001', '9000', 'd000'])
      expect(station.hear('p', hex).says()).toEqual(['p f0'])
    for (const hex of ['f0', '8000', '', '6041', 'a000']) expect(station.hear('p', hex).says()).toEqual([])
    expect(station.endpoint.size).toBe(0)
    station.wait(31_000)
    expect(station.endpoint.tombstones).toBe(0)
    station.hear('p', '0000')
    expect(station.endpoint.size).toBe(1)
  })

  it('last as long as somebody asks', () => {
    const station = new Station({ tombstone: 1000 as Millis })
    station.hear('p', '0000').hear('p', 'f0')
    for (let round = 0; round < 5; round++) {
      station.wait(900)
      expect(station.hear('p', '0000').says()).toEqual(['p f0'])
    }
  })

  it('CDP-82: two that face each other are silent', () => {
    const [one, other] = [new Station(), new Station()]
    for (const station of [one, other]) station.hear('p', '0000').hear('p', 'f0')
    one.hear('p', 'f0')
    other.hear('p', 'f0')
    expect([one.says(), other.says()]).toEqual([[], []])
  })

  it('are bounded: the oldest goes first (CDP-84)', () => {
    const station = new Station({ tombstonesMax: 2 })
    for (const peer of ['a', 'b', 'c']) station.hear(peer, '0000').hear(peer, 'f0')
    expect(station.endpoint.tombstones).toBe(2)
    expect(station.hear('a', '0000').endpoint.size).toBe(1)
  })

  it('keep a client from its old address, unless it begins with a reset sequence (CDP-85)', () => {
    const station = new Station({ listens: false })
    const connect = (resetMs?: Millis): string =>
      station.endpoint.request(
        { kind: 'connect', to: 'p', ...(resetMs === undefined ? {} : { resetMs }) },
        station.now,
      ).kind
    expect(connect()).toBe('connected')
    expect(connect()).toBe('refused')
    station.endpoint.request({ kind: 'halt', connection: 1 as never }, station.now)
    expect(station.says()).toEqual(['p f0'])
    expect(connect()).toBe('refused')
    expect(connect(10_000 as Millis)).toBe('connected')
    expect(station.says()).toEqual(['p f0'])
  })
})

describe('limits', () => {
  it('CDP-84: too many connections: those that never completed a turn go first, oldest first; else a Halt', () => {
    const station = new Station({ connectionsMax: 2 })
    station.hear('a', '0000').hear('b', '2000')
    station.told()
    station.hear('c', '0000')
    expect(station.says().sort()).toEqual(['a f0'])
    // b has completed a turn; c has not.
    station.told()
    station.hear('d', '0000')
    expect(station.says()).toEqual(['c f0'])
    station.told()
    station.hear('d', '2001')
    station.told()
    expect(station.hear('e', '0000').says()).toEqual(['e f0'])
    expect(station.endpoint.size).toBe(2)
  })

  it('a server that refuses says Halt, and leaves a tombstone', () => {
    const station = new Station({ accept: from => (from === 'good' ? {} : false) })
    expect(station.hear('bad', '0000').says()).toEqual(['bad f0'])
    expect(station.endpoint.tombstones).toBe(1)
    expect(station.hear('good', '1000').says()).toEqual(['good 8000'])
  })

  it('CDP-92: answers to strangers are few, and never longer than their cause', () => {
    const station = new Station()
    for (let peer = 0; peer < 300; peer++) station.hear(`p${peer}`, '0001')
    expect(station.says()).toHaveLength(100)
    expect(station.endpoint.withheld).toBe(200)
    station.wait(500)
    for (let peer = 0; peer < 300; peer++) station.hear(`p${peer}`, '0001')
    expect(station.says()).toHaveLength(50)
  })

  it('CDP-91: with validation "limit" an address gets at most three times what it sent', () => {
    const station = new Station({ validation: 'limit' })
    station.hear('p', '200041')
    const opened = station.told().find(what => what.kind === 'opened')!
    const { connection } = opened
    const send = (octets: number, give = false): string =>
      station.endpoint.request({ kind: 'send', connection, data: new Uint8Array(octets), give }, station.now)
        .kind
    expect(send(5)).toBe('sent')
    expect(send(100)).toBe('sent')
    // 3 octets came, so 9 may go: 7 did.
    expect(station.says()).toHaveLength(1)
    for (let round = 0; round < 4; round++) {
      station.wait(5000)
      for (const said of station.says()) expect(said.length).toBeLessThan(20)
    }
    station.endpoint.request({ kind: 'validate', connection }, station.now)
    expect(station.says().join()).toContain('00'.repeat(100))
  })

  it('CDP-108: with validation "cookie" a turn is believed only behind one', () => {
    const sign = (text: string): Uint8Array =>
      Uint8Array.from({ length: 8 }, (_, index) => text.charCodeAt(index % text.length))
    const station = new Station({ validation: 'cookie', sign })
    // The challenge has 11 octets on the wire: a turn of 4 is the shortest that gets it at once.
    station.hear('p', '20004141')
    expect(kinds(station.told())).toEqual(['opened'])
    const challenge = station.says()[0]!
    expect(challenge).toMatch(/^p 20017e[0-9a-f]{16}$/)
    const cookie = challenge.slice(8)
    // In front of the turn, or as a payload of its own.
    station.hear('p', `2002${'7f'}${cookie}41`)
    expect(station.told()).toMatchObject([
      { kind: 'acked' },
      { kind: 'payload', data: octets('41') },
      { kind: 'control' },
    ])
    const other = new Station({ validation: 'cookie', sign })
    other.hear('p', '00007f0000000000000000').hear('p', '200141')
    expect(kinds(other.told())).toEqual(['opened'])
    expect(other.says()[0]).toContain('7e')
  })
})

it('CDP-93: a Check is answered by a Heartbeat on a connection, by a Halt from a tombstone or for a stranger', () => {
  const station = new Station()
  expect(station.hear('p', '0000').hear('p', 'd000').says()).toEqual(['p'])
  expect(station.hear('p', 'f0').hear('p', 'd000').says()).toEqual(['p f0'])
  expect(station.hear('q', 'd000').says()).toEqual(['q f0'])
})

it('CDP-94: no datagrams make a server throw, spin or grow without bounds', () => {
  const random = new Random(94)
  const station = new Station({
    connectionsMax: 100,
    tombstonesMax: 100,
    settings: { inboxPayloads: 4, earlyOctets: 1000 },
  })
  const firsts = [0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0x90, 0xd0, 0xf0]
  for (let count = 0; count < 100_000; count++) {
    const datagram = new Uint8Array(random.whole(0, 6))
    random.fill(datagram)
    if (datagram.length > 0 && random.chance(0.8)) datagram[0] = random.pick(firsts)
    if (datagram.length > 1 && random.chance(0.8)) datagram[1] = random.whole(0, 4)
    station.endpoint.receive(datagram, `p${random.whole(0, 1000)}`, station.now)
    if (count % 50 === 0) {
      for (const what of station.told()) {
        if (what.kind === 'control' && random.chance(0.7)) {
          station.endpoint.request(
            { kind: 'send', connection: what.connection, data: datagram, give: true },
            station.now,
          )
        }
      }
      station.says()
      station.wait(random.whole(0, 200))
      expect(station.endpoint.deadline()).toBeGreaterThan(station.now)
    }
  }
  expect(station.endpoint.size).toBeLessThanOrEqual(100)
  expect(station.endpoint.tombstones).toBeLessThanOrEqual(100)
})
