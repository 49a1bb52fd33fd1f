import type { Link } from '@skyferry/engine'
import { realClock, recorded, type UdpAddress, type UdpLink, udpLink, wallClockMs } from '@skyferry/link'
import { type CfdpHostOptions, type RunningCfdp, runCfdp } from './running-cfdp.ts'

export interface CfdpOverUdpOptions extends CfdpHostOptions<UdpAddress> {
  readonly listen: UdpAddress
  /** Whom remote settings without an address mean. */
  readonly peer?: UdpAddress
  /** Paces the link, headers included. */
  readonly rateBps?: number
  /** What the medium adds to each datagram; the headers of UDP and IP when not given. */
  readonly overheadOctets?: number
  /** File to record every datagram in, both ways (pcap). */
  readonly capture?: string
}

/** An entity at work on UDP. */
export interface CfdpOverUdp extends RunningCfdp<UdpAddress> {
  /** For its counters, its own address, its rate. */
  readonly link: UdpLink
}

/**
 * CFDP with one PDU in each UDP datagram.
 *
 * Throws a `LinkError` when it cannot listen or record, a `StoreError` when the journal cannot be opened.
 */
export async function runCfdpOverUdp(options: CfdpOverUdpOptions): Promise<CfdpOverUdp> {
  const clock = options.clock ?? realClock()
  const { listen, peer, rateBps, overheadOctets, capture } = options
  const link = await udpLink({
    listen,
    mtuOctets: largestPdu(options),
    clock,
    ...(peer === undefined ? {} : { peer }),
    ...(rateBps === undefined ? {} : { rateBps }),
    ...(overheadOctets === undefined ? {} : { overheadOctets }),
  })
  let medium: Link<UdpAddress> = link
  try {
    for (const text of link.warnings) options.notice?.({ code: 'host-warning', text })
    if (capture !== undefined) {
      medium = recorded(link, { file: capture, local: link.local, peer: link.peer, wallClockMs })
    }
    const running = await runCfdp(medium, { ...options, clock })
    return {
      ...running,
      link,
      stop: async () => {
        await running.stop()
        await link.closed
      },
    }
  } catch (error) {
    medium.close()
    throw error
  }
}

function largestPdu({ remotes, anyRemote }: CfdpOverUdpOptions): number {
  const settings = anyRemote === undefined ? remotes : [...remotes, anyRemote]
  return Math.max(...settings.map(remote => remote.maxPduSize))
}
