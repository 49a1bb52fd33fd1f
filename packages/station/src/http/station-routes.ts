import {
  isProblem,
  type LinkStatus,
  type RemoteDirectory,
  readCaptureRequest,
  readContactRequest,
  readImpairmentPatch,
  type ServiceStatus,
} from '@skyferry/api'
import type { Hono } from 'hono'
import type { StationLink } from '../links/station-link.ts'
import type { RemoteListing } from '../services/user-operations.ts'
import type { Station } from '../station/station.ts'
import { failure, json, withBody } from './answers.ts'
import type { Guard } from './app.ts'
import { INDEX_PAGE } from './index-page.ts'
import { metricsOf } from './metrics.ts'
import { OPENAPI } from './openapi.ts'

const EVENTS_MAX = 1000

/** Everything but transfers and objects: the station itself, links, services, entities, events. */
export function addStationRoutes(app: Hono, station: Station, guard: Guard): void {
  app.get('/healthz', () => json({ status: 'ok' }))
  app.get('/readyz', () => (station.isReady ? json({ status: 'ready' }) : failure('stopping', 'not ready')))
  app.get(
    '/metrics',
    guard('viewer'),
    () => new Response(metricsOf(station), { headers: { 'content-type': 'text/plain; version=0.0.4' } }),
  )
  app.get('/v1/openapi.json', () => json(OPENAPI))
  app.get('/', () => new Response(INDEX_PAGE, { headers: { 'content-type': 'text/html; charset=utf-8' } }))
  app.get('/v1/station', guard('viewer'), () => json(station.info))

  app.get('/v1/links', guard('viewer'), () => json({ links: station.links() }))
  app.get('/v1/links/:link', guard('viewer'), context => withLink(context.req.param('link'), () => undefined))
  app.post('/v1/links/:link/:state{up|down}', guard('operator'), context =>
    withLink(context.req.param('link'), link => {
      const isUp = context.req.param('state') === 'up'
      link.setUp(isUp)
      const state = isUp ? 'up' : 'down'
      station.events.say({ code: `link-${state}`, text: `link ${link.name} is ${state}`, source: link.name })
      station.sample()
      return undefined
    }),
  )
  app.post('/v1/links/:link/capture', guard('operator'), context =>
    withBody(context.req.raw, station.plan.http.maxRequestOctets, readCaptureRequest, ({ file }) =>
      withLink(context.req.param('link'), link => station.capture(link, file)),
    ),
  )
  app.patch('/v1/links/:link', guard('operator'), context =>
    withBody(context.req.raw, station.plan.http.maxRequestOctets, readImpairmentPatch, patch =>
      withLink(context.req.param('link'), link => link.impair(patch)),
    ),
  )

  app.get('/v1/services', guard('viewer'), () => json({ services: services() }))
  app.get('/v1/services/:service', guard('viewer'), context => {
    const service = station.service(context.req.param('service'))
    return service === undefined ? failure('not-found', 'there is no such service') : json(service.status())
  })
  app.get('/v1/entities', guard('viewer'), () =>
    json({
      entities: services().flatMap(({ name, locals, remotes }) => [
        ...locals.map(entity => ({ service: name, kind: 'local', ...entity })),
        ...remotes.map(entity => ({ service: name, kind: 'remote', ...entity })),
      ]),
    }),
  )
  app.put('/v1/entities/:entity/contact', guard('operator'), context =>
    withBody(context.req.raw, station.plan.http.maxRequestOctets, readContactRequest, request => {
      const asked = context.req.param('entity')
      const service = station.services().find(({ remotes }) => remotes.find(asked) !== undefined)
      const entity = service?.remotes.find(asked)
      if (service === undefined || entity === undefined) {
        return failure('not-found', `there is no remote entity ${asked}`)
      }
      const { visible, windows } = request
      if (visible !== undefined) station.contacts.command(entity.name, visible ?? undefined)
      if (windows !== undefined) station.contacts.plan(entity.name, windows?.map(timed))
      station.sample()
      return json(service.contactWith(entity.name))
    }),
  )
  app.get('/v1/entities/:entity/files', guard('viewer'), context => {
    const [entity, path] = [context.req.param('entity'), context.req.query('path') ?? '']
    const service = station.serviceFor(entity, context.req.query('service'))
    if (typeof service === 'string') return failure('not-found', service)
    const listing = service.operations.listing(service.remotes.find(entity)?.name ?? entity, path)
    return listing === undefined
      ? failure('not-found', `nobody has asked ${entity} for ${path === '' ? 'its files' : path} yet`)
      : json(directoryOf(listing))
  })
  app.post('/v1/entities/:entity/files', guard('operator'), context => {
    const [entity, path] = [context.req.param('entity'), context.req.query('path') ?? '']
    const service = station.serviceFor(entity, context.req.query('service'))
    if (typeof service === 'string') return failure('not-found', service)
    const refusal = service.list(entity, undefined, path)
    if (refusal !== undefined) return failure('refused', refusal)
    return json(directoryOf(service.operations.listing(service.remotes.find(entity)!.name, path)!), 202)
  })
  app.get('/v1/events', guard('viewer'), context => {
    const after = Number(context.req.query('after') ?? 0)
    const limit = Math.min(Number(context.req.query('limit') ?? 100), EVENTS_MAX)
    if (!Number.isSafeInteger(after) || !(limit >= 1))
      return failure('bad-request', 'after and limit are numbers')
    return json({ events: station.events.after(after, limit), last: station.events.last })
  })

  function services(): ServiceStatus[] {
    return station.services().map(service => service.status())
  }

  function withLink(name: string, act: (link: StationLink) => string | undefined): Response {
    const link = station.link(name)
    if (link === undefined) return failure('not-found', `there is no link ${name}`)
    const refusal = act(link)
    const status: LinkStatus | undefined = station.linkStatus(name)
    return refusal === undefined || isProblem(refusal) ? json(status) : failure('refused', refusal)
  }
}

function directoryOf({ listedMs, ...listing }: RemoteListing): RemoteDirectory {
  return { ...listing, listed: listedMs === null ? null : new Date(listedMs).toISOString() }
}

function timed({ from, to }: { from: string; to: string }): { from: number; to: number } {
  return { from: Date.parse(from), to: Date.parse(to) }
}
