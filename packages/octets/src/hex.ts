import type { Fault } from './fault.ts'

const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, octet) =>
  octet.toString(16).padStart(2, '0'),
)
const SPACE = /\s/

/** Two lower-case digits per octet, nothing between. */
export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (let index = 0; index < bytes.length; index++) text += DIGITS[bytes[index]!]!
  return text
}

/**
 * Octets of pairs of hexadecimal digits, in either case, with white space wherever it stands.
 *
 * @returns a fault `not-hex` at the first character that is neither, `truncated` where half an octet is left over
 */
export function fromHex(text: string): Uint8Array | Fault {
  const octets = new Uint8Array(text.length >> 1)
  let digits = 0
  for (let index = 0; index < text.length; index++) {
    const value = digit(text.charCodeAt(index))
    if (value >= 0) {
      const at = digits >> 1
      // An odd last digit falls behind the end, where a typed array ignores it.
      octets[at] = (octets[at]! << 4) | value
      digits += 1
    } else if (!SPACE.test(text[index]!)) return { kind: 'fault', code: 'not-hex', offset: index }
  }
  if (digits % 2 !== 0) return { kind: 'fault', code: 'truncated', offset: text.length }
  return octets.subarray(0, digits >> 1)
}

/** The value of a digit by its character code; -1 if it is none. */
function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
