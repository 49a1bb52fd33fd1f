/** Events as Yamcs clients know them: those of the station, and those that clients say. */
import type { Severity, StationEvent } from '@skyferry/api'
import type { Route, YamcsHost } from './routes.ts'
import { eventInfo } from './transfer-info.ts'
import { answer, bodyOf, YamcsError } from './wire.ts'

/** From the least to the most severe, which is not the order of their numbers. */
const SEVERITIES = ['INFO', 'WATCH', 'WARNING', 'DISTRESS', 'CRITICAL', 'SEVERE']

const OURS: Readonly<Record<string, Severity>> = {
  INFO: 'info',
  WATCH: 'info',
  WARNING: 'warning',
  DISTRESS: 'warning',
  CRITICAL: 'error',
  SEVERE: 'error',
}

interface CreateEvent {
  readonly message?: string
  readonly severity?: string
  readonly source?: string
  readonly type?: string
  readonly time?: string
  readonly sequenceNumber?: number
  readonly extra?: Readonly<Record<string, string>>
}

export function addEventRoutes(route: Route, host: YamcsHost): void {
  const { station } = host
  const { events } = station

  route('POST', '/api/archive/:instance/events', 'operator', async context => {
    host.instanceOf(context)
    const name = 'yamcs.protobuf.events.CreateEventRequest'
    const body = (await bodyOf(context.req.raw, name, station.plan.http.maxRequestOctets)) as CreateEvent
    if (body.message === undefined || body.message === '') throw new YamcsError(400, 'message is missing')
    const severity = (body.severity ?? 'info').toUpperCase()
    if (!SEVERITIES.includes(severity)) throw new YamcsError(400, `no such severity: ${body.severity}`)
    const { type, time, sequenceNumber, extra } = body
    const said = events.say({
      code: 'given',
      text: body.message,
      severity: OURS[severity]!,
      source: body.source ?? 'User',
      given: {
        by: 'guest',
        severity,
        ...(type === undefined ? {} : { type }),
        ...(time === undefined ? {} : { time }),
        ...(sequenceNumber === undefined || body.source === undefined ? {} : { sequence: sequenceNumber }),
        ...(extra === undefined ? {} : { extra }),
      },
    })
    return answer(context.req.raw, 'yamcs.protobuf.events.Event', eventInfo(said))
  })

  route('GET', '/api/archive/:instance/events', 'viewer', context => {
    host.instanceOf(context)
    const query = context.req.queries()
    const first = (name: string): string | undefined => query[name]?.[0]
    const limit = Number(first('limit') ?? 100)
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
      throw new YamcsError(400, 'limit is not 1 to 1000')
    const isAscending = first('order') === 'asc'
    const next = first('next')
    const found = events.all().filter(event => isMeant(event, query) && isBehind(event, next, isAscending))
    const ordered = isAscending ? found : [...found].reverse()
    const page = ordered.slice(0, limit)
    const infos = page.map(eventInfo)
    return answer(context.req.raw, 'yamcs.protobuf.events.ListEventsResponse', {
      ...(infos.length === 0 ? {} : { event: infos, events: infos }),
      ...(ordered.length > limit ? { continuationToken: String(page.at(-1)!.seq) } : {}),
    })
  })

  route('GET', '/api/archive/:instance/events/sources', 'viewer', context => {
    host.instanceOf(context)
    const sources = [...new Set(events.all().map(({ source }) => source))].sort()
    return answer(context.req.raw, 'yamcs.protobuf.events.ListEventSourcesResponse', {
      source: sources,
      sources,
    })
  })
}

function isBehind({ seq }: StationEvent, token: string | undefined, isAscending: boolean): boolean {
  if (token === undefined) return true
  return isAscending ? seq > Number(token) : seq < Number(token)
}

function isMeant(event: StationEvent, query: Readonly<Record<string, string[]>>): boolean {
  const info = eventInfo(event)
  const first = (name: string): string | undefined => query[name]?.[0]
  const least = first('severity')?.toUpperCase()
  if (least !== undefined && !SEVERITIES.includes(least))
    throw new YamcsError(400, `no such severity: ${least}`)
  const sources = (query['source'] ?? []).flatMap(text => text.split(','))
  const time = Date.parse(String(info['generationTime']))
  const [start, stop] = [timeOf('start', first('start')), timeOf('stop', first('stop'))]
  return (
    (least === undefined || SEVERITIES.indexOf(String(info['severity'])) >= SEVERITIES.indexOf(least)) &&
    (sources.length === 0 || sources.includes(event.source)) &&
    (start === undefined || time >= start) &&
    (stop === undefined || time < stop) &&
    event.text.toLowerCase().includes((first('q') ?? '').toLowerCase())
  )
}

function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new YamcsError(400, `${name} is no time: ${text}`)
  return time
}
