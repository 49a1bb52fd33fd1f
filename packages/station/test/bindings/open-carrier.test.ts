import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPcap, realClock } from '@skyferry/link'
import {
  type Carrier,
  type CarrierSettings,
  carrierProblem,
  cfsPackets,
  type OpenCarrier,
  openCarrier,
  type SpacePacketCarrier,
  YAMCS_PACKETS,
} from '@skyferry/station'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const HERE = { host: '127.0.0.1', port: 0 }
const PDU = Uint8Array.of(0x20, 0, 2, 0, 1, 1, 2, 0xaa, 0xbb)

let folder: string
const opened: OpenCarrier[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skyferry-carrier-'))
})
afterEach(async () => {
  for (const { link } of opened) link.close()
  await Promise.all(opened.splice(0).map(({ closed }) => closed))
  rmSync(folder, { recursive: true })
})

async function open(carrier: Carrier, more: Partial<CarrierSettings> = {}): Promise<OpenCarrier> {
  const made = await openCarrier(carrier, { pduOctets: 1024, clock: realClock(), ...more })
  opened.push(made)
  return made
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** Sends one PDU, and waits until the other end has heard it. */
async function pass(from: OpenCarrier, to: { heard: number }): Promise<void> {
  const before = to.heard
  let slot = from.link.lease()
  while (slot === undefined) {
    await turn()
    slot = from.link.lease()
  }
  slot.bytes.set(PDU)
  slot.length = PDU.length
  from.link.send(slot)
  while (to.heard === before) await turn()
}

function listenTo({ link }: OpenCarrier): { heard: number } {
  const ears = { heard: 0 }
  link.open({
    datagram: bytes => {
      expect(new Uint8Array(bytes)).toEqual(PDU)
      ears.heard += 1
    },
    turn: () => {},
  })
  return ears
}

const cfsCraft: Pick<SpacePacketCarrier, 'send' | 'hear'> = {
  send: { type: 'telemetry', apid: 0xc2, secondaryHeader: 'cfs' },
  hear: { apid: 0xc8, secondaryHeader: 'cfs' },
}

/** Both ends, and what a capture calls what it holds. */
const PAIRS: Readonly<
  Record<string, readonly [string | undefined, () => Promise<[OpenCarrier, OpenCarrier]>]>
> = {
  UDP: [
    undefined,
    async () => {
      const far = await open({ type: 'udp', listen: HERE })
      return [await open({ type: 'udp', listen: HERE, peer: far.local! }), far]
    },
  ],
  TCP: [
    'cfdp',
    async () => {
      const far = await open({ type: 'tcp', role: { kind: 'server', listen: HERE } })
      return [await open({ type: 'tcp', role: { kind: 'client', connect: far.local! } }), far]
    },
  ],
  'the packets of Yamcs over TCP': [
    'ccsds',
    async () => {
      const packets = { type: 'space-packet', ...YAMCS_PACKETS } as const
      const far = await open({ ...packets, over: { type: 'tcp', role: { kind: 'server', listen: HERE } } })
      const over = { type: 'tcp', role: { kind: 'client', connect: far.local! } } as const
      return [await open({ ...packets, over }), far]
    },
  ],
  'the packets of cFS over UDP': [
    'cfdp',
    async () => {
      const far = await open({ type: 'space-packet', ...cfsCraft, over: { type: 'udp', listen: HERE } })
      const over = { type: 'udp', listen: HERE, peer: far.local! } as const
      return [await open({ type: 'space-packet', ...cfsPackets(0), over }), far]
    },
  ],
}

describe.each(Object.entries(PAIRS))('PDUs over %s', (_name, [dissector, openPair]) => {
  it('arrive as they were, and are captured from when to when it is asked for', async () => {
    const [near, far] = await openPair()
    const ears = listenTo(far)
    listenTo(near)
    await pass(near, ears)
    const file = join(folder, 'near.pcap')
    near.record(file)
    await pass(near, ears)
    await pass(near, ears)
    near.stopRecording()
    await pass(near, ears)
    const captured = [...readPcap(readFileSync(file))]
    expect(captured).toHaveLength(2)
    for (const datagram of captured) {
      expect(datagram.dissector).toBe(dissector)
      expect([...datagram.payload.slice(-PDU.length)]).toEqual([...PDU])
      expect(datagram.to.port).toBe(far.local!.port)
    }
    expect(near.counters()).toMatchObject({ sent: 4, errors: 0 })
    expect(far.dropped.size).toBe(0)
  })
})

describe('a carrier that cannot be', () => {
  it('leaves no port behind when its capture cannot be written', async () => {
    const first = await open({ type: 'udp', listen: HERE })
    const { local } = first
    first.link.close()
    await first.closed
    const carrier = { type: 'udp', listen: local! } as const
    await expect(open(carrier, { capture: join(folder, 'no', 'such.pcap') })).rejects.toMatchObject({
      code: 'capture-failed',
    })
    await turn()
    expect((await open(carrier)).local).toEqual(local)
    expect(existsSync(join(folder, 'no'))).toBe(false)
  })

  it('is refused in words before anything is opened', async () => {
    const over = { type: 'udp', listen: HERE } as const
    const packets: SpacePacketCarrier = { type: 'space-packet', ...YAMCS_PACKETS, over }
    expect(carrierProblem(packets, 1024)).toBe(undefined)
    expect(carrierProblem(over, 65_508)).toMatch(/UDP datagram/)
    expect(carrierProblem(packets, 65_502)).toMatch(/UDP datagram/)
    const stream: SpacePacketCarrier = {
      ...packets,
      over: { type: 'tcp', role: { kind: 'server', listen: HERE } },
    }
    expect(carrierProblem(stream, 65_537)).toMatch(/space packet/)
    expect(carrierProblem({ ...packets, hear: { apid: 2048 } }, 100)).toMatch(/APID/)
    const loud = { ...packets, send: { ...packets.send, functionCode: 128 } }
    expect(carrierProblem(loud, 100)).toMatch(/function code/)
    await expect(open(loud)).rejects.toThrow(RangeError)
  })
})

it('a call that nobody takes is told of once, not at every attempt', async () => {
  const place = await open({ type: 'tcp', role: { kind: 'server', listen: HERE } })
  const { local } = place
  place.link.close()
  await place.closed
  const said: string[] = []
  const role = { kind: 'client', connect: local!, backOff: { firstMs: 1, longestMs: 1 } } as const
  const near = await open({ type: 'tcp', role }, { notice: code => said.push(code) })
  while (said.length === 0) await turn()
  for (let rounds = 0; rounds < 200; rounds++) await turn()
  const far = await open({ type: 'tcp', role: { kind: 'server', listen: local! } })
  while (near.peer === undefined || far.peer === undefined) await turn()
  expect(said).toEqual(['link-waiting', 'link-connected'])
})
