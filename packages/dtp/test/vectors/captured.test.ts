import { isFault, toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import { decodeMetaFile, encodeMetaFile } from '../../src/client/meta-file.ts'
import { dataOffset, dataSession, writeDataHeader } from '../../src/common/data.ts'
import { DIALECTS } from '../../src/common/dialect.ts'
import {
  decodeMetaRequest,
  decodeMetaResponse,
  encodeMetaRequest,
  encodeMetaResponse,
} from '../../src/common/request.ts'
import {
  decodeMemoryRequest,
  decodeMemoryStatus,
  encodeMemoryRequest,
  encodeMemoryStatus,
} from '../../src/common/vmem.ts'
import { captured, having, number, octets } from './vectors.ts'

const D2C = DIALECTS.D2c

function whole<Decoded>(decoded: Decoded): Exclude<Decoded, { readonly kind: 'fault' }> {
  if (isFault(decoded)) throw new Error(`refused: ${decoded.code} at ${decoded.offset}`)
  return decoded as Exclude<Decoded, { readonly kind: 'fault' }>
}

describe('what two C nodes said to each other', () => {
  it.each(having('dtp_meta_request'))('$name', ({ octets: bytes, form }) => {
    const { request, dialect } = whole(decodeMetaRequest(bytes, { mtuMax: 2048 }))
    expect(dialect).toBe(D2C)
    expect(request.throughput).toBe(form.throughput_bytes_per_s)
    expect(request.payloadId).toBe(form.payload_id)
    expect(request.sessionId).toBe(number(form.session_id))
    expect(request.mtuOctets).toBe(form.mtu)
    expect(request.intervals.length).toBe(form.nof_intervals)
    const listed = form.intervals as number[][]
    expect(request.intervals.map(({ start, end }) => [start, end])).toEqual(
      listed.slice(0, request.intervals.length),
    )
    // Ours leaves unused fields zero; C leaves there what the memory held.
    const ours = encodeMetaRequest(request, D2C)
    const used = 16 + 8 * request.intervals.length
    expect(toHex(ours.subarray(0, 6)) + toHex(ours.subarray(8, used))).toBe(
      toHex(bytes.subarray(0, 6)) + toHex(bytes.subarray(8, used)),
    )
    expect(ours.length).toBe(bytes.length)
  })

  it.each(having('dtp_meta_response'))('$name', ({ octets: bytes, form }) => {
    const response = whole(decodeMetaResponse(bytes))
    expect(response).toEqual({
      roundOctets: form.size_in_bytes,
      totalOctets: form.total_payload_size,
    })
    expect(toHex(encodeMetaResponse(response).subarray(0, 8))).toBe(toHex(bytes.subarray(0, 8)))
  })

  it.each(having('dtp_data'))('$name', ({ octets: bytes, form }) => {
    expect(dataOffset(bytes, D2C)).toBe(form.byte_offset)
    expect(dataSession(bytes, D2C)).toBe(number(form.session_id))
    expect(bytes.length - D2C.dataHeaderOctets).toBe(form.data_length)
    const header = new Uint8Array(8)
    writeDataHeader(new DataView(header.buffer), dataOffset(bytes, D2C), dataSession(bytes, D2C), D2C)
    expect(toHex(header)).toBe(toHex(bytes.subarray(0, 8)))
  })

  it.each(having('vmem'))('$name', ({ octets: bytes, form }) => {
    const request = whole(decodeMemoryRequest(bytes, 2048))
    expect(['start', 'stop', 'status', 'alive'].indexOf(request.kind)).toBe(form.dtp_type)
    expect(toHex(encodeMemoryRequest(request))).toBe(toHex(bytes))
  })

  it.each(having('vmem_status_response'))('$name', ({ octets: bytes, form }) => {
    const status = whole(decodeMemoryStatus(bytes))
    expect(status).toEqual({ sessionId: number(form.session_id), isBusy: form.status === 1 })
    expect(toHex(encodeMemoryStatus(status))).toBe(toHex(bytes))
  })

  it('the vmem start request names what is to be read, and its session id counts', () => {
    const { octets: bytes } = having('vmem').find(({ name }) => name.endsWith('vmem-v2/start-request'))!
    expect(whole(decodeMemoryRequest(bytes, 2048))).toMatchObject({
      kind: 'start',
      address: 0x10_0000_0000n,
      size: 1003,
      meta: { throughput: 10_000, sessionId: 0xcafe0001, mtuOctets: 208 },
    })
  })

  it.each(captured.filter(({ link }) => link === 'file'))('$name', ({ hex, decoded }) => {
    const meta = whole(decodeMetaFile(octets(hex)))
    expect(meta).toEqual({
      node: decoded.node,
      mtuOctets: decoded.mtu,
      timeoutSeconds: decoded.timeout_s,
      throughput: decoded.throughput,
      payloadId: decoded.payload_id,
      sessionId: number(decoded.session_id),
      bytesReceived: decoded.bytes_received,
      payloadSize: decoded.payload_size,
      segments: (decoded.received_segments as number[][]).map(([start, end]) => ({ start, end })),
    })
    expect(toHex(encodeMetaFile(meta))).toBe(hex)
  })

  it('holds enough of each kind to mean something', () => {
    expect(having('dtp_meta_request').length).toBeGreaterThanOrEqual(5)
    expect(having('dtp_data').length).toBeGreaterThanOrEqual(10)
    expect(having('vmem').length).toBeGreaterThanOrEqual(4)
  })
})
