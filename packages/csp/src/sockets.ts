/** Who has which port: sockets of servers below, connections and transactions of clients above. */
import type { Random } from '@skyferry/engine'
import type { CspAddress, CspPort } from './packet/header.ts'
import type { Requirements } from './settings.ts'

/** A port that is bound. */
export interface Socket {
  readonly port: CspPort | 'any'
  readonly accept: 'datagrams' | 'connections'
  readonly requires: Requirements
  readonly backlog: number
  /** Connections that others have opened and the user has not heard of. */
  unheard: number
}

const PORT_MAX = 63
/** A port that was used lately is not used again while there are others: the peer may still know it. */
const RESTING_MAX = 12

export class Sockets {
  readonly #bound: Map<CspPort | 'any', Socket> = new Map()

  bind(socket: Socket): boolean {
    if (this.#bound.has(socket.port)) return false
    this.#bound.set(socket.port, socket)
    return true
  }

  unbind(port: CspPort | 'any'): boolean {
    return this.#bound.delete(port)
  }

  at(port: CspPort): Socket | undefined {
    return this.#bound.get(port) ?? this.#bound.get('any')
  }
}

/** The clients' ports, handed out by chance. */
export class ClientPorts<Client> {
  readonly #used: Map<CspPort, Client> = new Map()
  readonly #resting: CspPort[] = []
  readonly #first: number
  readonly #random: Random

  constructor(portMaxBind: number, random: Random) {
    this.#first = portMaxBind + 1
    this.#random = random
  }

  at(port: CspPort): Client | undefined {
    return this.#used.get(port)
  }

  take(client: Client): CspPort | undefined {
    const free: CspPort[] = []
    for (let port = this.#first; port <= PORT_MAX; port++) {
      if (!this.#used.has(port as CspPort)) free.push(port as CspPort)
    }
    if (free.length === 0) return undefined
    const rested = free.filter(port => !this.#resting.includes(port))
    const port = this.#random.pick(rested.length > 0 ? rested : free)
    this.#used.set(port, client)
    return port
  }

  give(port: CspPort): void {
    if (!this.#used.delete(port)) return
    this.#resting.push(port)
    if (this.#resting.length > RESTING_MAX) this.#resting.shift()
  }
}

/** Where a connection that others opened is found: local port, remote port, remote address. */
export function serverKey(localPort: CspPort, remote: CspAddress, remotePort: CspPort): number {
  return (localPort * 64 + remotePort) * 16_384 + remote
}
