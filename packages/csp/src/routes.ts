/**
 * The routing table and its text form, `0/0 CAN, 8 KISS, 16/1 ZMQ0 4`: address, leading bits that count, interface, and the
 * next hop on media that have one.
 */
import { addressBits, broadcastAddress, type CspAddress, type CspVersion } from './packet/header.ts'

export interface Route {
  readonly address: CspAddress
  /** Leading bits that must agree: 0 for the default route, all of them for one node. */
  readonly netmask: number
  readonly interface: string
  /** The next hop; absent: the packet's own destination. */
  readonly via?: CspAddress
}

/** Why a table was not understood: which entry, from 0, and what is wrong with it. */
export interface RouteFlaw {
  readonly kind: 'flaw'
  readonly entry: number
  readonly text: string
}

/** More than the C peers hold (10), and few enough to be looked through for every packet. */
export const ROUTES_MAX = 256

/** Bits of an address that the mask covers. */
export function maskOf(netmask: number, version: CspVersion): number {
  const bits = addressBits(version)
  return ((2 ** bits - 1) << (bits - netmask)) & (2 ** bits - 1)
}

/** The all-ones host of a subnet. */
export function subnetBroadcast(address: CspAddress, netmask: number, version: CspVersion): CspAddress {
  return (address | (broadcastAddress(version) & ~maskOf(netmask, version))) as CspAddress
}

const ENTRY = /^(\d{1,5})(?:\/(\d{1,2}))?\s+([^\s,]{1,10})(?:\s+(\d{1,5}))?$/

/** All of a table or none of it: libcsp keeps the entries before the first bad one, which is no state to be in. */
export function parseRoutes(text: string, version: CspVersion): Route[] | RouteFlaw {
  const routes: Route[] = []
  const entries = text.split(',').map(entry => entry.trim())
  if (entries.length === 1 && entries[0] === '') return routes
  if (entries.length > ROUTES_MAX) return flaw(ROUTES_MAX, `a table has at most ${ROUTES_MAX} entries`)
  for (const [index, entry] of entries.entries()) {
    const match = ENTRY.exec(entry)
    if (match === null) return flaw(index, `'${entry}' is not ADDRESS[/MASK] INTERFACE [VIA]`)
    const [, address, mask, name, via] = match
    const route = {
      address: Number(address) as CspAddress,
      netmask: mask === undefined ? addressBits(version) : Number(mask),
      interface: name!,
      ...(via === undefined || isNoVia(Number(via)) ? {} : { via: Number(via) as CspAddress }),
    }
    const problem = flawOf(route, version)
    if (problem !== undefined) return flaw(index, `'${entry}': ${problem}`)
    routes.push(route)
  }
  return routes
}

/** In the form that `parseRoutes` reads, and libcsp too. */
export function formatRoutes(routes: readonly Route[], version: CspVersion): string {
  return routes
    .map(({ address, netmask, interface: name, via }) => {
      const mask = netmask === addressBits(version) ? '' : `/${netmask}`
      return `${address}${mask} ${name}${via === undefined ? '' : ` ${via}`}`
    })
    .join(', ')
}

/** What is wrong with a route; undefined when nothing is. */
export function flawOf(
  { address, netmask, via, interface: name }: Route,
  version: CspVersion,
): string | undefined {
  const most = broadcastAddress(version)
  if (address > most) return `version ${version} has addresses up to ${most}`
  if (netmask > addressBits(version)) return `version ${version} has ${addressBits(version)} bits of address`
  if (via !== undefined && via > most) return `the next hop is above ${most}`
  if (name.length === 0 || name.length > 10) return 'an interface has a name of 1 to 10 characters'
  return undefined
}

/** Of a table, the routes to `destination`: those of the longest prefix that share the address of the one added last. */
export function bestRoutes(routes: readonly Route[], destination: CspAddress, version: CspVersion): Route[] {
  let best: Route | undefined
  for (const route of routes) {
    const mask = maskOf(route.netmask, version)
    if (((route.address ^ destination) & mask) !== 0) continue
    if (best === undefined || route.netmask >= best.netmask) best = route
  }
  if (best === undefined) return []
  const { address, netmask } = best
  return routes.filter(route => route.address === address && route.netmask === netmask)
}

/** How the two libraries say "no next hop". */
function isNoVia(via: number): boolean {
  return via === 255 || via === 65_535
}

function flaw(entry: number, text: string): RouteFlaw {
  return { kind: 'flaw', entry, text }
}
