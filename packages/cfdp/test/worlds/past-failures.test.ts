/**
 * Seeds that failed once. Each is kept under the name of what was wrong; with that mistake put back, each of them fails
 * again (where it says so, only in how much it costs).
 */
import { describe, expect, it } from 'vitest'
import { expectHeld } from './held.ts'

describe('the receiver', () => {
  it('goes on behind gaps that it states again, even if they fill a whole NAK', () => {
    // In small PDUs the restated gaps left no room for the new one: the same NAK was sent for ever.
    expectHeld('cfdp/two-entities', 0x65)
  })

  it('is done with asks that are due, however the sum of two times is rounded', () => {
    // `now - then < quiet` and `then + quiet > now` are not the same in doubles: the NAK timer spun.
    expectHeld('cfdp/two-entities', 0x18)
  })

  it('discards what it received only once the record of its outcome is safe', () => {
    // After a crash without that record the octets were still counted as held, and zeros were delivered as complete.
    expectHeld('cfdp/cancel-suspend', 0xaa0)
  })

  it('acknowledges a cancelling EOF only once its own outcome is safe', () => {
    // It forgot the outcome in a crash and waited for ever for a sender that had heard the acknowledgement.
    expectHeld('cfdp/cancel-suspend', 0x2e)
  })

  it('is not suspended any longer once it has ended', () => {
    // Resumed, it stopped the timer that was to forget it.
    expectHeld('cfdp/cancel-suspend', 0x1c)
  })

  it('means the same from its snapshot, in whatever order it tells of what is over', () => {
    // One of two was over at once in the shorter journal's life, and so told of last: the checker took it for the other.
    expectHeld('cfdp/class-1', 0x9b)
  })

  it('opens nothing with a late PDU of a transaction whose cancellation it has acknowledged', () => {
    expectHeld('cfdp/cancel-suspend', 0x252)
  })

  it('counts what was received as safe only with the name of its file, whoever made that', () => {
    // Killed between the rename and its sync; the next life took the name for safe, and the power failed.
    expectHeld('cfdp/two-entities', 0x10fe)
  })

  it('sends no NAK after its end, and is asked nothing once it is forgotten', () => {
    expectHeld('cfdp/cancel-suspend', 0x2491)
  })
})

describe('the sender', () => {
  it('sends EOF (cancel) only once the cancellation is safe', () => {
    // It forgot it in a crash and went on with a transaction that the receiver had closed.
    expectHeld('cfdp/two-entities', 0x120)
  })

  it('tells its peer of a cancellation after a restart, when it no longer knows what it has sent', () => {
    expectHeld('cfdp/cancel-suspend', 0xf45)
  })

  it('says again that it has cancelled to a receiver that still asks', () => {
    expectHeld('cfdp/cancel-suspend', 0x12f)
  })

  it('believes answers to its Prompts when the way becomes much shorter than it ever was', () => {
    // Half of the least round trip ever seen was a floor that no answer could pass below.
    expectHeld('cfdp/two-entities', 0x5382)
  })

  it('gets through to a receiver that fell before it had noted the transaction', () => {
    // Its Prompts were those of a transaction nobody knew, and the window was full.
    expectHeld('cfdp/two-entities', 0x4a1)
    expectHeld('cfdp/two-entities', 0x600)
  })

  it('does not melt down in a queue that makes the way longer than it was ever measured', () => {
    // Prompts, EOFs and Finisheds at the pace of the old round trip: 115,021 datagrams for 950 segments, now 9,923.
    expect(expectHeld('cfdp/two-entities', 0x106e).datagrams).toBeLessThan(30_000)
  })
})
