/** Blind changes to octets. What a target knows about its input's structure is mended by the target afterwards. */

const INTERESTING = [0, 1, 2, 3, 4, 7, 8, 9, 0x0f, 0x10, 0x3f, 0x40, 0x63, 0x7f, 0x80, 0xf0, 0xfe, 0xff]
/** Longer inputs reach nothing new and are slow. */
const LONGEST = 512

export class Mutator {
  #random
  #scratch = new Uint8Array(2 * LONGEST)

  /** @param {import('@skyferry/engine').Random} random */
  constructor(random) {
    this.#random = random
  }

  /** A changed copy of `input`; `other` lends octets to splices; `words` are octet strings worth inserting. */
  mutate(input, other, words) {
    let octets = input
    const rounds = 1 << this.#random.whole(0, 4)
    for (let round = 0; round < rounds; round++) octets = this.#once(octets, other, words)
    return octets.length > LONGEST ? octets.slice(0, LONGEST) : octets
  }

  #once(input, other, words) {
    const random = this.#random
    const at = random.whole(0, input.length + 1)
    const span = Math.min(input.length - at, 1 << random.whole(0, 6))
    switch (random.whole(0, 10)) {
      case 0:
        return this.#patched(input, at, octet => octet ^ (1 << random.whole(0, 8)))
      case 1:
        return this.#patched(input, at, () => random.pick(INTERESTING))
      case 2:
        return this.#patched(input, at, octet => octet + random.whole(-4, 5))
      case 3:
        return this.#patched(input, at, () => random.bits())
      case 4:
        return this.#joined(input.subarray(0, at), input.subarray(at + span))
      case 5:
        return this.#joined(input.subarray(0, at + span), input.subarray(at))
      case 6:
        return this.#joined(input.subarray(0, at), random.pick(words), input.subarray(at))
      case 7: {
        const word = random.pick(words)
        return this.#joined(input.subarray(0, at), word, input.subarray(at + word.length))
      }
      case 8: {
        const from = random.whole(0, other.length + 1)
        return this.#joined(input.subarray(0, at), other.subarray(from))
      }
      default:
        return input.slice(0, at)
    }
  }

  #patched(input, at, change) {
    const copy = input.slice()
    if (at < copy.length) copy[at] = change(copy[at])
    return copy
  }

  #joined(...parts) {
    let length = 0
    for (const part of parts) {
      const room = Math.min(part.length, this.#scratch.length - length)
      this.#scratch.set(part.subarray(0, room), length)
      length += room
    }
    return this.#scratch.slice(0, length)
  }
}
