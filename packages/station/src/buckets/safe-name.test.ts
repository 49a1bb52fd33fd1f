import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type NameRules, numbered, safeName } from './safe-name.ts'

const keep: NameRules = { subdirectories: 'keep', windows: false }
const windows: NameRules = { subdirectories: 'keep', windows: true }
const safe = (name: string, rules = keep): string => safeName(name, rules).join('/')

describe('a remote name', () => {
  it.each([
    ['report.bin', 'report.bin'],
    ['data/2026/report.bin', 'data/2026/report.bin'],
    ['/etc/passwd', 'etc/passwd'],
    ['../../etc/passwd', 'etc/passwd'],
    ['a/../../b', 'b'],
    ['a/./b//c/', 'a/b/c'],
    ['C:\\data\\image.fits', 'data/image.fits'],
    ['/C:/data/image.fits', 'data/image.fits'],
    ['\\\\server\\share\\x', 'server/share/x'],
    ['..\\..\\windows\\x', 'windows/x'],
    ['', 'unnamed'],
    ['/', 'unnamed'],
    ['..', 'unnamed'],
    ['a\0b\n\u001b[2J.bin', 'a_b__[2J.bin'],
    ['gpj.\u202eexe', 'gpj._exe'],
    ['lone \ud800 surrogate', 'lone _ surrogate'],
    ['.skyferry/incoming/x.part', '_.skyferry/incoming/x.part'],
    ['x/../.SkyFerry/journal.db', '_.SkyFerry/journal.db'],
    ['Übertragung 火星.txt', 'Übertragung 火星.txt'],
  ])('%j becomes %j', (name, expected) => {
    expect(safe(name)).toBe(expected)
  })

  it.each([
    ['aux', '_aux'],
    ['COM1.log', '_COM1.log'],
    ['console.log', 'console.log'],
    ['trailing. ', 'trailing_'],
    ['what?.txt', 'what_.txt'],
    ['file.txt:stream', 'file.txt_stream'],
  ])('%j becomes %j on Windows', (name, expected) => {
    expect(safe(name, windows)).toBe(expected)
  })

  it('keeps only its last part when flattened', () => {
    expect(safe('a/b/c.bin', { ...keep, subdirectories: 'flatten' })).toBe('c.bin')
  })

  it('is cut to what a file system takes, keeps its extension, and differs where what was cut differs', () => {
    const first = safe(`${'é'.repeat(400)}1.tar.gz`)
    const second = safe(`${'é'.repeat(400)}2.tar.gz`)
    expect(Buffer.byteLength(first)).toBeLessThanOrEqual(240)
    expect(first).toMatch(/~[0-9a-f]{8}\.tar\.gz$/)
    expect(first).not.toBe(second)
  })

  it('keeps its last parts when there are too many', () => {
    const deep = safe(`${'d/'.repeat(1000)}file`)
    expect(deep.split('/')).toHaveLength(32)
    expect(deep.endsWith('/file')).toBe(true)
    expect(Buffer.byteLength(safe(`${`${'p'.repeat(230)}/`.repeat(30)}file`))).toBeLessThanOrEqual(1024)
  })

  it('never leaves the directory it is joined to, whatever it is', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom('..', '.', '/', '\\', '\0', 'C:', '.skyferry', ' ', '~'),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.boolean(), (pieces, onWindows) => {
        const parts = safeName(pieces.join(''), { subdirectories: 'keep', windows: onWindows })
        const joined = path.posix.resolve('/sandbox', ...parts)
        expect(parts.length).toBeGreaterThan(0)
        expect(joined.startsWith('/sandbox/')).toBe(true)
        expect(joined.slice('/sandbox/'.length)).toBe(parts.join('/'))
        expect(parts.every(part => Buffer.byteLength(part) <= 241 && !/[\p{Cc}\\/]/u.test(part))).toBe(true)
        expect(parts[0]!.toLowerCase()).not.toBe('.skyferry')
      }),
    )
  })
})

describe('a numbered name', () => {
  it.each([
    ['a.bin', 'a(1).bin'],
    ['a.tar.gz', 'a(1).tar.gz'],
    ['.profile', '.profile(1)'],
    ['README', 'README(1)'],
    ['a. not an extension but a long sentence', 'a. not an extension but a long sentence(1)'],
  ])('%j, taken once, becomes %j', (name, expected) => {
    expect(numbered(name, 0)).toBe(name)
    expect(numbered(name, 1)).toBe(expected)
  })
})
