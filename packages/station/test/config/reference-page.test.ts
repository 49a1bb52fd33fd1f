/** docs/operating/configuration.md says what the parser does; run with -u to write it anew. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { configurationPage } from '../../src/config/reference-page.ts'

const PAGE = join(
  fileURLToPath(new URL('../../../..', import.meta.url)),
  'docs',
  'operating',
  'configuration.md',
)

test('the page of the configuration is made from the tables of the parser', async () => {
  await expect(configurationPage()).toMatchFileSnapshot(PAGE)
})

const examples = [...readFileSync(PAGE, 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(match => match[1]!)

test.each(examples)('an example of the page can be used: %#', example => {
  // An example that shows one section borrows the others.
  const service =
    'services: [{ class: cfdp, localEntities: [{ id: 11 }], remoteEntities: [{ id: 5, name: craft }] }]\n'
  const text = example.includes('services:') || !example.includes('links:') ? example : example + service
  const reading = readConfiguration(text, { file: 'page', readFile: () => ({ wrong: 'x' }), now: 0 })
  expect(reading).toMatchObject({ kind: 'configuration', warnings: [] })
})
