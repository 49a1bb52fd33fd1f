/**
 * Names from a remote entity are data, never paths. Here they become the parts of a path that stays below the
 * directory it is joined to; nothing is looked up on a disk.
 */
import { createHash } from 'node:crypto'

/** What a name may keep. */
export interface NameRules {
  /** `keep`: `a/b.bin` stays in `a`; `flatten`: only the last part counts. */
  readonly subdirectories: 'keep' | 'flatten'
  /** Also avoid what only Windows cannot have in a name. */
  readonly windows: boolean
}

/** Where a filestore keeps what is not a received file; no remote name reaches it. */
export const OWN_DIRECTORY = '.skyferry'

/** Octets of UTF-8 in one part; leaves room for `(999)` below the 255 that file systems allow. */
const PART_OCTETS_MAX = 240
/** Octets of UTF-8 in all parts, and how many: well below the 4096 of a path with its directory before it. */
const NAME_OCTETS_MAX = 1024
const PARTS_MAX = 32

/** Control characters, and those that make a name read as another one (line separators, direction overrides). */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const WINDOWS_FORBIDDEN = /[<>:"|?*]/g
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i

/**
 * The parts of a safe relative path for a remote name, at least one. The name is read as if the directory were the
 * root of everything: leading slashes and drive letters go, `..` climbs no higher than the root, backslashes
 * separate like slashes. Unprintable characters become `_`, overlong parts are cut and marked with a digest.
 */
export function safeName(name: string, rules: NameRules): string[] {
  const climbed: string[] = []
  for (const part of name.replace(/^[\\/]*[A-Za-z]:(?=[\\/]|$)/, '').split(/[\\/]+/)) {
    if (part === '..') climbed.pop()
    else if (part !== '' && part !== '.') climbed.push(printable(part, rules))
  }
  const kept = rules.subdirectories === 'flatten' ? climbed.slice(-1) : climbed.slice(-PARTS_MAX)
  const parts = kept.map(shortened)
  while (parts.length > 1 && Buffer.byteLength(parts.join('/')) > NAME_OCTETS_MAX) parts.shift()
  if (parts.length === 0) return ['unnamed']
  // Case-insensitive file systems would find our own directory under any spelling.
  if (parts[0]!.toLowerCase() === OWN_DIRECTORY) parts[0] = `_${parts[0]}`
  return parts
}

/** The `index`-th name to try where `name` is taken, as browsers do: `a.bin`, `a(1).bin`; `b.tar.gz`, `b(1).tar.gz`. */
export function numbered(name: string, index: number): string {
  if (index === 0) return name
  const { stem, extension } = split(name)
  return `${stem}(${index})${extension}`
}

function split(name: string): { stem: string; extension: string } {
  const extension = /(?<=.)(\.tar)?\.[^.]{1,16}$/s.exec(name)?.[0] ?? ''
  return { stem: name.slice(0, name.length - extension.length), extension }
}

function printable(part: string, rules: NameRules): string {
  const shown = part.replace(UNPRINTABLE, '_')
  if (!rules.windows) return shown
  return shown
    .replace(WINDOWS_FORBIDDEN, '_')
    .replace(/[. ]+$/, '_')
    .replace(WINDOWS_DEVICE, '_$1')
}

/** Cuts between characters; the digest keeps two long names apart that differ only in what was cut. */
function shortened(part: string): string {
  if (Buffer.byteLength(part) <= PART_OCTETS_MAX) return part
  const { stem, extension } = split(part)
  const mark = `~${createHash('sha256').update(part).digest('hex').slice(0, 8)}${extension}`
  const room = PART_OCTETS_MAX - Buffer.byteLength(mark)
  let cut = ''
  let octets = 0
  for (const character of stem) {
    octets += Buffer.byteLength(character)
    if (octets > room) break
    cut += character
  }
  return cut + mark
}
