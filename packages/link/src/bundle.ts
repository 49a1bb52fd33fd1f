import { assert, type Link, type LinkEvents, type Slot } from '@skyferry/engine'

/** A link of a bundle, by the name that the engine calls it. */
export interface Member {
  readonly name: string
  readonly link: Link<never>
}

/**
 * Several media as one link, for an engine that has an interface on each: addresses are the members' names. A slot that it
 * lends belongs to one member and names it in `to`, so nothing is copied, and a member that is full holds nobody up.
 *
 * @param isWaiting whether the engine has something for this member; asked before a slot of it is lent
 */
export function bundle(members: readonly Member[], isWaiting: (name: string) => boolean): Link<string> {
  return new Bundle(members, isWaiting)
}

class Bundle implements Link<string> {
  readonly #names: readonly string[]
  readonly #links: ReadonlyMap<string, Link<string>>
  readonly #isWaiting: (name: string) => boolean
  readonly #lent: Map<Slot<string>, Link<string>> = new Map()
  #turn = 0

  constructor(members: readonly Member[], isWaiting: (name: string) => boolean) {
    this.#names = members.map(({ name }) => name)
    // What an address is to a member is its own matter: none is ever given to it.
    this.#links = new Map(members.map(({ name, link }) => [name, link as unknown as Link<string>]))
    assert(this.#links.size === members.length, 'the members of a bundle have names of their own')
    this.#isWaiting = isWaiting
  }

  lease(): Slot<string> | undefined {
    const count = this.#names.length
    for (let index = 0; index < count; index++) {
      const name = this.#names[(this.#turn + index) % count]!
      if (!this.#isWaiting(name)) continue
      const link = this.#links.get(name)!
      const slot = link.lease()
      if (slot === undefined) continue
      this.#turn = (this.#turn + index + 1) % count
      slot.to = name
      this.#lent.set(slot, link)
      return slot
    }
    return undefined
  }

  send(slot: Slot<string>): void {
    this.#takeBack(slot).send(slot)
  }

  release(slot: Slot<string>): void {
    this.#takeBack(slot).release(slot)
  }

  open(events: LinkEvents<string>): void {
    for (const [name, link] of this.#links) {
      link.open({ datagram: bytes => events.datagram(bytes, name), turn: () => events.turn() })
    }
  }

  close(): void {
    for (const link of this.#links.values()) link.close()
  }

  #takeBack(slot: Slot<string>): Link<string> {
    const link = this.#lent.get(slot)
    assert(link !== undefined, 'a slot is sent or released once, by the link that lent it')
    this.#lent.delete(slot)
    slot.to = undefined
    return link
  }
}
