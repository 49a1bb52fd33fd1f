/**
 * File names and texts of the protocol as strings. The standard names no character set. Ours is UTF-8, and an octet
 * that is no part of it becomes the lone surrogate U+DC00 + octet: a name in another set survives the way through
 * a string and back, octet for octet, instead of naming another file.
 */

const ESCAPE = 0xdc00
const REPLACEMENT = 0xfffd

/** Octets as text. Never fails. */
export function textFrom(octets: Uint8Array): string {
  let text = ''
  for (let at = 0; at < octets.length; ) {
    const first = octets[at]!
    if (first < 0x80) {
      text += String.fromCharCode(first)
      at += 1
      continue
    }
    const length = sequenceLength(octets, at)
    text +=
      length === 0 ? String.fromCharCode(ESCAPE + first) : String.fromCodePoint(joined(octets, at, length))
    at += length === 0 ? 1 : length
  }
  return text
}

/** Text as octets: what `textFrom` read, or UTF-8 for a text of our own. */
export function octetsFrom(text: string): Uint8Array {
  const octets: number[] = []
  for (const character of text) {
    const point = character.codePointAt(0)!
    if (point < 0x80) octets.push(point)
    else if (point < 0x800) octets.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f))
    else if (point >= ESCAPE + 0x80 && point <= ESCAPE + 0xff) octets.push(point - ESCAPE)
    else if (point < 0x10000) pushThree(octets, point >= 0xd800 && point < 0xe000 ? REPLACEMENT : point)
    else {
      octets.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 0x3f))
      octets.push(0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f))
    }
  }
  return Uint8Array.from(octets)
}

function pushThree(octets: number[], point: number): void {
  octets.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f))
}

/** Octets of the well-formed multi-octet sequence at `at`; 0 if there is none (RFC 3629, section 4). */
function sequenceLength(octets: Uint8Array, at: number): number {
  const first = octets[at]!
  const second = octets[at + 1] ?? 0
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < lowest || second > highest) return 0
  for (let more = 2; more < length; more++) {
    if (((octets[at + more] ?? 0) & 0xc0) !== 0x80) return 0
  }
  return length
}

function joined(octets: Uint8Array, at: number, length: number): number {
  let point = octets[at]! & (0xff >> (length + 1))
  for (let more = 1; more < length; more++) point = (point << 6) | (octets[at + more]! & 0x3f)
  return point
}
