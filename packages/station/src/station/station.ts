import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { FetchRequest, LinkStatus, StationInfo, TransferRequest } from '@skyferry/api'
import type { Clock } from '@skyferry/engine'
import { realClock } from '@skyferry/link'
import { Buckets } from '../buckets/buckets.ts'
import { Contacts } from '../contacts/contacts.ts'
import { Events } from '../events/events.ts'
import { type OpenMedium, openMedium } from '../links/medium.ts'
import { StationLink } from '../links/station-link.ts'
import { CfdpService } from '../services/cfdp-service.ts'
import { TransferStore } from '../transfers/transfer-store.ts'
import { Transfers } from '../transfers/transfers.ts'
import type { StationPlan } from './plan.ts'
import { PlanError } from './plan-error.ts'

export interface StationOptions {
  readonly version: string
  readonly clock?: Clock
  /** In place of what the links' plans name. */
  readonly openMedium?: OpenMedium
  /** The wall clock, milliseconds; a parameter so that a test can hold it still. */
  readonly nowMs?: () => number
  /** Hears every event, from the first. */
  readonly log?: (event: Parameters<Parameters<Events['listen']>[0]>[0]) => void
}

/** Rates are measured and listeners told so often. */
const SAMPLE_MS = 1000
/** The history is cut, and buckets counted, so often. */
const CARE_MS = 60_000

/** A station at work: links, services, transfers and buckets, whatever is put in front of them. */
export class Station {
  readonly plan: StationPlan
  readonly info: StationInfo
  readonly events: Events
  readonly buckets: Buckets
  readonly contacts: Contacts
  readonly transfers: Transfers
  readonly nowMs: () => number
  readonly #store: TransferStore
  readonly #links: Map<string, StationLink> = new Map()
  readonly #services: Map<string, CfdpService> = new Map()
  readonly #everySecond: Set<() => void> = new Set()
  readonly #linkListeners: Set<(link: LinkStatus) => void> = new Set()
  /** Links as they were last told, to tell only what changed. */
  readonly #linksTold: Map<string, string> = new Map()
  #stopped: Promise<void> | undefined
  #timers: NodeJS.Timeout[] = []
  #state: 'starting' | 'running' | 'stopping' = 'starting'

  private constructor(plan: StationPlan, store: TransferStore, options: StationOptions) {
    this.plan = plan
    this.nowMs = options.nowMs ?? Date.now
    this.#store = store
    this.events = new Events(() => new Date(this.nowMs()))
    if (options.log !== undefined) this.events.listen(options.log)
    this.info = {
      name: plan.name,
      instance: plan.instance,
      version: options.version,
      started: new Date(this.nowMs()).toISOString(),
    }
    this.buckets = new Buckets(plan.dataDir, plan.buckets)
    this.contacts = new Contacts(plan.contacts)
    this.transfers = new Transfers(store, this.nowMs, reason => {
      const text = `the list of transfers cannot be written (${reason}); it is tried again, and the journal has all of it`
      this.events.say({ code: 'history-failed', severity: 'error', text, source: 'station' })
    })
  }

  /**
   * Opens everything a plan names, and takes up what earlier lives left.
   *
   * Throws a `LinkError` when a link cannot listen, a `StoreError` when a journal cannot be opened.
   */
  static async open(plan: StationPlan, options: StationOptions): Promise<Station> {
    const nowMs = options.nowMs ?? Date.now
    const stamp = (): string => new Date(nowMs()).toISOString().replaceAll(':', '')
    const store = await TransferStore.open(plan.dataDir, stamp)
    const station = new Station(plan, store, options)
    try {
      await station.#open(options.clock ?? realClock(), options.openMedium ?? openMedium)
      return station
    } catch (error) {
      await station.stop().catch(() => {})
      throw error
    }
  }

  async #open(clock: Clock, openMedium: OpenMedium): Promise<void> {
    const { plan, events, transfers, buckets, contacts, nowMs } = this
    if (this.#store.setAside !== undefined) {
      const { path: aside, reason } = this.#store.setAside
      const text = `the list of transfers could not be read (${reason}); it is kept as ${aside}, and an empty one takes its place`
      events.say({ code: 'history-set-aside', severity: 'warning', text, source: 'station' })
    }
    for (const link of plan.links) {
      const opened = await StationLink.open(link, clock, openMedium, (code, text) => {
        const severity = code === 'link-connected' ? 'info' : 'warning'
        events.say({ code, severity, text, source: link.name })
      })
      this.#links.set(link.name, opened)
    }
    for (const service of plan.services) {
      const link = this.#links.get(service.link)
      if (link === undefined) {
        throw new PlanError('no-such-link', `service ${service.name}: there is no link ${service.link}`)
      }
      const rival = this.services().find(each => each.plan.link === service.link)
      if (rival !== undefined) {
        throw new PlanError(
          'link-taken',
          `services ${rival.name} and ${service.name} both use link ${service.link}`,
        )
      }
      if (this.#services.has(service.name)) {
        throw new PlanError('name-taken', `there are two services ${service.name}`)
      }
      const stateDir = path.join(plan.dataDir, 'services', service.name)
      const host = { link, buckets, transfers, events, contacts, clock, nowMs, stateDir }
      this.#services.set(service.name, await CfdpService.start(service, host))
    }
    await Promise.all(buckets.all().map(bucket => bucket.count()))
    this.#timers = [
      setInterval(() => this.#second(), SAMPLE_MS).unref(),
      setInterval(() => void this.#care(), CARE_MS).unref(),
    ]
    this.#state = 'running'
    const text = `station ${plan.name} is ready: ${[...this.#services.keys()].join(', ')}`
    events.say({ code: 'station-ready', text, source: 'station' })
  }

