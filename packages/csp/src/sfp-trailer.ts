/** The SFP trailer: offset and total size of the block that a fragment belongs to, 8 octets before the RDP trailer. */
import { Reader, Writer } from '@skyferry/octets'
import { type CspFault, cspFault } from './packet/faults.ts'

/** Octets of the trailer. */
export const SFP_OCTETS = 8

export interface SfpTrailer {
  readonly offset: number
  readonly totalSize: number
}

/** A fragment of a block, as it stands in a packet with the flag FRAG. */
export type SfpFragment = SfpTrailer & { readonly data: Uint8Array }

export function decodeSfp(payload: Uint8Array): SfpFragment | CspFault {
  const at = payload.length - SFP_OCTETS
  if (at < 0) return cspFault('truncated', payload.length)
  const reader = new Reader(payload, at)
  const offset = reader.u32()
  const totalSize = reader.u32()
  if (offset + at > totalSize) return cspFault('bad-sfp-trailer', at)
  return { offset, totalSize, data: payload.subarray(0, at) }
}

export function encodeSfp({ offset, totalSize, data }: SfpFragment): Uint8Array {
  const payload = new Uint8Array(data.length + SFP_OCTETS)
  const writer = new Writer(payload)
  writer.bytes(data)
  writer.u32(offset)
  writer.u32(totalSize)
  return payload
}
