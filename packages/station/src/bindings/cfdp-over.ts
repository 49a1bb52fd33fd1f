import { realClock } from '@skyferry/link'
import type { Carrier, CarrierAddress } from './carrier.ts'
import { type OpenCarrier, openCarrier } from './open-carrier.ts'
import { type CfdpHostOptions, type RunningCfdp, runCfdp } from './running-cfdp.ts'

export interface CfdpOverOptions extends CfdpHostOptions<CarrierAddress> {
  readonly carrier: Carrier
  /** File to record in from the start (pcap). */
  readonly capture?: string
}

/** An entity at work on its carrier. */
export interface CfdpOver extends RunningCfdp<CarrierAddress> {
  /** For its counters, its own address, its rate, its captures. */
  readonly carrier: OpenCarrier
}

/**
 * CFDP over whatever carries it.
 *
 * Throws a `LinkError` when it cannot listen or record, a `StoreError` when the journal cannot be opened.
 */
export async function runCfdpOver(options: CfdpOverOptions): Promise<CfdpOver> {
  const clock = options.clock ?? realClock()
  const { remotes, anyRemote, capture } = options
  const everybody = anyRemote === undefined ? remotes : [...remotes, anyRemote]
  const carrier = await openCarrier(options.carrier, {
    pduOctets: Math.max(...everybody.map(remote => remote.maxPduSize)),
    clock,
    ...(capture === undefined ? {} : { capture }),
    notice: (code, text) => options.notice?.({ code, text }),
  })
  try {
    const running = await runCfdp(carrier.link, { ...options, clock })
    return {
      ...running,
      carrier,
      stop: async () => {
        await running.stop()
        await carrier.closed
      },
    }
  } catch (error) {
    carrier.link.close()
    throw error
  }
}
