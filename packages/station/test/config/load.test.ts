/** Configurations from the disk. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadConfiguration } from '../../src/config/load.ts'
import { describeProblem } from '../../src/config/problems.ts'
import { NOW, native } from './reading.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'skyferry-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function save(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name)
  writeFileSync(file, content)
  return file
}

test('a contact plan is found beside the configuration that names it', async () => {
  save('plan.yaml', 'craft: [{ from: 2030-01-01T13:00Z, to: 2030-01-01T14:00Z }]')
  const loading = await loadConfiguration(save('good.yaml', `${native()}contacts: plan.yaml\n`), NOW)
  expect(loading).toMatchObject({
    kind: 'configuration',
    folder,
    configuration: { contacts: { file: 'plan.yaml' } },
  })
})

test('with no file the usual configuration holds, in the present folder', async () => {
  expect(await loadConfiguration(undefined, NOW)).toMatchObject({
    kind: 'configuration',
    warnings: [],
    folder: process.cwd(),
  })
})

test.each([
  ['nothing', path.join(folder, 'gone.yaml'), 'cannot be read: there is no such file'],
  ['a folder', folder, 'is not a file'],
  ['something that is not text', save('binary.yaml', Uint8Array.of(0xff, 0xfe, 0)), 'is not text in UTF-8'],
  ['a very long file', save('long.yaml', new Uint8Array(5 * 2 ** 20)), 'is far longer than a configuration'],
])('%s is refused in one sentence', async (_what, file, says) => {
  const loading = await loadConfiguration(file, NOW)
  expect(loading.kind === 'refused' && loading.problems.map(describeProblem)).toEqual([
    `${file}:1:1: ${says}`,
  ])
})

test('a mistake in the contact plan has the place it has there', async () => {
  mkdirSync(path.join(folder, 'plans'))
  save('plans/bad.yaml', 'craft:\n  - { from: now, to: 2030-01-01T14:00Z }')
  const loading = await loadConfiguration(save('bad.yaml', `${native()}contacts: plans/bad.yaml\n`), NOW)
  expect(loading.kind === 'refused' && loading.problems.map(describeProblem)).toEqual([
    "plans/bad.yaml:2:13: craft[0].from: 'now' stands here, and a time with its zone (2030-01-01T10:00:00Z) is wanted",
  ])
})
