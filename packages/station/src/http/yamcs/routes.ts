/** The Yamcs API under `/api` and `/auth`: what its file-transfer, storage, instance and event clients call. */
import type { FetchRequest, Role, TransferFilter, TransferRequest } from '@skyferry/api'
import { DIRECTIONS } from '@skyferry/api'
import type { Context, Hono } from 'hono'
import type { CfdpService } from '../../services/cfdp-service.ts'
import type { Station } from '../../station/station.ts'
import type { Access } from '../access.ts'
import { addEventRoutes } from './event-routes.ts'
import { addStorageRoutes } from './storage-routes.ts'
import {
  LIST_FILES,
  linkInfo,
  listingInfo,
  serviceInfo,
  statesOf,
  TRANSFER_INFO,
  transferInfo,
} from './transfer-info.ts'
import { answer, bodyOf, failed, nothing, YamcsError } from './wire.ts'

export interface YamcsHost {
  readonly station: Station
  /** Throws a `YamcsError` unless the path names our instance. */
  instanceOf(context: Context): string
}

const PAGE_MAX = 1000

export type Handle = (context: Context) => Response | Promise<Response>

/** Registers a route for whoever has that role; what is thrown becomes the answer. */
export type Route = (method: 'GET' | 'POST' | 'DELETE', path: string, needed: Role, handle: Handle) => void

export function addYamcsRoutes(app: Hono, station: Station, access: Access): void {
  const route: Route = (method, path, needed, handle) => {
    const guarded: Handle = async context => {
      const request = context.req.raw
      try {
        const refusal = access.refusal(request, needed)
        if (refusal !== undefined) throw new YamcsError(refusal.status, 'not allowed without the right token')
        return await handle(context)
      } catch (error) {
        if (error instanceof YamcsError) return failed(request, error)
        throw error
      }
    }
    // One slash at the end is nobody's name.
    app.on(method, [path, `${path}/`], guarded)
  }
  const host: YamcsHost = {
    station,
    instanceOf: context => {
      const name = context.req.param('instance') ?? ''
      if (name !== station.info.instance) throw new YamcsError(404, `No instance named '${name}'`)
      return name
    },
  }
  app.get('/auth', context =>
    answer(context.req.raw, 'yamcs.protobuf.auth.AuthInfo', {
      requireAuthentication: station.plan.http.tokens.length > 0,
    }),
  )
  addServerRoutes(route, host)
  addTransferRoutes(route, host)
  addStorageRoutes(route, host)
  addEventRoutes(route, host)
  app.all('/api/*', context =>
    failed(context.req.raw, new YamcsError(404, `no such API: ${context.req.path}`)),
  )
}

function addServerRoutes(route: Route, host: YamcsHost): void {
  const { station } = host
  const instance = () => ({
    name: station.info.instance,
    missionTime: new Date(station.nowMs()).toISOString(),
    state: 'RUNNING',
    capabilities: ['file-transfer'],
  })
  route('GET', '/api', 'viewer', context =>
    answer(context.req.raw, 'yamcs.protobuf.server.GetServerInfoResponse', {
      yamcsVersion: `skyferry ${station.info.version}`,
      serverId: station.info.name,
      defaultYamcsInstance: station.info.instance,
    }),
  )
  route('GET', '/api/user', 'viewer', context =>
    answer(context.req.raw, 'yamcs.protobuf.iam.UserInfo', { superuser: true, active: true, name: 'guest' }),
  )
  route('GET', '/api/instances', 'viewer', context =>
    answer(context.req.raw, 'yamcs.protobuf.instances.ListInstancesResponse', { instances: [instance()] }),
  )
  route('GET', '/api/instances/:instance', 'viewer', context => {
    host.instanceOf(context)
    return answer(context.req.raw, 'yamcs.protobuf.instances.YamcsInstance', instance())
  })
  route('GET', '/api/services/:instance', 'viewer', context => {
    const isGlobal = context.req.param('instance') === '_global'
    const name = isGlobal ? '' : host.instanceOf(context)
    const services = isGlobal ? [] : station.services()
    return answer(context.req.raw, 'yamcs.protobuf.services.ListServicesResponse', {
      services: services.map(service => ({
        instance: name,
        name: service.name,
        state: 'RUNNING',
        className: 'org.skyferry.CfdpService',
      })),
    })
  })
  route('GET', '/api/processors', 'viewer', context =>
    answer(context.req.raw, 'yamcs.protobuf.services.ListProcessorsResponse', {}),
  )
  route('GET', '/api/links/:instance', 'viewer', context => {
    host.instanceOf(context)
    return answer(context.req.raw, 'yamcs.protobuf.links.ListLinksResponse', {
      links: station.links().map(link => linkInfo(link, station.info.instance)),
    })
  })
}

const BASE = '/api/filetransfer/:instance'

