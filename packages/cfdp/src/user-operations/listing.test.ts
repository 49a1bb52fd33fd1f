import { describe, expect, it } from 'vitest'
import { octetsFrom } from '../pdu/names.ts'
import { LISTED_MAX, readListing, writeListing } from './listing.ts'

const ENTRIES = [
  { name: 'a b.raw', isDirectory: false, size: 12, changedMs: Date.UTC(2026, 0, 2, 3, 4, 5) },
  { name: 'räume', isDirectory: true },
]

describe('a listing', () => {
  it('in details says what was written', () => {
    expect(readListing(writeListing(ENTRIES, 'details'))).toEqual(ENTRIES)
  })

  it.each(['names', 'nul'] as const)('as %s says names, and which are directories', format => {
    expect(readListing(writeListing(ENTRIES, format))).toEqual([
      { name: 'a b.raw', isDirectory: false },
      { name: 'räume', isDirectory: true },
    ])
  })

  it.each<[string, string]>([
    ['line ends of any kind, and the last one missing', 'a\r\nb/\rc\nd'],
    ['a backslash behind a directory', 'a\nb\\\nc\nd'],
    ['NULs, with line ends left over (ION)', 'a\0\nb/\0c\n\0d\0'],
    ['itself and the one above left out', '.\n..\n./\na\nb/\nc\nd\n\n'],
  ])('is read with %s', (_habit, text) => {
    expect(readListing(octetsFrom(text))).toEqual(
      ['a', 'b', 'c', 'd'].map(name => ({ name, isDirectory: name === 'b' })),
    )
  })

  it('is read in the long form of ls', () => {
    const text =
      'total 8\ndrwxr-xr-x 2 root root 4096 Jan  1  2026 dir\n-rw-r--r--. 1 u g 123 2026-01-02 03:04 +0000 my file\n'
    expect(readListing(octetsFrom(text))).toMatchObject([
      { name: 'total 8' },
      { name: 'dir', isDirectory: true },
      { name: 'my file', isDirectory: false, size: 123 },
    ])
  })

  it('takes a time for one only where it means the same everywhere', () => {
    const text =
      'a\t1\t2026-01-02T03:04:05Z\nb\t1\t2026-01-02\nc\t1\tJan 1\nd\t1\t5000\ne\t1\t2026-99-02T03:04:05Z\n'
    const times = readListing(octetsFrom(text)).map(({ changedMs }) => changedMs)
    expect(times).toEqual([Date.UTC(2026, 0, 2, 3, 4, 5), undefined, undefined, 5000, undefined])
  })

  it('keeps a name with a line end in it one name', () => {
    const entries = [{ name: 'a\nb\tc\0d', isDirectory: false }]
    for (const format of ['names', 'details', 'nul'] as const) {
      expect(readListing(writeListing(entries, format))).toEqual([{ name: 'a_b_c_d', isDirectory: false }])
    }
  })

  it('is bounded', () => {
    expect(readListing(octetsFrom('x\n'.repeat(LISTED_MAX + 5)))).toHaveLength(LISTED_MAX)
  })
})
