/** CDP with one datagram in each UDP datagram: a host over a UDP link, client and server. */
import { createHmac, randomBytes } from 'node:crypto'
import { Host, type HostOptions, type Settings, type Validation } from '@skyferry/cdp'
import { formatUdpAddress, realClock, type UdpAddress, type UdpLink, udpLink } from '@skyferry/link'

export interface CdpOverUdpOptions
  extends Partial<Omit<HostOptions<UdpAddress>, 'link' | 'clock' | 'keyOf' | 'sign' | 'validation'>> {
  readonly listen: UdpAddress
  /** Only one peer is ever talked to. */
  readonly peer?: UdpAddress
  /** Required for a server on anything but the loopback (section 15). */
  readonly validation?: Validation
}

export interface CdpOverUdp {
  readonly host: Host<UdpAddress>
  readonly link: UdpLink
  /** Halts every connection, and closes the socket. */
  stop(): Promise<void>
}

/** Where order is kept, datagrams do not grow old. */
const ON_LOOPBACK: Partial<Settings> = { mdl: 0 as never }

/** Throws a `LinkError` when the address cannot be had. */
export async function runCdpOverUdp(options: CdpOverUdpOptions): Promise<CdpOverUdp> {
  const clock = realClock()
  const { listen, peer, settings } = options
  const link = await udpLink({
    listen,
    mtuOctets: settings?.maxDatagram ?? 1200,
    clock,
    ...(peer === undefined ? {} : { peer }),
  })
  const key = randomBytes(32)
  const host = new Host<UdpAddress>({
    ...options,
    settings: isLoopback(peer ?? link.local) ? { ...ON_LOOPBACK, ...settings } : { ...settings },
    link,
    clock,
    keyOf,
    sign: text => createHmac('sha256', key).update(text).digest(),
  })
  return {
    host,
    link,
    stop: async () => {
      host.stop()
      await link.closed
    },
  }
}

export function isLoopback({ host }: UdpAddress): boolean {
  return host === 'localhost' || host === '::1' || /^(?:::ffff:)?127\./.test(host)
}

/** An IPv4 address is the same whether it comes mapped into IPv6 or not (section 5.1). */
function keyOf({ host, port }: UdpAddress): string {
  return formatUdpAddress({ host: host.replace(/^::ffff:(?=\d+\.)/i, ''), port })
}
