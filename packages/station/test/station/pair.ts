/** Two stations in one process, on a cable; HTTP as calls. */
import type { StationEvent, Transfer, TransferPage, TransferRequest } from '@skyferry/api'
import type { Link } from '@skyferry/engine'
import { memoryLinkPair, type UdpAddress } from '@skyferry/link'
import { type App, stationApp } from '../../src/http/app.ts'
import type { OpenMedium } from '../../src/links/medium.ts'
import type { StationPlan } from '../../src/station/plan.ts'
import { defaultPlan, upCraftPlan } from '../../src/station/plans.ts'
import { Station } from '../../src/station/station.ts'
import { temporaryDirectory } from '../buckets/disks.ts'

export type Change = (plan: StationPlan) => StationPlan

/** A station, its HTTP, and what it said. */
export class TestStation {
  readonly station: Station
  readonly app: App
  readonly events: StationEvent[]
  readonly clock: { nowMs: number }

  private constructor(station: Station, events: StationEvent[], clock: { nowMs: number }) {
    this.station = station
    this.events = events
    this.clock = clock
    this.app = stationApp(station)
  }

  /** @param link in place of the medium that the plan names */
  static async open(plan: StationPlan, link?: Link<UdpAddress>): Promise<TestStation> {
    const events: StationEvent[] = []
    const clock = { nowMs: Date.UTC(2026, 0, 31, 12) }
    const station = await Station.open(plan, {
      version: 'test',
      nowMs: () => clock.nowMs,
      ...(link === undefined ? {} : { openMedium: mediumOf(link) }),
      log: event => events.push(event),
    })
    return new TestStation(station, events, clock)
  }

  call(
    method: string,
    route: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const isText = typeof body === 'string' || body instanceof Uint8Array
    const request = new Request(`http://127.0.0.1:8090${route}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: isText ? (body as string) : JSON.stringify(body) }),
    })
    return Promise.resolve(this.app.fetch(request))
  }

  async get<Answer>(route: string): Promise<Answer> {
    return (await (await this.call('GET', route)).json()) as Answer
  }

  /** Puts an object in a bucket. */
  async object(bucket: string, name: string, content: string | Uint8Array): Promise<void> {
    const answer = await this.call('PUT', `/v1/buckets/${bucket}/objects/${name}`, content)
    if (answer.status !== 201) throw new Error(await answer.text())
  }

  /** Asks for a transfer, which is to be accepted. */
  async put(request: TransferRequest): Promise<Transfer> {
    const answer = await this.call('POST', '/v1/transfers', request)
    if (answer.status !== 201) throw new Error(await answer.text())
    return (await answer.json()) as Transfer
  }

  async transfers(query: string = ''): Promise<readonly Transfer[]> {
    return (await this.get<TransferPage>(`/v1/transfers${query}`)).transfers
  }

  /** Resolves with the first event, said already or to come, that `isIt`. */
  event(isIt: (event: StationEvent) => boolean): Promise<StationEvent> {
    return new Promise(resolve => {
      const said = this.events.find(isIt)
      if (said !== undefined) return resolve(said)
      const stop = this.station.events.listen(event => {
        if (!isIt(event)) return
        stop()
        resolve(event)
      })
    })
  }

  ended(transfer: string): Promise<StationEvent> {
    return this.event(
      ({ code, transfer: id }) => id === transfer && /^transfer-(completed|failed|cancelled)$/.test(code),
    )
  }
}

export interface Pair {
  readonly ground: TestStation
  readonly craft: TestStation
}

const running: TestStation[] = []

/** To be called after each test. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map(({ station }) => station.stop()))
}

export function cable(): [Link<UdpAddress>, Link<UdpAddress>] {
  // Nothing on a cable for two looks at addresses.
  return memoryLinkPair({ defer: run => setImmediate(run) }) as unknown as [
    Link<UdpAddress>,
    Link<UdpAddress>,
  ]
}

export async function openStation(plan: StationPlan, link?: Link<UdpAddress>): Promise<TestStation> {
  const opened = await TestStation.open(plan, link)
  running.push(opened)
  return opened
}

export async function openPair(changes: { ground?: Change; craft?: Change } = {}): Promise<Pair> {
  const [left, right] = cable()
  const same: Change = plan => plan
  return {
    ground: await openStation((changes.ground ?? same)(defaultPlan({ dataDir: temporaryDirectory() })), left),
    craft: await openStation((changes.craft ?? same)(upCraftPlan({ dataDir: temporaryDirectory() })), right),
  }
}

/** Changes the one service of a plan. */
export function service(change: Partial<StationPlan['services'][number]>): Change {
  return plan => ({ ...plan, services: plan.services.map(each => ({ ...each, ...change })) })
}

/** A link that goes dark, both ways, once it has carried so many datagrams, until it is told to go on. */
export function darkAfter(datagrams: number, link: Link<UdpAddress>): Link<UdpAddress> & { lighten(): void } {
  let left = datagrams
  return {
    lease: () => link.lease(),
    send: slot => {
      left -= 1
      if (left > 0) link.send(slot)
      else link.release(slot)
    },
    release: slot => link.release(slot),
    close: () => link.close(),
    lighten: () => {
      left = Infinity
    },
    open: events =>
      link.open({
        datagram: (bytes, from) => {
          left -= 1
          if (left > 0) events.datagram(bytes, from)
        },
        turn: () => events.turn(),
      }),
  }
}

function mediumOf(link: Link<UdpAddress>): OpenMedium {
  const counters = { sent: 0, sentOctets: 0, received: 0, receivedOctets: 0, errors: 0 }
  const counted: Link<UdpAddress> = {
    lease: () => link.lease(),
    send: slot => {
      counters.sent += 1
      counters.sentOctets += slot.length
      link.send(slot)
    },
    release: slot => link.release(slot),
    close: () => link.close(),
    open: events =>
      link.open({
        datagram: (bytes, from) => {
          counters.received += 1
          counters.receivedOctets += bytes.length
          events.datagram(bytes, from)
        },
        turn: () => events.turn(),
      }),
  }
  return () =>
    Promise.resolve({
      link: counted,
      local: { host: 'cable', port: 0 },
      peer: { host: 'cable', port: 0 },
      warnings: [],
      counters: () => ({ ...counters }),
      dropped: new Map(),
      changeRate: () => {},
      record: () => {},
      stopRecording: () => {},
      recording: undefined,
      captureFailure: undefined,
      closed: Promise.resolve(),
    })
}
