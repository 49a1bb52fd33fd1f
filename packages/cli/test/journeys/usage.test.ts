import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const BIN = fileURLToPath(new URL('../../bin/skyferry.js', import.meta.url))

function skyferry(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    encoding: 'utf8',
    input: '',
  })
  return { status, stdout, stderr }
}

const ENDS = ['--local', '11', '--listen', '127.0.0.1:0', '--peer', '127.0.0.1:5222']

describe('help', () => {
  it.each([
    ['cfdp', 'send'],
    ['cfdp', 'receive'],
    ['csp', 'ping'],
    ['csp', 'ifstat'],
    ['csp', 'hub'],
    ['csp', 'bridge'],
    ['decode'],
    ['link', 'emulate'],
    ['world'],
    ['config', 'check'],
  ])('of %s %s has an example, and is no failure', (...command) => {
    const { status, stdout } = skyferry(...command.filter(word => word !== undefined), '--help')
    expect(status).toBe(0)
    expect(stdout).toMatch(/Example/)
    expect(stdout).toContain(`skyferry ${command.filter(word => word !== undefined).join(' ')}`)
  })

  it('lists the commands, and the version is that of the package', () => {
    expect(skyferry('--help').stdout).toMatch(/cfdp[\s\S]*decode[\s\S]*link[\s\S]*world/)
    expect(skyferry('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('wrong usage', () => {
  it.each<[string, string[], RegExp]>([
    ['a command that is not known', ['cfpd'], /unknown command 'cfpd'.*Did you mean cfdp/],
    ['no command', ['cfdp'], /a command is missing/],
    [
      'an option that is not known',
      ['cfdp', 'send', 'x', ...ENDS, '--to', '5', '--clas', '1'],
      /'--clas'.*--class/,
    ],
    ['a required option left out', ['cfdp', 'send', 'x', ...ENDS], /'--to <id\[:path\]>' not specified/],
    [
      'a value that is none',
      ['cfdp', 'send', 'x', ...ENDS, '--to', '5', '--rate', 'fast'],
      /^error: --rate: /,
    ],
    ['a file that is not there', ['cfdp', 'send', 'no-such-file', ...ENDS, '--to', '5'], /FILE: there is no/],
    ['a protocol to come', ['decode', 'csp', '00'], /csp comes with a later version/],
    [
      'a knob that is none',
      ['link', 'emulate', '--a', '127.0.0.1:1', '--b', '127.0.0.1:2', '--loss', '5'],
      /--loss: /,
    ],
    ['a world that is not there', ['world', 'no/such', '--seed', '1'], /no world 'no\/such'/],
  ])('%s', (_what, args, message) => {
    const { status, stdout, stderr } = skyferry(...args)
    expect(stderr).toMatch(message)
    expect(status).toBe(2)
    const asJson = skyferry(...args, '--json')
    expect(asJson.status).toBe(2)
    expect(stdout).not.toContain('{')
    const lines = asJson.stdout.trim().split('\n')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0]!)).toMatchObject({ type: 'error', code: 'usage', time: expect.any(String) })
  })
})

describe('config check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'skyferry-check-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const check = (text: string, ...options: string[]) => {
    const file = join(folder, 'skyferry.yaml')
    writeFileSync(file, text)
    return { file, ...skyferry('config', 'check', file, ...options) }
  }

  it('exits 0 for what can be used, wise or not', () => {
    expect(check('')).toMatchObject({ status: 0, stderr: '' })
    const { status, stdout } = check('services: []')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^warning: .*skyferry\.yaml:1:11: services: there is no service/)
  })

  it('exits 2 with file, line and option for what cannot', () => {
    const { status, stderr, file } = check('instance: ops\nservces: []\n')
    expect(status).toBe(2)
    expect(stderr).toBe(`error: ${file}:2:1: servces: is not an option: did you mean 'services'?\n`)
    expect(skyferry('config', 'check', join(folder, 'gone.yaml')).status).toBe(2)
  })

  it('says so as data, and nothing else on stdout', () => {
    const { stdout } = check('http: { listen: 0.0.0.0:80 }', '--json')
    expect(
      stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line)),
    ).toMatchObject([
      { type: 'error', code: 'config-public-without-token', line: 1, column: 17, option: 'http.listen' },
      { type: 'result', state: 'failed' },
    ])
  })
})

describe('decode', () => {
  const eof = '20000a0001010204000000000100000002'

  it('shows every field of a PDU with its section', () => {
    const { status, stdout } = skyferry('decode', eof)
    expect(status).toBe(0)
    expect(stdout).toMatch(/EOF .*5\.2\.2/)
    expect(stdout).toMatch(/File size +2 +5\.2\.2/)
  })

  it('gives the PDU as data', () => {
    const { stdout } = skyferry('decode', 'cfdp', eof, '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'pdu',
      octets: 17,
      header: { source: '1', sequence: '1', destination: '2' },
      pdu: { kind: 'eof', condition: 0, checksum: 1, fileSize: 2 },
    })
  })

  it('exits 1 for what is no PDU, and still shows what is there', () => {
    const { status, stdout } = skyferry('decode', eof.slice(0, 20))
    expect(status).toBe(1)
    expect(stdout).toMatch(/refused \(truncated/)
    expect(stdout).toMatch(/Version +1 /)
  })
})
