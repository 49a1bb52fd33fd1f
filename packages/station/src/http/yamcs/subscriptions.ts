/** One client of the Yamcs WebSocket: its calls, and what is told in each. */
import type { JsonObject } from '@bufbuild/protobuf'
import type { Transfer } from '@skyferry/api'
import { ENDED_STATES } from '@skyferry/api'
import type { Station } from '../../station/station.ts'
import { readMessage, writeMessage } from './messages.ts'
import { eventInfo, linkInfo, listingInfo, TRANSFER_INFO, transferInfo } from './transfer-info.ts'
import { YamcsError } from './wire.ts'

export type Subprotocol = 'protobuf' | 'json'

/** The socket of one client. */
export interface CallSocket {
  send(frame: string | Uint8Array): void
  /** Octets that wait to be sent. */
  readonly backlogOctets: number
  /** The client cannot be served any longer. */
  drop(): void
}

/** A client with so much waiting for it does not read; Yamcs lets it go then, and so do we. */
const BACKLOG_MAX_OCTETS = 16 * 1024 * 1024
/** How many transfers a subscriber is told of at first. */
const DUMP_MAX = 1000
const HOUR_MS = 3_600_000

type Tell = (data: JsonObject) => void

interface Topic {
  /** Full name of what the client sends with it, and of what it is told. */
  readonly request: string
  readonly data: string
  /** @returns what ends it; the first data may be told at once */
  open(station: Station, request: JsonObject, tell: Tell): () => void
}

interface Call {
  readonly type: string
  readonly end: () => void
}

export class YamcsSession {
  readonly #station: Station
  readonly #protocol: Subprotocol
  readonly #socket: CallSocket
  readonly #calls: Map<number, Call> = new Map()
  #lastCall = 0

  constructor(station: Station, protocol: Subprotocol, socket: CallSocket) {
    this.#station = station
    this.#protocol = protocol
    this.#socket = socket
  }

  /** A frame came. @returns false when it is no message, and the connection is to end */
  receive(frame: string | Uint8Array): boolean {
    const message = this.#read(frame)
    if (message === undefined) return false
    const { type = '', id = 0, call = 0, options } = message
    if (type === 'cancel') {
      this.#cancel(Number((options as { call?: number } | undefined)?.call ?? call))
    } else if (type === 'state') this.#tellState()
    else if (call > 0)
      this.#say('reply', 0, 0, refusal(id, new YamcsError(400, `call ${call} takes no more requests`)))
    else this.#open(type, id, options)
    return true
  }

  close(): void {
    for (const { end } of this.#calls.values()) end()
    this.#calls.clear()
  }

  #open(type: string, id: number, options: JsonObject | undefined): void {
    const topic = Object.hasOwn(TOPICS, type) ? TOPICS[type] : undefined
    if (topic === undefined)
      return this.#say('reply', 0, 0, refusal(id, new YamcsError(404, `No topic '${type}'`)))
    const call = this.#lastCall + 1
    let seq = 0
    let hasReplied = false
    const held: JsonObject[] = []
    const tell: Tell = data => {
      if (!hasReplied) return void held.push(data)
      seq += 1
      this.#say(type, call, seq, { '@type': `/${topic.data}`, ...data })
    }
    try {
      const end = topic.open(this.#station, options ?? {}, tell)
      this.#calls.set(call, { type, end })
      this.#lastCall = call
    } catch (error) {
      if (!(error instanceof YamcsError)) throw error
      return this.#say('reply', 0, 0, refusal(id, error))
    }
    this.#say('reply', call, 0, { '@type': '/yamcs.api.Reply', replyTo: id })
    hasReplied = true
    for (const data of held) tell(data)
  }

  #cancel(call: number): void {
    this.#calls.get(call)?.end()
    this.#calls.delete(call)
  }

  #tellState(): void {
    const calls = [...this.#calls].map(([call, { type }]) => ({ call, type }))
    this.#say('state', 0, 0, { '@type': '/yamcs.api.State', ...(calls.length === 0 ? {} : { calls }) })
  }

