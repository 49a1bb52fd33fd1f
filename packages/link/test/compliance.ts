import { InvariantError, type Link, type Slot } from '@skyferry/engine'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Listener, quiet } from './listener.ts'

/** Two ends that hear each other. */
export interface Cable<Address> {
  readonly near: Link<Address>
  readonly far: Link<Address>
  /** As the other end names them. */
  readonly nearAddress: Address
  readonly farAddress: Address
  readonly mtuOctets: number
  /**
   * False where a datagram of no octets cannot travel: in a stream that is cut by lengths inside the datagrams, or in a
   * packet that must hold an octet. That is a property of such a medium; it loses them, and goes on.
   */
  readonly carriesEmpty?: false
  /** Takes away whatever lies between the ends, and waits until the ports are free. */
  unplug?(): Promise<void>
}

/** A link that lends more than this has no bound worth the name. */
const UNBOUNDED = 10_000

/** What every link owes its engine. Call it in a test file, once per kind of link. */
export function everyLinkComplies<Address>(name: string, plug: () => Promise<Cable<Address>>): void {
  describe(`${name} keeps the contract of a link`, () => {
    let cable: Cable<Address>
    let near: Link<Address>
    let far: Link<Address>
    let atNear: Listener<Address>
    let atFar: Listener<Address>

    beforeEach(async () => {
      cable = await plug()
      near = cable.near
      far = cable.far
      atNear = new Listener()
      atFar = new Listener()
      near.open(atNear)
      far.open(atFar)
    })

    afterEach(async () => {
      near.close()
      far.close()
      await cable.unplug?.()
    })

    const leaseFrom = (link: Link<Address>): Slot<Address> => {
      const slot = link.lease()
      if (slot === undefined) throw new Error('an idle link has a free slot')
      return slot
    }

    const sendFrom = (link: Link<Address>, octets: Uint8Array, to?: Address): void => {
      const slot = leaseFrom(link)
      slot.bytes.set(octets)
      slot.length = octets.length
      slot.to = to
      link.send(slot)
    }

    /** Fills and sends as an engine does: as much as there is room for, and more on every turn. */
    const sendAll = (count: number, fill: (slot: Slot<Address>, index: number) => void): void => {
      let sent = 0
      const more = (): void => {
        while (sent < count) {
          const slot = near.lease()
          if (slot === undefined) return
          fill(slot, sent)
          sent += 1
          near.send(slot)
        }
      }
      atNear.onEvent = what => {
        if (what === 'turn') more()
      }
      more()
    }

    it('lends slots of the size of the MTU, empty, for the peer, with a view of the same octets', () => {
      const slot = leaseFrom(near)
      expect(slot.bytes.length).toBe(cable.mtuOctets)
      expect(slot.view.byteLength).toBe(cable.mtuOctets)
      slot.view.setUint16(2, 0xcafe)
      expect([...slot.bytes.subarray(2, 4)]).toEqual([0xca, 0xfe])
      slot.length = 7
      slot.to = cable.farAddress
      near.release(slot)
      const again = leaseFrom(near)
      expect(again.length).toBe(0)
      expect(again.to).toBe(undefined)
      near.release(again)
    })

    it('keeps the boundaries and the octets of datagrams of every size up to the MTU', async () => {
      const sizes = [1, 2, 17, 511, 512, 513, cable.mtuOctets - 1, cable.mtuOctets]
      const sent = sizes.map(size => Uint8Array.from({ length: size }, (_, index) => index * 7 + size))
      for (const octets of sent) sendFrom(near, octets)
      expect(await atFar.received(sent.length)).toEqual(sent)
    })

    it('carries a datagram of no octets, or loses just that one', async () => {
      sendFrom(near, Uint8Array.of(1))
      sendFrom(near, new Uint8Array())
      sendFrom(near, Uint8Array.of(2))
      const empty = cable.carriesEmpty === false ? [] : [new Uint8Array()]
      const arriving = [Uint8Array.of(1), ...empty, Uint8Array.of(2)]
      expect(await atFar.received(arriving.length)).toEqual(arriving)
    })

    it('says whom a datagram is from, so that it can be answered', async () => {
      sendFrom(near, Uint8Array.of(1))
      await atFar.received(1)
      const { from } = atFar.datagrams[0]!
      expect(from).toEqual(cable.nearAddress)
      sendFrom(far, Uint8Array.of(2), from)
      expect(await atNear.received(1)).toEqual([Uint8Array.of(2)])
      expect(atNear.datagrams[0]!.from).toEqual(cable.farAddress)
    })

    it('takes the address of the peer for what it is', async () => {
      sendFrom(near, Uint8Array.of(5), cable.farAddress)
      expect(await atFar.received(1)).toEqual([Uint8Array.of(5)])
    })

    it('delivers nothing, and calls no turn, from within a call of its user', async () => {
      let inCall = 0
      const within = <Result>(act: () => Result): Result => {
        inCall += 1
        try {
          return act()
        } finally {
          inCall -= 1
        }
      }
      const notWithin = (): void => expect(inCall).toBe(0)
      atNear.onEvent = notWithin
      atFar.onEvent = notWithin
      let sent = 0
      for (let slot = within(() => near.lease()); slot !== undefined; slot = within(() => near.lease())) {
        const taken = slot
        taken.length = 3
        within(() => near.send(taken))
        sent += 1
        expect(sent).toBeLessThan(UNBOUNDED)
      }
      await atFar.received(sent)
      await atNear.until(() => atNear.turns > 0)
      const unused = leaseFrom(near)
      within(() => near.release(unused))
    })

    it('does not deliver a second datagram, or a turn, from within the first', async () => {
      let inside = 0
      const receive = atFar.datagram.bind(atFar)
      atFar.datagram = (bytes, from) => {
        inside += 1
        expect(inside).toBe(1)
        sendFrom(far, bytes, from)
        receive(bytes, from)
        inside -= 1
      }
      atFar.onEvent = what => {
        if (what === 'turn') expect(inside).toBe(0)
      }
      for (let index = 0; index < 10; index++) sendFrom(near, Uint8Array.of(index))
      await atFar.until(() => atFar.datagrams.length === 10 && atFar.turns > 0)
      expect((await atNear.received(10)).map(([octet]) => octet)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    })

    it('calls a turn after every burst of datagrams', async () => {
      for (let round = 1; round <= 3; round++) {
        for (let index = 0; index < 20; index++) sendFrom(near, Uint8Array.of(index))
        await atFar.until(() => atFar.datagrams.length === 20 * round && atFar.heard.at(-1) === 'turn')
      }
    })

    it('says no after a bounded number of datagrams, and calls a turn when there is room again', async () => {
      for (let round = 1; round <= 3; round++) {
        const turnsBefore = atNear.turns
        let sent = 0
        for (let slot = near.lease(); slot !== undefined; slot = near.lease()) {
          slot.length = 1
          near.send(slot)
          sent += 1
          expect(sent).toBeLessThan(UNBOUNDED)
        }
        expect(sent).toBeGreaterThan(0)
        await atNear.until(() => atNear.turns > turnsBefore)
      }
    })

    it('lends a bounded number of slots, each to one user at a time, and calls when one comes back', async () => {
      const held = new Set<Slot<Address>>()
      for (let slot = near.lease(); slot !== undefined; slot = near.lease()) {
        expect(held.has(slot)).toBe(false)
        held.add(slot)
        expect(held.size).toBeLessThan(UNBOUNDED)
      }
      const one = [...held][0]!
      near.release(one)
      await atNear.until(() => atNear.turns > 0)
      const again = leaseFrom(near)
      expect(again).toBe(one)
      for (const slot of held) near.release(slot)
    })

    it('has let go of the octets when it lends a slot again', async () => {
      const count = 2000
      const octets = Math.min(64, cable.mtuOctets)
      sendAll(count, (slot, index) => {
        // Whatever still had to leave from this slot would now be seen to have changed.
        slot.bytes.fill(index & 0xff)
        slot.view.setUint32(0, index)
        slot.length = octets
      })
      const arrived = await atFar.received(count)
      arrived.forEach((datagram, index) => {
        const expected = new Uint8Array(octets).fill(index & 0xff)
        new DataView(expected.buffer).setUint32(0, index)
        expect(datagram).toEqual(expected)
      })
    })

    it('takes a slot back once only, and only one of its own', () => {
      const sent = leaseFrom(near)
      near.send(sent)
      expect(() => near.send(sent)).toThrow(InvariantError)
      const released = leaseFrom(near)
      near.release(released)
      expect(() => near.release(released)).toThrow(InvariantError)
      const foreign = leaseFrom(far)
      expect(() => near.send(foreign)).toThrow(InvariantError)
      far.release(foreign)
    })

    it('is opened once', () => {
      expect(() => near.open(new Listener())).toThrow(InvariantError)
    })

    it('is closed for good: nothing comes in, nothing goes out, nothing throws', async () => {
      sendFrom(near, Uint8Array.of(1))
      await atFar.until(() => atFar.datagrams.length === 1 && atFar.heard.at(-1) === 'turn')
      const held = leaseFrom(near)
      const alsoHeld = leaseFrom(near)
      near.close()
      const heardAtNear = atNear.heard.length
      const heardAtFar = atFar.heard.length
      expect(near.lease()).toBe(undefined)
      near.send(held)
      near.release(alsoHeld)
      near.close()
      sendFrom(far, Uint8Array.of(2), cable.nearAddress)
      await quiet()
      expect(atNear.heard.length).toBe(heardAtNear)
      expect(atFar.heard.slice(heardAtFar).filter(what => what !== 'turn')).toEqual([])
    })

    it('falls silent at once when it is closed from within a burst', async () => {
      atFar.onEvent = what => {
        if (what === 'datagram') far.close()
      }
      for (let index = 0; index < 10; index++) sendFrom(near, Uint8Array.of(index))
      await atFar.received(1)
      await quiet()
      expect(atFar.heard.length).toBe(1)
    })
  })
}