function addTransferRoutes(route: Route, host: YamcsHost): void {
  const { station } = host
  const { transfers } = station
  const maxOctets = station.plan.http.maxRequestOctets
  const serviceOf = (context: Context): CfdpService => {
    host.instanceOf(context)
    const name = context.req.param('service') ?? ''
    const service = station.service(name)
    if (service === undefined) throw new YamcsError(404, `No file transfer service named '${name}'`)
    return service
  }

  route('GET', `${BASE}/services`, 'viewer', context => {
    const instance = host.instanceOf(context)
    return answer(context.req.raw, 'yamcs.protobuf.filetransfer.ListFileTransferServicesResponse', {
      services: station.services().map(service => serviceInfo(service.status(), service.plan, instance)),
    })
  })
  route('GET', `${BASE}/services/:service`, 'viewer', context =>
    answer(
      context.req.raw,
      'yamcs.protobuf.filetransfer.FileTransferServiceInfo',
      serviceInfo(serviceOf(context).status(), serviceOf(context).plan, station.info.instance),
    ),
  )
  route('GET', `${BASE}/:service/transfers`, 'viewer', context => {
    const service = serviceOf(context)
    const query = listQuery(context.req.queries())
    // The newest ones may be looked for; the oldest, or those of one entity, have to be picked out.
    const isPlain = !query.isAscending && query.local === undefined && query.remote === undefined
    const filter = { ...query.filter, service: service.name }
    const { transfers: found } = transfers.list(filter, isPlain ? query.limit : PAGE_MAX, undefined)
    const meant = found.filter(
      ({ local, remote }) =>
        (query.local === undefined || local.id === query.local) &&
        (query.remote === undefined || remote.id === query.remote),
    )
    const ordered = query.isAscending ? [...meant].reverse() : meant
    return answer(context.req.raw, 'yamcs.protobuf.filetransfer.ListTransfersResponse', {
      transfers: ordered.slice(0, query.limit).map(transferInfo),
    })
  })
  route('POST', `${BASE}/:service/transfers`, 'operator', async context => {
    const service = serviceOf(context)
    const name = 'yamcs.protobuf.filetransfer.CreateTransferRequest'
    const body = (await bodyOf(context.req.raw, name, maxOctets)) as unknown as CreateTransfer
    if (body.direction === undefined) throw new YamcsError(400, 'direction is missing')
    const outcome =
      body.direction === 'DOWNLOAD'
        ? await service.fetch(fetchOf(body, service, station))
        : await station.put(await requestOf(body, service, station))
    if (typeof outcome === 'string') throw new YamcsError(400, outcome)
    return answer(context.req.raw, TRANSFER_INFO, transferInfo(transfers.get(outcome)!))
  })
  // `12`, or `12:pause`: a verb is a part of the last segment.
  route('GET', `${BASE}/:service/transfers/:id`, 'viewer', context => {
    const transfer = transferOf(context)
    return answer(context.req.raw, TRANSFER_INFO, transferInfo(transfer))
  })
  route('POST', `${BASE}/:service/transfers/:id`, 'operator', context => {
    const action = context.req.param('id')?.split(':')[1]
    if (action !== 'pause' && action !== 'resume' && action !== 'cancel') {
      throw new YamcsError(404, `no such action: ${action ?? ''}`)
    }
    const transfer = transferOf(context)
    const { state } = transferInfo(transfer)
    const isThereAlready =
      (action === 'pause' && state === 'PAUSED') || (action === 'resume' && state === 'RUNNING')
    if (isThereAlready) return nothing()
    if (state === 'QUEUED' && action !== 'cancel')
      throw new YamcsError(400, `transfer ${transfer.id} is queued`)
    const refusal = transfers.act(Number(transfer.id), action)
    if (refusal !== undefined) throw new YamcsError(400, refusal)
    return nothing()
  })
  route('GET', `${BASE}/:service/files`, 'viewer', context => {
    const service = serviceOf(context)
    const remote = entityNamed(context.req.query('destination'), service, 'remotes')
    const listing = service.operations.listing(remote, context.req.query('remotePath') ?? '')
    const isThere = listing !== undefined && listing.listedMs !== null
    return answer(context.req.raw, LIST_FILES, isThere ? listingInfo(listing) : {})
  })
  route('POST', `${BASE}/:service/:verb{files:.+}`, 'operator', async context => {
    const service = serviceOf(context)
    const verb = context.req.param('verb')
    if (verb !== 'files:sync') throw new YamcsError(400, `no such file action: ${verb}`)
    const body = await bodyOf(context.req.raw, 'yamcs.protobuf.filetransfer.ListFilesRequest', maxOctets)
    const { source, destination, remotePath } = body as Readonly<Record<string, string>>
    const [local, remote] = [
      entityNamed(source, service, 'locals'),
      entityNamed(destination, service, 'remotes'),
    ]
    const refusal = service.list(remote, local, remotePath ?? '')
    if (refusal !== undefined) throw new YamcsError(400, refusal)
    return nothing()
  })

  function transferOf(context: Context) {
    const service = serviceOf(context)
    const id = context.req.param('id')?.split(':')[0] ?? ''
    if (!/^\d{1,15}$/.test(id)) throw new YamcsError(400, `'${id}' is no id of a transfer`)
    const transfer = transfers.get(Number(id))
    if (transfer?.service !== service.name) throw new YamcsError(404, `No such transfer: ${id}`)
    return transfer
  }
}

