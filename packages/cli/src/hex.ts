/** Octets as an operator pastes them. */
import { UsageError } from './usage.ts'

/** Hexadecimal digits; blanks, colons, underscores and a leading 0x are passed over. */
export function parseHex(text: string): Uint8Array {
  const digits = text
    .trim()
    .replace(/^0x/i, '')
    .replaceAll(/[\s:_]/g, '')
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(digits)) {
    const odd = /^[0-9a-fA-F]+$/.test(digits) ? 'an odd number of hexadecimal digits' : 'not hexadecimal'
    throw new UsageError(`'${text.length > 40 ? `${text.slice(0, 40)}…` : text}' is ${odd}`)
  }
  return Uint8Array.from(digits.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
}
