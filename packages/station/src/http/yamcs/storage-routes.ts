/** Buckets and objects as Yamcs clients know them. */
import type { JsonObject } from '@bufbuild/protobuf'
import { isBucketName } from '@skyferry/api'
import type { Context } from 'hono'
import { type Bucket, BucketError } from '../../buckets/bucket.ts'
import { wholeObject } from '../object-content.ts'
import { readForm } from './form.ts'
import type { Route, YamcsHost } from './routes.ts'
import { answer, bodyOf, nothing, YamcsError } from './wire.ts'

const BASE = '/api/storage/buckets'

export function addStorageRoutes(route: Route, { station }: YamcsHost): void {
  const { buckets, plan } = station
  const bucketOf = (context: Context): Bucket => {
    const name = context.req.param('bucket') ?? ''
    const bucket = buckets.get(name)
    if (bucket === undefined) throw new YamcsError(404, `No bucket named '${name}'`)
    return bucket
  }

  route('GET', BASE, 'viewer', context =>
    answer(context.req.raw, 'yamcs.protobuf.buckets.ListBucketsResponse', {
      buckets: buckets.all().map(bucketInfo),
    }),
  )
  route('POST', BASE, 'admin', async context => {
    const body = await bodyOf(
      context.req.raw,
      'yamcs.protobuf.buckets.CreateBucketRequest',
      plan.http.maxRequestOctets,
    )
    const name = String(body['name'] ?? '')
    if (!isBucketName(name)) throw new YamcsError(400, `'${name}' is no name for a bucket`)
    if (buckets.get(name) !== undefined) throw new YamcsError(400, `A bucket named '${name}' exists already`)
    return answer(context.req.raw, 'yamcs.protobuf.buckets.BucketInfo', bucketInfo(buckets.create(name)))
  })
  route('GET', `${BASE}/:bucket`, 'viewer', context =>
    answer(context.req.raw, 'yamcs.protobuf.buckets.BucketInfo', bucketInfo(bucketOf(context))),
  )
  route('DELETE', `${BASE}/:bucket`, 'admin', async context => {
    const bucket = bucketOf(context)
    if (station.usesBucket(bucket.name))
      throw new YamcsError(400, `bucket ${bucket.name} is used by a service`)
    await buckets.remove(bucket.name)
    return nothing()
  })
  route('GET', `${BASE}/:bucket/objects`, 'viewer', async context => {
    const prefix = context.req.query('prefix') ?? ''
    const delimiter = context.req.query('delimiter') ?? ''
    const { objects, prefixes } = folded(await bucketOf(context).list(prefix), prefix, delimiter)
    return answer(context.req.raw, 'yamcs.protobuf.buckets.ListObjectsResponse', {
      ...(prefixes.length === 0 ? {} : { prefixes }),
      ...(objects.length === 0 ? {} : { objects: objects.map(objectInfo) }),
    })
  })
  route('POST', `${BASE}/:bucket/objects`, 'operator', async context => {
    await upload(context, undefined)
    return nothing()
  })
  route('POST', `${BASE}/:bucket/objects/*`, 'operator', async context => {
    await upload(context, objectNameOf(context.req.raw))
    return nothing()
  })
  route('GET', `${BASE}/:bucket/objects/*`, 'viewer', async context => {
    const bucket = bucketOf(context)
    const name = objectNameOf(context.req.raw)
    const found = await asked(() => bucket.find(name))
    if (found === undefined) throw noObject(bucket, name)
    return wholeObject(found, context.req.raw)
  })
  route('GET', `${BASE}/:bucket/objectInfo/*`, 'viewer', async context => {
    const bucket = bucketOf(context)
    const name = objectNameOf(context.req.raw)
    const found = await asked(() => bucket.find(name))
    if (found === undefined) throw noObject(bucket, name)
    const info = objectInfo({ name, size: found.size, created: found.modified.toISOString() })
    return answer(context.req.raw, 'yamcs.protobuf.buckets.ObjectInfo', info)
  })
  route('DELETE', `${BASE}/:bucket/objects/*`, 'operator', async context => {
    const bucket = bucketOf(context)
    const name = objectNameOf(context.req.raw)
    if (!(await asked(() => bucket.remove(name)))) throw noObject(bucket, name)
    return nothing()
  })

  async function upload(context: Context, inPath: string | undefined): Promise<void> {
    const bucket = bucketOf(context)
    const request = context.req.raw
    const type = request.headers.get('content-type') ?? ''
    if (type.startsWith('multipart/related')) throw new YamcsError(400, 'multipart/related is not taken')
    const body = request.body ?? new ReadableStream<Uint8Array>({ start: controller => controller.close() })
    await asked(async () => {
      if (!type.startsWith('multipart/form-data')) {
        if (inPath === undefined) throw new YamcsError(400, 'the path names no object')
        await bucket.write(plainName(inPath), body, 'overwrite', plan.http.maxObjectOctets)
        return
      }
      const count = await readForm(body, type, async (filename, content) => {
        await bucket.write(plainName(inPath ?? filename), content, 'overwrite', plan.http.maxObjectOctets)
      })
      if (count !== 1) throw new YamcsError(400, `the form has ${count} files, and one is wanted`)
    })
  }
}

