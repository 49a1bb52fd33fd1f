import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KissDeframer, kissFrameOctetsMax, writeKissFrame } from './kiss.ts'

const framed = (octets: Uint8Array): Uint8Array => {
  const target = new Uint8Array(kissFrameOctetsMax(octets.length))
  return target.subarray(0, writeKissFrame(octets, target))
}
const framesOf = (deframer: KissDeframer, ...pieces: readonly Uint8Array[]): number[][] => {
  const frames: number[][] = []
  for (const piece of pieces) deframer.push(piece, frame => frames.push([...frame]))
  return frames
}
const bytes = (...octets: number[]): Uint8Array => Uint8Array.from(octets)

describe('KISS', () => {
  it('escapes the delimiter and the escape itself', () => {
    expect([...framed(bytes(1, 0xc0, 2, 0xdb, 3))]).toEqual([0xc0, 0, 1, 0xdb, 0xdc, 2, 0xdb, 0xdd, 3, 0xc0])
  })

  it('gives back any frames, however the stream is cut', () => {
    const frame = fc.uint8Array({ minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), (frames, step) => {
        const stream = frames.flatMap(each => [...framed(each)])
        const pieces: Uint8Array[] = []
        for (let at = 0; at < stream.length; at += step) pieces.push(bytes(...stream.slice(at, at + step)))
        expect(framesOf(new KissDeframer(60), ...pieces)).toEqual(frames.map(each => [...each]))
      }),
    )
  })

  it('takes frames that share a delimiter, and empty ones for nothing', () => {
    const deframer = new KissDeframer(8)
    expect(framesOf(deframer, bytes(0xc0, 0xc0, 0, 1, 0xc0, 0, 2, 0xc0, 0xc0, 0, 0xc0))).toEqual([[1], [2]])
  })

  it('passes over noise, a bad escape and what is too long, and counts them', () => {
    const deframer = new KissDeframer(3)
    const noisy = bytes(9, 9, 0xc0, 0, 1, 0xdb, 7, 8, 0xc0, 0, 1, 2, 3, 4, 0xc0, 0, 5, 0xdb, 0xc0, 0, 6, 0xc0)
    expect(framesOf(deframer, noisy)).toEqual([[6]])
    expect(deframer.counters).toEqual({ frames: 1, badEscapes: 2, tooLong: 1 })
  })
})