  get isReady(): boolean {
    return this.#state === 'running'
  }

  /** Once a second, and for tests: rates are measured, and listeners told what changed. */
  sample(): void {
    for (const link of this.#links.values()) {
      link.sample(this.nowMs())
      for (const event of link.news(this.nowMs())) this.events.say(event)
    }
    for (const service of this.#services.values()) service.sample()
    this.transfers.sample()
    if (this.#linkListeners.size === 0) return
    for (const link of this.links()) {
      const text = JSON.stringify(link)
      if (this.#linksTold.get(link.name) === text) continue
      this.#linksTold.set(link.name, text)
      for (const listener of this.#linkListeners) listener(link)
    }
  }

  #second(): void {
    this.sample()
    for (const call of this.#everySecond) call()
  }

  /** @returns what ends the listening */
  listenToLinks(listener: (link: LinkStatus) => void): () => void {
    this.#linkListeners.add(listener)
    return () => this.#linkListeners.delete(listener)
  }

  /** Calls about once a second. @returns what ends it */
  onSecond(call: () => void): () => void {
    this.#everySecond.add(call)
    return () => this.#everySecond.delete(call)
  }

  services(): CfdpService[] {
    return [...this.#services.values()]
  }

  service(name: string): CfdpService | undefined {
    return this.#services.get(name)
  }

  links(): LinkStatus[] {
    return this.plan.links.flatMap(({ name }) => this.linkStatus(name) ?? [])
  }

  link(name: string): StationLink | undefined {
    return this.#links.get(name)
  }

  linkStatus(name: string): LinkStatus | undefined {
    const service = this.services().find(each => each.plan.link === name)
    return this.#links.get(name)?.status(service?.name ?? null)
  }

  /**
   * Begins a capture of a link, in the folder of captures, or ends the one there is.
   * @returns why not; undefined when done
   */
  capture(link: StationLink, file: string | null): string | undefined {
    const source = link.name
    const { capture } = link.status(null)
    if (file === null) {
      if (capture === null) return `link ${link.name} is not being captured`
      link.capture(undefined)
      this.events.say({ code: 'capture-ended', text: `the capture ${capture} is complete`, source })
      return undefined
    }
    const folder = path.resolve(this.plan.dataDir, 'captures')
    const target = path.join(folder, file)
    if (this.links().some(each => each.name !== link.name && each.capture === target)) {
      return `another link is being captured in ${file}`
    }
    try {
      mkdirSync(folder, { recursive: true })
      link.capture(target)
    } catch (error) {
      return (error as Error).message
    }
    this.events.say({ code: 'capture-started', text: `link ${link.name} is captured in ${target}`, source })
    return undefined
  }

  /** Whether a service may write to a bucket, or a transfer that has not ended reads from it. */
  usesBucket(name: string): boolean {
    for (const row of this.transfers.openRows()) if (row.bucket === name) return true
    return this.plan.services.some(({ incomingBucket, servedBucket, locals, remotes }) =>
      [incomingBucket, servedBucket, ...[...locals, ...remotes].map(({ bucket }) => bucket)].includes(name),
    )
  }

  /** @returns the transfer's id, or why not */
  async put(request: TransferRequest): Promise<number | string> {
    if (this.#state === 'stopping') return 'the station is stopping'
    const service = this.serviceFor(request.to, request.service)
    if (typeof service === 'string') return service
    const bucket = this.buckets.get(request.bucket)
    if (bucket === undefined) return `there is no bucket ${request.bucket}`
    if ((await bucket.find(request.object)) === undefined) {
      return `there is no object ${request.object} in bucket ${request.bucket}`
    }
    return service.put(request)
  }

  /** Asks a remote entity for a file. @returns the transfer's id, or why not */
  async fetch(request: FetchRequest): Promise<number | string> {
    if (this.#state === 'stopping') return 'the station is stopping'
    const service = this.serviceFor(request.to, request.service)
    return typeof service === 'string' ? service : service.fetch(request)
  }

  /** The service that is named, or the first that knows the entity; or why there is none. */
  serviceFor(entity: string, name: string | undefined): CfdpService | string {
    if (name === undefined) {
      const knows = this.services().find(each => each.remotes.find(entity) !== undefined)
      return knows ?? `no service knows an entity ${entity}`
    }
    return this.#services.get(name) ?? `there is no service ${name}`
  }

  /** Takes no more work, makes everything durable, keeps transfers for the next start. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#state = 'stopping'
    for (const timer of this.#timers) clearInterval(timer)
    const stopped = await Promise.allSettled(this.services().map(service => service.stop()))
    for (const link of this.#links.values()) link.close()
    await Promise.all([...this.#links.values()].map(link => link.closed))
    this.#store.close()
    for (const outcome of stopped) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #care(): Promise<void> {
    const { keepMs, keepCount } = this.plan.history
    this.#store.retain(keepMs === undefined ? undefined : this.nowMs() - keepMs, keepCount)
    for (const bucket of this.buckets.all()) await bucket.count()
  }
}
