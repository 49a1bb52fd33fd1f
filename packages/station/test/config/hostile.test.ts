/** Files that nobody wrote as a configuration: one sentence, soon, and never a stack. */
import { expect, test } from 'vitest'
import { problems } from './reading.ts'

const alphabet = 'abcdefghijklm'.split('')
const bomb = alphabet
  .map((letter, index) => {
    const inside =
      index === 0
        ? '[x, x]'
        : `[${Array(9)
            .fill(`*${alphabet[index - 1]}`)
            .join(', ')}]`
    return `${letter}: &${letter} ${inside}`
  })
  .join('\n')

const CASES: readonly (readonly [what: string, text: string, says: RegExp])[] = [
  ['aliases that multiply', bomb, /^config-syntax f.yaml:1:1: says far more than a configuration can/],
  ['an alias within itself', 'a: &a\n  b: *a\n', /says far more than a configuration can/],
  ['very many aliases', `a: &a 1\nb: [${Array(5000).fill('*a').join(', ')}]`, /says far more/],
  [
    'an alias of nothing',
    'instance: *gone\n',
    /^config-syntax f.yaml:1:11: instance: there is no &gone before/,
  ],
  [
    'brackets without end',
    '['.repeat(100_000),
    /^config-syntax f.yaml:1:33: is nested deeper than 32 levels/,
  ],
  ['dashes without end', '- '.repeat(100_000), /is nested deeper than 32 levels/],
  [
    'indentation without end',
    Array.from({ length: 2000 }, (_, depth) => `${' '.repeat(depth % 900)}a:`).join('\n'),
    /^config-syntax/,
  ],
  ['far too much', 'x'.repeat(2 ** 20 + 1), /^config-syntax f.yaml:1:1: is longer than 1 MiB/],
  ['a list', '- a\n- b\n', /^config-wrong-type f.yaml:1:1: this is a list, and a map of sections/],
  ['a word', 'hello', /^config-wrong-type f.yaml:1:1: 'hello' stands here/],
  ['a tab', 'links:\n\t- a\n', /^config-syntax f.yaml:2:1: a tab indents this line; YAML wants spaces/],
  [
    'two documents',
    'instance: a\n---\ninstance: b\n',
    /^config-syntax f.yaml:2:1: a second document begins here/,
  ],
  ['a tag', 'links: !!js/function "x"\n', /^config-syntax f.yaml:1:8: a tag .* means nothing here/],
  ['a key that is a list', '? [a, b]\n: c\n', /^config-wrong-type f.yaml:1:3: a name is wanted here/],
  ['quotes without end', `instance: "${'x'.repeat(1000)}`, /^config-syntax f.yaml:1:1012: is not YAML: /],
  ['a value that goes on and on', `instance: ${'x'.repeat(5000)}`, /is longer than 2000 characters/],
  [
    'a key that goes on and on',
    `${'x'.repeat(900)}: 1`,
    /^config-unknown-option f.yaml:1:1: x{200}…: is not an option/,
  ],
  [
    'a value that moves the cursor',
    'instance: "a\\u001b[2Jb"',
    /^config-bad-value f.yaml:1:11: instance: 'a\u{fffd}\[2Jb' is no name/u,
  ],
  ['merge keys', '<<: { instance: x }\n', /^config-unknown-option f.yaml:1:1: <<: is not an option/],
]

test.each(CASES)('%s', (_what, text, says) => {
  const said = problems(text)
  expect(said).toHaveLength(1)
  expect(said[0]).toMatch(says)
  expect(said[0]).not.toMatch(/\n|\bat .*\.[jt]s/)
  expect(said[0]!.length).toBeLessThan(900)
})

test('anchors and aliases that are what they seem work', () => {
  const text = `
links: [{ name: cfdp, type: udp, listen: 127.0.0.1:1, peer: 127.0.0.1:2 }]
services:
  - { class: cfdp, name: a, localEntities: [{ id: 1 }], remoteEntities: [{ id: 2, senderFaultHandlers: &faults { NakLimitReached: suspend } }] }
  - { class: cfdp, name: b, localEntities: [{ id: 3 }], remoteEntities: [{ id: 2, senderFaultHandlers: *faults }] }
`
  expect(problems(text)).toEqual([])
})
