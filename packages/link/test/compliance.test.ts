import { mkdtempSync, rmSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Random } from '@skyferry/engine'
import { type Framing, LENGTH_PREFIX, SPACE_PACKET_FRAMING } from '@skyferry/octets'
import { bothWays } from '@skyferry/sim'
import { describe } from 'vitest'
import {
  type Encapsulation,
  encapsulated,
  impaired,
  memoryLinkPair,
  realClock,
  recorded,
  type SpacePacketOptions,
  spacePacketOverhead,
  spacePackets,
  startEmulator,
  type TcpAddress,
  type TcpLink,
  tcpLink,
  type UdpAddress,
  type UdpLink,
  udpLink,
  wallClockMs,
} from '../src/index.ts'
import { type Cable, everyLinkComplies } from './compliance.ts'
import { eventually, quiet } from './listener.ts'

const clock = realClock()
const mtuOctets = 1400

/** Two UDP links, each the other's peer. The first has to know the port of the second: it is opened twice. */
async function udpPair(host: string): Promise<{ near: UdpLink; far: UdpLink }> {
  const placeholder = await udpLink({ listen: { host, port: 0 }, mtuOctets, clock })
  const { local } = placeholder
  // While the first still holds its port: the host would be free to give the second the same one.
  const far = await udpLink({ listen: { host, port: 0 }, peer: local, mtuOctets, clock })
  placeholder.close()
  await placeholder.closed
  const near = await udpLink({ listen: local, peer: far.local, mtuOctets, clock })
  return { near, far }
}

async function udpCable(host: string): Promise<Cable<UdpAddress> & { near: UdpLink; far: UdpLink }> {
  const { near, far } = await udpPair(host)
  return {
    near,
    far,
    nearAddress: near.local,
    farAddress: far.local,
    mtuOctets,
    unplug: async () => {
      await Promise.all([near.closed, far.closed])
    },
  }
}

function memoryCable(defer: (run: () => void) => void): Cable<string> {
  const [near, far] = memoryLinkPair({ defer, mtuOctets, names: ['near', 'far'] })
  return { near, far, nearAddress: 'near', farAddress: 'far', mtuOctets }
}

/** At 100 Mbit/s, with what an idle bucket saves up: the suite sends several datagrams at once. */
async function paced<Paced extends { near: UdpLink | TcpLink; far: UdpLink | TcpLink }>(
  cable: Paced,
): Promise<Paced> {
  cable.near.changeRate(100e6)
  cable.far.changeRate(100e6)
  const saved = clock.now() + 3
  await eventually(() => clock.now() >= saved)
  return cable
}

everyLinkComplies('a memory link, by immediates,', async () => memoryCable(run => setImmediate(run)))
everyLinkComplies('a memory link, by microtasks,', async () => memoryCable(queueMicrotask))

everyLinkComplies('a UDP link over IPv4', () => udpCable('127.0.0.1'))

const hasIpv6 = Object.values(networkInterfaces()).some(list =>
  list?.some(({ address }) => address === '::1'),
)
describe.skipIf(!hasIpv6)('where there is IPv6', () => {
  everyLinkComplies('a UDP link over IPv6', () => udpCable('::1'))
})

everyLinkComplies('a UDP link that answers a peer it was not told of', async () => {
  const far = await udpLink({ listen: { host: '127.0.0.1', port: 0 }, mtuOctets, clock })
  const near = await udpLink({ listen: { host: '127.0.0.1', port: 0 }, peer: far.local, mtuOctets, clock })
  return {
    near,
    far,
    nearAddress: near.local,
    farAddress: far.local,
    mtuOctets,
    unplug: async () => {
      await Promise.all([near.closed, far.closed])
    },
  }
})

everyLinkComplies('a paced UDP link', async () => {
  const cable = await udpCable('127.0.0.1')
  return paced(cable)
})

everyLinkComplies('an impaired link in calm weather over memory', async () => {
  const cable = memoryCable(run => setImmediate(run))
  const wrap = (link: Cable<string>['near'], seed: number) =>
    impaired(link, bothWays(), new Random(seed), clock)
  return { ...cable, near: wrap(cable.near, 1), far: wrap(cable.far, 2) }
})

everyLinkComplies('an impaired link in calm weather over UDP', async () => {
  const cable = await udpCable('127.0.0.1')
  const wrap = (link: Cable<UdpAddress>['near'], seed: number) =>
    impaired(link, bothWays(), new Random(seed), clock)
  return { ...cable, near: wrap(cable.near, 1), far: wrap(cable.far, 2) }
})

everyLinkComplies('a recorded link', async () => {
  const { near, far, unplug, ...cable } = await udpCable('127.0.0.1')
  const folder = mkdtempSync(join(tmpdir(), 'skyferry-link-'))
  const wrap = (link: UdpLink, file: string) =>
    recorded(link, { file: join(folder, file), local: link.local, peer: link.peer, wallClockMs })
  return {
    ...cable,
    near: wrap(near, 'near.pcap'),
    far: wrap(far, 'far.pcap'),
    unplug: async () => {
      await unplug?.()
      rmSync(folder, { recursive: true })
    },
  }
})

