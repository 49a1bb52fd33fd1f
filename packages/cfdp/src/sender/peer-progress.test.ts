import { expect, it } from 'vitest'
import { PeerProgress } from './peer-progress.ts'

it('what the peer holds only grows, is never more than was sent, and is not told by a NAK about a part', () => {
  const peer = new PeerProgress()
  peer.keepAlive(5000, 3000)
  expect(peer.delivered).toBe(3000)
  peer.keepAlive(1000, 3000)
  expect(peer.delivered).toBe(3000)
  peer.nak({ from: 4000, to: 8000 }, 0, 8000)
  expect(peer.delivered).toBe(3000)
  peer.nak({ from: 0, to: 9000 }, 1500, 8000)
  expect(peer.delivered).toBe(6500)
  peer.whole(10_000)
  expect(peer.delivered).toBe(10_000)
})
