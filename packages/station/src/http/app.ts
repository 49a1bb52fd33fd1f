/** The station's HTTP: a function from `Request` to `Response`. */
import type { Role } from '@skyferry/api'
import { Hono, type MiddlewareHandler } from 'hono'
import type { Station } from '../station/station.ts'
import { Access } from './access.ts'
import { failure } from './answers.ts'
import { addObjectRoutes } from './object-routes.ts'
import { addStationRoutes } from './station-routes.ts'
import { addTransferRoutes } from './transfer-routes.ts'
import { addYamcsRoutes } from './yamcs/routes.ts'

/** Lets through whoever has that role or a higher one. */
export type Guard = (needed: Role) => MiddlewareHandler

export interface App {
  fetch(request: Request): Response | Promise<Response>
  readonly access: Access
  /** What is served, for the document that says so. */
  readonly routes: readonly { readonly method: string; readonly path: string }[]
}

export function stationApp(station: Station): App {
  const access = new Access(station.plan.http.tokens)
  const guard: Guard = needed => async (context, next) => {
    const refusal = access.refusal(context.req.raw, needed)
    if (refusal !== undefined) return refusal
    await next()
    return undefined
  }
  const app = new Hono()
  addTransferRoutes(app, station, guard)
  addObjectRoutes(app, station, guard)
  addStationRoutes(app, station, guard)
  addYamcsRoutes(app, station, access)
  app.notFound(context => failure('not-found', `there is nothing at ${context.req.path}`))
  app.onError(error => {
    station.events.say({
      code: 'internal',
      severity: 'error',
      text: `a mistake of ours: ${error.stack ?? error.message}`,
      source: 'http',
    })
    return failure('internal', 'a mistake of ours; the events of the station say more')
  })
  const served = app.routes.filter(({ method }) => method !== 'ALL')
  return { fetch: request => app.fetch(request), access, routes: served }
}
