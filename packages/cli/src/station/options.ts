/** Options of every command that goes through a station. */
import type { Command } from 'commander'
import { openOutput } from '../output/open.ts'
import type { Output } from '../output/output.ts'
import type { Exit } from '../usage.ts'
import { DEFAULT_STATION, StationClient } from './client.ts'

export interface RawStationOptions {
  readonly station?: string
  readonly json?: boolean
}

export function addStationOptions(command: Command): Command {
  return command
    .option('--station <url>', `the station (${DEFAULT_STATION}); its token stands in SKYFERRY_TOKEN`)
    .option('--json', 'one JSON object per line on stdout')
}

/** Runs a command with a station and an output. */
export async function withStation(
  raw: RawStationOptions,
  run: (client: StationClient, output: Output) => Promise<Exit>,
): Promise<Exit> {
  const { SKYFERRY_TOKEN } = process.env
  const client = new StationClient({
    url: raw.station ?? DEFAULT_STATION,
    token: SKYFERRY_TOKEN,
  })
  const output = await openOutput(raw.json ?? false)
  try {
    return await run(client, output)
  } finally {
    output.close()
  }
}
