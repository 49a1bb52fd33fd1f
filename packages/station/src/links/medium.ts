import type { Clock, Link } from '@skyferry/engine'
import { formatUdpAddress, recorded, type UdpAddress, udpLink, wallClockMs } from '@skyferry/link'
import type { LinkPlan } from '../station/plan.ts'

export interface MediumCounters {
  readonly sent: number
  readonly sentOctets: number
  readonly received: number
  readonly receivedOctets: number
  readonly errors: number
}

/** What carries a link's datagrams, with what an operator sees of it. */
export interface Medium {
  readonly link: Link<UdpAddress>
  readonly local: string
  readonly peer: string | null
  readonly warnings: readonly string[]
  counters(): MediumCounters
  changeRate(rateBps: number | undefined): void
  /** Fulfilled once it is closed. */
  readonly closed: Promise<void>
}

/** Opens what a plan names. Throws a `LinkError` when that cannot be had. */
export type OpenMedium = (plan: LinkPlan, clock: Clock) => Promise<Medium>

export const openUdp: OpenMedium = async (plan, clock) => {
  const { listen, peer, rateBps, overheadOctets, mtuOctets, capture } = plan
  const udp = await udpLink({
    listen,
    mtuOctets,
    clock,
    ...(peer === undefined ? {} : { peer }),
    ...(rateBps === undefined ? {} : { rateBps }),
    ...(overheadOctets === undefined ? {} : { overheadOctets }),
  })
  try {
    const recording =
      capture === undefined ? undefined : { file: capture, local: udp.local, peer: udp.peer, wallClockMs }
    return {
      link: recording === undefined ? udp : recorded(udp, recording),
      local: formatUdpAddress(udp.local),
      peer: udp.peer === undefined ? null : formatUdpAddress(udp.peer),
      warnings: udp.warnings,
      counters: () => {
        const { sendErrors, receiveErrors, ...counters } = udp.counters()
        return { ...counters, errors: sendErrors + receiveErrors }
      },
      changeRate: rate => udp.changeRate(rate),
      closed: udp.closed,
    }
  } catch (error) {
    udp.close()
    throw error
  }
}
