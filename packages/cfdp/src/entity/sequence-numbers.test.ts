import { describe, expect, it } from 'vitest'
import type { EntityId, SequenceNumber } from '../pdu/model.ts'
import { SequenceNumbers } from './sequence-numbers.ts'

const EARTH = 1n as EntityId
const number = (value: bigint): SequenceNumber => value as SequenceNumber
const nobody = (): boolean => false

describe('sequence numbers', () => {
  it('begin where they are told, each entity for itself, and are used only when they are taken', () => {
    const numbers = new SequenceNumbers(number(5n), new Map())
    expect(numbers.next(EARTH, 2, nobody)).toBe(5n)
    expect(numbers.next(EARTH, 2, nobody)).toBe(5n)
    numbers.use(EARTH, number(5n))
    expect(numbers.next(EARTH, 2, nobody)).toBe(6n)
    expect(numbers.next(2n as EntityId, 2, nobody)).toBe(5n)
  })

  it('go on after those of an earlier life', () => {
    expect(new SequenceNumbers(number(1n), new Map([[1n, 41n]])).next(EARTH, 4, nobody)).toBe(42n)
  })

  it('go round, past transactions that are still known', () => {
    const numbers = new SequenceNumbers(number(1n), new Map([[1n, 255n]]))
    expect(numbers.next(EARTH, 1, key => key === '1:0' || key === '1:1')).toBe(2n)
    expect(numbers.next(EARTH, 2, nobody)).toBe(256n)
  })
})
