/** `csp`: packets per second through nodes in one process, over real media beside the bare media, and RDP over a long link. */
import {
  type CspAddress,
  type CspIndication,
  CspNode,
  type CspPort,
  RDP_PROFILES,
  type RdpOptions,
  zmqTopics,
} from '@skyferry/csp'
import { drive, type Link, type Millis, Random, type Slot } from '@skyferry/engine'
import { realClock, startZmqHub, udpLink, zmqLink } from '@skyferry/link'
import { bothWays, World } from '@skyferry/sim'
import { type Bench, countOf, type Say } from '../bench.ts'
import { atLeast } from '../figures.ts'

const OCTETS = 200
const PORT = 9 as CspPort
const NEAR = 10 as CspAddress
const FAR = 20 as CspAddress
const MTU = 2056
const ANYWHERE = { host: '127.0.0.1', port: 0 }

export const bench: Bench = {
  name: 'csp',
  options: { seconds: { type: 'string' }, runs: { type: 'string' } },
  help: ['--seconds 1   of each run', '--runs 5      of each measurement'],
  async run(values, say) {
    const ms = countOf(values, 'seconds', 1) * 1000
    const runs = countOf(values, 'runs', 5)
    throughEngines(say, ms, runs)
    overALongLink(say)
    await overUdp(say, ms, runs)
    await overZmq(say, ms, runs)
  },
}

const nodeAt = (
  address: CspAddress,
  random: Random = new Random(address),
  now: Millis = 0 as Millis,
): CspNode => {
  const node = new CspNode({
    version: 2,
    interfaces: [{ name: 'M', address, netmask: 8, isDefault: true }],
    random,
    now,
  })
  node.request({ kind: 'bind', port: PORT, accept: 'datagrams' }, now)
  node.request({ kind: 'bind', port: 10 as CspPort, accept: 'connections' }, now)
  return node
}

const samplesOf = (runs: number, measure: () => number): number[] => Array.from({ length: runs }, measure)

/** Both ends on one core: no medium, only the engines. */
function throughEngines(say: Say, ms: number, runs: number): void {
  const unit = 'packets/s'
  const goal = atLeast(100_000)
  for (const crc32 of [false, true]) {
    const samples = samplesOf(runs, () => datagrams(ms, crc32))
    say.figure({
      case: `engine, ${OCTETS} octets`,
      figure: crc32 ? 'datagrams with CRC' : 'datagrams',
      samples,
      unit,
      goal,
    })
  }
  const samples = samplesOf(runs, () => reliable(ms))
  say.figure({ case: `engine, ${OCTETS} octets`, figure: 'RDP, large window', samples, unit, goal })
}

