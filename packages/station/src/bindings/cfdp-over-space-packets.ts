import type { SpacePacketCarrier } from './carrier.ts'
import { type CfdpOver, type CfdpOverOptions, runCfdpOver } from './cfdp-over.ts'

export type CfdpOverSpacePacketsOptions = Omit<CfdpOverOptions, 'carrier'> & Omit<SpacePacketCarrier, 'type'>

/** CFDP with one PDU in each CCSDS space packet, over UDP or TCP. Throws as `runCfdpOver` does. */
export function runCfdpOverSpacePackets(options: CfdpOverSpacePacketsOptions): Promise<CfdpOver> {
  return runCfdpOver({ ...options, carrier: { ...options, type: 'space-packet' } })
}
