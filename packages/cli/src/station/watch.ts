/** Transfers watched to their end. */
import { ENDED_STATES, routes, type Transfer } from '@skyferry/api'
import type { Output } from '../output/output.ts'
import type { StationClient } from './client.ts'

/** So often the station is asked. */
export const LOOK_MS = 500

/** What time a command sees. */
export interface Pace {
  /** Resolves after a while. */
  wait(milliseconds: number): Promise<void>
}

export const realPace: Pace = {
  wait: milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)),
}

/**
 * Shows progress until all of them have ended, in the order they end.
 * @param stop asked after each look; true gives up
 */
export async function* watchToEnd(
  ids: readonly string[],
  client: StationClient,
  output: Output,
  pace: Pace,
  stop: () => boolean,
): AsyncGenerator<Transfer> {
  const open = new Set(ids)
  while (open.size > 0) {
    for (const id of [...open]) {
      const transfer = await client.get<Transfer>(routes.transfer(id))
      if (ENDED_STATES.has(transfer.state)) {
        open.delete(id)
        yield transfer
      } else {
        const { octets, size, gaps, rate } = transfer
        output.progress({ transaction: id, octets, size, gaps, rate })
      }
    }
    if (stop()) return
    if (open.size > 0) await pace.wait(LOOK_MS)
  }
}
