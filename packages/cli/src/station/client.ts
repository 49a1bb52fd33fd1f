/** A station as a command speaks to it: over HTTP, with every way it can fail as a `CommandError`. */
import type { ApiError } from '@skyferry/api'
import { CommandError, Exit, UsageError } from '../usage.ts'

export const DEFAULT_STATION = 'http://127.0.0.1:8090'

export interface ClientOptions {
  readonly url: string
  /** In place of the real one in tests. */
  readonly fetch?: typeof fetch
  readonly token?: string | undefined
}

export class StationClient {
  readonly #base: URL
  readonly #fetch: typeof fetch
  readonly #token: string | undefined

  /** Throws a `UsageError` when the URL is none. */
  constructor(options: ClientOptions) {
    if (!URL.canParse(options.url)) throw new UsageError(`--station: '${options.url}' is not a URL`)
    this.#base = new URL(options.url)
    this.#fetch = options.fetch ?? fetch
    this.#token = options.token
  }

  async get<Answer>(route: string): Promise<Answer> {
    return (await (await this.send(route)).json()) as Answer
  }

  async post<Answer>(route: string, body?: unknown): Promise<Answer> {
    const answer = await this.send(route, {
      method: 'POST',
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    return (await answer.json()) as Answer
  }

  /** The answer, when it is a success. */
  async send(route: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.#token !== undefined) headers.set('authorization', `Bearer ${this.#token}`)
    let answer: Response
    try {
      answer = await this.#fetch(new URL(route, this.#base), { ...init, headers })
    } catch (error) {
      throw unreachable(this.#base, error)
    }
    if (answer.ok) return answer
    throw await errorOf(answer)
  }
}

function unreachable(base: URL, error: unknown): CommandError {
  const cause = (error as { cause?: { code?: string } }).cause?.code
  const why = cause ?? (error as Error).message
  return new CommandError(
    'station-unreachable',
    `the station at ${base.origin} cannot be reached (${why}); start one with skyferry serve, or name another with --station`,
    Exit.Unreachable,
    error,
  )
}

async function errorOf(answer: Response): Promise<CommandError> {
  const body = (await answer.json().catch(() => undefined)) as ApiError | undefined
  const text = body?.text ?? `the station answers ${answer.status}`
  const isOurs = [400, 401, 403].includes(answer.status)
  return new CommandError(body?.code ?? 'refused', text, isOurs ? Exit.Usage : Exit.Failed)
}
