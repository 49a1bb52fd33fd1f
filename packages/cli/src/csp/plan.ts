/** Who we are on a CSP network and how we reach it, understood from options. Pure. */
import {
  type CspAddress,
  type CspVersion,
  RDP_PROFILES,
  type RdpProfile,
  ZMQ_LAYOUTS,
  type ZmqLayout,
} from '@skyferry/csp'
import { type HostPort, parseCount, parseHostPort, parsePeer } from '../units.ts'
import { oneOf, option, UsageError } from '../usage.ts'
import type { RawCspOptions } from './options.ts'

export type LinkPlan =
  | { readonly kind: 'zmq'; readonly publish: HostPort; readonly subscribe: HostPort }
  | { readonly kind: 'udp'; readonly listen: HostPort; readonly peer: HostPort }
  | { readonly kind: 'kiss-tty'; readonly path: string }
  | { readonly kind: 'kiss-tcp'; readonly to: HostPort }
  | { readonly kind: 'kiss-listen'; readonly at: HostPort }

export interface CspPlan {
  readonly version: CspVersion
  readonly address: CspAddress
  readonly netmask: number
  readonly links: readonly LinkPlan[]
  readonly zmqLayout: ZmqLayout
  readonly hmacKeyFile: string | undefined
  readonly crc32: boolean
  readonly rdp: RdpProfile
}

/** As csh: the ports of a hub, and of UDP both ways. */
export const HUB_PUBLISH_PORT = 6000
export const HUB_SUBSCRIBE_PORT = 7000
const UDP_PORT = 9220

/** @throws {UsageError} naming the option */
export function parseCsp(raw: RawCspOptions): CspPlan {
  const version = option('--csp-version', raw.cspVersion, parseVersion) ?? 2
  const highest = version === 1 ? 31 : 16_383
  const links = (raw.link ?? []).map(text => option('--link', text, parseLink)!)
  return {
    version,
    address: (option('--address', raw.address, text => parseCount(text, 0, highest)) ?? 10) as CspAddress,
    netmask:
      option('--netmask', raw.netmask, text => parseCount(text, 0, version === 1 ? 5 : 14)) ??
      (version === 1 ? 0 : 8),
    links,
    zmqLayout: option('--zmq-layout', raw.zmqLayout, text => oneOf(text, ZMQ_LAYOUTS)) ?? '2.1',
    hmacKeyFile: raw.hmacKeyFile,
    crc32: raw.crc32 ?? true,
    rdp: option('--rdp', raw.rdp, text => oneOf(text, Object.keys(RDP_PROFILES) as RdpProfile[])) ?? 'libcsp',
  }
}

/** At least one link: `--link` is missing otherwise. @throws {UsageError} */
export function requireLinks({ links }: CspPlan, least: number): void {
  if (links.length >= least) return
  const what = least === 1 ? '--link is missing' : `--link is needed ${least} times`
  throw new UsageError(`${what}; say where the network is, as in --link zmq:localhost`)
}

/** An address on this network. @throws {UsageError} */
export function parseNode(text: string | undefined, { version }: CspPlan): CspAddress {
  if (text === undefined) throw new UsageError('NODE is missing: the address of a node')
  return parseCount(text, 0, version === 1 ? 31 : 16_383) as CspAddress
}

/** `1-30`, `5`; half-open afterwards. @throws {UsageError} */
export function parseNodes(text: string, plan: CspPlan): { readonly from: number; readonly to: number } {
  const [first, last, ...rest] = text.split('-')
  if (first === undefined || rest.length > 0) throw new UsageError(`'${text}' is not FROM-TO, as in 1-30`)
  const from = parseNode(first, plan)
  const to = last === undefined ? from : parseNode(last, plan)
  if (to < from) throw new UsageError(`'${text}' ends before it begins`)
  return { from, to: to + 1 }
}

/** Every host of our subnet; in version 1, every address that is one. */
export function nodesAround({ version, address, netmask }: CspPlan): {
  readonly from: number
  readonly to: number
} {
  const bits = version === 1 ? 5 : 14
  const hosts = 2 ** (bits - netmask)
  const from = address - (address % hosts)
  return { from: Math.max(1, from), to: from + hosts - 1 }
}

function parseVersion(text: string): CspVersion {
  return parseCount(text, 1, 2) as CspVersion
}

/** @throws {UsageError} */
export function parseLink(text: string): LinkPlan {
  const [, kind, rest] = /^([a-z]+):(.+)$/.exec(text.trim()) ?? []
  switch (kind) {
    case 'zmq':
      return parseZmq(rest!)
    case 'udp':
      return parseUdp(rest!)
    case 'kiss':
      return parseKiss(rest!)
    default:
      throw new UsageError(`'${text}' is no link; write zmq:HOST, udp:HOST:PORT or kiss:/dev/ttyUSB0`)
  }
}

function parseZmq(text: string): LinkPlan {
  const [, host, publish, subscribe] = /^(.*?)(?::(\d+),(\d+))?$/.exec(text)!
  if (host === undefined || host === '' || /[,/]/.test(host)) {
    throw new UsageError(`'zmq:${text}' is not zmq:HOST or zmq:HOST:IN,OUT, as in zmq:localhost:6000,7000`)
  }
  const port = (digits: string | undefined, usual: number): number =>
    digits === undefined ? usual : parseCount(digits, 1, 65_535)
  return {
    kind: 'zmq',
    publish: { host, port: port(publish, HUB_PUBLISH_PORT) },
    subscribe: { host, port: port(subscribe, HUB_SUBSCRIBE_PORT) },
  }
}

function parseUdp(text: string): LinkPlan {
  const [first, second, ...rest] = text.split(',')
  if (rest.length > 0) throw new UsageError(`'udp:${text}' is not udp:[LISTEN:PORT,]PEER:PORT`)
  return second === undefined
    ? { kind: 'udp', listen: { host: '0.0.0.0', port: UDP_PORT }, peer: parsePeer(first!) }
    : { kind: 'udp', listen: parseHostPort(first!), peer: parsePeer(second) }
}

function parseKiss(text: string): LinkPlan {
  if (text.startsWith('tcp:')) return { kind: 'kiss-tcp', to: parsePeer(text.slice(4)) }
  if (text.startsWith('listen:')) return { kind: 'kiss-listen', at: parseHostPort(text.slice(7)) }
  return { kind: 'kiss-tty', path: text }
}
