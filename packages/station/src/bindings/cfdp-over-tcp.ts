import type { TcpCarrier } from './carrier.ts'
import { type CfdpOver, type CfdpOverOptions, runCfdpOver } from './cfdp-over.ts'

export type CfdpOverTcpOptions = Omit<CfdpOverOptions, 'carrier'> & Omit<TcpCarrier, 'type'>

/** CFDP in a TCP stream, cut by the lengths of the PDUs. Throws as `runCfdpOver` does. */
export function runCfdpOverTcp(options: CfdpOverTcpOptions): Promise<CfdpOver> {
  return runCfdpOver({ ...options, carrier: { ...options, type: 'tcp' } })
}
