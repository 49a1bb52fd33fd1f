/** A printed configuration means what it was printed from, and explains itself. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LOCAL_ENTITY, REMOTE_ENTITY } from '../../src/config/entity-options.ts'
import { LINK } from '../../src/config/link-options.ts'
import { type Option, optionsOf, type Table } from '../../src/config/option-table.ts'
import { printConfiguration } from '../../src/config/print.ts'
import { Problems } from '../../src/config/problems.ts'
import { serviceOptions } from '../../src/config/service-options.ts'
import { BUCKET, HTTP, STATION } from '../../src/config/station-options.ts'
import { readTree } from '../../src/config/yaml-tree.ts'
import { good, native, ONE_LINK, read, SEED_SERVICES } from './reading.ts'

/** Values as they might be written; each option takes those of its kind. */
const TEXTS = [
  ...['bare', 'nested', '0x40', '0x80'],
  ...[
    '0',
    '1',
    '2',
    '3',
    '8',
    '64',
    '512',
    '1500',
    '65507',
    '0x1f',
    '-1',
    '1000000',
    '1KiB',
    '10MiB',
    '1.5GiB',
  ],
  ...[
    '0.5ms',
    '250ms',
    '1.3s',
    '10min',
    '1h30m',
    '90d',
    'never',
    'adaptive',
    'unlimited',
    'off',
    'true',
    'false',
  ],
  ...[
    '9600bit/s',
    '9.6kbit/s',
    '1Mbit/s',
    '2MB/s',
    '127.0.0.1:80',
    '"[::1]:9000"',
    'localhost:1',
    'null',
    '~',
  ],
  ...[
    'folder',
    'udp',
    'MODULAR',
    '"NULL"',
    'crc32',
    'suspend',
    'standard',
    'cfdp-py',
    'patient',
    'yamcs',
    'retain',
  ],
  ...[
    'a',
    'A.b-c',
    '"12"',
    '"true"',
    '"null"',
    '"0x1f"',
    '"1.5"',
    '"a b"',
    '"a: b"',
    '" a"',
    '"#"',
    '"- a"',
    '"é\\n"',
  ],
  ...[
    '"{"',
    '"a\\"b\\\\c"',
    "'it''s'",
    '"@x"',
    '"&a"',
    '"*a"',
    '"!x"',
    '"%"',
    '"..."',
    '"---"',
    '"a #b"',
    '"10:30"',
  ],
  ...[
    '[]',
    '[/]',
    '["/", ":", "\\\\"]',
    '[512, 1KiB]',
    '[1s, 250]',
    '{}',
    '{ loss: 5%, there: { delay: 40ms } }',
  ],
  ...['{ NakLimitReached: suspend }', '{ InactivityDetected: ignore, AckLimitReached: abandon }'],
  ...['{ seed: 7, burst: "0.5%:20", queue: 100, outages: [1s-2s], back: { outages: [3s-4s], rate: 9600 } }'],
  ...['["nineteen-and-one-more"]', '[{ name: ops, role: viewer, token: "another-long-one-too" }]'],
  ...['telemetry', 'cfs', '0a0b', '0xc8:0xc2'],
  ...['{ cert: ./a.pem, key: "/b/c d.pem" }'],
]

/** The texts that an option takes. */
function accepted(option: Option<unknown>): string[] {
  return TEXTS.filter(text => {
    const problems = new Problems()
    const tree = readTree(text, 'text', problems)
    return tree !== undefined && option.type.read(tree, problems) !== undefined && !problems.hasErrors
  })
}

/** Some of the options of a table, as flow YAML; `fixed` ones are always there and as given. */
function someOf<Values>(table: Table<Values>, fixed: Readonly<Record<string, string>>): fc.Arbitrary<string> {
  const free = optionsOf(table).filter(([name]) => !Object.hasOwn(fixed, name))
  const choices = free.flatMap(([name, option]) => {
    const texts = accepted(option)
    return texts.length === 0
      ? []
      : [
          fc.option(
            fc.constantFrom(...texts).map(text => `${name}: ${text}`),
            { freq: 2 },
          ),
        ]
  })
  const always = Object.entries(fixed).map(([name, text]) => `${name}: ${text}`)
  return fc.tuple(...choices).map(parts => {
    const given = parts.filter(part => part !== null)
    return `{ ${[...always, ...given].join(', ')} }`
  })
}

/** Names that keep out of each other's way, so that most configurations are good. */
const local = (id: string): fc.Arbitrary<string> => someOf(LOCAL_ENTITY, { id, name: `local${id}` })
const remote = (id: string): fc.Arbitrary<string> =>
  someOf(REMOTE_ENTITY, { id, name: `remote${id}`, contact: 'craft', maxPduSize: '512' })

const service = (serviceClass: string, name: string, id: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      local(id),
      remote('0x100'),
      remote('18446744073709551615'),
      someOf(serviceOptions('patient'), {
        localEntities: '[OWN]',
        remoteEntities: '[ONE, OTHER]',
        maxPduSize: '512',
      }),
    )
    .map(([own, one, other, options]) =>
      `- { class: ${serviceClass}, name: ${name}, args: ${options} }`
        .replace('OWN', () => own)
        .replace('ONE', () => one)
        .replace('OTHER', () => other),
    )

