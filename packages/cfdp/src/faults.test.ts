import { describe, expect, it } from 'vitest'
import { faultHandler, isComplete } from './faults.ts'
import { ConditionCode, FaultHandler } from './pdu/model.ts'

const { FileChecksumFailure, FilestoreRejection, NakLimitReached, NoError } = ConditionCode

describe('a fault handler', () => {
  it('is cancel when nobody says otherwise', () => {
    expect(faultHandler(NakLimitReached, [], {})).toBe('cancel')
  })

  it('is the setting for that condition and no other', () => {
    const settings = { [NakLimitReached]: 'suspend' } as const
    expect(faultHandler(NakLimitReached, [], settings)).toBe('suspend')
    expect(faultHandler(FileChecksumFailure, [], settings)).toBe('cancel')
  })

  it.each([
    [FaultHandler.Cancel, 'cancel'],
    [FaultHandler.Suspend, 'suspend'],
    [FaultHandler.Ignore, 'ignore'],
    [FaultHandler.Abandon, 'abandon'],
  ] as const)('of the transaction itself (%i) outweighs the setting', (handler, name) => {
    const overrides = [{ condition: NakLimitReached, handler }]
    const other = name === 'abandon' ? 'suspend' : 'abandon'
    expect(faultHandler(NakLimitReached, overrides, { [NakLimitReached]: other })).toBe(name)
    expect(faultHandler(FileChecksumFailure, overrides, { [FileChecksumFailure]: other })).toBe(other)
  })

  it('never ignores a filestore that rejects', () => {
    const overrides = [{ condition: FilestoreRejection, handler: FaultHandler.Ignore }]
    expect(faultHandler(FilestoreRejection, overrides, {})).toBe('cancel')
    expect(faultHandler(FilestoreRejection, [], { [FilestoreRejection]: 'ignore' })).toBe('cancel')
    expect(faultHandler(FilestoreRejection, [], { [FilestoreRejection]: 'suspend' })).toBe('suspend')
  })
})

it('a file is whole without error, or where its checksum could not be computed', () => {
  const whole = Object.values(ConditionCode).filter(isComplete)
  expect(whole).toEqual([NoError, ConditionCode.UnsupportedChecksumType])
})
