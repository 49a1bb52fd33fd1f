import { describe, expect, it } from 'vitest'
import { Retransmission } from './retransmission.ts'

describe('what is to be resent', () => {
  it('comes once, within the boundaries of the first pass', () => {
    const resend = new Retransmission()
    expect(resend.request(50, 250, 0, 100)).toBe(200)
    expect(resend.request(100, 200, 0, 100)).toBe(0)
    const taken = [1, 2, 3, 4].map(() => resend.take(100, 0, 100))
    expect(taken).toEqual([{ from: 50, to: 100 }, { from: 100, to: 200 }, { from: 200, to: 250 }, undefined])
  })

  it('comes upwards and around: what is asked for again and again does not keep the rest from its turn', () => {
    const resend = new Retransmission()
    const offsets: (number | undefined)[] = []
    for (let time = 0; time < 6; time++) {
      // The round trip is believed to be so short that nothing counts as under way.
      resend.request(0, 300, 1000 * time, 1)
      offsets.push(resend.take(100, 1000 * time, 1)?.from)
    }
    expect(offsets).toEqual([0, 100, 200, 0, 100, 200])
  })

  it('leaves out what was resent less than a round trip ago, and no longer', () => {
    const resend = new Retransmission()
    resend.request(0, 100, 1000, 80)
    resend.take(100, 1000, 80)
    expect(resend.request(0, 200, 1040, 80)).toBe(100)
    resend.clear()
    expect(resend.request(0, 100, 1200, 80)).toBe(100)
  })
})
