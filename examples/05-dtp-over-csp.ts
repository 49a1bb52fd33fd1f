/** A payload fetched over CSP, in one process: two nodes, a cable, and data that can be used while more still come. */
import type { CspAddress } from '@skyferry/csp'
import {
  Client,
  DtpClient,
  type DtpEngine,
  DtpServer,
  MemorySinks,
  PayloadRegistry,
  type Run,
  Server,
} from '@skyferry/dtp'
import { drive, type Link, Random } from '@skyferry/engine'
import { memoryLinkPair, realClock } from '@skyferry/link'
import { DtpOverCsp, volatileStore } from '@skyferry/station'

const GROUND = 10
const CRAFT = 20

/** @returns the octets, put together from the chunks as they came */
export async function main(content: Uint8Array): Promise<Uint8Array> {
  // Each end calls its interface by the name of the other.
  const [here, there] = memoryLinkPair({ defer: setImmediate, names: ['ground', 'craft'], mtuOctets: 2100 })
  const payloads = new PayloadRegistry()
  payloads.addOctets(1, content)
  const server = new DtpServer(new Server({ payloads }), over(there, 'ground', CRAFT))
  const engine = new Client({ sinks: new MemorySinks(), random: new Random(1), now: realClock().now() })
  const client = new DtpClient(engine, over(here, 'craft', GROUND))

  const copy = new Uint8Array(content.length)
  const session = client.get({
    server: CRAFT,
    payload: { kind: 'id', id: 1 },
    sink: 'image.raw',
    peer: 'skyferry',
    mtuOctets: 1008,
    throughput: 10_000_000,
  })
  for await (const { offset, data } of session) copy.set(data, offset)
  client.stop()
  server.stop()
  return copy
}

/** Puts an engine on a CSP node with one interface. */
function over<Request, Reply, Indication, Kept>(
  link: Link<string>,
  interfaceName: string,
  address: number,
): Run<Request, Reply, Indication, Kept> {
  const clock = realClock()
  const random = new Random(address)
  const interfaces = [{ name: interfaceName, address: address as CspAddress, netmask: 8, isDefault: true }]
  return (dtp: DtpEngine<Request, Reply, Indication, Kept>, indicate: (what: Indication) => void) => {
    const node = { version: 2, interfaces, random, now: clock.now() } as const
    return drive(new DtpOverCsp(dtp, { node }), { link, store: volatileStore<Kept>(), clock, indicate })
  }
}