function slotOf(): Slot<string> {
  const bytes = new Uint8Array(MTU)
  return { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
}

function carry(from: CspNode, to: CspNode, slot: Slot<string>, now: Millis): void {
  while (from.transmit(slot, now)) {
    to.receive(slot.bytes.subarray(0, slot.length), 'M', now)
    slot.to = undefined
  }
}

function taken(node: CspNode): number {
  let count = 0
  for (let what = node.indication(); what !== undefined; what = node.indication()) {
    if (what.kind === 'datagram' || what.kind === 'data') count += 1
  }
  return count
}

function datagrams(ms: number, crc32: boolean): number {
  const [near, far, slot] = [nodeAt(NEAR), nodeAt(FAR), slotOf()]
  const payload = new Uint8Array(OCTETS)
  const request = { kind: 'send', to: FAR, port: PORT, sourcePort: PORT, payload, crc32 } as const
  let count = 0
  return perSecond(ms, () => {
    for (let index = 0; index < 64; index++) near.request(request, 0 as Millis)
    carry(near, far, slot, 0 as Millis)
    count += taken(far)
    return count
  })
}

function reliable(ms: number): number {
  const [near, far, slot] = [nodeAt(NEAR), nodeAt(FAR), slotOf()]
  const reply = near.request(
    { kind: 'connect', to: FAR, port: 10 as CspPort, rdp: RDP_PROFILES.large },
    0 as Millis,
  )
  if (reply.kind !== 'connecting') throw new Error(reply.kind)
  const request = { kind: 'write', connection: reply.connection, payload: new Uint8Array(OCTETS) } as const
  let now = 0
  let count = 0
  return perSecond(ms, () => {
    now += 1
    for (let index = 0; index < 64; index++)
      if (near.request(request, now as Millis).kind === 'refused') break
    carry(near, far, slot, now as Millis)
    carry(far, near, slot, now as Millis)
    near.tick(now as Millis)
    far.tick(now as Millis)
    taken(near)
    count += taken(far)
    return count
  })
}

/** @param act does some more and says how much has been done in all */
function perSecond(ms: number, act: () => number): number {
  const began = performance.now()
  let done = 0
  let elapsed = 0
  do {
    done = act()
    elapsed = performance.now() - began
  } while (elapsed < ms)
  return (done / elapsed) * 1000
}

/** 1 Mbit/s and 600 ms there and back, in virtual time: the share of the link that RDP fills. */
function overALongLink(say: Say): void {
  for (const [name, rdp, loss] of [
    ['large', RDP_PROFILES.large, 0],
    ['large', RDP_PROFILES.large, 0.01],
    ['libcsp', RDP_PROFILES.libcsp, 0],
  ] as const) {
    say.figure({
      case: `RDP, 1 Mbit/s, 600 ms, ${loss * 100} % loss`,
      figure: `share of the link, window of ${name}`,
      samples: [longLink(rdp, loss)],
      unit: '',
      ...(name === 'large' ? { goal: atLeast(0.9) } : {}),
    })
  }
}

function longLink(rdp: RdpOptions, loss: number): number {
  const rateBps = 1e6
  const total = rdp.windowPackets > 100 ? 20_000 : 400
  const sky = new World(1, bothWays({ delayMs: 300, rateBps, loss, queueDatagrams: 4000 }))
  let arrived = 0
  let more = (): void => {}
  const end = (name: string, peer: string, address: CspAddress) =>
    sky.node<Parameters<CspNode['request']>[0], ReturnType<CspNode['request']>, CspIndication, never>(
      name,
      ({ random, now }) => {
        const engine = new CspNode({
          version: 2,
          interfaces: [{ name: peer, address, netmask: 8, isDefault: true }],
          random,
          now,
        })
        engine.request({ kind: 'bind', port: 10 as CspPort, accept: 'connections' }, now)
        return {
          engine,
          indicate: what => {
            if (what.kind === 'data') arrived += 1
            if (what.kind === 'room') more()
          },
        }
      },
      { link: { mtuOctets: MTU, slots: 64 } },
    )
  const [near, far] = [end('near', 'far', NEAR), end('far', 'near', FAR)]
  sky.join(near, far)
  const reply = near.request({ kind: 'connect', to: FAR, port: 10 as CspPort, rdp })
  if (reply?.kind !== 'connecting') throw new Error('the connection is asked for')
  sky.runUntil(() => false, 2000)
  let left = total
  more = () => {
    const request = { kind: 'write', connection: reply.connection, payload: new Uint8Array(OCTETS) } as const
    while (left > 0 && near.request(request)?.kind === 'done') left -= 1
  }
  const began = sky.now
  more()
  sky.runUntil(() => arrived === total, 3_600_000)
  // Header and RDP trailer are the protocol's own; the link carries them too.
  return (total * (OCTETS + 11) * 8000) / rateBps / (sky.now - began)
}

async function overUdp(say: Say, ms: number, runs: number): Promise<void> {
  const clock = realClock()
  const pair = async (): Promise<readonly [Link<never>, Link<never>, () => Promise<unknown>]> => {
    const far = await udpLink({ listen: ANYWHERE, mtuOctets: MTU, clock })
    const near = await udpLink({ listen: ANYWHERE, peer: far.local, mtuOctets: MTU, clock })
    return [near as never, far as never, () => Promise.all([near.closed, far.closed])]
  }
  await overMedium(say, 'UDP', pair, ms, runs)
}

async function overZmq(say: Say, ms: number, runs: number): Promise<void> {
  const pair = async (): Promise<readonly [Link<never>, Link<never>, () => Promise<unknown>]> => {
    const hub = await startZmqHub({ publish: ANYWHERE, subscribe: ANYWHERE, clock: realClock() })
    const link = (address: CspAddress) =>
      zmqLink({
        publish: hub.publish,
        subscribe: hub.subscribe,
        topics: zmqTopics({ address, netmask: 8 }, 2, 'bare'),
        mtuOctets: MTU,
      })
    const [near, far] = await Promise.all([link(NEAR), link(FAR)])
    return [near as never, far as never, () => Promise.all([near.closed, far.closed, hub.close()])]
  }
  await overMedium(say, 'ZeroMQ, hub in the same process', pair, ms, runs)
}

type Pair = () => Promise<readonly [Link<never>, Link<never>, () => Promise<unknown>]>

/** Nodes over a medium and, in turn, the medium alone with the same octets; both ends in this process. */
async function overMedium(say: Say, name: string, pair: Pair, ms: number, runs: number): Promise<void> {
  const samples: number[] = []
  const bareRates: number[] = []
  for (let run = 0; run < runs; run++) {
    bareRates.push(await bare(await pair(), ms))
    samples.push(await throughNodes(await pair(), ms))
  }
  say.figure({
    case: `${name}, ${OCTETS} octets`,
    figure: 'datagrams, nodes at both ends',
    samples,
    baseline: { name: 'the medium alone', value: bareRates.sort((a, b) => a - b)[runs >> 1]! },
    unit: 'packets/s',
  })
}

const FLIGHT_MAX = 128

async function bare([near, far, closed]: Awaited<ReturnType<Pair>>, ms: number): Promise<number> {
  let sent = 0
  let arrived = 0
  // What the far node subscribes to at a hub: priority 2 and its address.
  const packet = new Uint8Array(OCTETS + 6)
  packet.set([0x80, FAR])
  const fill = (): void => {
    while (sent - arrived < FLIGHT_MAX) {
      const slot = near.lease()
      if (slot === undefined) return
      slot.bytes.set(packet)
      slot.length = packet.length
      sent += 1
      near.send(slot)
    }
  }
  near.open({ datagram: () => {}, turn: fill })
  far.open({
    datagram: () => {
      arrived += 1
    },
    turn: fill,
  })
  fill()
  const rate = await rateOf(() => arrived, ms)
  near.close()
  far.close()
  await closed()
  return rate
}

async function throughNodes([near, far, closed]: Awaited<ReturnType<Pair>>, ms: number): Promise<number> {
  const clock = realClock()
  const store = { keep: () => {}, open: () => {} }
  let sent = 0
  let arrived = 0
  const named = (link: Link<never>): Link<string> => {
    const plain = link as unknown as Link<string>
    // One interface: what comes in comes from it, and its slots are for the one peer.
    return {
      lease: () => plain.lease(),
      send: slot => {
        slot.to = undefined
        plain.send(slot)
      },
      release: slot => plain.release(slot),
      open: events =>
        plain.open({ datagram: bytes => events.datagram(bytes, 'M'), turn: () => events.turn() }),
      close: () => plain.close(),
    }
  }
  const nodes = [nodeAt(NEAR, new Random(1), clock.now()), nodeAt(FAR, new Random(2), clock.now())] as const
  const request = {
    kind: 'send',
    to: FAR,
    port: PORT,
    sourcePort: PORT,
    payload: new Uint8Array(OCTETS),
  } as const
  let isFilling = false
  const fill = (): void => {
    if (isFilling) return
    isFilling = true
    while (sent - arrived < FLIGHT_MAX) {
      sent += 1
      nodes[0].request(request, clock.now())
    }
    isFilling = false
    // The last goes through the loop, which sends them all.
    sent += 1
    sender.request(request)
  }
  const sender = drive(nodes[0], { link: named(near), store, clock, indicate: () => {} })
  const receiver = drive(nodes[1], {
    link: named(far),
    store,
    clock,
    indicate: () => {
      arrived += 1
      if (sent - arrived <= FLIGHT_MAX / 2) fill()
    },
  })
  fill()
  const rate = await rateOf(() => arrived, ms)
  sender.stop()
  receiver.stop()
  await closed()
  return rate
}

async function rateOf(count: () => number, ms: number): Promise<number> {
  await new Promise(resolve => setTimeout(resolve, 200))
  const [before, began] = [count(), performance.now()]
  await new Promise(resolve => setTimeout(resolve, ms))
  return ((count() - before) / (performance.now() - began)) * 1000
}
