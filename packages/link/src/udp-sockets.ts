import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { LinkError, linkErrorFrom, systemCodeOf } from './link-error.ts'
import { formatUdpAddress, type UdpAddress } from './udp-address.ts'
import type { ResolvedEnds } from './udp-names.ts'

/** The sockets of one link. Both are bound to `local`. */
export interface UdpSockets {
  /** Hears everybody; sends to anybody. */
  readonly open: Socket
  /** Connected to the peer: sends to it for a sixth less, and hears it. Absent without a peer. */
  readonly direct: Socket | undefined
  readonly local: UdpAddress
  readonly warnings: readonly string[]
}

/**
 * Where two sockets may share a port, and the one connected to the sender of a datagram is the one that gets
 * it. Elsewhere sharing means something else, and one unconnected socket does all the work.
 */
const SHARES_PORTS = process.platform === 'linux'

/** A number chosen by the host may be taken again between closing and opening; other numbers are tried once. */
const EPHEMERAL_ATTEMPTS = 5

/**
 * Opens the sockets of a link.
 *
 * A peer may answer from a port that is not the one it listens on, and the kernel hides such datagrams from a
 * connected socket; an unconnected one costs a sixth more per datagram sent, because every send looks up the
 * address and the route. So there are two on one port. Sharing a port needs SO_REUSEADDR on both, and that
 * would let a second process take the same port unnoticed; so the port is first asked for exclusively, which
 * fails if anybody holds it in whatever way.
 *
 * @throws LinkError `address-in-use`, `address-not-available`, `permission-denied`, `system`
 */
export async function openSockets(ends: ResolvedEnds, receiveBufferOctets: number): Promise<UdpSockets> {
  let attempts = ends.listen.port === 0 ? EPHEMERAL_ATTEMPTS : 1
  for (;;) {
    attempts -= 1
    try {
      return await attempt(ends, receiveBufferOctets)
    } catch (failure) {
      const isTaken = failure instanceof LinkError && failure.code === 'address-in-use'
      if (!isTaken || attempts === 0) throw failure
    }
  }
}

async function attempt(ends: ResolvedEnds, receiveBufferOctets: number): Promise<UdpSockets> {
  const exclusive = await bound(ends, ends.listen, { shared: false })
  const { port } = exclusive.address()
  const local: UdpAddress = { host: ends.listen.host, port }
  if (ends.peer === undefined || !SHARES_PORTS) {
    return { open: exclusive, direct: undefined, local, warnings: enlarge(exclusive, receiveBufferOctets) }
  }
  await closed(exclusive)
  return await openPair(ends, ends.peer, local, receiveBufferOctets)
}

async function openPair(
  ends: ResolvedEnds,
  peer: UdpAddress,
  local: UdpAddress,
  receiveBufferOctets: number,
): Promise<UdpSockets> {
  let open: Socket | undefined
  let direct: Socket | undefined
  try {
    open = await bound(ends, local, { shared: true })
    direct = await bound(ends, local, { shared: true })
    const connected = once(direct, 'connect')
    direct.connect(peer.port, peer.host)
    await connected
    enlarge(direct, receiveBufferOctets)
    return { open, direct, local, warnings: enlarge(open, receiveBufferOctets) }
  } catch (thrown) {
    open?.close()
    direct?.close()
    throw linkErrorFrom(thrown, `send to ${formatUdpAddress(peer)}`)
  }
}

async function bound(
  ends: ResolvedEnds,
  { host, port }: UdpAddress,
  { shared }: { readonly shared: boolean },
): Promise<Socket> {
  const socket = createSocket({
    type: ends.family === 4 ? 'udp4' : 'udp6',
    reuseAddr: shared,
    // Every address handed to a socket is a literal. Answering at once also makes `send` send at once, before
    // the envelope is lent to somebody else; the host's own lookup would wait for the next tick.
    lookup: (literal, _options, answer) => answer(null, literal, ends.family),
  })
  try {
    // Listened for first: with such a lookup the socket may be bound before `bind` returns.
    const listening = once(socket, 'listening')
    socket.bind({ address: host, port, exclusive: true })
    await listening
    return socket
  } catch (thrown) {
    socket.close()
    throw linkErrorFrom(thrown, `listen on ${formatUdpAddress({ host, port })}`)
  }
}

async function closed(socket: Socket): Promise<void> {
  const gone = once(socket, 'close')
  socket.close()
  await gone
}

/** Asks for a receive buffer and reads back what it became; returns what an operator should know about that. */
function enlarge(socket: Socket, octets: number): readonly string[] {
  let refusal = ''
  try {
    socket.setRecvBufferSize(octets)
  } catch (thrown) {
    refusal = ` (${systemCodeOf(thrown)})`
  }
  // Linux counts its own bookkeeping too: it doubles what was asked for, and says so when read back.
  const granted = socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1)
  if (granted >= octets) return []
  return [
    `the receive buffer is ${granted} octets instead of ${octets}${refusal}: bursts will be lost while this ` +
      `process is busy; raise the limit, on Linux with sysctl -w net.core.rmem_max=${octets}`,
  ]
}