/** The buckets' own errors in the terms of this API. */
async function asked<Answer>(act: () => Promise<Answer>): Promise<Answer> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof BucketError)) throw error
    throw new YamcsError(
      error.code === 'too-large' ? 413 : error.code === 'io-error' ? 500 : 400,
      error.message,
    )
  }
}

function noObject(bucket: Bucket, name: string): YamcsError {
  return new YamcsError(404, `No object named '${name}' in bucket '${bucket.name}'`)
}

/** Everything behind the bucket and one more segment, slashes encoded or not. */
function objectNameOf(request: Request): string {
  const parts = new URL(request.url).pathname.split('/').slice(6)
  try {
    return plainName(decodeURIComponent(parts.join('/')))
  } catch (error) {
    if (error instanceof YamcsError) throw error
    throw new YamcsError(400, 'the name is not encoded as a URL wants it')
  }
}

function plainName(name: string): string {
  const parts = name.split('/')
  const isPlain = parts.every(part => part !== '' && part !== '.' && part !== '..')
  if (!isPlain || /[\p{Cc}\\]/u.test(name)) throw new YamcsError(400, `'${name}' is no name for an object`)
  return name
}

interface Listed {
  readonly name: string
  readonly size: number
  readonly created: string
}

/** Names that go on behind a delimiter are folded into the part up to it. */
function folded(
  objects: readonly Listed[],
  prefix: string,
  delimiter: string,
): { objects: readonly Listed[]; prefixes: string[] } {
  if (delimiter === '') return { objects, prefixes: [] }
  const prefixes = new Set<string>()
  const direct = objects.filter(({ name }) => {
    const at = name.indexOf(delimiter, prefix.length)
    if (at >= 0) prefixes.add(name.slice(0, at + delimiter.length))
    return at < 0
  })
  return { objects: direct, prefixes: [...prefixes] }
}

function objectInfo({ name, size, created }: Listed): JsonObject {
  return { name, created, size: String(size) }
}

/** What a bucket without a quota is said to hold: clients want a number. */
const BOUNDLESS_OCTETS = Number.MAX_SAFE_INTEGER
const BOUNDLESS_OBJECTS = 2 ** 31 - 1

function bucketInfo(bucket: Bucket): JsonObject {
  const { name, usage, quota, created, directory } = bucket
  return {
    name,
    size: String(usage.octets),
    numObjects: usage.objects,
    maxSize: String(quota.maxOctets ?? BOUNDLESS_OCTETS),
    maxObjects: quota.maxObjects ?? BOUNDLESS_OBJECTS,
    created: created.toISOString(),
    directory,
    location: { name: 'dir', description: 'Directory' },
  }
}
