import type { UdpCarrier } from './carrier.ts'
import { type CfdpOver, type CfdpOverOptions, runCfdpOver } from './cfdp-over.ts'

export type CfdpOverUdpOptions = Omit<CfdpOverOptions, 'carrier'> & Omit<UdpCarrier, 'type'>

/** CFDP with one PDU in each UDP datagram. Throws as `runCfdpOver` does. */
export function runCfdpOverUdp(options: CfdpOverUdpOptions): Promise<CfdpOver> {
  return runCfdpOver({ ...options, carrier: { ...options, type: 'udp' } })
}
