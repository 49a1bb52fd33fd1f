import type { Millis } from '@skyferry/engine'
import { expect, it } from 'vitest'
import { UsageError } from '../usage.ts'
import { linkRequests, parseContacts } from './contacts.ts'

it('a plan is a window a line, in UTC unless it says otherwise', () => {
  const plan = `
# LEO, morning
2026-11-24T18:00:00Z  2026-11-24T18:09:30.5Z   # low
2026-11-24T19:30 2026-11-24T21:00+01:00
`
  expect(parseContacts(plan)).toEqual([
    { from: Date.UTC(2026, 10, 24, 18), to: Date.UTC(2026, 10, 24, 18, 9, 30, 500) },
    { from: Date.UTC(2026, 10, 24, 19, 30), to: Date.UTC(2026, 10, 24, 20) },
  ])
  expect(parseContacts('')).toEqual([])
})

it.each([
  ['2026-11-24T18:00:00Z', 'line 1'],
  ['\n2026-11-24T18:00:00Z tomorrow', 'line 2'],
  ['2026-11-24T18:00Z 2026-11-24T18:00Z', 'ends before it begins'],
  ['2026-13-24T18:00Z 2026-11-24T18:00Z', 'line 1'],
  ['2026-11-24T18:00Z 2026-11-24T19:00Z x', 'line 1'],
])('what is no plan names its line: %j', (text, words) => {
  expect(() => parseContacts(text)).toThrow(UsageError)
  expect(() => parseContacts(text)).toThrow(words)
})

it('the engine gets what is ahead, on its own clock, for each remote entity', () => {
  const contacts = [
    { from: 1000, to: 2000 },
    { from: 4000, to: 6000 },
    { from: 9000, to: 10_000 },
  ]
  const windows = [
    { from: 49_000, to: 51_000 },
    { from: 54_000, to: 55_000 },
  ]
  expect(linkRequests(contacts, [5n, 7n], 5000, 50_000 as Millis)).toEqual([
    { kind: 'contacts', remote: 5n, windows },
    { kind: 'contacts', remote: 7n, windows },
  ])
  const many = Array.from({ length: 1025 }, (_, at) => ({ from: at * 10, to: at * 10 + 5 }))
  expect(() => linkRequests(many, [5n], 0, 0 as Millis)).toThrow(UsageError)
})
