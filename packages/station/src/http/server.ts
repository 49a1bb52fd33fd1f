/** The station's HTTP on a socket. */
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createAdaptorServer } from '@hono/node-server'
import { LinkError, type UdpAddress } from '@skyferry/link'
import { PlanError } from '../station/plan-error.ts'
import type { Station } from '../station/station.ts'
import { stationApp } from './app.ts'
import { Sockets } from './sockets.ts'

export interface HttpServer {
  /** Where it listens, with the port the host chose. */
  readonly url: string
  /** Answers what is being answered, for a while, and takes nothing more. */
  close(): Promise<void>
}

/** How long answers that are under way may take at the end. */
const GRACE_MS = 2000

/** Throws a `LinkError` when the port cannot be had. */
export async function openServer(station: Station): Promise<HttpServer> {
  const { listen, tokens, tls } = station.plan.http
  if (tokens.length === 0 && !isLoopback(listen.host)) {
    throw new PlanError(
      'token-needed',
      `http.listen is ${listen.host}: without a token nobody but this host is served`,
    )
  }
  const app = stationApp(station)
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    ...(tls === undefined ? {} : { createServer: createSecureServer, serverOptions: certificateOf(tls) }),
  }) as Server
  server.requestTimeout = 0
  const sockets = new Sockets(station, app.access)
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head))
  const port = await listening(server, listen)
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    close: () =>
      new Promise(resolve => {
        sockets.close()
        const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

function certificateOf({ cert, key }: { readonly cert: string; readonly key: string }): {
  readonly cert: Buffer
  readonly key: Buffer
} {
  try {
    return { cert: readFileSync(cert), key: readFileSync(key) }
  } catch (error) {
    throw new PlanError('no-certificate', `http.tls: ${(error as Error).message}`)
  }
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
