/** `decode-fault`: what a damaged datagram costs when the decoder returns a fault, and when it throws one. */
import { readFileSync } from 'node:fs'
import { decodePdu } from '@skyferry/cfdp'
import { isFault } from '@skyferry/octets'
import { type Bench, countOf } from '../bench.ts'

/** Every malformed PDU of the vectors that the decoder itself refuses, one after the other. */
const DAMAGED = readVectors().filter(octets => isFault(decodePdu(octets)))

function readVectors(): Uint8Array[] {
  const path = new URL('../../../vectors/cfdp-pdus.json', import.meta.url)
  const { malformed } = JSON.parse(readFileSync(path, 'utf8')) as {
    malformed: readonly { readonly hex: string }[]
  }
  return malformed.map(({ hex }) => Uint8Array.from(Buffer.from(hex, 'hex')))
}

class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

export const bench: Bench = {
  name: 'decode-fault',
  options: { runs: { type: 'string' }, count: { type: 'string' } },
  help: ['--runs 9        measurements of each', '--count 200000  datagrams decoded per measurement'],
  async run(values, say) {
    const runs = countOf(values, 'runs', 9)
    const count = countOf(values, 'count', 200_000)
    const returned: number[] = []
    const thrown: number[] = []
    for (let run = -2; run < runs; run++) {
      const a = nsEach(count, decodeReturning)
      const b = nsEach(Math.max(1, Math.floor(count / 20)), decodeThrowing)
      if (run < 0) continue
      returned.push(a)
      thrown.push(b)
    }
    const baseline = { name: 'thrown', value: [...thrown].sort((a, b) => a - b)[thrown.length >> 1]! }
    const about = { case: `${DAMAGED.length} malformed PDUs`, unit: 'ns' }
    say.figure({ ...about, figure: 'fault returned', samples: returned, baseline })
    say.figure({ ...about, figure: 'error thrown and caught', samples: thrown })
  },
}

function nsEach(count: number, decode: (octets: Uint8Array) => boolean): number {
  let faults = 0
  const started = performance.now()
  for (let index = 0; index < count; index++) if (decode(DAMAGED[index % DAMAGED.length]!)) faults += 1
  const elapsed = performance.now() - started
  if (faults !== count) throw new Error('a damaged datagram was taken for a sound one')
  return (elapsed * 1e6) / count
}

function decodeReturning(octets: Uint8Array): boolean {
  return isFault(decodePdu(octets))
}

/** The same decoder behind the habit we do not have. */
function decodeThrowing(octets: Uint8Array): boolean {
  try {
    const decoded = decodePdu(octets)
    if (isFault(decoded)) throw new DecodeError(`${decoded.code} at ${decoded.offset}`)
    return false
  } catch (error) {
    if (error instanceof DecodeError) return true
    throw error
  }
}
