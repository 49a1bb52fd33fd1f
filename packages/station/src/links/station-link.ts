import type { Impairment, ImpairmentPatch, LinkStatus } from '@skyferry/api'
import { type Clock, type Link, type LinkEvents, Random, type Slot } from '@skyferry/engine'
import { formatUdpAddress, type ImpairedLink, impaired, type UdpAddress } from '@skyferry/link'
import { bothWays, type WeatherSettings } from '@skyferry/sim'
import { mediumOf } from '../bindings/carrier.ts'
import type { EventInput } from '../events/events.ts'
import { RateMeter } from '../rate-meter.ts'
import { DropWatch } from '../services/drop-watch.ts'
import type { LinkPlan } from '../station/plan.ts'
import type { Medium, MediumNotice, OpenMedium } from './medium.ts'

const NO_IMPAIRMENT: Impairment = {
  rate: null,
  delayMs: 0,
  jitterMs: 0,
  loss: 0,
  duplication: 0,
  reordering: 0,
  corruption: 0,
}
/** How late a datagram that is overtaken or comes twice may be; what an operator turns is how often. */
const REORDERING_MS = 100

/**
 * A link of a station: what a plan says it is, with a switch. While it is down nothing is leased, so that a sender waits
 * instead of sending into the dark, and what is heard is dropped.
 */
export class StationLink implements Link<UdpAddress> {
  readonly name: string
  readonly type: LinkPlan['type']
  readonly #medium: Medium
  /** The medium's link, behind its weather where it has any. */
  readonly #link: Link<UdpAddress>
  readonly #impaired: ImpairedLink<UdpAddress> | undefined
  readonly #drops: DropWatch = new DropWatch()
  #captureFailure: Error | undefined
  readonly #rateOut: RateMeter = new RateMeter()
  readonly #rateIn: RateMeter = new RateMeter()
  #impairment: Impairment
  readonly #isStream: boolean
  #rateBps: number | undefined
  #isUp = true
  /** Somebody was told that there is no room because it is down. */
  #owesTurn = false
  #events: LinkEvents<UdpAddress> | undefined

