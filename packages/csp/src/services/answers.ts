/** The answering side of the standard services, ports 0 to 6. */
import { decodeText, encodeText, isFault, Reader } from '@skyferry/octets'
import type { CspDrop, InterfaceCounters } from '../counters.ts'
import type { CspAddress } from '../packet/header.ts'
import type { Route } from '../routes.ts'
import { decodeCmp, encodeCmp } from './cmp.ts'
import type { ServiceSettings } from './facts.ts'

export const ServicePort = {
  Cmp: 0,
  Ping: 1,
  Processes: 2,
  FreeMemory: 3,
  Reboot: 4,
  FreeBuffers: 5,
  Uptime: 6,
} as const

/** Ports up to this one are the services'. */
export const SERVICE_PORT_MAX = 6

export const REBOOT_MAGIC = 0x80078007
export const SHUTDOWN_MAGIC = 0xd1e5529a

/** What the services ask of their node. */
export interface ServiceNode {
  readonly services: ServiceSettings
  readonly payloadOctetsMax: number
  freeBuffers(): number
  uptimeSeconds(): number
  countersOf(name: string): InterfaceCounters | undefined
  /** False when the route is none: an unknown interface, an address too wide. */
  addRoute(route: Route): boolean
  addressBits(): number
  rebootRequested(isShutdown: boolean): void
  clockRequested(seconds: number, nanoseconds: number): void
}

/** What a request comes to: an answer, silence because there is none to give, or a drop. */
export type Answer = Uint8Array | 'silence' | Extract<CspDrop, 'bad-request' | 'not-allowed'>

/** @param payload borrowed; a ping's answer is a view of it */
export function answer(port: number, payload: Uint8Array, node: ServiceNode): Answer {
  switch (port) {
    case ServicePort.Cmp:
      return answerCmp(payload, node)
    case ServicePort.Ping:
      return payload
    case ServicePort.Processes:
      return encodeText(node.services.host.processes()).subarray(0, node.payloadOctetsMax)
    case ServicePort.FreeMemory:
      return u32(node.services.host.freeMemoryOctets())
    case ServicePort.Reboot:
      return reboot(payload, node)
    case ServicePort.FreeBuffers:
      return u32(node.freeBuffers())
    case ServicePort.Uptime:
      return u32(node.uptimeSeconds())
    default:
      return 'bad-request'
  }
}

function answerCmp(payload: Uint8Array, node: ServiceNode): Answer {
  const cmp = decodeCmp(payload)
  if (isFault(cmp) || cmp.isReply) return 'bad-request'
  switch (cmp.code) {
    case 'ident':
      return encodeCmp({ ...cmp, isReply: true, identity: node.services.identity })
    case 'interface': {
      const counters = node.countersOf(cmp.interface)
      return counters === undefined ? 'bad-request' : encodeCmp({ ...cmp, isReply: true, counters })
    }
    case 'clock':
      if (cmp.seconds !== 0) {
        if (!node.services.allows.clock) return 'not-allowed'
        node.clockRequested(cmp.seconds, cmp.nanoseconds)
        return encodeCmp({ ...cmp, isReply: true })
      }
      return encodeCmp({ ...cmp, isReply: true, ...node.services.host.clock() })
    case 'route-v1':
    case 'route-v2': {
      if (!node.services.allows.routes) return 'not-allowed'
      const netmask = cmp.code === 'route-v1' ? node.addressBits() : cmp.netmask
      const noVia = cmp.code === 'route-v1' ? 255 : 65_535
      const route = {
        address: cmp.destination,
        netmask,
        interface: cmp.interface,
        ...(cmp.via === noVia ? {} : { via: cmp.via as CspAddress }),
      }
      return node.addRoute(route) ? encodeCmp({ ...cmp, isReply: true }) : 'bad-request'
    }
    case 'peek':
    case 'poke':
      return 'not-allowed'
  }
}

function reboot(payload: Uint8Array, node: ServiceNode): Answer {
  const reader = new Reader(payload)
  const magic = reader.u32()
  if (reader.fault !== undefined || (magic !== REBOOT_MAGIC && magic !== SHUTDOWN_MAGIC)) return 'bad-request'
  if (!node.services.allows.reboot) return 'not-allowed'
  node.rebootRequested(magic === SHUTDOWN_MAGIC)
  return 'silence'
}

function u32(value: number): Uint8Array {
  const octets = new Uint8Array(4)
  new DataView(octets.buffer).setUint32(0, Math.min(Math.max(0, Math.floor(value)), 0xffff_ffff))
  return octets
}

/** The number in the answer of free memory, free buffers or uptime. */
export function readU32(payload: Uint8Array): number | undefined {
  return payload.length === 4 ? new Reader(payload).u32() : undefined
}

/** The text of a process list, without the NUL that C ends it with. */
export function readProcesses(payload: Uint8Array): string {
  const end = payload.indexOf(0)
  return decodeText(end < 0 ? payload : payload.subarray(0, end))
}
