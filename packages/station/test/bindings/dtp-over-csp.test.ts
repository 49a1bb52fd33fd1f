/** DTP over real CSP nodes, in virtual time: what the stand-in of the worlds stands for. */
import { type CspAddress, type NodeOptions, RDP_PROFILES } from '@skyferry/csp'
import {
  Client,
  type ClientIndication,
  type ClientRecord,
  type ClientReply,
  type ClientRequest,
  MemorySinks,
  octetsPayload,
  Server,
  type ServerIndication,
  type ServerReply,
  type ServerRequest,
  type SessionTerms,
} from '@skyferry/dtp'
import { type Millis, Random } from '@skyferry/engine'
import { bothWays, minutes, type Weather, World, weatherFrom } from '@skyferry/sim'
import { describe, expect, it } from 'vitest'
import { DtpOverCsp } from '../../src/bindings/dtp-over-csp.ts'

const GROUND = 10 as CspAddress
const CRAFT = 20 as CspAddress

function nodeOf(address: CspAddress, medium: string, random: Random, now: Millis): NodeOptions {
  // Each interface is named for the node at its other end.
  return { version: 2, interfaces: [{ name: medium, address, netmask: 8, isDefault: true }], random, now }
}

class Flight {
  readonly sky: World
  readonly sinks: MemorySinks = new MemorySinks()
  readonly told: ClientIndication[] = []
  readonly payload: Uint8Array
  client!: Client
  server!: Server
  /** Kills one end, which comes back with what its store kept. */
  readonly kill: (which: 'ground' | 'craft') => void
  readonly #ask: (request: ClientRequest) => ClientReply | undefined

  constructor(seed: number, weather: Weather, size: number, rdp = RDP_PROFILES.libcsp) {
    this.sky = new World(seed, weather)
    this.payload = new Uint8Array(size)
    new Random(seed).fill(this.payload)
    const craft = this.sky.node<ServerRequest, ServerReply, ServerIndication, never>(
      'craft',
      ({ random, now }) => {
        const open = (): ReturnType<typeof octetsPayload> => octetsPayload(this.payload)
        this.server = new Server({
          payloads: { open: id => (id === 1 ? open() : undefined), openMemory: open },
        })
        return {
          engine: new DtpOverCsp(this.server, {
            node: nodeOf(CRAFT, 'ground', random, now),
            rdp,
            crc32: true,
          }),
        }
      },
      { link: { mtuOctets: 2100 } },
    )
    const ground = this.sky.node<ClientRequest, ClientReply, ClientIndication, ClientRecord>(
      'ground',
      ({ random, now, records }) => {
        this.client = new Client({ sinks: this.sinks, random: random.fork('dtp'), now, records })
        return {
          engine: new DtpOverCsp(this.client, {
            node: nodeOf(GROUND, 'craft', random, now),
            rdp,
            crc32: true,
          }),
          indicate: what => this.told.push(what),
        }
      },
      { link: { mtuOctets: 2100 } },
    )
    this.sky.join(ground, craft)
    this.kill = which => this.sky.restart(which === 'ground' ? ground : craft)
    this.#ask = request => ground.request(request)
  }

  get(terms: Partial<SessionTerms> = {}): void {
    const reply = this.#ask({
      kind: 'get',
      session: 'one',
      terms: {
        server: CRAFT,
        payload: { kind: 'id', id: 1 },
        sink: 'out',
        peer: 'skyferry',
        mtuOctets: 1008,
        throughput: 200_000,
        ...terms,
      },
    })
    expect(reply).toMatchObject({ kind: 'accepted' })
  }

  ask(kind: 'pause' | 'resume' | 'cancel'): void {
    this.#ask({ kind, session: 'one' })
  }

  /** Lets time pass until the session has ended. */
  ending(limitMs = minutes(60)): string | undefined {
    const ended = (): Extract<ClientIndication, { kind: 'ended' }> | undefined =>
      this.told.find(what => what.kind === 'ended')
    this.sky.runUntil(() => ended() !== undefined, limitMs)
    return ended()?.outcome.ending
  }

  expectWhole(): void {
    expect(this.ending()).toBe('complete')
    // Said in one word: these are many octets.
    expect(Buffer.from(this.sinks.content('out')!).equals(this.payload)).toBe(true)
  }
}

