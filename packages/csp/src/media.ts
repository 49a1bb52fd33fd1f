/** The interfaces of a node, and which of them lead to an address. */
import { assert } from '@skyferry/engine'
import { SendQueue } from './buffers.ts'
import { type InterfaceCounters, interfaceTally, type Tally } from './counters.ts'
import { type Framing, prefixOctets } from './interfaces/zmq-layout.ts'
import { broadcastAddress, type CspAddress, type CspVersion } from './packet/header.ts'
import { bestRoutes, flawOf, maskOf, ROUTES_MAX, type Route, subnetBroadcast } from './routes.ts'
import type { InterfaceSettings } from './settings.ts'

/** One interface at run time. */
export class Medium {
  readonly name: string
  readonly address: CspAddress
  readonly netmask: number
  readonly isDefault: boolean
  readonly framing: Framing
  readonly prefixOctets: number
  readonly subnetBroadcast: CspAddress
  readonly counters: Tally<InterfaceCounters> = interfaceTally()
  readonly queue: SendQueue
  readonly #addresses: ReadonlySet<number>
  readonly #mask: number

  constructor(settings: InterfaceSettings, version: CspVersion, queueCapacity: number) {
    this.name = settings.name
    this.address = settings.address
    this.netmask = settings.netmask
    this.isDefault = settings.isDefault
    this.framing = settings.framing ?? 'plain'
    this.prefixOctets = prefixOctets(this.framing)
    this.#mask = maskOf(settings.netmask, version)
    this.subnetBroadcast =
      settings.netmask === 0
        ? broadcastAddress(version)
        : subnetBroadcast(settings.address, settings.netmask, version)
    this.queue = new SendQueue(queueCapacity)
    this.#addresses = new Set([settings.address, ...(settings.aliases ?? [])])
  }

  /** One of this node's own addresses on this interface? */
  hasAddress(address: CspAddress): boolean {
    return this.#addresses.has(address)
  }

  /** In the interface's subnet? One without a netmask has none. */
  isNear(address: CspAddress): boolean {
    return this.netmask > 0 && ((address ^ this.address) & this.#mask) === 0
  }

  sharesSubnetWith(other: Medium): boolean {
    return this.netmask > 0 && this.netmask === other.netmask && this.isNear(other.address)
  }
}

/** Where a packet goes out, and to which next hop. */
export interface Way {
  readonly medium: Medium
  readonly via: CspAddress | undefined
}

const LOOP: readonly Way[] = []

export class Media {
  readonly all: readonly Medium[]
  readonly #version: CspVersion
  readonly #byName: ReadonlyMap<string, Medium>
  readonly #broadcast: CspAddress
  #routes: readonly Route[] = []
  /** Ways found before, by destination; a route may change them all. */
  readonly #known: Map<CspAddress, readonly Way[]> = new Map()

  constructor(
    settings: readonly InterfaceSettings[],
    options: { readonly version: CspVersion; readonly queueCapacity: number },
  ) {
    this.#version = options.version
    this.#broadcast = broadcastAddress(options.version)
    for (const { name, address, netmask } of settings) {
      const problem = flawOf({ address, netmask, interface: name }, options.version)
      assert(
        problem === undefined && name !== 'LOOP',
        `an interface has a name, an address and a mask: ${problem}`,
      )
    }
    this.all = settings.map(each => new Medium(each, options.version, options.queueCapacity))
    this.#byName = new Map(this.all.map(medium => [medium.name, medium]))
    assert(this.#byName.size === this.all.length, 'interfaces have names of their own')
  }

  named(name: string): Medium | undefined {
    return this.#byName.get(name)
  }

  get routes(): readonly Route[] {
    return this.#routes
  }

  /** @returns what is wrong with one of them; then none is taken */
  setRoutes(routes: readonly Route[]): string | undefined {
    if (routes.length > ROUTES_MAX) return `a table has at most ${ROUTES_MAX} entries`
    for (const route of routes) {
      const problem = flawOf(route, this.#version) ?? this.#unknown(route)
      if (problem !== undefined) return problem
    }
    this.#routes = routes
    this.#known.clear()
    return undefined
  }

  /** One of this node's own, on whatever interface, or everybody on `arrival`'s? */
  isForUs(destination: CspAddress, arrival: Medium | undefined): boolean {
    for (const medium of this.all) if (medium.hasAddress(destination)) return true
    if (arrival === undefined) return destination === 0
    return this.isBroadcast(destination, arrival)
  }

  isOurs(address: CspAddress): boolean {
    return address === 0 || this.all.some(medium => medium.hasAddress(address))
  }

  isBroadcast(destination: CspAddress, on: Medium): boolean {
    return destination === this.#broadcast || (on.netmask > 0 && destination === on.subnetBroadcast)
  }

  /** Every interface's broadcast, for answers that must not come from one. */
  isAnyBroadcast(destination: CspAddress): boolean {
    return this.all.some(medium => this.isBroadcast(destination, medium))
  }

  /** Where a packet of this node's own goes; no way at all for its own addresses, which `isOurs` tells apart. */
  waysTo(destination: CspAddress): readonly Way[] {
    if (this.isOurs(destination)) return LOOP
    let ways = this.#known.get(destination)
    if (ways === undefined) {
      ways = this.#find(destination, undefined)
      if (this.#known.size >= 4096) this.#known.clear()
      this.#known.set(destination, ways)
    }
    return ways
  }

  /** Where a packet that came in at `arrival` goes on: never back, nor to the same subnet (split horizon). */
  waysOn(destination: CspAddress, arrival: Medium): readonly Way[] {
    return this.#find(destination, arrival)
  }

  #find(destination: CspAddress, arrival: Medium | undefined): Way[] {
    const goesOn = (medium: Medium): boolean =>
      arrival === undefined || (medium !== arrival && !medium.sharesSubnetWith(arrival))
    const direct = (media: readonly Medium[]): Way[] =>
      media.filter(goesOn).map(medium => ({ medium, via: undefined }))
    if (destination === this.#broadcast) return direct(this.all)
    const near = this.all.filter(medium => medium.isNear(destination))
    if (near.length > 0) return direct(near)
    const routes = bestRoutes(this.#routes, destination, this.#version)
    if (routes.length > 0) {
      return routes
        .map(route => ({ medium: this.#byName.get(route.interface)!, via: route.via }))
        .filter(({ medium }) => goesOn(medium))
    }
    return direct(this.all.filter(medium => medium.isDefault))
  }

  #unknown({ interface: name }: Route): string | undefined {
    return this.#byName.has(name) ? undefined : `there is no interface '${name}'`
  }
}