  #say(type: string, call: number, seq: number, data: JsonObject): void {
    if (this.#socket.backlogOctets > BACKLOG_MAX_OCTETS) return this.#socket.drop()
    const message = { type, ...(call === 0 ? {} : { call }), ...(seq === 0 ? {} : { seq }), data }
    this.#socket.send(
      this.#protocol === 'json' ? JSON.stringify(message) : writeMessage('yamcs.api.ServerMessage', message),
    )
  }

  #read(frame: string | Uint8Array): ClientMessage | undefined {
    if (this.#protocol === 'protobuf') {
      const octets = typeof frame === 'string' ? Buffer.from(frame) : frame
      return readMessage('yamcs.api.ClientMessage', octets) as ClientMessage | undefined
    }
    // In JSON the options carry no type of their own: the topic says what they are.
    try {
      const text = typeof frame === 'string' ? frame : Buffer.from(frame).toString('utf8')
      const value: unknown = JSON.parse(text)
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
      const { options, ...rest } = value as { options?: JsonObject }
      const message = readMessage('yamcs.api.ClientMessage', rest as JsonObject) as ClientMessage | undefined
      if (message === undefined || options === undefined) return message
      const type = message.type ?? ''
      const request = Object.hasOwn(TOPICS, type) ? TOPICS[type]!.request : 'yamcs.api.CancelOptions'
      const read = readMessage(request, options)
      return read === undefined ? undefined : { ...message, options: read }
    } catch {
      return undefined
    }
  }
}

interface ClientMessage {
  readonly type?: string
  readonly id?: number
  readonly call?: number
  readonly options?: JsonObject
}

function refusal(id: number, error: YamcsError): JsonObject {
  return { '@type': '/yamcs.api.Reply', ...(id === 0 ? {} : { replyTo: id }), exception: error.body }
}

const TOPICS: Readonly<Record<string, Topic>> = {
  'file-transfers': {
    request: 'yamcs.protobuf.filetransfer.SubscribeTransfersRequest',
    data: TRANSFER_INFO,
    open: openTransfers,
  },
  'remote-file-list': {
    request: 'yamcs.protobuf.filetransfer.SubscribeTransfersRequest',
    data: 'yamcs.protobuf.filetransfer.ListFilesResponse',
    open: (station, request, tell) => {
      const service = station.service(serviceOf(station, request))
      return service?.operations.listen(listing => tell(listingInfo(listing))) ?? (() => {})
    },
  },
  events: {
    request: 'yamcs.protobuf.events.SubscribeEventsRequest',
    data: 'yamcs.protobuf.events.Event',
    open: (station, request, tell) => {
      checkInstance(station, request)
      return station.events.listen(event => tell(eventInfo(event)))
    },
  },
  time: {
    request: 'yamcs.protobuf.time.SubscribeTimeRequest',
    data: 'google.protobuf.Timestamp',
    open: (station, request, tell) => {
      checkInstance(station, request)
      const say = (): void => tell({ value: new Date(station.nowMs()).toISOString() })
      say()
      return station.onSecond(say)
    },
  },
  instances: {
    request: 'google.protobuf.Empty',
    data: 'yamcs.protobuf.instances.YamcsInstance',
    open: () => () => {},
  },
  session: {
    request: 'google.protobuf.Empty',
    data: 'yamcs.protobuf.iam.SessionEventInfo',
    open: () => () => {},
  },
  links: {
    request: 'yamcs.protobuf.links.SubscribeLinksRequest',
    data: 'yamcs.protobuf.links.LinkEvent',
    open: (station, request, tell) => {
      checkInstance(station, request)
      const say = (): void =>
        tell({
          links: station.links().map(link => linkInfo(link, station.info.instance)),
        })
      say()
      return station.listenToLinks(say)
    },
  },
}

/** First what there is, then what changes, without a gap between the two and never back from an end. */
function openTransfers(station: Station, request: JsonObject, tell: Tell): () => void {
  const service = serviceOf(station, request)
  const isOngoingOnly = request['ongoingOnly'] === true
  const told = new Set<string>()
  const say = (transfer: Transfer): void => {
    if (transfer.service !== service || told.has(transfer.id)) return
    if (ENDED_STATES.has(transfer.state)) told.add(transfer.id)
    tell(transferInfo(transfer))
  }
  // Everything in here is one breath: nothing can change between the list and the listening.
  const end = station.transfers.listen(say)
  const since = station.nowMs() - HOUR_MS
  const { transfers } = station.transfers.list({ service }, DUMP_MAX, undefined)
  for (const [index, transfer] of transfers.entries()) {
    const hasEnded = ENDED_STATES.has(transfer.state)
    if (hasEnded && (isOngoingOnly || (index >= 100 && Date.parse(transfer.end ?? '') < since))) continue
    say(transfer)
  }
  for (const transfer of station.transfers.open()) {
    if (!transfers.some(({ id }) => id === transfer.id)) say(transfer)
  }
  return end
}

function checkInstance(station: Station, request: JsonObject): void {
  const instance = request['instance']
  if (instance !== station.info.instance) throw new YamcsError(404, `No instance named '${instance ?? ''}'`)
}

function serviceOf(station: Station, request: JsonObject): string {
  checkInstance(station, request)
  const asked = request['serviceName']
  const service = asked === undefined ? station.services()[0] : station.service(String(asked))
  if (service === undefined) throw new YamcsError(404, `No file transfer service named '${asked ?? ''}'`)
  return service.name
}
