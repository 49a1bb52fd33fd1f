import type { Station } from '../station/station.ts'
import type { HttpServer } from './server.ts'

/**
 * Opens a station's HTTP. Its libraries are loaded here and not before: a command that runs an engine without a station
 * begins in half the time. Throws a `LinkError` when the port cannot be had.
 */
export async function serveStation(station: Station): Promise<HttpServer> {
  const { openServer } = await import('./server.ts')
  return openServer(station)
}
