/** The tables that say which test stands for which pitfall and which row of a peer: every word of them is checked. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const PACKAGES = fileURLToPath(new URL('../../..', import.meta.url))
const HERE = `${PACKAGES}cfdp/test/pitfalls/`
const PEERS = `${PACKAGES}cfdp/test/peers/`

/** The cells of each row of a page's tables, without heads and rules. */
function rowsOf(page: string): string[][] {
  const lines = readFileSync(page, 'utf8').split('\n')
  const rows = lines.filter(line => line.startsWith('| ') && !line.startsWith('| ---'))
  return rows.map(line => line.split(' | ').map(cell => cell.replace(/^\| |\s*\|$/g, '').trim()))
}

/** @returns what is wrong with naming this test */
function misnamed(file: string, title: string): string | undefined {
  const path = `${PACKAGES}${file}`
  if (!existsSync(path)) return `there is no ${file}`
  const text = readFileSync(path, 'utf8').replaceAll("\\'", "'")
  return text.includes(title) ? undefined : `${file} has no test '${title}'`
}

describe('the table of pitfalls', () => {
  const rows = rowsOf(`${HERE}README.md`).filter(([number]) => /^\d+$/.test(number!))

  it('has the 55 of them, once each or more', () => {
    const numbers = new Set(rows.map(([number]) => Number(number)))
    expect([...numbers]).toEqual(Array.from({ length: 55 }, (_, index) => index + 1))
  })

  it.each(rows)('%s %s: the test is there', (_number, _mistake, file, title) => {
    expect(misnamed(file!, title!)).toBeUndefined()
  })
})

describe('the table of peers', () => {
  const rows = rowsOf(`${PEERS}README.md`).filter(([section]) => /^14\.\d+$/.test(section!))

  it('has every peer, and every file of this room', () => {
    const sections = new Set(rows.map(([section]) => section))
    expect([...sections]).toEqual(Array.from({ length: 10 }, (_, index) => `14.${index + 2}`))
    const named = new Set(rows.map(([, , file]) => file))
    for (const file of readdirSync(PEERS).filter(name => name.endsWith('.test.ts'))) {
      expect(named).toContain(`cfdp/test/peers/${file}`)
    }
  })

  it.each(rows)('%s %s: the test is there, or a reason', (_section, _row, file, title) => {
    if (file === '—') expect(title!.length).toBeGreaterThan(10)
    else expect(misnamed(file!, title!)).toBeUndefined()
  })
})
