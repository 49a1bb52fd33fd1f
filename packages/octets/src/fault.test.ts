import { expect, test } from 'vitest'
import { isFault } from './fault.ts'

test('a fault is told from everything a decoder may answer instead', () => {
  expect(isFault({ kind: 'fault', code: 'truncated', offset: 3 })).toBe(true)
  for (const other of [{ kind: 'eof' }, {}, new Uint8Array(4), undefined, null, 0, 'fault']) {
    expect(isFault(other)).toBe(false)
  }
})
