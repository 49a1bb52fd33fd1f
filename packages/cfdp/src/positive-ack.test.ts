import { describe, expect, it } from 'vitest'
import { ConditionCode } from './pdu/model.ts'
import { isAckLimitReached, OwedAck } from './positive-ack.ts'

describe('a positive acknowledgement', () => {
  it.each([
    [1, 0, true],
    [3, 3, false],
    [4, 3, true],
    [1_000_000, -1, false],
  ])('sent %i times with a limit of %i repetitions', (sent, limit, isReached) => {
    expect(isAckLimitReached(sent, limit)).toBe(isReached)
  })

  it('is owed once, though its condition is No error', () => {
    const ack = new OwedAck()
    expect([ack.isOwed, ack.after, ack.take()]).toEqual([false, 0, undefined])
    ack.owe(ConditionCode.NoError, 7)
    expect([ack.isOwed, ack.after]).toEqual([true, 7])
    expect(ack.take()).toBe(ConditionCode.NoError)
    expect([ack.isOwed, ack.after, ack.take()]).toEqual([false, 0, undefined])
  })

  it('gives way to a later one', () => {
    const ack = new OwedAck()
    ack.owe(ConditionCode.NoError, 7)
    ack.owe(ConditionCode.CancelRequestReceived, 9)
    expect([ack.after, ack.take()]).toEqual([9, ConditionCode.CancelRequestReceived])
    expect(ack.isOwed).toBe(false)
  })
})
