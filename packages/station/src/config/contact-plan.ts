/** Contact plans: when each remote entity can be reached. */

import { asMap } from './composite-types.ts'
import type { ContactPlan, ContactWindow } from './configuration.ts'
import type { Problems } from './problems.ts'
import { refuseType, yamlText } from './value-types.ts'
import type { Tree } from './yaml-tree.ts'

const PLAN_WORDS = 'a map from remote entities to lists of windows'
const WINDOW_WORDS = 'a window: { from: 2030-01-01T10:00:00Z, to: 2030-01-01T10:12:00Z }'
const WINDOWS_MAX = 10_000

/** Reads a plan; windows come out in order of time, those that overlap are reported. */
export function readContactPlan(tree: Tree, problems: Problems): ContactPlan | undefined {
  const map = asMap(tree, PLAN_WORDS, problems)
  if (map === undefined) return undefined
  const plan = new Map<string, readonly ContactWindow[]>()
  for (const [name, { value }] of map.entries) {
    const isEmpty = value.kind === 'scalar' && value.value === null
    if (value.kind === 'list' && value.items.length <= WINDOWS_MAX) {
      plan.set(name, readWindows(value.items, problems))
    } else if (isEmpty) {
      plan.set(name, [])
    } else {
      refuseType(value, `a list of at most ${WINDOWS_MAX} windows`, problems)
    }
  }
  return plan
}

function readWindows(items: readonly Tree[], problems: Problems): ContactWindow[] {
  const read = items.flatMap(tree => {
    const window = readWindow(tree, problems)
    return window === undefined ? [] : [{ tree, window }]
  })
  read.sort((one, other) => one.window.from - other.window.from)
  for (const [index, { tree, window }] of read.entries()) {
    const before = read[index - 1]
    if (before !== undefined && window.from < before.window.to) {
      const text = `begins before the window of line ${before.tree.place.line} ends`
      problems.error('config-bad-value', tree.place, tree.path, text)
    }
  }
  return read.map(each => each.window)
}

function readWindow(tree: Tree, problems: Problems): ContactWindow | undefined {
  if (tree.kind !== 'map') return refuseType(tree, WINDOW_WORDS, problems)
  for (const [name, { place, value }] of tree.entries) {
    if (name !== 'from' && name !== 'to') {
      problems.error('config-unknown-option', place, value.path, 'is not an option: a window has from and to')
    }
  }
  const from = readTime('from')
  const to = readTime('to')
  if (from === undefined || to === undefined) return undefined
  if (from < to) return { from, to }
  problems.error('config-bad-value', tree.place, tree.path, 'ends before it begins')
  return undefined

  function readTime(name: 'from' | 'to'): number | undefined {
    const map = tree as Extract<Tree, { kind: 'map' }>
    const value = map.entries.get(name)?.value
    if (value === undefined) {
      problems.error('config-missing', map.place, map.path, `has no ${name}; write ${WINDOW_WORDS}`)
      return undefined
    }
    const time = value.kind === 'scalar' ? parseTime(value.text) : undefined
    return time ?? refuseType(value, 'a time with its zone (2030-01-01T10:00:00Z)', problems)
  }
}

/** ISO 8601 with a zone, because a plan that means local time fails once a year. Milliseconds since 1970. */
function parseTime(text: string): number | undefined {
  const match =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? undefined
  if (match === undefined) return undefined
  const [, date, clock, seconds = ':00', fraction = '', zone] = match
  const time = Date.parse(`${date}T${clock}${seconds}${fraction}${zone}`)
  if (Number.isNaN(time)) return undefined
  // The 31st of a month that has 30 days becomes another day: that is not what was written.
  const day = new Date(Date.parse(`${date}T00:00:00Z`))
  return day.toISOString().startsWith(date!) ? time : undefined
}

export function writeContactPlan(plan: ContactPlan): string[] {
  return [...plan].flatMap(([name, windows]) => {
    if (windows.length === 0) return [`${yamlText(name)}: []`]
    return [
      `${yamlText(name)}:`,
      ...windows.map(({ from, to }) => `  - { from: ${isoTime(from)}, to: ${isoTime(to)} }`),
    ]
  })
}

export function isoTime(time: number): string {
  return new Date(time).toISOString()
}

/** The longest stretch between two windows, milliseconds; 0 when there is none. */
export function longestOutage(windows: readonly ContactWindow[]): number {
  let longest = 0
  for (let index = 1; index < windows.length; index++) {
    longest = Math.max(longest, windows[index]!.from - windows[index - 1]!.to)
  }
  return longest
}
