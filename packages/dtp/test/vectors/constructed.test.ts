/** Dialects that nobody has captured. These octets prove that we do what the reference says, not that a peer does. */
import { isFault, toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import { dataOffset, dataSession, writeDataHeader } from '../../src/common/data.ts'
import {
  DIALECT_NAMES,
  DIALECTS,
  type Dialect,
  type DialectName,
  dialectOfLength,
} from '../../src/common/dialect.ts'
import {
  decodeMetaRequest,
  decodeMetaResponse,
  encodeMetaRequest,
  encodeMetaResponse,
  type MetaRequest,
} from '../../src/common/request.ts'
import { decodeMemoryRequest, encodeMemoryRequest } from '../../src/common/vmem.ts'
import { type Constructed, constructed, octets } from './vectors.ts'

const dialectOf = ({ dialect }: Constructed): Dialect => DIALECTS[dialect as DialectName]
const of = (kind: Constructed['kind']): Constructed[] => constructed.filter(vector => vector.kind === kind)

const written = (request: MetaRequest): unknown => ({
  ...request,
  intervals: request.intervals.map(({ start, end }) => [start, end]),
})

describe('constructed octets', () => {
  it('are marked as such, and cover every dialect that has no capture', () => {
    expect(constructed.every(({ origin }) => origin === 'constructed')).toBe(true)
    const covered = new Set(of('request').map(({ dialect }) => dialect))
    expect(DIALECT_NAMES.filter(name => !covered.has(name))).toEqual(['D2c'])
  })

  it.each(of('request'))('$name', vector => {
    const dialect = dialectOf(vector)
    const answer = decodeMetaRequest(octets(vector.hex), { dialect, mtuMax: 2048 })
    if (isFault(answer)) throw new Error(answer.code)
    expect(written(answer.request)).toEqual(vector.decoded)
    expect(toHex(encodeMetaRequest(answer.request, dialect))).toBe(vector.hex)
  })

  it.each(of('request').filter(({ dialect }) => ['D1', 'D1-19', 'D2b'].includes(dialect)))(
    '$name is known by its length',
    vector => {
      expect(dialectOfLength(vector.hex.length / 2)).toBe(dialectOf(vector))
    },
  )

  it.each(of('response'))('$name', vector => {
    const response = decodeMetaResponse(octets(vector.hex), dialectOf(vector))
    if (isFault(response)) throw new Error(response.code)
    expect(response).toEqual(vector.decoded)
    expect(toHex(encodeMetaResponse(response, dialectOf(vector)))).toBe(vector.hex)
  })

  it.each(of('data'))('$name', vector => {
    const dialect = dialectOf(vector)
    const bytes = octets(vector.hex)
    const header = dialect.dataHeaderOctets
    expect({
      offset: dataOffset(bytes, dialect),
      sessionId: dataSession(bytes, dialect),
      data: toHex(bytes.subarray(header)),
    }).toEqual(vector.decoded)
    const ours = new Uint8Array(header)
    writeDataHeader(
      new DataView(ours.buffer),
      dataOffset(bytes, dialect),
      dataSession(bytes, dialect),
      dialect,
    )
    expect(toHex(ours)).toBe(toHex(bytes.subarray(0, header)))
  })

  it.each(of('vmem'))('$name', vector => {
    const request = decodeMemoryRequest(octets(vector.hex), 2048)
    if (isFault(request) || request.kind !== 'start') throw new Error('refused')
    expect({
      kind: request.kind,
      address: request.address.toString(16),
      size: request.size,
      meta: written(request.meta),
    }).toEqual(vector.decoded)
    expect(toHex(encodeMemoryRequest(request, 'D2b'))).toBe(vector.hex)
  })
})
