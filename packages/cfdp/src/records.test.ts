import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConditionCode } from './pdu/model.ts'
import {
  type CfdpRecord,
  type Ending,
  foldAll,
  type ReceiverRecord,
  type SenderRecord,
  transactionKey,
  transactionOf,
  unfoldReceiver,
  unfoldSender,
} from './records.ts'

const SENDER = { transaction: '1:7', role: 'sender' } as const
const RECEIVER = { transaction: '2:9', role: 'receiver' } as const
const PUT: SenderRecord = {
  ...SENDER,
  kind: 'put',
  metadata: '00',
  sourceName: 'a',
  size: 5000,
  stamp: 's',
  crc: false,
}
const OPENED: ReceiverRecord = {
  ...RECEIVER,
  kind: 'opened',
  destination: '1',
  acknowledged: true,
  largeFile: false,
  crc: false,
  entityIdLength: 1,
  sequenceLength: 1,
}

const condition = fc.constantFrom<ConditionCode>(0, 1, 4, 8, 15)
const number = fc.nat(5000)
const ending = fc.record<Ending>({
  condition,
  delivery: fc.constantFrom(0, 1),
  fileStatus: fc.constantFrom(0, 1, 2, 3),
})
const ranges = fc
  .array(fc.tuple(number, fc.integer({ min: 1, max: 900 })), { minLength: 1, maxLength: 4 })
  .map(pieces => pieces.flatMap(([from, length]) => [from, from + length]))

const senderRecord: fc.Arbitrary<SenderRecord> = fc.oneof(
  number.map(upTo => ({ ...SENDER, kind: 'sent' as const, upTo })),
  number.map(checksum => ({ ...SENDER, kind: 'eof' as const, checksum })),
  fc
    .record({ condition, progress: number, checksum: number })
    .map(body => ({ ...SENDER, kind: 'cancelled' as const, ...body })),
  condition.map(why => ({ ...SENDER, kind: 'suspended' as const, condition: why })),
  fc.constant({ ...SENDER, kind: 'resumed' as const }),
  ending.map(how => ({ ...SENDER, kind: 'told' as const, ending: how })),
  ending.map(how => ({ ...SENDER, kind: 'ended' as const, ending: how })),
)
const receiverRecord: fc.Arbitrary<ReceiverRecord> = fc.oneof(
  fc.constant({ ...RECEIVER, kind: 'metadata' as const, pdu: '0102' }),
  ranges.map(flat => ({ ...RECEIVER, kind: 'held' as const, ranges: flat })),
  fc.record({ checksum: number, size: number }).map(body => ({ ...RECEIVER, kind: 'eof' as const, ...body })),
  condition.map(why => ({ ...RECEIVER, kind: 'whole' as const, condition: why })),
  condition.map(why => ({ ...RECEIVER, kind: 'suspended' as const, condition: why })),
  fc.constant({ ...RECEIVER, kind: 'resumed' as const }),
  ending.map(how => ({ ...RECEIVER, kind: 'finish' as const, ending: how })),
  ending.map(how => ({ ...RECEIVER, kind: 'ended' as const, ending: how })),
)

/** As it can happen: nothing comes after the end, and no first pass goes on after EOF. */
function possible<Kept extends CfdpRecord>(records: readonly Kept[]): Kept[] {
  const end = records.findIndex(record => record.kind === 'ended')
  const eof = records.findIndex(record => record.kind === 'eof')
  return records
    .slice(0, end < 0 ? records.length : end + 1)
    .filter((record, index) => record.kind !== 'sent' || eof < 0 || index < eof)
}
const history = <Kept extends CfdpRecord>(record: fc.Arbitrary<Kept>): fc.Arbitrary<Kept[]> =>
  fc.array(record, { maxLength: 12 }).map(possible)

describe('records', () => {
  it('of a sender, unfolded from the facts, fold to the same facts', () => {
    fc.assert(
      fc.property(history(senderRecord), records => {
        const facts = foldAll([PUT, ...records]).senders.get('1:7')!
        const shortest = [...unfoldSender(facts)]
        expect(foldAll(shortest).senders.get('1:7')).toEqual(facts)
        expect(shortest.length).toBeLessThanOrEqual(records.length + 1)
      }),
    )
  })

  it('of a receiver do too, but for what is held once the outcome is decided', () => {
    fc.assert(
      fc.property(history(receiverRecord), records => {
        const facts = foldAll([OPENED, ...records]).receivers.get('2:9')!
        const shortest = [...unfoldReceiver(facts)]
        const again = foldAll(shortest).receivers.get('2:9')!
        const { held, ...others } = facts
        const { held: heldAgain, ...othersAgain } = again
        expect(othersAgain).toEqual(others)
        expect(heldAgain.toFlat()).toEqual(facts.finish === undefined ? held.toFlat() : [])
        expect(shortest.length).toBeLessThanOrEqual(records.length + 1)
      }),
    )
  })

  it('mean the same as JSON', () => {
    fc.assert(
      fc.property(history(receiverRecord), records => {
        const written = JSON.parse(JSON.stringify([OPENED, ...records])) as CfdpRecord[]
        const before = [...unfoldReceiver(foldAll([OPENED, ...records]).receivers.get('2:9')!)]
        expect([...unfoldReceiver(foldAll(written).receivers.get('2:9')!)]).toEqual(before)
      }),
    )
  })

  it('of what nobody opened, or was forgotten, say nothing', () => {
    const sent: SenderRecord = { ...SENDER, kind: 'sent', upTo: 10 }
    expect(foldAll([sent]).senders.size).toBe(0)
    const past = foldAll([PUT, OPENED, { ...SENDER, kind: 'forgotten' }, { ...RECEIVER, kind: 'forgotten' }])
    expect([past.senders.size, past.receivers.size]).toEqual([0, 0])
    expect(past.lastSequence.get(1n)).toBe(7n)
  })

  it('name transactions with ids wider than a number', () => {
    const key = '18446744073709551615:18446744073709551614'
    expect(transactionKey(transactionOf(key))).toBe(key)
  })
})
