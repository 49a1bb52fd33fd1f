import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeProblem, type Loading, loadConfiguration, type Problem } from '@skyferry/station'
import { afterAll, expect, test } from 'vitest'
import { jsonOutput } from '../output/json.ts'
import { textOutput } from '../output/text.ts'
import { Exit } from '../usage.ts'
import { tellLoading } from './check.ts'

class Memory {
  text = ''
  write(text: string): void {
    this.text += text
  }
}

const folder = mkdtempSync(join(tmpdir(), 'skyferry-check-'))
afterAll(() => rmSync(folder, { recursive: true }))

function loading(text: string): Promise<Loading> {
  const file = join(folder, 'sky.yaml')
  writeFileSync(file, text)
  return loadConfiguration(file, 0)
}

/** As if the folder were the present one. */
const describe = (problem: Problem): string => describeProblem(problem).replace(`${folder}/`, '')

async function told(text: string): Promise<{ exit: Exit; out: string; err: string }> {
  const [out, err] = [new Memory(), new Memory()]
  const view = {
    show: () => {},
    say: (line: string) => err.write(`${line}\n`),
    done: () => {},
    close: () => {},
  }
  const exit = tellLoading('sky.yaml', await loading(text), describe, textOutput(out, view))
  return { exit, out: out.text, err: err.text }
}

async function lines(text: string): Promise<Record<string, unknown>[]> {
  const out = new Memory()
  tellLoading('sky.yaml', await loading(text), describe, jsonOutput(out, new Memory()))
  return out.text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
}

const UNWISE = 'services: []\n'
const WRONG = 'links: [{ name: a, typ: udp }]\nservices: []\n'

test('a good configuration is said to be good', async () => {
  expect(await told('')).toEqual({ exit: Exit.Done, out: 'sky.yaml is good\n', err: '' })
})

test('an unwise one can be used', async () => {
  const { exit, out, err } = await told(UNWISE)
  expect(exit).toBe(Exit.Done)
  expect(out).toBe(
    'warning: sky.yaml:1:11: services: there is no service, so nothing is transferred\nsky.yaml: 0 errors, 1 warning\n',
  )
  expect(err).toBe('')
})

test('a wrong one is wrong usage, and every reason goes to stderr', async () => {
  const { exit, out, err } = await told(WRONG)
  expect(exit).toBe(Exit.Usage)
  expect(err).toMatch(/error: sky\.yaml:1:20: links\[0\]\.typ: is not an option: did you mean 'type'\?\n/)
  expect(err.split('error:')).toHaveLength(3)
  expect(out).toBe('sky.yaml: 2 errors, 0 warnings\n')
})

test('as JSON, each problem is a line with its place, and the last line is the result', async () => {
  expect(await lines(UNWISE)).toMatchObject([
    {
      type: 'warning',
      code: 'no-service',
      file: join(folder, 'sky.yaml'),
      line: 1,
      column: 11,
      option: 'services',
    },
    { type: 'result', state: 'completed', reason: null, file: 'sky.yaml', errors: 0, warnings: 1 },
  ])
  const wrong = await lines(WRONG)
  expect(wrong.map(each => each.type)).toEqual(['error', 'error', 'result'])
  expect(wrong[1]).toMatchObject({
    code: 'config-unknown-option',
    line: 1,
    column: 20,
    option: 'links[0].typ',
  })
  expect(wrong[2]).toMatchObject({ state: 'failed', reason: '2 errors, 0 warnings', errors: 2 })
  for (const line of wrong) expect(line.time).toEqual(expect.any(String))
})

test('a problem without an option names the file alone', () => {
  const problem: Problem = {
    severity: 'error',
    code: 'config-syntax',
    place: { file: 'a.yaml', line: 3, column: 1 },
    option: '',
    text: 'is no YAML',
  }
  expect(describeProblem(problem)).toBe('a.yaml:3:1: is no YAML')
})
