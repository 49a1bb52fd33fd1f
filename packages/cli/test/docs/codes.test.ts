/** docs/operating/codes.md lists every code that an operator may meet, and none that nobody says. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { API_ERROR_CODES } from '@skyferry/api'
import { CDP_FAULTS } from '@skyferry/cdp'
import { CFDP_FAULTS } from '@skyferry/cfdp'
import { CSP_DROPS, CSP_FAULTS, CSP_REFUSALS } from '@skyferry/csp'
import { LINK_ERROR_CODES } from '@skyferry/link'
import { PACKET_DROPS } from '@skyferry/octets'
import {
  CONFIG_ERROR_CODES,
  CONFIG_WARNING_CODES,
  PLAN_ERROR_CODES,
  STATION_EVENT_CODES,
  STORE_ERROR_CODES,
} from '@skyferry/station'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))

/** Every code the page sets in code type in the first cell of a row or in a sentence; a cell may name several. */
function listed(): Set<string> {
  const page = readFileSync(join(ROOT, 'docs', 'operating', 'codes.md'), 'utf8')
  const rows = every(page, /^\| `([^`]+)`/gm)
  const sentences = page.split('\n').filter(line => !line.startsWith('|'))
  return new Set(
    [...rows, ...every(sentences.join('\n'), /`([^`]+)`/g)].flatMap(each => each.split(/[^a-z0-9-]+/)),
  )
}

function sources(room: string): string {
  const folder = join(ROOT, 'packages', room, 'src')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map(path => readFileSync(join(folder, path), 'utf8'))
    .join('\n')
}

const every = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(match => match[1]!)

/** Codes as the sources write them, by where they come from. */
function said(): Record<string, string[]> {
  const cli = sources('cli')
  const engine = sources('cfdp')
  const station = sources('station')
  return {
    events: [...every(cli, /\bcode: '([a-z-]+)'/g), ...every(cli, /\bevent\(\s*'([a-z-]+)'/g)],
    // `link emulate` says what it was told: its event carries the verb.
    orders: every(cli, /case '(up|down)':/g),
    errors: [...every(cli, /CommandError\(\s*'([a-z-]+)'/g), ...every(cli, /super\(\s*'([a-z-]+)'/g)],
    notices: [
      ...every(engine, /: PaceNotice = \{\s*code: '([a-z-]+)'/g),
      ...every(engine, /kind: 'notice', code: '([a-z-]+)'/g),
    ],
    drops: every(engine, /#drop\(\s*'([a-z-]+)'/g),
    host: [
      ...every(station, /\bnotice(?:\?\.)?\(\s*'([a-z-]+)'/g),
      ...every(station, /\bnotice\?\.\(\{ code: '([a-z-]+)'/g),
    ],
    station: [...STATION_EVENT_CODES],
    plan: [...PLAN_ERROR_CODES],
    api: [...API_ERROR_CODES],
    configuration: [...CONFIG_ERROR_CODES, ...CONFIG_WARNING_CODES],
    csp: [CSP_FAULTS, CSP_DROPS, CSP_REFUSALS].flatMap(codes => Object.keys(codes)),
    faults: [...Object.keys(CFDP_FAULTS), ...Object.keys(CDP_FAULTS)],
    packets: [...PACKET_DROPS],
    streams: every(station, /\['(link-[a-z]+)', /g),
    link: [...LINK_ERROR_CODES],
    store: STORE_ERROR_CODES.flatMap(code => [`store-${code}`, `state-${code}`]),
  }
}

for (const [origin, codes] of Object.entries(said())) {
  test(`the page of codes lists the ${origin} that the sources have`, () => {
    expect(codes.length).toBeGreaterThan(0)
    const page = listed()
    expect(codes.filter(code => !page.has(code))).toEqual([])
  })
}

test('no row of the page of codes is about a code that no source says', () => {
  const known = new Set(Object.values(said()).flat())
  const page = readFileSync(join(ROOT, 'docs', 'operating', 'codes.md'), 'utf8')
  const rows = every(page, /^\| `([^`]+)`/gm).flatMap(each => each.split(/[^a-z0-9-]+/))
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.filter(code => !known.has(code))).toEqual([])
})