describe('DTP over CSP', () => {
  it('fetches a payload whole in one round over a calm link', () => {
    const flight = new Flight(1, bothWays({ delayMs: 5 }), 100_000)
    flight.get()
    flight.expectWhole()
    expect(flight.client.report('one')!.rounds).toBe(1)
  })

  it('asks a C peer for the size first, and needs one round more', () => {
    const flight = new Flight(1, bothWays({ delayMs: 5 }), 100_000)
    flight.get({ peer: 'libdtp' })
    flight.expectWhole()
    expect(flight.client.report('one')!.rounds).toBe(2)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('gets there in bad weather, seed %i', seed => {
    const weather = bothWays({
      delayMs: 50,
      loss: 0.1,
      duplication: 0.05,
      reordering: 0.1,
      reorderingMs: 100,
    })
    const flight = new Flight(seed, weather, 60_000)
    flight.get()
    flight.expectWhole()
  })

  it.each([1, 2, 3])('reads memory (the vmem variant) in bad weather, seed %i', seed => {
    const flight = new Flight(seed, bothWays({ delayMs: 20, loss: 0.1 }), 30_000)
    flight.get({ payload: { kind: 'memory', address: '1000', size: 30_000 } })
    flight.expectWhole()
  })

  it('is whole at 0.5 to 10 MB/s with every packet size on a clean link', () => {
    for (const mtuOctets of [208, 1008, 2040]) {
      for (const throughput of [500_000, 2_000_000, 10_000_000]) {
        const flight = new Flight(mtuOctets, bothWays({ delayMs: 0.2 }), 300_000)
        flight.get({ mtuOctets, throughput })
        flight.expectWhole()
        expect(flight.client.report('one')!.rounds).toBe(1)
      }
    }
  })

  it('stops the server within a round trip when it is cancelled', () => {
    const flight = new Flight(1, bothWays({ delayMs: 100 }), 1_000_000)
    flight.get()
    flight.sky.runUntil(() => flight.client.report('one')!.octets > 50_000, minutes(1))
    flight.ask('cancel')
    expect(flight.server.transfers).toBe(1)
    flight.sky.runUntil(() => false, 250)
    expect(flight.server.transfers).toBe(0)
    expect(flight.ending()).toBe('cancelled')
  })

  it('hears that there is no such payload, and no such node', () => {
    const refused = new Flight(1, bothWays({ delayMs: 5 }), 1000)
    refused.get({ payload: { kind: 'id', id: 9 } })
    expect(refused.ending()).toBe('refused')
    const nobody = new Flight(1, bothWays({ delayMs: 5 }), 1000)
    nobody.get({ server: 21 })
    nobody.sky.runUntil(() => false, 60_000)
    expect(nobody.told.find(({ kind }) => kind === 'round-ended')).toMatchObject({ why: 'no-connection' })
  })

  it('goes on after both ends were killed', () => {
    const flight = new Flight(3, bothWays({ delayMs: 20 }), 400_000)
    flight.get({ throughput: 50_000 })
    flight.sky.runUntil(() => flight.client.report('one')!.octets > 50_000, minutes(1))
    flight.kill('craft')
    flight.sky.runUntil(() => flight.client.report('one')!.octets > 120_000, minutes(2))
    flight.kill('ground')
    flight.expectWhole()
  })

  it('gets there in any weather, with kills at both ends', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const weather = weatherFrom(seed, { mtuOctets: 2100, delayMsMax: 2000, stormMs: 20_000 })
      const random = new Random(seed)
      const flight = new Flight(seed, weather, random.whole(1, 60_000))
      flight.get({
        peer: random.pick(['skyferry', 'libdtp']),
        mtuOctets: random.whole(64, 1400),
        throughput: random.whole(5000, 500_000),
        ...(random.chance(0.3)
          ? { payload: { kind: 'memory', address: '0', size: flight.payload.length } }
          : {}),
      })
      for (let kills = random.whole(0, 4); kills > 0; kills--) {
        const which = random.pick(['ground', 'craft'] as const)
        flight.sky.at((random.unit() * 20_000) as Millis, () => flight.kill(which))
      }
      flight.sky.storm(20_000)
      flight.sky.clear(0)
      flight.expectWhole()
    }
  })

  it('leaves nothing behind: no connection, no deadline', () => {
    const flight = new Flight(1, bothWays({ delayMs: 5, loss: 0.05 }), 50_000)
    flight.get()
    flight.expectWhole()
    flight.sky.runUntil(() => false, minutes(2))
    expect(flight.server.transfers).toBe(0)
    expect(flight.client.deadline()).toBe(Infinity)
    expect(flight.server.deadline()).toBe(Infinity)
  })
})
