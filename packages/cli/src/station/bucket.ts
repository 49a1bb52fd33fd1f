/** `bucket ls|put|get|rm`: objects in the buckets of a station. */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Bucket, routes, type StoredObject, type WrittenObject } from '@skyferry/api'
import { formatSize, plural } from '../formats.ts'
import type { Output } from '../output/output.ts'
import { CommandError, Exit, UsageError } from '../usage.ts'
import type { StationClient } from './client.ts'
import { type RawStationOptions, withStation } from './options.ts'

/** `cfdpDown/images/a.raw`: a bucket and an object in it, or a part of a name. */
function parsePlace(text: string): { readonly bucket: string; readonly name: string } {
  const slash = text.indexOf('/')
  return slash < 0
    ? { bucket: text, name: '' }
    : { bucket: text.slice(0, slash), name: text.slice(slash + 1) }
}

function parseObject(text: string): { readonly bucket: string; readonly name: string } {
  const place = parsePlace(text)
  if (place.name === '') throw new UsageError(`'${text}' is not BUCKET/OBJECT`)
  return place
}

export async function listCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const place = operands[0] as string | undefined
  return withStation(options as RawStationOptions, async (client, output) => {
    if (place === undefined) await listBuckets(client, output)
    else await listObjects(parsePlace(place), client, output)
    return Exit.Done
  })
}

async function listBuckets(client: StationClient, output: Output): Promise<void> {
  const { buckets } = await client.get<{ buckets: Bucket[] }>(routes.buckets)
  for (const bucket of buckets) {
    const text = `${bucket.name}  ${plural(bucket.objects, 'object')}  ${formatSize(bucket.octets)}`
    output.finding({ type: 'bucket', fields: { ...bucket }, text })
  }
}

async function listObjects(
  { bucket, name }: { bucket: string; name: string },
  client: StationClient,
  output: Output,
): Promise<void> {
  const route = `${routes.objects(bucket)}?${new URLSearchParams({ prefix: name })}`
  const { objects } = await client.get<{ objects: StoredObject[] }>(route)
  for (const object of objects) {
    const { arriving } = object
    const note = arriving === undefined ? '' : `  arriving: ${formatSize(arriving.octets)} are here`
    const text = `${object.created}  ${formatSize(object.size).padStart(12)}  ${object.name}${note}`
    output.finding({ type: 'object', fields: { ...object }, text })
  }
}

export async function putObjectCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const [file, target] = operands as [string, string]
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile() !== true) throw new UsageError(`FILE: there is no file '${file}'`)
  const { bucket, name } = parsePlace(target)
  const object = name === '' || name.endsWith('/') ? name + basename(file) : name
  return withStation(options as RawStationOptions, async (client, output) => {
    const body = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>
    const init = { method: 'PUT', body, duplex: 'half' } as RequestInit
    const answer = await client.send(routes.object(bucket, object), init)
    const written = (await answer.json()) as WrittenObject
    const text = `${written.bucket}/${written.name}  ${formatSize(written.size)}  sha256 ${written.sha256}`
    output.finding({ type: 'object', fields: { ...written }, text })
    return Exit.Done
  })
}

export interface RawGetOptions extends RawStationOptions {
  readonly follow?: boolean
}

export async function getObjectCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawGetOptions
  const [place, target] = operands as [string, string | undefined]
  const { bucket, name } = parseObject(place)
  const file = target ?? name.split('/').at(-1)!
  return withStation(raw, async (client, output) => {
    const route = routes.object(bucket, name) + (raw.follow === true ? '?follow=1' : '')
    const answer = await client.send(route)
    const { octets, sha256 } = await save(answer, file)
    const text = `${file}  ${formatSize(octets)}  sha256 ${sha256}`
    output.finding({ type: 'object', fields: { bucket, name, size: octets, sha256, path: file }, text })
    return Exit.Done
  })
}

/** Reads a whole object into a file. */
export async function saveObject(
  bucket: string,
  name: string,
  file: string,
  client: StationClient,
): Promise<{ octets: number; sha256: string }> {
  return save(await client.send(routes.object(bucket, name)), file)
}

/** The file appears whole, or not at all. */
async function save(answer: Response, file: string): Promise<{ octets: number; sha256: string }> {
  const part = `${file}.part`
  const hash = createHash('sha256')
  let octets = 0
  const count = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk)
      octets += chunk.length
      done(null, chunk)
    },
  })
  try {
    const body = answer.body === null ? Readable.from([]) : Readable.fromWeb(answer.body as never)
    await pipeline(body, count, createWriteStream(part))
    await rename(part, file)
  } catch (error) {
    await rm(part, { force: true })
    throw new CommandError('download-failed', `${file}: ${(error as Error).message}`, Exit.Failed, error)
  }
  return { octets, sha256: hash.digest('hex') }
}

export async function removeObjectCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const places = (operands[0] as readonly string[]).map(parseObject)
  return withStation(options as RawStationOptions, async (client, output) => {
    for (const { bucket, name } of places) {
      await client.send(routes.object(bucket, name), { method: 'DELETE' })
      output.event({ code: 'removed', text: `${bucket}/${name} is removed` })
    }
    return Exit.Done
  })
}
