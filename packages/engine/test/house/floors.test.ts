// biome-ignore-all lint/suspicious/noTemplateCurlyInString: made-up sources hold templates of their own
import { describe, expect, test } from 'vitest'
import { FLOORS, type Manifest, manifestViolations, type Source, violations } from './floors.ts'
import { manifestOf, rooms, sourcesOf, texts } from './house.ts'
import { codeOnly, importsOf } from './source-text.ts'

const source = (room: string, text: string, path = 'a.ts'): Source => ({ room, path, text })

describe('the house', () => {
  test('every package has a floor', () => {
    expect(rooms().filter(({ room }) => FLOORS[room] === undefined)).toEqual([])
    expect(rooms().length).toBeGreaterThan(5)
  })

  for (const { room, folder } of rooms()) {
    test(`${room} keeps to its floor`, () => {
      const sources = sourcesOf(room, folder)
      expect(sources.length).toBeGreaterThan(0)
      expect(sources.flatMap(violations)).toEqual([])
      expect(manifestViolations(manifestOf(room, folder), sources)).toEqual([])
    })
  }

  test('nothing names the host of a package registry', () => {
    // Put together here, so that this file does not name them either.
    const hosts = [
      ['npmjs', 'org'],
      ['npmjs', 'com'],
      ['yarnpkg', 'com'],
      ['pypi', 'org'],
      ['pythonhosted', 'org'],
      ['crates', 'io'],
      ['debian', 'org'],
      ['golang', 'org'],
      ['maven', 'org'],
    ].map(parts => parts.join('.'))
    const named: string[] = []
    for (const [path, text] of texts()) {
      for (const host of hosts) if (text.includes(host)) named.push(`${path} names ${host}`)
    }
    expect(named).toEqual([])
  })
})

describe('the checker lets pass', () => {
  const allowed: [what: string, source: Source][] = [
    [
      'imports from below',
      source('cfdp', "import { Reader } from '@skyferry/octets'\nimport { drive } from '@skyferry/engine'"),
    ],
    [
      'files of the same package',
      source('cfdp', "export { decode } from '../pdu/decode.ts'", 'receiver/a.ts'),
    ],
    [
      'the host above the pure floors',
      source('link', "import dgram from 'node:dgram'\nsetTimeout(() => console.log(Date.now()), 1)"),
    ],
    [
      'words in comments and strings',
      source('octets', "// Date.now() and setTimeout\n/* process.exit */ export const text = 'console.log'"),
    ],
    [
      'a window of our own',
      source('cfdp', 'export function size(window: Window): number { return window.size }'),
    ],
    ['a private field called window', source('cfdp', 'this.#window.shrink(); this.window.shrink()')],
    [
      'ArrayBuffer and a property named process',
      source('engine', 'new ArrayBuffer(8); machine.process.step()'),
    ],
    ['a string that looks like an import', source('octets', "run('--import', PATH, '--from')")],
    [
      'the program that runs worlds',
      source('worlds', "import { argv } from 'node:process'\nconsole.log(Date.now())", 'run/main.ts'),
    ],
  ]
  test.each(allowed)('%s', (_what, made) => {
    expect(violations(made)).toEqual([])
  })
})

