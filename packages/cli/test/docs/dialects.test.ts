/** docs/operating/dialects.md has a row for every dialect, and for none that there is not. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DIALECTS, REMOTE_DEFAULTS, type RemoteSettings, withDialect } from '@skyferry/cfdp'
import { expect, test } from 'vitest'

const page = readFileSync(
  fileURLToPath(new URL('../../../../docs/operating/dialects.md', import.meta.url)),
  'utf8',
)
const rows = [...page.matchAll(/^\| `([a-z0-9-]+)` \|(.*)$/gm)].map(([, name, rest]) => ({
  name,
  rest: rest!,
}))

test('every dialect has one row', () => {
  expect(rows.map(({ name }) => name)).toEqual(DIALECTS)
})

/** The settings in which a dialect differs from the standard. */
function changed(dialect: (typeof DIALECTS)[number]): string[] {
  const standard = REMOTE_DEFAULTS.patient
  const settings = withDialect(standard, dialect)
  const names = Object.keys(settings) as (keyof Omit<RemoteSettings<never>, 'id' | 'address'>)[]
  return names.filter(name => settings[name] !== standard[name] && name !== 'pace' && name !== 'limits')
}

test.each(DIALECTS)('the row of %s names the settings that it changes', dialect => {
  const row = rows.find(({ name }) => name === dialect)!.rest
  const settings = [...row.matchAll(/`([A-Za-z0-9]+)/g)].map(match => match[1]!)
  expect(new Set(settings.filter(name => name in REMOTE_DEFAULTS.patient))).toEqual(new Set(changed(dialect)))
})

test('every habit that is a setting is explained', () => {
  for (const dialect of DIALECTS) for (const name of changed(dialect)) expect(page).toContain(`- \`${name}\``)
})
