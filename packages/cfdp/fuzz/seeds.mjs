/** Where fuzzing starts: the golden octets, and what earlier runs kept. */
import { existsSync, readFileSync } from 'node:fs'

/** Every PDU of the vectors, sound or not. */
export function vectors() {
  const text = readFileSync(new URL('../../../vectors/cfdp-pdus.json', import.meta.url), 'utf8')
  const { vectors, tolerant, malformed } = JSON.parse(text)
  return [...vectors, ...tolerant, ...malformed].map(({ hex }) => octetsOf(hex))
}

/** The lines of `corpus/<name>.hex`: one input each; `#` starts a remark. */
export function corpus(name) {
  const file = new URL(`./corpus/${name}.hex`, import.meta.url)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter(line => line !== '' && !line.startsWith('#')).map(octetsOf)
}

function octetsOf(hex) {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}