interface CreateTransfer {
  readonly direction?: 'UPLOAD' | 'DOWNLOAD'
  readonly bucket?: string
  readonly objectName?: string
  readonly remotePath?: string
  readonly source?: string
  readonly destination?: string
  readonly options?: Readonly<Record<string, unknown>>
  readonly uploadOptions?: { readonly reliable?: boolean; readonly closureRequested?: boolean }
}

async function requestOf(
  body: CreateTransfer,
  service: CfdpService,
  station: Station,
): Promise<TransferRequest> {
  const { bucket = '', objectName = '' } = body
  if (station.buckets.get(bucket) === undefined) throw new YamcsError(400, `No bucket named '${bucket}'`)
  if (
    (await station.buckets
      .get(bucket)!
      .find(objectName)
      .catch(() => undefined)) === undefined
  ) {
    throw new YamcsError(400, `No object named '${objectName}' in bucket '${bucket}'`)
  }
  // In this API what does not ask for class 2 is class 1.
  const flag = (name: 'reliable' | 'closureRequested'): boolean => {
    const value = body.options?.[name] ?? body.uploadOptions?.[name]
    return value === true
  }
  return {
    service: service.name,
    bucket,
    object: objectName,
    from: entityNamed(body.source, service, 'locals'),
    to: entityNamed(body.destination, service, 'remotes'),
    // Without a path the object's whole name is the target, folders and all.
    path: body.remotePath === undefined || body.remotePath === '' ? objectName : body.remotePath,
    class: flag('reliable') ? 2 : 1,
    closure: flag('closureRequested'),
  }
}

/** Of a download the source is the remote entity. */
function fetchOf(body: CreateTransfer, service: CfdpService, station: Station): FetchRequest {
  const { bucket = '', objectName, remotePath = '', options = {} } = body
  if (station.buckets.get(bucket) === undefined) throw new YamcsError(400, `No bucket named '${bucket}'`)
  if (remotePath === '') throw new YamcsError(400, 'remotePath is missing')
  const { reliable } = options
  return {
    to: entityNamed(body.source, service, 'remotes'),
    from: entityNamed(body.destination, service, 'locals'),
    path: remotePath,
    bucket,
    ...(objectName === undefined || objectName === '' ? {} : { object: objectName }),
    // What is not said is for the remote entity to choose.
    ...(typeof reliable === 'boolean' ? { class: reliable ? 2 : 1 } : {}),
  }
}

/** @param asked blank: the first there is */
function entityNamed(asked: string | undefined, service: CfdpService, kind: 'locals' | 'remotes'): string {
  const wanted = (asked ?? '').trim()
  const found = wanted === '' ? service[kind].all[0] : service[kind].find(wanted)
  if (found === undefined) throw new YamcsError(400, `no entity named '${wanted}'`)
  return found.name
}

interface ListQuery {
  readonly filter: TransferFilter
  readonly local: string | undefined
  readonly remote: string | undefined
  readonly limit: number
  readonly isAscending: boolean
}

function listQuery(query: Readonly<Record<string, string[]>>): ListQuery {
  const first = (name: string): string | undefined => query[name]?.[0]
  const time = (name: string): string | undefined => {
    const text = first(name)
    if (text === undefined) return undefined
    if (Number.isNaN(Date.parse(text))) throw new YamcsError(400, `${name} is no time: ${text}`)
    return new Date(text).toISOString()
  }
  const whole = (name: string): string | undefined => {
    const text = first(name)
    if (text !== undefined && !/^\d{1,19}$/.test(text))
      throw new YamcsError(400, `${name} is no number: ${text}`)
    return text
  }
  const states = (query['state'] ?? [])
    .flatMap(text => text.split(','))
    .map(text => {
      const meant = statesOf(text)
      if (meant === undefined) throw new YamcsError(400, `no such state: ${text}`)
      return meant
    })
  const direction = first('direction')?.toLowerCase()
  if (direction !== undefined && !DIRECTIONS.some(each => each === direction)) {
    throw new YamcsError(400, `no such direction: ${direction}`)
  }
  const limit = Number(whole('limit') ?? 100)
  if (limit > PAGE_MAX) throw new YamcsError(400, `limit is above ${PAGE_MAX}`)
  const [since, until] = [time('start'), time('stop')]
  return {
    filter: {
      ...(states.length === 0 ? {} : { state: states.flat() }),
      ...(direction === undefined ? {} : { direction: direction as (typeof DIRECTIONS)[number] }),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
    },
    local: whole('localEntityId'),
    remote: whole('remoteEntityId'),
    limit,
    isAscending: first('order') === 'asc',
  }
}
