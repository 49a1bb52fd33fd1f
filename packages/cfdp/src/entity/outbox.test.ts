import { describe, expect, it } from 'vitest'
import type { Indication } from '../indications.ts'
import type { CfdpRecord } from '../records.ts'
import { Outbox } from './outbox.ts'

const record = (upTo: number): CfdpRecord => ({ transaction: '1:1', role: 'sender', kind: 'sent', upTo })
const said = (text: string): Indication => ({ kind: 'notice', code: 'x', text }) as Indication

describe('the outbox', () => {
  it('hands out records in order and numbers them', () => {
    const outbox = new Outbox<string>()
    expect([outbox.keep(record(1)), outbox.keep(record(2))]).toEqual([1, 2])
    expect([outbox.record(), outbox.record(), outbox.record()]).toEqual([record(1), record(2), undefined])
    expect(outbox.isStored(1)).toBe(false)
  })

  it('keeps indications in order: one that waits for the store holds up those after it', () => {
    const outbox = new Outbox<string>()
    outbox.indicate(said('first'), outbox.keep(record(1)))
    outbox.indicate(said('second'), 0)
    expect(outbox.indication()).toBeUndefined()
    outbox.stored(1)
    expect([outbox.indication(), outbox.indication()]).toEqual([said('first'), said('second')])
  })

  it('calls on those who wait once their record is stored, and not for what is stored already', () => {
    const outbox = new Outbox<string>()
    outbox.wait('first', outbox.keep(record(1)))
    outbox.wait('second', outbox.keep(record(2)))
    expect(outbox.settled()).toBeUndefined()
    expect(outbox.stored(1)).toBe(true)
    expect(outbox.stored(1)).toBe(false)
    expect([outbox.settled(), outbox.settled()]).toEqual(['first', undefined])
    outbox.wait('late', 1)
    outbox.stored(2)
    expect([outbox.settled(), outbox.settled()]).toEqual(['second', undefined])
  })
})
