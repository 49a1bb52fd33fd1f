/** Seeds that failed once, each under the name of what was wrong. */
import { describe, it } from 'vitest'
import { expectHeld } from './held.ts'

describe('the client', () => {
  it('is done with silence that is due, however the sum of two times is rounded', () => {
    // `now - then >= idle` and `then + idle <= now` are not the same in doubles: its deadline stayed in the past.
    expectHeld('dtp/two-nodes', 0xb2)
    expectHeld('dtp/two-nodes', 0xfa)
  })

  it('lets nothing come back to a session that was released', () => {
    // An answer on a connection it still had put it on the schedule again, and it went on asking for ever.
    expectHeld('dtp/two-nodes', 0x3d7)
    expectHeld('dtp/two-nodes', 0x122)
  })

  it('does not take a server that is restarted again and again for one that refuses', () => {
    // Three hang-ups in a row were the end of a session whose server had lost power three times.
    expectHeld('dtp/two-nodes', 0xa7f3)
  })
})

describe('a C client', () => {
  it('may count octets twice that came out of order: its own false success, not ours', () => {
    expectHeld('dtp/c-client', 0xce)
  })
})
