/** Requests and answers of the Yamcs API: protobuf or JSON, as the client wants it. */
import type { JsonObject } from '@bufbuild/protobuf'
import { type MessageName, readMessage, writeMessage } from './messages.ts'

const PROTOBUF = 'application/protobuf'

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'BadRequestException',
  401: 'UnauthorizedException',
  403: 'ForbiddenException',
  404: 'NotFoundException',
  405: 'MethodNotAllowedException',
  413: 'BadRequestException',
  500: 'InternalServerErrorException',
  503: 'ServiceUnavailableException',
}

/** What is wrong with a request, thrown by whoever finds it and answered at the edge of this API. */
export class YamcsError extends Error {
  override readonly name = 'YamcsError'
  readonly status: number

  constructor(status: number, text: string) {
    super(text)
    this.status = status
  }

  get body(): JsonObject {
    return { code: this.status, type: ERROR_TYPES[this.status] ?? 'BadRequestException', msg: this.message }
  }
}

export function wantsProtobuf(request: Request): boolean {
  const accept = request.headers.get('accept')
  if (accept === PROTOBUF) return true
  const isOpen = accept === null || accept === '*/*'
  return isOpen && request.headers.get('content-type') === PROTOBUF
}

export function answer(
  request: Request,
  name: MessageName,
  value: JsonObject,
  status: number = 200,
): Response {
  if (!wantsProtobuf(request)) {
    return new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } })
  }
  const body = writeMessage(name, value) as Uint8Array<ArrayBuffer>
  return new Response(body, { status, headers: { 'content-type': PROTOBUF } })
}

export function nothing(): Response {
  return new Response(null, { status: 200, headers: { 'content-length': '0' } })
}

export function failed(request: Request, error: YamcsError): Response {
  return answer(request, 'yamcs.api.ExceptionMessage', error.body, error.status)
}

/** The body of a request as a message; throws a `YamcsError` when it is none. */
export async function bodyOf(request: Request, name: MessageName, maxOctets: number): Promise<JsonObject> {
  const chunks: Uint8Array[] = []
  let octets = 0
  for await (const chunk of request.body ?? []) {
    octets += chunk.length
    if (octets > maxOctets) throw new YamcsError(413, `the body has more than ${maxOctets} octets`)
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  if (body.length === 0) return {}
  const isProtobuf = request.headers.get('content-type') === PROTOBUF
  const message = isProtobuf ? readMessage(name, body) : readJson(name, body)
  if (message === undefined) throw new YamcsError(400, `the body is no ${name.split('.').at(-1)}`)
  return message
}

function readJson(name: MessageName, body: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return readMessage(name, value as JsonObject)
  } catch {
    return undefined
  }
}

/** Fields that are not known are left out. */
export function known(fields: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  ) as JsonObject
}
