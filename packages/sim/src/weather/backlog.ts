/**
 * What waits for the transmitter: when each datagram's turn comes, and how many octets it is. A ring of numbers,
 * because this is touched for every datagram of a link with a rate.
 */
export class Backlog {
  #begins: Float64Array = new Float64Array(16)
  #sizes: Float64Array = new Float64Array(16)
  #head = 0
  #count = 0
  #octets = 0

  get count(): number {
    return this.#count
  }

  get octets(): number {
    return this.#octets
  }

  /** @param begins when the transmitter begins with it; never before that of the one pushed last */
  push(begins: number, octets: number): void {
    if (this.#count === this.#begins.length) this.#grow()
    const at = (this.#head + this.#count) & (this.#begins.length - 1)
    this.#begins[at] = begins
    this.#sizes[at] = octets
    this.#count += 1
    this.#octets += octets
  }

  /** Forgets what the transmitter has begun with by `now`. */
  settle(now: number): void {
    while (this.#count > 0 && this.#begins[this.#head]! <= now) {
      this.#octets -= this.#sizes[this.#head]!
      this.#head = (this.#head + 1) & (this.#begins.length - 1)
      this.#count -= 1
    }
  }

  #grow(): void {
    const before = this.#begins.length
    const begins = new Float64Array(before * 2)
    const sizes = new Float64Array(before * 2)
    for (let index = 0; index < this.#count; index++) {
      const at = (this.#head + index) & (before - 1)
      begins[index] = this.#begins[at]!
      sizes[index] = this.#sizes[at]!
    }
    this.#begins = begins
    this.#sizes = sizes
    this.#head = 0
  }
}
