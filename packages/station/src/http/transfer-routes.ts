import {
  type BulkAnswer,
  type BulkRequest,
  GAPS_MAX,
  isProblem,
  PAGE_MAX,
  readBulkRequest,
  readFetchRequest,
  readTransferQuery,
  readTransferRequest,
  routes,
  TRANSFER_ACTIONS,
  type TransferAction,
} from '@skyferry/api'
import type { Hono } from 'hono'
import type { Station } from '../station/station.ts'
import { failure, json, withBody } from './answers.ts'
import type { Guard } from './app.ts'

const ID = '/v1/transfers/:id{[0-9]{1,15}}'

export function addTransferRoutes(app: Hono, station: Station, guard: Guard): void {
  const { transfers, plan } = station
  const maxOctets = plan.http.maxRequestOctets

  app.get('/v1/transfers', guard('viewer'), context => {
    const query = readTransferQuery(context.req.queries())
    if (isProblem(query)) return failure('bad-request', query.reason)
    const before = query.after === undefined ? undefined : Number(query.after)
    return json(transfers.list(query.filter, query.limit, before))
  })
  app.post('/v1/transfers', guard('operator'), context =>
    withBody(context.req.raw, maxOctets, readTransferRequest, async request =>
      begun(await station.put(request)),
    ),
  )
  app.post('/v1/downloads', guard('operator'), context =>
    withBody(context.req.raw, maxOctets, readFetchRequest, async request =>
      begun(await station.fetch(request)),
    ),
  )
  app.post('/v1/transfers/actions', guard('operator'), context =>
    withBody(context.req.raw, maxOctets, readBulkRequest, request => json(bulk(request))),
  )
  app.get(ID, guard('viewer'), context => {
    const transfer = transfers.get(Number(context.req.param('id')))
    return transfer === undefined ? unknown(context.req.param('id')) : json(transfer)
  })
  app.get(`${ID}/gaps`, guard('viewer'), context => {
    const gaps = transfers.gaps(Number(context.req.param('id')), GAPS_MAX)
    return gaps === undefined ? unknown(context.req.param('id')) : json(gaps)
  })
  app.get(`${ID}/explanation`, guard('viewer'), context => {
    const transfer = transfers.get(Number(context.req.param('id')))
    if (transfer === undefined) return unknown(context.req.param('id'))
    const { id, state, explanation, reason } = transfer
    return json({ id, state, explanation, reason })
  })
  app.post(`${ID}/:action`, guard('operator'), context => {
    const id = context.req.param('id')
    const action = TRANSFER_ACTIONS.find(each => each === context.req.param('action'))
    if (transfers.get(Number(id)) === undefined) return unknown(id)
    if (action === undefined)
      return failure('not-found', `there is no such action; there are ${TRANSFER_ACTIONS.join(', ')}`)
    if (action === 'retry') return begun(transfers.retry(Number(id)))
    const refusal = transfers.act(Number(id), action)
    return refusal === undefined ? json(transfers.get(Number(id))) : failure('conflict', refusal)
  })

  function begun(outcome: number | string): Response {
    if (typeof outcome === 'string') return failure('refused', outcome)
    const id = String(outcome)
    return json(transfers.get(outcome), 201, { location: routes.transfer(id) })
  }

  function bulk({ action, ids, filter }: BulkRequest): BulkAnswer {
    const meant = ids ?? transfers.list(filter ?? {}, PAGE_MAX, undefined).transfers.map(({ id }) => id)
    const done: string[] = []
    const refused: { id: string; reason: string }[] = []
    for (const id of meant) {
      const reason = actOn(Number(id), action)
      if (reason === undefined) done.push(id)
      else refused.push({ id, reason })
    }
    return { done, refused }
  }

  function actOn(id: number, action: TransferAction): string | undefined {
    if (!Number.isSafeInteger(id)) return 'this is no id'
    if (action !== 'retry') return transfers.act(id, action)
    const outcome = transfers.retry(id)
    return typeof outcome === 'string' ? outcome : undefined
  }
}

function unknown(id: string): Response {
  return failure('not-found', `there is no transfer ${id}`)
}