const configurations = fc
  .record({
    station: someOf(STATION, {}),
    http: someOf(HTTP, { listen: '127.0.0.1:1' }),
    bucket: someOf(BUCKET, { name: 'own' }),
    link: someOf(LINK, {
      name: 'cfdp',
      type: 'space-packet',
      listen: '127.0.0.1:5111',
      peer: '127.0.0.1:5222',
      mtu: '1500',
    }),
    native: service('cfdp', 'first', '1'),
    yamcs: service('org.yamcs.cfdp.CfdpService', 'second', '2'),
    windows: fc.array(fc.nat(1000), { maxLength: 3 }),
  })
  .map(parts => {
    const days = [...new Set(parts.windows)].sort((one, other) => one - other)
    const windows = days.map(day => {
      const from = new Date(Date.UTC(2029, 0, 1 + day)).toISOString()
      return `{ from: ${from}, to: ${from.replace('T00:00', 'T01:30')} }`
    })
    return [
      `station: ${parts.station}`,
      `http: ${parts.http}`,
      `buckets: [${parts.bucket}]`,
      `links: [${parts.link}]`,
      `contacts: { craft: [${windows.join(', ')}] }`,
      `services:\n  ${parts.native}\n  ${parts.yamcs}\n`,
    ].join('\n')
  })

test('every option of every table has a text in these trials', () => {
  const tables = [STATION, HTTP, BUCKET, LINK, LOCAL_ENTITY, REMOTE_ENTITY, serviceOptions('yamcs')]
  const untried = tables.flatMap(table =>
    optionsOf(table as Table<object>).filter(([, option]) => accepted(option).length === 0),
  )
  expect(untried.map(([name]) => name)).toEqual([])
})

describe('what is printed reads as the same configuration', () => {
  test.each([
    ['nothing at all', ''],
    ["the seed's example", ONE_LINK + SEED_SERVICES],
    ['no service', 'services: []\n'],
    ['no bucket', 'buckets: []\nservices: []\n'],
    ['a native service', native('checksumType: crc32', 'profile: yamcs, lightTime: 4min')],
  ])('%s', (_what, text) => {
    const configuration = good(text)
    const printed = printConfiguration(configuration)
    expect(good(printed)).toEqual(configuration)
    // And printing is a fixed point.
    expect(printConfiguration(good(printed))).toBe(printed)
  })

  test('any configuration', () => {
    let good = 0
    fc.assert(
      fc.property(configurations, text => {
        const first = read(text)
        if (first.kind === 'refused') return
        good += 1
        const second = read(printConfiguration(first.configuration))
        expect(second).toMatchObject({ kind: 'configuration' })
        expect(second.kind === 'configuration' && second.configuration).toEqual(first.configuration)
      }),
      { numRuns: 150 },
    )
    expect(good).toBeGreaterThan(75)
  })

  test('a contact plan from a file stays there', () => {
    const files = { 'plan.yaml': 'craft: [{ from: 2030-01-01T13:00Z, to: 2030-01-01T15:00:30+01:30 }]' }
    const configuration = good(`${native()}contacts: plan.yaml\n`, files)
    expect(configuration.contacts).toEqual({
      file: 'plan.yaml',
      plan: new Map([['craft', [{ from: Date.UTC(2030, 0, 1, 13), to: Date.UTC(2030, 0, 1, 13, 30, 30) }]]]),
    })
    const printed = printConfiguration(configuration)
    expect(printed).toContain('\ncontacts: plan.yaml\n')
    expect(good(printed, files)).toEqual(configuration)
  })
})

test('a token is never printed', () => {
  const printed = printConfiguration(good(`http: { tokens: [nineteen-and-one-more] }\n${native()}`))
  expect(printed).not.toContain('nineteen')
  expect(printed).toMatch(/ token: sha256:[0-9a-f]{64}\n/)
})

test('every option of a service is there, explained, with its default and where that comes from', () => {
  const lines = printConfiguration(good(native())).split('\n')
  for (const [name, option] of optionsOf(serviceOptions('patient'))) {
    const at = lines.findIndex(line => line.startsWith(`    ${name}:`))
    expect(at, name).toBeGreaterThan(0)
    let first = at
    while (lines[first - 1]!.startsWith('    #')) first -= 1
    const comment = lines.slice(first, at).join(' ').replaceAll(/ +# /g, ' ')
    expect(comment).toContain(option.about)
    expect(comment).toContain('Takes ')
    if (option.usual !== undefined)
      expect(comment).toMatch(/Default: .* \((as Yamcs documents it|Skyferry's own|the patient profile)\)\./)
  }
})

test('the Yamcs class is printed as Yamcs writes it: milliseconds and octets without units', () => {
  const printed = printConfiguration(good(ONE_LINK + SEED_SERVICES))
  expect(printed).toMatch(/^ {6}eofAckTimeout: 3000$/m)
  expect(printed).toMatch(/^ {6}pendingAfterCompletion: 600000$/m)
  expect(printConfiguration(good(native()))).toMatch(/^ {4}pendingAfterCompletion: 10min$/m)
})
