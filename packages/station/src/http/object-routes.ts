import { type Bucket as BucketAnswer, readBucketRequest, type StoredObject } from '@skyferry/api'
import type { Hono } from 'hono'
import { type Bucket, BucketError } from '../buckets/bucket.ts'
import type { OnExisting } from '../buckets/placement.ts'
import type { Station } from '../station/station.ts'
import { failure, json, withBody } from './answers.ts'
import type { Guard } from './app.ts'
import { arrivingObject, followedObject, type Growth, wholeObject } from './object-content.ts'

const OBJECTS = '/v1/buckets/:bucket/objects'
/** A follower looks again after this long. */
const FOLLOW_MS = 200

export function addObjectRoutes(app: Hono, station: Station, guard: Guard): void {
  const { buckets, transfers, plan } = station

  app.get('/v1/buckets', guard('viewer'), () => json({ buckets: buckets.all().map(bucketAnswer) }))
  app.post('/v1/buckets', guard('admin'), context =>
    withBody(context.req.raw, plan.http.maxRequestOctets, readBucketRequest, ({ name }) => {
      const existed = buckets.get(name) !== undefined
      return json(bucketAnswer(buckets.create(name)), existed ? 200 : 201)
    }),
  )
  app.get('/v1/buckets/:bucket', guard('viewer'), context =>
    withBucket(context.req.param('bucket'), bucket => json(bucketAnswer(bucket))),
  )
  app.get(OBJECTS, guard('viewer'), context =>
    withBucket(context.req.param('bucket'), async bucket => {
      const prefix = context.req.query('prefix') ?? ''
      const whole = await bucket.list(prefix)
      const arriving = arrivingIn(bucket.name, prefix).filter(
        ({ name }) => !whole.some(each => each.name === name),
      )
      return json({ objects: [...whole, ...arriving] })
    }),
  )
  app.get(`${OBJECTS}/*`, guard('viewer'), context =>
    withObject(context.req.raw, async (bucket, name) => {
      const found = await bucket.find(name)
      const wantsFollow = context.req.query('follow') !== undefined && context.req.method === 'GET'
      if (found !== undefined) return wholeObject(found, context.req.raw)
      const part = transfers.arriving(bucket.name, name)
      if (part === undefined) return noObject(bucket, name)
      if (!wantsFollow) return arrivingObject(part, context.req.raw)
      return followedObject(
        () => growthOf(bucket, name, part.id),
        () => new Promise(resolve => setTimeout(resolve, FOLLOW_MS)),
      )
    }),
  )
  app.put(`${OBJECTS}/*`, guard('operator'), context =>
    withObject(context.req.raw, async (bucket, name) => {
      const asked = context.req.query('onExisting') ?? 'overwrite'
      const onExisting = context.req.header('if-none-match') === '*' ? 'refuse' : asked
      if (!isOnExisting(onExisting)) {
        return failure('bad-request', 'onExisting is none of rename, overwrite, refuse')
      }
      const body = context.req.raw.body ?? new ReadableStream({ start: controller => controller.close() })
      const written = await bucket.write(name, body, onExisting, plan.http.maxObjectOctets)
      return json(written, 201)
    }),
  )
  app.delete(`${OBJECTS}/*`, guard('operator'), context =>
    withObject(context.req.raw, async (bucket, name) =>
      (await bucket.remove(name)) ? new Response(null, { status: 204 }) : noObject(bucket, name),
    ),
  )

  async function withBucket(
    name: string,
    answer: (bucket: Bucket) => Response | Promise<Response>,
  ): Promise<Response> {
    const bucket = buckets.get(name)
    if (bucket === undefined) return failure('not-found', `there is no bucket ${name}`)
    try {
      return await answer(bucket)
    } catch (error) {
      if (!(error instanceof BucketError)) throw error
      return failure(CODES[error.code], error.message)
    }
  }

  function withObject(
    request: Request,
    answer: (bucket: Bucket, name: string) => Promise<Response>,
  ): Promise<Response> {
    const [, , , bucket = '', , ...name] = new URL(request.url).pathname.split('/')
    const decoded = [bucket, name.join('/')].map(decodedPart)
    if (decoded.some(each => each === undefined)) {
      return Promise.resolve(failure('bad-request', 'the name is not encoded as a URL wants it'))
    }
    return withBucket(decoded[0]!, each => answer(each, decoded[1]!))
  }

  function arrivingIn(bucket: string, prefix: string): StoredObject[] {
    const found: StoredObject[] = []
    for (const row of transfers.openRows()) {
      if (row.direction !== 'download' || row.bucket !== bucket || !row.object?.startsWith(prefix)) continue
      const part = transfers.partOf(row)
      if (part === undefined) continue
      const { size, octets, contiguous } = part
      found.push({
        bucket,
        name: row.object,
        size: size ?? octets,
        created: new Date(row.created).toISOString(),
        arriving: { transfer: String(row.id), octets, contiguous },
      })
    }
    return found
  }

  async function growthOf(bucket: Bucket, name: string, transfer: number): Promise<Growth> {
    const part = transfers.arriving(bucket.name, name)
    if (part?.id === transfer) return { state: 'arriving', part }
    // Its name may have become another one as it was placed.
    const row = transfers.row(transfer)
    const found = row?.state === 'completed' ? await bucket.find(row.object ?? name) : undefined
    if (found !== undefined) return { state: 'whole', found }
    // Between the last octet and its place there is a moment in which it is neither.
    return row !== undefined && row.ended === null
      ? {
          state: 'arriving',
          part: { path: '', size: null, octets: 0, contiguous: 0, missingWithin: () => [] },
        }
      : { state: 'gone' }
  }
}

const CODES = {
  'not-found': 'not-found',
  exists: 'precondition-failed',
  'bad-name': 'bad-request',
  'too-large': 'too-large',
  'no-space': 'no-space',
  'not-allowed': 'forbidden',
  interrupted: 'bad-request',
  'io-error': 'internal',
} as const

function decodedPart(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function isOnExisting(text: string): text is OnExisting {
  return text === 'rename' || text === 'overwrite' || text === 'refuse'
}

function noObject(bucket: Bucket, name: string): Response {
  return failure('not-found', `there is no object ${name} in bucket ${bucket.name}`)
}

function bucketAnswer({ name, usage, quota }: Bucket): BucketAnswer {
  return {
    name,
    octets: usage.octets,
    objects: usage.objects,
    maxOctets: quota.maxOctets ?? null,
    maxObjects: quota.maxObjects ?? null,
  }
}
