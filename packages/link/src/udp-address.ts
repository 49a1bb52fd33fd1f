/** One end of a UDP conversation. */
export interface UdpAddress {
  /** A literal address, as the socket speaks it: `192.0.2.1`, `2001:db8::1`. Settings may also say a name. */
  readonly host: string
  readonly port: number
}

/** `192.0.2.1:5111`, `[2001:db8::1]:5111`. */
export function formatUdpAddress({ host, port }: UdpAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

export function sameUdpAddress(a: UdpAddress, b: UdpAddress): boolean {
  return a === b || (a.port === b.port && a.host === b.host)
}

/**
 * One object per address, so that a datagram brings none of its own. Bounded, because whoever can send
 * datagrams chooses how many addresses we meet: a full book starts afresh, so equal addresses are usually but
 * not always identical.
 */
export class AddressBook {
  readonly #capacity: number
  readonly #byHost: Map<string, Map<number, UdpAddress>> = new Map()
  #count = 0
  #last: UdpAddress = { host: '', port: -1 }

  constructor(capacity = 4096) {
    this.#capacity = capacity
  }

  at(host: string, port: number): UdpAddress {
    const last = this.#last
    if (last.port === port && last.host === host) return last
    const found = this.#byHost.get(host)?.get(port) ?? this.#enter({ host, port })
    this.#last = found
    return found
  }

  #enter(address: UdpAddress): UdpAddress {
    if (this.#count >= this.#capacity) {
      this.#byHost.clear()
      this.#count = 0
    }
    const ports = this.#byHost.get(address.host)
    if (ports === undefined) this.#byHost.set(address.host, new Map([[address.port, address]]))
    else ports.set(address.port, address)
    this.#count += 1
    return address
  }
}
