/** The asking side of the standard services: requests for `transact`, with the CRC that libcsp 2 insists on. */

import { interfaceTally } from '../counters.ts'
import type { CspAddress, CspPort } from '../packet/header.ts'
import type { SendOptions, Transact } from '../requests.ts'
import { ServicePort } from './answers.ts'
import { type Cmp, encodeCmp, NO_IDENTITY } from './cmp.ts'

/** How to ask: `crc32` is on unless it is turned off. */
export interface AskOptions extends SendOptions {
  readonly to: CspAddress
  readonly timeoutMs: number
  /** For a broadcast, or a process list of libcsp 1.6: more than one answer. */
  readonly collects?: boolean
}

function ask(port: number, payload: Uint8Array, options: AskOptions, replyOctets?: number): Transact {
  return {
    kind: 'transact',
    crc32: true,
    ...options,
    port: port as CspPort,
    payload,
    ...(replyOctets === undefined ? {} : { replyOctets }),
  }
}

/** So many octets there and back: 0, 1, 2 and so on, as the C client sends them. */
export function askPing(options: AskOptions, octets: number): Transact {
  const payload = Uint8Array.from({ length: octets }, (_, index) => index)
  return ask(ServicePort.Ping, payload, options, octets)
}

export function askProcesses(options: AskOptions): Transact {
  // libcsp 1.6 insists on this octet.
  return ask(ServicePort.Processes, Uint8Array.of(0x55), options)
}

export function askFreeMemory(options: AskOptions): Transact {
  return ask(ServicePort.FreeMemory, new Uint8Array(0), options, 4)
}

export function askFreeBuffers(options: AskOptions): Transact {
  return ask(ServicePort.FreeBuffers, new Uint8Array(0), options, 4)
}

export function askUptime(options: AskOptions): Transact {
  return ask(ServicePort.Uptime, new Uint8Array(0), options, 4)
}

export function askIdent(options: AskOptions): Transact {
  return askCmp({ code: 'ident', isReply: false, identity: NO_IDENTITY }, options)
}

export function askInterface(options: AskOptions, name: string): Transact {
  return askCmp({ code: 'interface', isReply: false, interface: name, counters: interfaceTally() }, options)
}

/** Reads the clock of another node, or sets it. */
export function askClock(options: AskOptions, seconds = 0, nanoseconds = 0): Transact {
  return askCmp({ code: 'clock', isReply: false, seconds, nanoseconds }, options)
}

/** Any other CMP request: its answer is as long as it is. */
export function askCmp(cmp: Exclude<Cmp, { readonly code: 'peek' | 'poke' }>, options: AskOptions): Transact {
  const payload = encodeCmp(cmp)
  return ask(ServicePort.Cmp, payload, options, payload.length)
}
