/** UTF-8, by the codec that Node and every browser share; the language's own library does not declare it. */

declare const TextEncoder: new () => { encode(text: string): Uint8Array }
declare const TextDecoder: new (
  label: 'utf-8',
  options: { readonly ignoreBOM: boolean },
) => { decode(octets: Uint8Array): string }

const encoder = new TextEncoder()
// Without `ignoreBOM` the decoder would *drop* a byte order mark, and a name would come back shorter than it left.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** UTF-8 octets of `text`; half of a surrogate pair becomes U+FFFD. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Text of UTF-8 octets; what is not UTF-8 becomes U+FFFD, so encoding the text again may give other octets. */
export function decodeText(octets: Uint8Array): string {
  return decoder.decode(octets)
}
