import { expect, test } from 'vitest'
import type { ContactPlan } from './configuration.ts'
import { longestOutage, readContactPlan, writeContactPlan } from './contact-plan.ts'
import { describeProblem, Problems } from './problems.ts'
import { readTree } from './yaml-tree.ts'

function plan(text: string): { plan: ContactPlan | undefined; said: string[] } {
  const problems = new Problems()
  const read = readContactPlan(readTree(text, 'plan', problems)!, problems)
  return { plan: read, said: problems.list.map(describeProblem) }
}

test('windows come in order of time, whatever order and zone they are written in', () => {
  const { plan: read, said } = plan(`
craft:
  - { from: 2030-01-01T12:00:00Z, to: 2030-01-01T12:10Z }
  - { to: 2030-01-01T12:10:00.5+02:00, from: 2030-01-01 10:00:00Z }
7: []
`)
  expect(said).toEqual([])
  expect(read!.get('craft')).toEqual([
    { from: Date.UTC(2030, 0, 1, 10), to: Date.UTC(2030, 0, 1, 10, 10, 0, 500) },
    { from: Date.UTC(2030, 0, 1, 12), to: Date.UTC(2030, 0, 1, 12, 10) },
  ])
  expect(read!.get('7')).toEqual([])
  expect(plan(writeContactPlan(read!).join('\n')).plan).toEqual(read)
})

test.each([
  ['a: 3', "plan:1:4: a: '3' stands here, and a list of at most 10000 windows is wanted"],
  ['a: [{ from: 2030-01-01T10:00Z }]', 'plan:1:5: a[0]: has no to; write a window: '],
  [
    'a: [{ from: 2030-01-01T10:00, to: 2030-01-01T11:00Z }]',
    "plan:1:13: a[0].from: '2030-01-01T10:00' stands here, and a time with its zone",
  ],
  [
    'a: [{ from: 2030-02-30T10:00Z, to: 2030-03-03T11:00Z }]',
    "plan:1:13: a[0].from: '2030-02-30T10:00Z' stands here",
  ],
  [
    'a: [{ from: 2030-01-01T25:00Z, to: 2030-03-03T11:00Z }]',
    "plan:1:13: a[0].from: '2030-01-01T25:00Z' stands here",
  ],
  ['a: [{ from: 2030-01-01T12:00Z, to: 2030-01-01T11:00Z }]', 'plan:1:5: a[0]: ends before it begins'],
  [
    'a: [{ from: 2030-01-01T10:00Z, to: 2030-01-01T11:00Z, until: x }]',
    'plan:1:55: a[0].until: is not an option: a window has from and to',
  ],
  [
    'a:\n- { from: 2030-01-01T10:00Z, to: 2030-01-01T11:00Z }\n- { from: 2030-01-01T10:59Z, to: 2030-01-01T12:00Z }',
    'plan:3:3: a[1]: begins before the window of line 2 ends',
  ],
])('%s', (text, says) => {
  const { said } = plan(text)
  expect(said).toHaveLength(1)
  expect(said[0]!.startsWith(says), said[0]).toBe(true)
})

test('the longest outage is between windows, not around them', () => {
  const windows = [
    { from: 0, to: 10 },
    { from: 30, to: 40 },
    { from: 50, to: 60 },
  ]
  expect(longestOutage(windows)).toBe(20)
  expect(longestOutage([])).toBe(0)
})
