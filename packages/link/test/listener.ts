import type { LinkEvents } from '@skyferry/engine'

export interface Heard<Address> {
  readonly octets: Uint8Array
  readonly from: Address
}

/** What a test hears from a link, and a way to wait for it. */
export class Listener<Address> implements LinkEvents<Address> {
  /** In order of arrival; turns among them, because where they stand is part of the contract. */
  readonly heard: ('turn' | Heard<Address>)[] = []
  readonly datagrams: Heard<Address>[] = []
  /** Runs after each event; throw to fail the test that waits. */
  onEvent: (what: 'turn' | 'datagram') => void = () => {}
  #waiting: { readonly condition: () => boolean; done(): void; failed(error: unknown): void }[] = []
  #failure: { readonly error: unknown } | undefined

  datagram(bytes: Uint8Array, from: Address): void {
    // Not `slice`: what a socket delivers is a Buffer, whose `slice` is a view.
    const heard = { octets: new Uint8Array(bytes), from }
    this.heard.push(heard)
    this.datagrams.push(heard)
    this.#after('datagram')
  }

  turn(): void {
    this.heard.push('turn')
    this.#after('turn')
  }

  get turns(): number {
    return this.heard.length - this.datagrams.length
  }

  /** Fulfilled as soon as an event makes `condition` true, or it is true already. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ condition, done, failed })
      this.#settle()
    })
  }

  /** Fulfilled with the first `count` datagrams. */
  async received(count: number): Promise<Uint8Array[]> {
    await this.until(() => this.datagrams.length >= count)
    return this.datagrams.slice(0, count).map(({ octets }) => octets)
  }

  #after(what: 'turn' | 'datagram'): void {
    try {
      this.onEvent(what)
    } catch (error) {
      this.#failure = { error }
    }
    this.#settle()
  }

  #settle(): void {
    const failure = this.#failure
    this.#waiting = this.#waiting.filter(({ condition, done, failed }) => {
      if (failure !== undefined) failed(failure.error)
      else if (condition()) done()
      else return true
      return false
    })
  }
}

/** Lets the host do all it has to do, several times over: what has not happened then, does not happen. */
export async function quiet(): Promise<void> {
  for (let round = 0; round < 30; round++) await new Promise(resolve => setImmediate(resolve))
}

/** Looks again after every turn of the event loop. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}
