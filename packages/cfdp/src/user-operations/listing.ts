/** The file of a directory listing (section 6.3); the standard leaves its form open, so we read every form we know. */
import type { DirectoryEntry } from '../filestore.ts'
import type { ListingFormat } from '../mib.ts'
import { octetsFrom, textFrom } from '../pdu/names.ts'

/** A directory that has more is cut. */
export const LISTED_MAX = 10_000
/** No listing file that is longer is read. */
export const LISTING_OCTETS_MAX: number = 4 * 1024 * 1024

export function writeListing(entries: readonly DirectoryEntry[], format: ListingFormat): Uint8Array {
  return octetsFrom(entries.map(entry => writeEntry(entry, format)).join(''))
}

function writeEntry(entry: DirectoryEntry, format: ListingFormat): string {
  const name = oneLine(entry.name) + (entry.isDirectory ? '/' : '')
  switch (format) {
    case 'names':
      return `${name}\n`
    case 'nul':
      return `${name}\0`
    case 'details':
      return `${name}\t${entry.size ?? ''}\t${entry.changedMs === undefined ? '' : Math.round(entry.changedMs)}\n`
  }
}

/**
 * Names ended by line ends or by NULs (ION), a slash or backslash behind those of directories; size and time where
 * tabs set them off, or in the long form of `ls`. What cannot be understood is a name.
 */
export function readListing(octets: Uint8Array): DirectoryEntry[] {
  const text = textFrom(octets.subarray(0, LISTING_OCTETS_MAX))
  const entries: DirectoryEntry[] = []
  for (const line of text.includes('\0') ? text.split('\0') : text.split(/\r?\n|\r/)) {
    if (entries.length >= LISTED_MAX) break
    const entry = readEntry(line.replace(/^[\r\n]+|[\r\n]+$/g, ''))
    if (entry !== undefined) entries.push(entry)
  }
  return entries
}

/** Type and rights, links, owner, group, size, three words of time, name. */
const LONG_FORM = /^([-d])[-rwxsStT]{9}\S?\s+\d+\s+\S+\s+\S+\s+(\d{1,15})\s+(\S+\s+\S+\s+\S+)\s+(\S.*)$/

function readEntry(line: string): DirectoryEntry | undefined {
  const long = LONG_FORM.exec(line)
  if (long !== null) {
    return entryOf(long[4]!, long[1] === 'd' ? undefined : long[2], long[3], long[1] === 'd')
  }
  const [name = '', size, time] = line.split('\t')
  return entryOf(name, size, time, false)
}

function entryOf(
  written: string,
  size: string | undefined,
  time: string | undefined,
  isKnownDirectory: boolean,
): DirectoryEntry | undefined {
  const name = written.replace(/[/\\]+$/, '')
  if (name === '' || name === '.' || name === '..') return undefined
  const isDirectory = isKnownDirectory || name !== written
  const changedMs = readTime(time ?? '')
  return {
    name,
    isDirectory,
    ...(size !== undefined && /^\d{1,15}$/.test(size) && !isDirectory ? { size: Number(size) } : {}),
    ...(changedMs === undefined ? {} : { changedMs }),
  }
}

/** Milliseconds since 1970, or ISO 8601 with a zone: a time without one means something else on each host. */
function readTime(text: string): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[-+]\d\d:\d\d)$/.test(text)) return undefined
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

/** A name with a line end in it would read as two. */
function oneLine(name: string): string {
  return name.replace(/[\0\r\n\t]/g, '_')
}
