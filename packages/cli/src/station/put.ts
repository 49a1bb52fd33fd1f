/** `put`: files into a bucket of the station, and from there to a remote entity. */
import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { routes, type Transfer, type TransferRequest, type WrittenObject } from '@skyferry/api'
import { onInterrupt } from '../interrupts.ts'
import type { Output } from '../output/output.ts'
import { CommandError, Exit, UsageError } from '../usage.ts'
import type { StationClient } from './client.ts'
import { type RawStationOptions, withStation } from './options.ts'
import { type Pace, realPace, watchToEnd } from './watch.ts'

export interface RawPutOptions extends RawStationOptions {
  readonly bucket?: string
  readonly service?: string
  readonly class?: string
  readonly closure?: boolean
  readonly detach?: boolean
}

export interface PutPlan {
  readonly files: readonly string[]
  readonly to: string
  /** Absent: the file's own name. */
  readonly path: string | undefined
  readonly bucket: string
  readonly service: string | undefined
  readonly class: 1 | 2 | undefined
  readonly closure: boolean | undefined
  readonly detach: boolean
}

/** What is waited for after an interrupt. */
const FAREWELL_MS = 5000

export async function putCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawPutOptions
  const plan = parsePut(operands[0] as readonly string[], raw)
  return withStation(raw, (client, output) => {
    const interrupted = { now: false }
    onInterrupt(() => {
      interrupted.now = true
    })
    return runPut(plan, client, output, realPace, () => interrupted.now)
  })
}

/** @throws {UsageError} naming the operand or option */
export function parsePut(operands: readonly string[], raw: RawPutOptions): PutPlan {
  const files = operands.slice(0, -1)
  const { entity, path } = parseRemote(operands.at(-1) ?? '')
  if (files.length === 0) throw new UsageError('FILE: name at least one file, then ENTITY:PATH')
  for (const file of files) {
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat === undefined) throw new UsageError(`FILE: there is no '${file}'`)
    if (!stat.isFile()) throw new UsageError(`FILE: '${file}' is not a regular file`)
  }
  if (files.length > 1 && path !== undefined && !/[/:\\]$/.test(path)) {
    throw new UsageError(`ENTITY:PATH: several files go to a folder; write ${entity}:${path}/`)
  }
  if (raw.class !== undefined && raw.class !== '1' && raw.class !== '2') {
    throw new UsageError(`--class: '${raw.class}' is neither 1 nor 2`)
  }
  return {
    files,
    to: entity,
    path,
    bucket: raw.bucket ?? 'cfdpUp',
    service: raw.service,
    class: raw.class === undefined ? undefined : raw.class === '1' ? 1 : 2,
    closure: raw.closure,
    detach: raw.detach ?? false,
  }
}

/** `craft:images/`: an entity and a name there. */
export function parseRemote(text: string): { readonly entity: string; readonly path: string | undefined } {
  const colon = text.indexOf(':')
  if (colon < 1) throw new UsageError(`ENTITY:PATH: '${text}' is not ENTITY:PATH, such as craft:images/`)
  const path = text.slice(colon + 1)
  return { entity: text.slice(0, colon), path: path === '' ? undefined : path }
}

export async function runPut(
  plan: PutPlan,
  client: StationClient,
  output: Output,
  pace: Pace,
  isInterrupted: () => boolean,
): Promise<Exit> {
  const sent = new Map<string, WrittenObject>()
  for (const file of plan.files) {
    const written = await upload(file, plan.bucket, client)
    const transfer = await client.post<Transfer>(routes.transfers, requestFor(written, file, plan))
    sent.set(transfer.id, written)
    const text = `transfer ${transfer.id}: ${file} to ${plan.to}:${transfer.remotePath ?? ''}`
    output.event({ code: 'started', text, transaction: transfer.id })
  }
  if (plan.detach) return Exit.Done
  let exit: Exit = Exit.Done
  const open = new Set(sent.keys())
  for await (const transfer of watchToEnd([...open], client, output, pace, isInterrupted)) {
    open.delete(transfer.id)
    tellEnd(transfer, sent.get(transfer.id)!, output)
    if (transfer.state !== 'completed') exit = Exit.Failed
  }
  if (open.size === 0) return exit
  await cancelAll(open, sent, client, output, pace)
  return Exit.Interrupted
}

/** Names in a bucket are many people's: the file gets a number where its name is taken. */
async function upload(file: string, bucket: string, client: StationClient): Promise<WrittenObject> {
  const route = `${routes.object(bucket, basename(file))}?onExisting=rename`
  const body = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>
  const init = { method: 'PUT', body, duplex: 'half' } as RequestInit
  const answer = await client.send(route, init)
  return (await answer.json()) as WrittenObject
}

function requestFor(written: WrittenObject, file: string, plan: PutPlan): TransferRequest {
  const name = basename(file)
  // The number that the bucket gave it means nothing to the other end.
  const path = plan.path === undefined ? name : /[/:\\]$/.test(plan.path) ? plan.path + name : plan.path
  return {
    bucket: written.bucket,
    object: written.name,
    to: plan.to,
    path,
    ...(plan.service === undefined ? {} : { service: plan.service }),
    ...(plan.class === undefined ? {} : { class: plan.class }),
    ...(plan.closure === undefined ? {} : { closure: plan.closure }),
  }
}

function tellEnd(transfer: Transfer, written: WrittenObject, output: Output): void {
  const { id, state, reason, octets, created, end, pdus } = transfer
  if (state !== 'completed' && state !== 'failed' && state !== 'cancelled') return
  output.result({
    transaction: id,
    state,
    reason,
    octets,
    seconds: end === null ? 0 : (Date.parse(end) - Date.parse(created)) / 1000,
    sha256: state === 'completed' ? written.sha256 : null,
    path: `${written.bucket}/${written.name}`,
    pdus,
  })
}

/** An interrupt cancels what has not ended, towards the other end too, and waits for that a little. */
async function cancelAll(
  ids: ReadonlySet<string>,
  sent: ReadonlyMap<string, WrittenObject>,
  client: StationClient,
  output: Output,
  pace: Pace,
): Promise<void> {
  for (const id of ids) {
    await client.post(routes.action(id, 'cancel')).catch(error => {
      if (!(error instanceof CommandError)) throw error
    })
  }
  let isOver = false
  void pace.wait(FAREWELL_MS).then(() => {
    isOver = true
  })
  for await (const transfer of watchToEnd([...ids], client, output, pace, () => isOver)) {
    tellEnd(transfer, sent.get(transfer.id)!, output)
  }
}
