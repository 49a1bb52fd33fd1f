/** Answers in the form that every client expects. */
import { type ApiErrorCode, isProblem, type Problem } from '@skyferry/api'

const STATUS: Readonly<Record<ApiErrorCode, number>> = {
  'bad-request': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'precondition-failed': 412,
  'too-large': 413,
  'range-missing': 416,
  refused: 422,
  internal: 500,
  stopping: 503,
  'no-space': 507,
}

export function json(body: unknown, status: number = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
  })
}

export function failure(code: ApiErrorCode, text: string, more: object = {}): Response {
  const headers: Record<string, string> = code === 'unauthorized' ? { 'www-authenticate': 'Bearer' } : {}
  return json({ code, text, ...more }, STATUS[code], headers)
}

/** The body as JSON, read no further than it may be long; a problem when it is none. */
export async function readJson(request: Request, maxOctets: number): Promise<unknown | Problem> {
  const chunks: Uint8Array[] = []
  let octets = 0
  for await (const chunk of request.body ?? []) {
    octets += chunk.length
    if (octets > maxOctets) return { kind: 'problem', reason: `the body has more than ${maxOctets} octets` }
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return { kind: 'problem', reason: 'the body is not JSON' }
  }
}

/** Reads the body and answers, or says what is wrong with it. */
export async function withBody<Value extends object>(
  request: Request,
  maxOctets: number,
  read: (body: unknown) => Value | Problem,
  answer: (value: Value) => Response | Promise<Response>,
): Promise<Response> {
  const body = await readJson(request, maxOctets)
  const value = isProblem(body) ? body : read(body)
  return isProblem(value) ? failure('bad-request', value.reason) : answer(value)
}
