/** The content of an object: whole, in part, or as it arrives. */
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { FoundObject } from '../buckets/bucket.ts'
import type { ArrivingPart } from '../transfers/carrier.ts'
import { failure } from './answers.ts'

type Range = readonly [from: number, to: number]

/** A whole object; `range` is the header of that name. */
export function wholeObject(found: FoundObject, request: Request): Response {
  const { size, modified, path } = found
  const etag = `"${size.toString(16)}-${modified.getTime().toString(16)}"`
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag,
    'last-modified': modified.toUTCString(),
  }
  if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers })
  const isStale = (request.headers.get('if-range') ?? etag) !== etag
  const range = isStale ? undefined : rangeOf(request.headers.get('range'), size)
  if (range === 'unsatisfiable') {
    return new Response(null, { status: 416, headers: { 'content-range': `bytes */${size}` } })
  }
  const [from, to] = range ?? [0, size]
  headers['content-length'] = String(to - from)
  if (range !== undefined) headers['content-range'] = `bytes ${from}-${to - 1}/${size}`
  const body = request.method === 'HEAD' ? null : contentOf(path, from, to)
  return new Response(body, { status: range === undefined ? 200 : 206, headers })
}

/** An object of which only a part has arrived: ranges that are there, and what is missing of others. */
export function arrivingObject(part: ArrivingPart & { readonly id: number }, request: Request): Response {
  const { size, contiguous, octets, path } = part
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    'skyferry-transfer': String(part.id),
    'skyferry-octets': String(octets),
    'skyferry-contiguous': String(contiguous),
  }
  if (size !== null) headers['skyferry-size'] = String(size)
  if (request.method === 'HEAD') return new Response(null, { status: 200, headers })
  // While the size is unknown, "to the end" means to the end of what is known.
  const end = size ?? Number.MAX_SAFE_INTEGER
  const asked = rangeOf(request.headers.get('range'), end) ?? [0, end]
  if (asked === 'unsatisfiable') {
    return new Response(null, { status: 416, headers: { 'content-range': `bytes */${size ?? '*'}` } })
  }
  const [from, to] = asked
  const missing = part.missingWithin(from, to)
  if (missing.length > 0) {
    const text = `of octets ${from} to ${to - 1} some have not arrived yet`
    const answer = failure('range-missing', text, { missing: missing.slice(0, 1000) })
    for (const [name, value] of Object.entries(headers)) {
      if (name.startsWith('skyferry-')) answer.headers.set(name, value)
    }
    answer.headers.set('content-range', `bytes */${size ?? '*'}`)
    return answer
  }
  headers['content-length'] = String(to - from)
  headers['content-range'] = `bytes ${from}-${to - 1}/${size ?? '*'}`
  return new Response(contentOf(path, from, to), { status: 206, headers })
}

/** What a follower finds each time it looks. */
export type Growth =
  | { readonly state: 'whole'; readonly found: FoundObject }
  | { readonly state: 'arriving'; readonly part: ArrivingPart }
  | { readonly state: 'gone' }

/**
 * An object from its start, as far as it is there without a gap, and on as that part grows, to its end.
 * @param look what there is now
 * @param wait resolves when it is worth looking again
 */
export function followedObject(look: () => Promise<Growth>, wait: () => Promise<void>): Response {
  let position = 0
  let reader: AsyncIterator<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        const next = await reader?.next()
        if (next !== undefined && next.done !== true) {
          position += next.value.length
          controller.enqueue(next.value)
          return
        }
        reader = undefined
        const growth = await look()
        if (growth.state === 'gone')
          return controller.error(new Error('the transfer ended without the object'))
        const isWhole = growth.state === 'whole'
        const upTo = isWhole ? growth.found.size : growth.part.contiguous
        if (position < upTo) {
          const path = isWhole ? growth.found.path : growth.part.path
          reader = createReadStream(path, { start: position, end: upTo - 1 })[Symbol.asyncIterator]()
        } else if (isWhole) return controller.close()
        else await wait()
      }
    },
    async cancel() {
      await reader?.return?.()
    },
  })
  return new Response(body, {
    headers: { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' },
  })
}

/** Octets `from` ≤ x < `to` of a file. */
function contentOf(path: string, from: number, to: number): ReadableStream<Uint8Array> | string {
  if (from >= to) return ''
  return Readable.toWeb(createReadStream(path, { start: from, end: to - 1 })) as ReadableStream<Uint8Array>
}

/**
 * One range of octets (RFC 9110, section 14). Several at once, or other units, are not ours: the whole is answered.
 * @returns undefined where there is none
 */
export function rangeOf(header: string | null, size: number): Range | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return undefined
  const [first, last] = [match[1]!, match[2]!]
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : [size - length, size]
  }
  const from = Number(first)
  const to = last === '' ? size : Math.min(Number(last) + 1, size)
  if (last !== '' && Number(last) < from) return undefined
  return from >= size ? 'unsatisfiable' : [from, to]
}