everyLinkComplies('two UDP links with an emulator between them', async () => {
  const hop = await udpCable('127.0.0.1')
  const { local: a } = hop.near
  const { local: b } = hop.far
  hop.near.close()
  hop.far.close()
  await hop.unplug?.()
  const emulator = await startEmulator({
    a,
    b,
    listenA: { host: '127.0.0.1', port: 0 },
    listenB: { host: '127.0.0.1', port: 0 },
    weather: { ab: {}, ba: {} },
    seed: 1,
    clock,
  })
  const near = await udpLink({ listen: a, peer: emulator.listenA, mtuOctets, clock })
  const far = await udpLink({ listen: b, peer: emulator.listenB, mtuOctets, clock })
  return {
    near,
    far,
    nearAddress: emulator.listenB,
    farAddress: emulator.listenA,
    mtuOctets,
    unplug: async () => {
      await Promise.all([near.closed, far.closed, emulator.close()])
    },
  }
})

async function tcpCable(framing: Framing): Promise<Cable<TcpAddress> & { near: TcpLink; far: TcpLink }> {
  const listen = { host: '127.0.0.1', port: 0 }
  const far = await tcpLink({ role: { kind: 'server', listen }, framing, mtuOctets, clock })
  const near = await tcpLink({ role: { kind: 'client', connect: far.local! }, framing, mtuOctets, clock })
  await eventually(() => near.peer !== undefined && far.peer !== undefined)
  // The turn that follows a connection is over before anybody listens.
  await quiet()
  return {
    near,
    far,
    nearAddress: near.local!,
    farAddress: far.local!,
    mtuOctets,
    unplug: async () => {
      await Promise.all([near.closed, far.closed])
    },
  }
}

everyLinkComplies('a TCP link, length-prefixed, from its client,', () => tcpCable(LENGTH_PREFIX))

everyLinkComplies('a TCP link, length-prefixed, from its server,', async () => {
  const { near, far, nearAddress, farAddress, ...cable } = await tcpCable(LENGTH_PREFIX)
  return { ...cable, near: far, far: near, nearAddress: farAddress, farAddress: nearAddress }
})

everyLinkComplies('a paced TCP link', async () => {
  const cable = await tcpCable(LENGTH_PREFIX)
  return paced(cable)
})

/** Any datagram as something that tells its own length, as PDUs do: this is what a stream of them can carry. */
const SELF_DELIMITING: Framing = {
  prefixOctets: 0,
  headOctets: 2,
  measure: (octets, from, to) => (to - from < 2 ? undefined : (octets[from]! << 8) | octets[from + 1]!),
}
const selfDelimited = (): Encapsulation => {
  const span = { from: 2, to: 0 }
  return {
    headOctets: 2,
    tailOctets: 0,
    span,
    seal(octets, payloadOctets) {
      if (payloadOctets === 0) return 0
      octets[0] = (payloadOctets + 2) >> 8
      octets[1] = (payloadOctets + 2) & 0xff
      return payloadOctets + 2
    },
    open(octets) {
      span.to = octets.length
      return undefined
    },
  }
}

everyLinkComplies('a TCP link of datagrams that delimit themselves', async () => {
  const cable = await tcpCable(SELF_DELIMITING)
  return {
    ...cable,
    near: encapsulated(cable.near, selfDelimited()),
    far: encapsulated(cable.far, selfDelimited()),
    mtuOctets: mtuOctets - 2,
    carriesEmpty: false,
  }
})

const PLAIN: SpacePacketOptions = {
  send: { type: 'telecommand', apid: 0x7fd },
  hear: { apid: 0x7fd },
}
const CHECKED: SpacePacketOptions = {
  send: { type: 'telecommand', apid: 0xc8, secondaryHeader: 'cfs', errorControl: true },
  hear: { apid: 0xc8, secondaryHeader: 'cfs', errorControl: true },
}

function packed(cable: Cable<UdpAddress>, options: SpacePacketOptions): Cable<UdpAddress> {
  return {
    ...cable,
    near: spacePackets(cable.near, options),
    far: spacePackets(cable.far, options),
    mtuOctets: mtuOctets - spacePacketOverhead(options.send),
  }
}

everyLinkComplies('space packets over UDP', async () => ({
  ...packed(await udpCable('127.0.0.1'), PLAIN),
  carriesEmpty: false,
}))
everyLinkComplies('space packets with a cFS header and a CRC over UDP', async () =>
  packed(await udpCable('127.0.0.1'), CHECKED),
)
everyLinkComplies('space packets over TCP', async () => ({
  ...packed(await tcpCable(SPACE_PACKET_FRAMING), PLAIN),
  carriesEmpty: false,
}))
