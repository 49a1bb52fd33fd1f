/** What a station tells over a WebSocket, as it happens. */
import type { StreamMessage } from '@skyferry/api'
import type { Station } from '../station/station.ts'

/** A client that has so much waiting for it is too slow: what comes then is left out, and counted. */
const BACKLOG_MAX_OCTETS = 4 * 1024 * 1024

/** The socket of one client. */
export interface StreamSocket {
  send(text: string): void
  /** Octets that wait to be sent. */
  readonly backlogOctets: number
}

type Unstamped<Message> = Message extends unknown ? Omit<Message, 'time'> : never

/**
 * Tells a client everything that is open, then what changes.
 * @returns what ends it
 */
export function openStream(station: Station, socket: StreamSocket): () => void {
  let missed = 0
  const say = (message: Unstamped<StreamMessage>): void => {
    if (socket.backlogOctets > BACKLOG_MAX_OCTETS) {
      missed += 1
      return
    }
    const { type, ...fields } = message
    const time = new Date(station.nowMs()).toISOString()
    if (missed > 0) socket.send(JSON.stringify({ type: 'missed', time, count: missed }))
    missed = 0
    socket.send(JSON.stringify({ type, time, ...fields }))
  }
  say({ type: 'hello', station: station.info.name, lastEvent: station.events.last })
  for (const transfer of station.transfers.open()) say({ type: 'transfer', transfer })
  for (const link of station.links()) say({ type: 'link', link })
  const stops = [
    station.transfers.listen(transfer => say({ type: 'transfer', transfer })),
    station.listenToLinks(link => say({ type: 'link', link })),
    station.events.listen(event => say({ type: 'event', event })),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
