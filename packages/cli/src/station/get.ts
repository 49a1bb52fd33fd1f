/** `get` and `ls`: files of a remote entity, through a station. */
import { ENDED_STATES, type RemoteDirectory, routes, type Transfer } from '@skyferry/api'
import { onInterrupt } from '../interrupts.ts'
import type { Output } from '../output/output.ts'
import { CommandError, Exit, UsageError } from '../usage.ts'
import { saveObject } from './bucket.ts'
import type { StationClient } from './client.ts'
import { type RawStationOptions, withStation } from './options.ts'
import { parseRemote } from './put.ts'
import { LOOK_MS, type Pace, realPace, watchToEnd } from './watch.ts'

export interface RawGetOptions extends RawStationOptions {
  readonly bucket?: string
  readonly service?: string
  readonly class?: string
}

/** How long a listing is waited for. */
const LISTING_MS = 60_000

export async function getCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawGetOptions
  const [from, file] = operands as [string, string | undefined]
  const { entity, path } = parseRemote(from)
  if (path === undefined) throw new UsageError(`ENTITY:PATH: '${from}' names no file`)
  if (raw.class !== undefined && raw.class !== '1' && raw.class !== '2') {
    throw new UsageError(`--class: '${raw.class}' is neither 1 nor 2`)
  }
  const request = {
    to: entity,
    path,
    ...(raw.bucket === undefined ? {} : { bucket: raw.bucket }),
    ...(raw.service === undefined ? {} : { service: raw.service }),
    ...(raw.class === undefined ? {} : { class: Number(raw.class) }),
  }
  return withStation(raw, async (client, output) => {
    let isInterrupted = false
    onInterrupt(() => {
      isInterrupted = true
    })
    const begun = await client.post<Transfer>(routes.downloads, request)
    const text = `transfer ${begun.id}: ${entity}:${path} is asked for`
    output.event({ code: 'started', text, transaction: begun.id })
    for await (const ended of watchToEnd([begun.id], client, output, realPace, () => isInterrupted)) {
      return finish(ended, file ?? path.split(/[/\\]/).at(-1)!, client, output)
    }
    await client.post(routes.action(begun.id, 'cancel')).catch(() => {})
    return Exit.Interrupted
  })
}

async function finish(
  transfer: Transfer,
  file: string,
  client: StationClient,
  output: Output,
): Promise<Exit> {
  const { id, state, reason, created, end, pdus, bucket, object } = transfer
  if (!ENDED_STATES.has(state)) return Exit.Failed
  const isWhole = state === 'completed' && bucket !== null && object !== null
  const saved = isWhole ? await saveObject(bucket, object, file, client) : undefined
  output.result({
    transaction: id,
    state: state as 'completed' | 'failed' | 'cancelled',
    reason,
    octets: saved?.octets ?? transfer.octets,
    seconds: end === null ? 0 : (Date.parse(end) - Date.parse(created)) / 1000,
    sha256: saved?.sha256 ?? null,
    path: saved === undefined ? null : file,
    pdus,
  })
  return state === 'completed' ? Exit.Done : Exit.Failed
}

export async function listRemoteCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const { entity, path = '' } = parseRemote(String(operands[0]))
  return withStation(options as RawStationOptions, async (client, output) => {
    const listing = await listed(entity, path, client, realPace)
    for (const { name, isDirectory } of listing.files) {
      const text = isDirectory ? `${name}/` : name
      output.finding({ type: 'file', fields: { name, isDirectory }, text })
    }
    return Exit.Done
  })
}

/** Asks, and looks until the answer is there. */
async function listed(
  entity: string,
  path: string,
  client: StationClient,
  pace: Pace,
): Promise<RemoteDirectory> {
  const route = `${routes.files(entity)}?${new URLSearchParams({ path })}`
  await client.post(route)
  for (let waited = 0; waited < LISTING_MS; waited += LOOK_MS) {
    const listing = await client.get<RemoteDirectory>(route)
    if (listing.state === 'listed') return listing
    if (listing.state === 'failed') {
      throw new CommandError(
        'listing-failed',
        `${entity}:${path}: ${listing.reason ?? 'no reason given'}`,
        Exit.Failed,
      )
    }
    await pace.wait(LOOK_MS)
  }
  throw new CommandError('listing-failed', `${entity} has not answered for a minute`, Exit.Failed)
}
