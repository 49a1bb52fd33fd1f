/** The station's HTTP on a socket. */
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { createAdaptorServer } from '@hono/node-server'
import { routes } from '@skyferry/api'
import { LinkError, type UdpAddress } from '@skyferry/link'
import { type WebSocket, WebSocketServer } from 'ws'
import { PlanError } from '../station/plan-error.ts'
import type { Station } from '../station/station.ts'
import { failure } from './answers.ts'
import { stationApp } from './app.ts'
import { openStream } from './stream.ts'

export interface HttpServer {
  /** Where it listens, with the port the host chose. */
  readonly url: string
  /** Answers what is being answered, for a while, and takes nothing more. */
  close(): Promise<void>
}

/** How long answers that are under way may take at the end. */
const GRACE_MS = 2000
/** A client that does not answer a ping before the next one is gone. */
const PULSE_MS = 30_000
/** What clients say is nothing yet. */
const MESSAGE_MAX_OCTETS = 64 * 1024

/** Throws a `LinkError` when the port cannot be had. */
export async function serveStation(station: Station): Promise<HttpServer> {
  const { listen, tokens } = station.plan.http
  if (tokens.length === 0 && !isLoopback(listen.host)) {
    throw new PlanError(
      'token-needed',
      `http.listen is ${listen.host}: without a token nobody but this host is served`,
    )
  }
  const app = stationApp(station)
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server
  server.requestTimeout = 0
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_MAX_OCTETS,
    clientTracking: true,
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const asked = requestOf(request)
    const refusal =
      asked === undefined || new URL(asked.url).pathname !== routes.stream
        ? failure('not-found', 'there is no WebSocket here')
        : app.access.refusal(asked, 'viewer')
    if (refusal !== undefined) return refuse(socket, refusal)
    sockets.handleUpgrade(request, socket, head, client => attend(client, station))
  })
  const port = await listening(server, listen)
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  return {
    url: `http://${host}:${port}`,
    close: () =>
      new Promise(resolve => {
        for (const client of sockets.clients) client.close(1001, 'the station stops')
        const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

/** Tells one client what happens, and lets go of one that has gone silent. */
function attend(client: WebSocket, station: Station): void {
  const end = openStream(station, {
    send: text => client.send(text),
    get backlogOctets() {
      return client.bufferedAmount
    },
  })
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
  client.on('close', () => {
    clearInterval(pulse)
    end()
  })
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
  const { origin, authorization } = headers
  return new Request(full, {
    headers: {
      ...(origin === undefined ? {} : { origin }),
      ...(authorization === undefined ? {} : { authorization }),
    },
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function listening(server: Server, { host, port }: UdpAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const code = error.code === 'EADDRINUSE' ? 'address-in-use' : 'system'
      reject(new LinkError(code, `cannot listen on ${host}:${port} (${error.code ?? error.message})`, error))
    }
    server.once('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
