/** Who may do what: tokens and their roles, and pages of other sites, which may do nothing. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Role } from '@skyferry/api'
import type { TokenPlan } from '../station/plan.ts'
import { failure } from './answers.ts'

const RANK: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, admin: 2 }
const LOOPBACK_HOSTS = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

export class Access {
  readonly #tokens: readonly { readonly digest: Buffer; readonly role: Role }[]

  constructor(tokens: readonly TokenPlan[]) {
    this.#tokens = tokens.map(({ sha256, role }) => ({ digest: Buffer.from(sha256, 'hex'), role }))
  }

  /** @returns the answer to who may not; undefined to who may */
  refusal(request: Request, needed: Role): Response | undefined {
    const foreign = this.#foreign(request)
    if (foreign !== undefined) return failure('forbidden', foreign)
    if (this.#tokens.length === 0) return undefined
    const role = this.roleOf(request)
    if (role === undefined) return failure('unauthorized', 'a token is needed: Authorization: Bearer …')
    if (RANK[role] >= RANK[needed]) return undefined
    return failure('forbidden', `the token's role is ${role}, and this takes ${needed}`)
  }

  roleOf(request: Request): Role | undefined {
    // A browser cannot set a header on a WebSocket or a download.
    const token = tokenIn(request.headers) ?? new URL(request.url).searchParams.get('token')
    if (token === null) return undefined
    const digest = digestOf(token)
    return this.#tokens.find(
      each => each.digest.length === digest.length && timingSafeEqual(each.digest, digest),
    )?.role
  }

  /**
   * Without tokens anybody on this host may do everything, and a browser on this host does what pages of strangers
   * tell it. So a page has to come from us, and we have to be called by a name that no stranger can point here.
   */
  #foreign(request: Request): string | undefined {
    const { host } = new URL(request.url)
    const origin = request.headers.get('origin')
    if (origin !== null && origin !== 'null' && URL.canParse(origin) && new URL(origin).host !== host) {
      return `pages of ${origin} may not use this station`
    }
    if (origin === 'null') return 'pages without an origin may not use this station'
    if (this.#tokens.length === 0 && !LOOPBACK_HOSTS.test(host)) {
      return `without tokens this station is used from its own host only, not as ${host}`
    }
    return undefined
  }
}

/** A bearer token; and what clients of the Yamcs API have in its place: an API key, or a password of whatever user. */
function tokenIn(headers: Headers): string | undefined {
  const authorization = headers.get('authorization') ?? ''
  const bearer = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1]
  if (bearer !== undefined) return bearer
  const basic = /^Basic\s+(\S+)$/i.exec(authorization)?.[1]
  if (basic === undefined) return headers.get('x-api-key') ?? undefined
  const [, ...password] = Buffer.from(basic, 'base64').toString('utf8').split(':')
  return password.join(':')
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
