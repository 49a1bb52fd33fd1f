import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { Window } from './window.ts'

const PDU = 1000
const ms = (value: number): Millis => value as Millis

/** Fills the window, prompts, and is answered `trip` ms later, again and again. */
function rounds(window: Window, count: number, trip: number, lostShare = 0, from = 1): number {
  let now = from
  let delivered = 0
  for (let round = 0; round < count; round++) {
    let sent = 0
    while (window.hasRoom) {
      window.sentOne(0)
      sent += 1
    }
    window.prompted(ms(now))
    now += trip
    delivered += Math.floor(sent * (1 - lostShare)) * PDU
    window.answered(ms(now), delivered, Math.ceil(sent * lostShare) * PDU, trip)
  }
  return now
}

describe('the window', () => {
  it('begins at 64 PDUs and grows while nothing is lost', () => {
    const window = new Window(PDU)
    expect(window.size).toBe(64)
    rounds(window, 8, 100)
    expect(window.size).toBeGreaterThan(500)
  })

  it('remembers no more of what left than it needs, however long nobody speaks of it', () => {
    const window = new Window(PDU)
    for (let count = 1; count <= 100_000; count++) window.sentOne(count * PDU)
    expect(window.marks).toBeLessThanOrEqual(512)
    window.heardUpTo(99_000 * PDU)
    expect(window.underWay).toBeLessThanOrEqual(1008)
  })

  it('never holds more octets than a receive buffer', () => {
    const window = new Window(8192)
    rounds(window, 50, 100)
    expect(window.size * 8192).toBeLessThanOrEqual(2 * 1024 * 1024)
  })

  it('does not shrink under loss that is always there', () => {
    const window = new Window(PDU)
    rounds(window, 30, 100, 0.04)
    expect(window.size).toBeGreaterThanOrEqual(64)
  })

  it('shrinks when much is lost at once, and not below 32', () => {
    const window = new Window(PDU)
    const now = rounds(window, 8, 100)
    const before = window.size
    rounds(window, 1, 100, 0.5, now)
    expect(window.size).toBeLessThan(before)
    for (let turn = 0; turn < 40; turn++) rounds(window, 1, 100, 0.9 * (turn % 2), now)
    expect(window.size).toBeGreaterThanOrEqual(32)
  })

  it('is doubted after three Prompts nobody ever answered', () => {
    const window = new Window(PDU)
    window.sentOne(0)
    for (let prompt = 0; prompt < 3; prompt++) {
      expect(window.isDoubted).toBe(false)
      window.prompted(ms(prompt))
      window.missed()
    }
    expect(window.isDoubted).toBe(true)
  })

  it('lets a little out towards a peer that answered once and then never again', () => {
    const window = new Window(PDU)
    rounds(window, 1, 100)
    while (window.hasRoom) window.sentOne(0)
    for (let prompt = 0; prompt < 3; prompt++) {
      window.prompted(ms(1000 * prompt))
      window.missed()
    }
    expect(window.hasRoom).toBe(true)
  })

  it('makes room by what the peer speaks of, asked or not, and never for more than left before it', () => {
    const window = new Window(PDU)
    for (let pdu = 1; pdu <= 64; pdu++) window.sentOne(pdu * PDU)
    expect(window.hasRoom).toBe(false)
    window.heardUpTo(33 * PDU)
    expect(window.underWay).toBe(32)
    window.heardUpTo(10 * PDU)
    expect(window.underWay).toBe(32)
    // Repairs leave no trace in a scope: they are settled by an answer.
    for (let pdu = 0; pdu < 16; pdu++) window.sentOne(64 * PDU)
    window.heardUpTo(64 * PDU)
    expect(window.underWay).toBeGreaterThanOrEqual(16)
    window.prompted(ms(1))
    window.answered(ms(100), 64 * PDU, 0, 99)
    expect(window.underWay).toBe(0)
  })
})
