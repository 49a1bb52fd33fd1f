import { assert } from '@skyferry/engine'
import type { PayloadId } from './message.ts'

/**
 * Ids on their circle (reference section 4). 4096 of them on the wire; fewer in the model, which has to meet all of them.
 */
export class Circle {
  readonly size: number
  readonly #half: number

  constructor(size: number) {
    assert(size >= 4, 'a circle has ids to tell apart')
    this.size = size
    this.#half = Math.floor(size / 2)
  }

  /** How many times `next` leads from `from` to `to`. */
  distance(from: PayloadId, to: PayloadId): number {
    const ahead = to - from
    return ahead < 0 ? ahead + this.size : ahead
  }

  next(id: PayloadId): PayloadId {
    return (id + 1 === this.size ? 0 : id + 1) as PayloadId
  }

  plus(id: PayloadId, count: number): PayloadId {
    return ((id + count) % this.size) as PayloadId
  }

  /** The half of the circle behind `next`: received already, or one of our own ids. */
  isOld(distance: number): boolean {
    return distance >= this.#half
  }
}

/** The circle of the wire. */
export const IDS: Circle = new Circle(4096)

/** (a - b) mod 4096, as the reference writes it. */
export function diff(a: PayloadId, b: PayloadId): number {
  return IDS.distance(b, a)
}
