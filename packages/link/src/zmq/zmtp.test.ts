import { encodeText, toHex } from '@skyferry/octets'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ZmtpPeer,
  type ZmtpSocketType,
  zmtpFrame,
  zmtpGreeting,
  zmtpReady,
  zmtpSubscription,
} from './zmtp.ts'

function peerOf(type: ZmtpSocketType, messageOctetsMax = 1000) {
  const said: string[] = []
  const messages: string[] = []
  const topics: string[] = []
  let isReady = false
  const peer = new ZmtpPeer(type, messageOctetsMax, {
    send: octets => said.push(toHex(octets)),
    ready: () => {
      isReady = true
    },
    message: octets => messages.push(toHex(octets)),
    subscription: (topic, isOn) => topics.push(`${isOn ? '+' : '-'}${toHex(topic)}`),
  })
  return { peer, said, messages, topics, isReady: () => isReady }
}

const join = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap(part => [...part]))
const handshake = (type: ZmtpSocketType): Uint8Array => join(zmtpGreeting(), zmtpReady(type))

describe('ZMTP', () => {
  it('greets as the specification has it: signature, version 3.0, NULL', () => {
    expect(toHex(zmtpGreeting())).toBe(`ff00000000000000007f03004e554c4c${'00'.repeat(48)}`)
    expect(toHex(zmtpReady('PUB'))).toBe('04190552454144590b536f636b65742d5479706500000003505542')
  })

  it('is open after greeting and READY, and then hears messages, however the stream is cut', () => {
    const long = new Uint8Array(700).fill(7)
    const stream = join(
      handshake('PUB'),
      zmtpFrame(Uint8Array.of(1, 2)),
      zmtpFrame(new Uint8Array(0)),
      zmtpFrame(long),
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), step => {
        const { peer, said, messages, isReady } = peerOf('SUB')
        peer.begin()
        for (let at = 0; at < stream.length; at += step) {
          expect(peer.receive(stream.subarray(at, at + step))).toBe(undefined)
        }
        expect(isReady()).toBe(true)
        expect(said).toEqual([toHex(zmtpGreeting()), toHex(zmtpReady('SUB'))])
        expect(messages).toEqual(['0102', '', toHex(long)])
      }),
    )
  })

  it('hears subscriptions as messages of 3.0 and as commands of 3.1', () => {
    const { peer, topics } = peerOf('XPUB')
    peer.receive(handshake('SUB'))
    peer.receive(zmtpSubscription(Uint8Array.of(0x80, 20)))
    peer.receive(zmtpSubscription(Uint8Array.of(0x80, 20), false))
    peer.receive(zmtpFrame(Uint8Array.of(9, ...encodeText('SUBSCRIBE'), 5), 4))
    peer.receive(zmtpFrame(Uint8Array.of(6, ...encodeText('CANCEL'), 5), 4))
    expect(topics).toEqual(['+8014', '-8014', '+05', '-05'])
  })

  it('answers a PING, and passes over messages of several parts', () => {
    const { peer, said, messages } = peerOf('SUB')
    peer.receive(handshake('PUB'))
    peer.receive(zmtpFrame(Uint8Array.of(4, ...encodeText('PING'), 0, 100, 0xab), 4))
    expect(said.at(-1)).toBe(toHex(zmtpFrame(Uint8Array.of(4, ...encodeText('PONG'), 0xab), 4)))
    peer.receive(
      join(zmtpFrame(Uint8Array.of(1), 1), zmtpFrame(Uint8Array.of(2)), zmtpFrame(Uint8Array.of(3))),
    )
    expect(messages).toEqual(['03'])
    expect(peer.multipart).toBe(1)
  })

  const curve = zmtpGreeting()
  curve.set(encodeText('CURVE'), 12)
  const old = zmtpGreeting()
  old[10] = 1
  it.each([
    ['something else', encodeText('HTTP/1.1 400 Bad Request'), /no greeting/],
    ['an old version', old, /before 3.0/],
    ['another mechanism', curve, /CURVE; only NULL/],
    ['a socket of the wrong kind', handshake('SUB'), /type SUB/],
    ['a message before its READY', join(zmtpGreeting(), zmtpFrame(Uint8Array.of(1))), /before the handshake/],
    ['an endless frame', join(handshake('PUB'), Uint8Array.of(2, 0, 0, 1, 0, 0, 0, 0, 0)), /frame of/],
    ['flags that there are not', join(handshake('PUB'), Uint8Array.of(0x80, 0)), /flags/],
  ])('ends with %s, and says why', (_what, octets, why) => {
    const { peer } = peerOf('SUB')
    expect(peer.receive(octets)).toMatch(why)
    expect(peer.isOpen).toBe(false)
  })

  it('throws at nothing a peer can send', () => {
    const start = handshake('PUB')
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.uint8Array({ maxLength: 90 }), { maxLength: 5 }),
        (isOpen, pieces) => {
          const { peer } = peerOf('SUB', 50)
          if (isOpen) peer.receive(start)
          for (const piece of pieces) if (peer.receive(piece) !== undefined) break
        },
      ),
      { numRuns: 1000 },
    )
  })
})