describe('the checker finds', () => {
  const forbidden: [what: string, source: Source, says: RegExp][] = [
    [
      'an import from above',
      source('engine', "import { World } from '@skyferry/sim'"),
      /imports sim \(floor 2\) from floor 1/,
    ],
    ['an import sideways', source('cfdp', "import { Node } from '@skyferry/csp'"), /imports csp \(floor 2\)/],
    ['worlds from link, next to it', source('link', "export * from '@skyferry/worlds'"), /imports worlds/],
    [
      'a type-only import from above',
      source('octets', "import type { Millis } from '@skyferry/engine'"),
      /imports engine/,
    ],
    [
      'a package without a floor',
      source('station', "import '@skyferry/attic'"),
      /imports attic \(floor unknown\)/,
    ],
    [
      'a deep path',
      source('cli', "import { decode } from '@skyferry/cfdp/src/pdu/decode.ts'"),
      /past the door of cfdp/,
    ],
    [
      'a path out of the package',
      source('cfdp', "import { crc } from '../../octets/src/crc.ts'"),
      /reaches out/,
    ],
    [
      'a dynamic import from above',
      source('octets', "const x = await import('@skyferry/cfdp')"),
      /imports cfdp/,
    ],
    ['a package that imports itself', source('cfdp', "import { entity } from '@skyferry/cfdp'"), /itself/],
    ['a module of Node', source('octets', "import { crc32 } from 'node:zlib'"), /imports node:zlib/],
    [
      'a module of Node under its old name',
      source('octets', "import { crc32 } from 'zlib'"),
      /imports the package zlib/,
    ],
    [
      'a foreign package on a pure floor',
      source('cfdp', "import fc from 'fast-check'"),
      /imports the package fast-check/,
    ],
    [
      'an import over several lines',
      source('engine', "import {\n  World,\n} from '@skyferry/sim'"),
      /imports sim/,
    ],
    ['the wall clock', source('sim', 'const now = Date.now()'), /uses Date.now/],
    ['a date', source('worlds', 'const now = new Date()'), /uses new Date/],
    ['unseeded chance', source('sim', 'if (Math.random() < 0.5) lose()'), /uses Math.random/],
    ['a timer', source('cfdp', 'setTimeout(resend, 100)'), /uses a timer/],
    ['a microtask', source('engine', 'queueMicrotask(settle)'), /uses a timer/],
    ['the process', source('cfdp', "if (process.env['DEBUG']) log()"), /uses process/],
    ['a Buffer', source('octets', 'Buffer.alloc(4)'), /uses Buffer/],
    ['the console', source('cfdp', "console.log('here')"), /uses console/],
    ['the performance clock', source('sim', 'performance.now()'), /uses performance/],
    ['the browser', source('engine', 'window.alert(document.title)'), /uses document/],
    ['code inside a template', source('sim', 'const text = `at ${Date.now()} ms`'), /uses Date.now/],
    ['code after a quote in a comment', source('sim', "// it's early\nDate.now()"), /uses Date.now/],
    [
      'code after a regular expression with a quote',
      source('sim', "text.replace(/'/g, '') ; Date.now()"),
      /uses Date.now/,
    ],
  ]
  test.each(forbidden)('%s', (_what, made, says) => {
    expect(violations(made).join('\n')).toMatch(says)
  })

  const manifest = (room: string, parts: Partial<Manifest>): Manifest => ({
    room,
    dependencies: [],
    compiler: {},
    ...parts,
  })
  test('an import that package.json does not declare', () => {
    const undeclared = source(
      'cli',
      "import { Command } from 'commander'\nimport { drive } from '@skyferry/engine'",
    )
    expect(manifestViolations(manifest('cli', { dependencies: ['commander'] }), [undeclared])).toEqual([
      'cli: imports @skyferry/engine (a.ts), which its package.json does not declare',
    ])
  })
  test('a declared sibling that is not below, or a run-time dependency on a pure floor', () => {
    expect(manifestViolations(manifest('cfdp', { dependencies: ['@skyferry/sim'] }), [])).toHaveLength(1)
    expect(manifestViolations(manifest('cfdp', { dependencies: ['lodash'] }), [])).toHaveLength(1)
    expect(manifestViolations(manifest('link', { dependencies: ['zeromq', '@skyferry/sim'] }), [])).toEqual(
      [],
    )
  })
  test('compile settings that let the host in', () => {
    expect(manifestViolations(manifest('sim', { compiler: { types: ['node'] } }), [])).toHaveLength(1)
    expect(manifestViolations(manifest('octets', { compiler: { lib: ['DOM'] } }), [])).toHaveLength(1)
    expect(manifestViolations(manifest('link', { compiler: { types: ['node'] } }), [])).toEqual([])
  })
})

test('reading a source keeps its lines and its code, whatever quotes, templates and slashes it holds', () => {
  const text = "const a = `x ${f(`y ${1 / 2} z`, { b: '}' })} '`; // tail\nconst r = /[/'`]/; g('`', \"//\")"
  const code = codeOnly(text)
  expect(code.split('\n').map(line => line.length)).toEqual(text.split('\n').map(line => line.length))
  expect(code.replace(/\s+/g, ' ')).toBe(
    `const a = \` \${f(\` \${1 / 2} \`, { b: ' ' })} \`; const r = ; g(' ', " ")`,
  )
  expect(
    importsOf("import a from 'x'; export * from \"y\"; import('z'); require('w'); import 'v'").sort(),
  ).toEqual(['v', 'w', 'x', 'y', 'z'])
})
