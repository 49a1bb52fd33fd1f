/** The WebSockets of a station: its own stream, and the one of the Yamcs API. */
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { routes } from '@skyferry/api'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { Station } from '../station/station.ts'
import type { Access } from './access.ts'
import { failure } from './answers.ts'
import { openStream } from './stream.ts'
import { YamcsSession } from './yamcs/subscriptions.ts'

const YAMCS_SOCKET = '/api/websocket'
/** A client that does not answer a ping before the next one is gone. */
const PULSE_MS = 30_000
const MESSAGE_MAX_OCTETS = 64 * 1024
/** Pings before an answer to Close, and the time between them: see `closeGently`. */
const LAST_PINGS = 3
const LAST_PING_MS = 10

export class Sockets {
  readonly #station: Station
  readonly #access: Access
  readonly #server: WebSocketServer = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_MAX_OCTETS,
    handleProtocols: offered => [...offered].find(each => each === 'protobuf' || each === 'json') ?? false,
  })

  constructor(station: Station, access: Access) {
    this.#station = station
    this.#access = access
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const asked = requestOf(request)
    const path = asked === undefined ? '' : new URL(asked.url).pathname.replace(/\/$/, '')
    const refusal =
      asked === undefined || (path !== routes.stream && path !== YAMCS_SOCKET)
        ? failure('not-found', 'there is no WebSocket here')
        : this.#access.refusal(asked, 'viewer')
    if (refusal !== undefined) return refuse(socket, refusal)
    this.#server.handleUpgrade(request, socket, head, client => {
      keepAlive(client)
      if (path === YAMCS_SOCKET) this.#attendYamcs(client)
      else this.#attend(client)
    })
  }

  /** Ends every connection without a Close: clients of the Yamcs API take that, and only that, for a lost one. */
  close(): void {
    for (const client of this.#server.clients) client.terminate()
  }

  #attend(client: WebSocket): void {
    const end = openStream(this.#station, {
      send: text => client.send(text),
      get backlogOctets() {
        return client.bufferedAmount
      },
    })
    client.on('close', end)
  }

  #attendYamcs(client: WebSocket): void {
    const protocol = client.protocol === 'protobuf' ? 'protobuf' : 'json'
    const session = new YamcsSession(this.#station, protocol, {
      send: frame => {
        if (client.readyState === client.OPEN) client.send(frame)
      },
      get backlogOctets() {
        return client.bufferedAmount
      },
      drop: () => client.terminate(),
    })
    client.on('message', (data, isBinary) => {
      const frame = octetsOf(data)
      if (!session.receive(isBinary ? frame : frame.toString('utf8')))
        client.close(1007, 'this is no message')
    })
    client.on('close', () => session.close())
    if (protocol === 'protobuf') closeGently(client)
  }
}

/**
 * The published Python client often sleeps for ten seconds when its Close is answered at once: the thread that closes
 * takes the last frames away from the one that waits for them. A few Pings before the answer wake that one up.
 */
function closeGently(client: WebSocket): void {
  const close = client.close.bind(client)
  client.close = (code, reason) => {
    for (let count = 0; count < LAST_PINGS; count++) {
      setTimeout(() => client.readyState === client.OPEN && client.ping(), count * LAST_PING_MS)
    }
    setTimeout(() => close(code, reason), LAST_PINGS * LAST_PING_MS)
  }
}

function keepAlive(client: WebSocket): void {
  let isAlive = true
  const pulse = setInterval(() => {
    if (!isAlive) return client.terminate()
    isAlive = false
    client.ping()
  }, PULSE_MS).unref()
  client.on('pong', () => {
    isAlive = true
  })
  client.on('error', () => {})
  client.on('close', () => clearInterval(pulse))
}

function octetsOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}

function refuse(socket: Duplex, { status }: Response): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
  )
}

/** What asks for a WebSocket, as everything else here sees a request. */
function requestOf({ url = '', headers }: IncomingMessage): Request | undefined {
  const full = `http://${headers.host ?? ''}${url}`
  if (!URL.canParse(full)) return undefined
  const known = ['origin', 'authorization', 'x-api-key'].flatMap(name => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value] as [string, string]] : []
  })
  return new Request(full, { headers: known })
}
