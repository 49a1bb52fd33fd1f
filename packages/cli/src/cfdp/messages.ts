/** `--message TEXT|hex:OCTETS`: a message to user (section 5.4.3). */
import { parseHex } from '../hex.ts'
import { UsageError } from '../usage.ts'

/** The value of one TLV. */
const MESSAGE_OCTETS_MAX = 255

/** Text is sent as UTF-8; `hex:` in front gives octets. */
export function parseMessage(text: string): Uint8Array {
  const octets = text.startsWith('hex:') ? parseHex(text.slice(4)) : new TextEncoder().encode(text)
  if (octets.length > MESSAGE_OCTETS_MAX) {
    throw new UsageError(`a message of ${octets.length} octets is longer than ${MESSAGE_OCTETS_MAX}`)
  }
  return octets
}