  private constructor(plan: LinkPlan, medium: Medium, clock: Clock) {
    this.name = plan.name
    this.type = plan.type
    this.#medium = medium
    this.#isStream = mediumOf(plan.carrier).type === 'tcp'
    this.#rateBps = mediumOf(plan.carrier).rateBps
    this.#impairment =
      plan.weather === undefined ? { ...NO_IMPAIRMENT, ...plan.impairment } : impairmentOf(plan.weather.there)
    if (plan.type === 'emulated') {
      const weather = plan.weather ?? bothWays(weatherOf(this.#impairment))
      this.#impaired = impaired(medium.link, weather, new Random(plan.seed ?? 1), clock)
    }
    this.#link = this.#impaired ?? medium.link
  }

  /** Throws a `LinkError` when it cannot listen or record. */
  static async open(
    plan: LinkPlan,
    clock: Clock,
    openMedium: OpenMedium,
    notice: MediumNotice,
  ): Promise<StationLink> {
    return new StationLink(plan, await openMedium(plan, clock, notice), clock)
  }

  /** What an operator has not heard yet of packets dropped and of a capture that stopped by itself. */
  news(nowMs: number): EventInput[] {
    const source = this.name
    const news: EventInput[] = this.#drops.look(this.#medium.dropped, nowMs).map(({ reason, count }) => ({
      code: 'packets-dropped',
      severity: 'warning',
      text: `${count} ${count === 1 ? 'datagram was no packet' : 'datagrams were no packets'} of ours (${reason})`,
      source,
    }))
    const failure = this.#medium.captureFailure
    if (failure !== undefined && failure !== this.#captureFailure) {
      const text = `the capture stopped, the link goes on: ${failure.message}`
      news.push({ code: 'capture-failed', severity: 'warning', text, source })
    }
    this.#captureFailure = failure
    return news
  }

  /** Begins a capture in this file, or ends the one there is. Throws a `LinkError` `capture-failed`. */
  capture(file: string | undefined): void {
    if (file === undefined) this.#medium.stopRecording()
    else this.#medium.record(file)
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** Whether it holds senders back by itself, by a rate or because a stream takes no more than the other end reads. */
  get isPaced(): boolean {
    return this.#isStream || this.#rateBps !== undefined
  }

  setUp(up: boolean): void {
    this.#isUp = up
    this.#callTurn()
  }

  #callTurn(): void {
    if (!this.#isUp || !this.#owesTurn) return
    this.#owesTurn = false
    setImmediate(() => this.#events?.turn())
  }

  /** @returns why not; undefined when done */
  impair(patch: ImpairmentPatch): string | undefined {
    if (this.#impaired === undefined) return `link ${this.name} is not an emulated one`
    this.#impairment = { ...this.#impairment, ...patch }
    const weather = patchOf(patch)
    this.#impaired.adjust('there', weather)
    this.#impaired.adjust('back', weather)
    return undefined
  }

  changeRate(rateBps: number | undefined): void {
    this.#rateBps = rateBps
    this.#medium.changeRate(rateBps)
  }

  /** To be called about once a second. */
  sample(nowMs: number): void {
    const { sentOctets, receivedOctets } = this.#medium.counters()
    this.#rateOut.sample(sentOctets, nowMs)
    this.#rateIn.sample(receivedOctets, nowMs)
  }

  status(service: string | null): LinkStatus {
    const { local, peer, dropped, recording } = this.#medium
    const counters = this.#medium.counters()
    return {
      name: this.name,
      type: this.type,
      state: this.#isUp ? 'up' : 'down',
      connected: this.#isStream ? peer !== undefined : null,
      listen: local === undefined ? null : formatUdpAddress(local),
      peer: peer === undefined ? null : formatUdpAddress(peer),
      service,
      rateLimit: this.#rateBps ?? null,
      rateOut: this.#rateOut.bps,
      rateIn: this.#rateIn.bps,
      datagramsOut: counters.sent,
      datagramsIn: counters.received,
      octetsOut: counters.sentOctets,
      octetsIn: counters.receivedOctets,
      errors: counters.errors,
      dropped: Object.fromEntries(dropped),
      capture: recording ?? null,
      impairment: this.#impaired === undefined ? null : this.#impairment,
    }
  }

  lease(): Slot<UdpAddress> | undefined {
    if (this.#isUp) return this.#link.lease()
    this.#owesTurn = true
    return undefined
  }

  send(slot: Slot<UdpAddress>): void {
    this.#link.send(slot)
  }

  release(slot: Slot<UdpAddress>): void {
    this.#link.release(slot)
  }

  open(events: LinkEvents<UdpAddress>): void {
    this.#events = events
    this.#link.open({
      datagram: (bytes, from) => {
        if (this.#isUp) events.datagram(bytes, from)
      },
      turn: () => events.turn(),
    })
  }

  close(): void {
    this.#link.close()
  }

  get closed(): Promise<void> {
    return this.#medium.closed
  }
}

function weatherOf(impairment: Impairment): Partial<WeatherSettings> {
  const { rate, ...rest } = impairment
  return {
    ...rest,
    rateBps: rate ?? Infinity,
    duplicationMs: REORDERING_MS,
    reorderingMs: REORDERING_MS,
  }
}

/** Only what is to change: the rest stays as the configuration made it, each way of its own. */
function patchOf({ rate, ...rest }: ImpairmentPatch): Partial<WeatherSettings> {
  return {
    ...rest,
    ...(rate === undefined ? {} : { rateBps: rate ?? Infinity }),
    ...(rest.duplication === undefined ? {} : { duplicationMs: REORDERING_MS }),
    ...(rest.reordering === undefined ? {} : { reorderingMs: REORDERING_MS }),
  }
}

/** What an operator sees of weather that a configuration made. */
function impairmentOf(weather: WeatherSettings): Impairment {
  const { rateBps, delayMs, jitterMs, loss, duplication, reordering, corruption } = weather
  const rate = Number.isFinite(rateBps) ? rateBps : null
  return { rate, delayMs, jitterMs, loss, duplication, reordering, corruption }
}
