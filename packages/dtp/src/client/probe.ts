/** A question for a payload's size: a request without intervals (reference section 3.2). */
import { type Millis, NEVER, type Scheduled } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'
import { DIALECTS } from '../common/dialect.ts'
import { type ConnectionEnd, type ConnectionId, Port } from '../common/port.ts'
import { decodeMetaResponse, encodeMetaRequest, type SessionId } from '../common/request.ts'
import type { ClientRequest, RoundEnd } from './requests.ts'
import type { Desk } from './transfer.ts'

interface Inputs {
  readonly connected: undefined
  readonly message: Uint8Array
  readonly closed: ConnectionEnd
}

/** An mtu that every server can live with; nothing is sent in it. */
const MTU_OCTETS = 64

export class Probe implements Scheduled {
  heapIndex = -1
  heapDue: Millis = NEVER
  readonly #desk: ProbeDesk
  readonly #name: string
  readonly #request: Extract<ClientRequest, { kind: 'info' }>
  readonly #connection: ConnectionId
  #due: Millis
  #isConnected = false
  #isDone = false

  constructor(desk: ProbeDesk, name: string, request: Extract<ClientRequest, { kind: 'info' }>, now: Millis) {
    this.#desk = desk
    this.#name = name
    this.#request = request
    this.#due = (now + desk.settings.connectMs) as Millis
    this.#connection = desk.connection(this)
    const dialect = DIALECTS[request.dialect ?? 'D2c']
    const octets = encodeMetaRequest(
      {
        throughput: dialect.throughputUnit,
        payloadId: request.payloadId,
        sessionId: 1 as SessionId,
        mtuOctets: MTU_OCTETS,
        keepAliveMs: 0,
        intervals: [],
      },
      dialect,
    )
    const to = { node: request.server, port: Port.Control }
    desk.call({ kind: 'connect', connection: this.#connection, to, reliable: true, crc32: false })
    desk.call({ kind: 'send', connection: this.#connection, octets })
  }

  get isDone(): boolean {
    return this.#isDone
  }

  hear<K extends keyof Inputs>(kind: K, _connection: ConnectionId, input: Inputs[K], now: Millis): void {
    if (this.#isDone) return
    if (kind === 'connected') {
      this.#isConnected = true
      this.#due = (now + this.#desk.settings.responseMs) as Millis
    } else if (kind === 'closed') {
      const how = input as ConnectionEnd
      this.#end(
        undefined,
        !this.#isConnected ? 'no-connection' : how === 'by-peer' ? 'refused' : 'no-response',
      )
    } else {
      const response = decodeMetaResponse(input as Uint8Array, DIALECTS[this.#request.dialect ?? 'D2c'])
      this.#desk.call({ kind: 'close', connection: this.#connection })
      if (isFault(response)) this.#end(undefined, 'no-response')
      else this.#end(response.totalOctets, 'whole')
    }
  }

  tick(now: Millis): void {
    if (this.#isDone || this.#due > now) return
    this.#desk.call({ kind: 'close', connection: this.#connection })
    this.#end(undefined, this.#isConnected ? 'no-response' : 'no-connection')
  }

  deadline(): Millis {
    return this.#isDone ? NEVER : this.#due
  }

  #end(total: number | undefined, why: RoundEnd): void {
    this.#isDone = true
    this.#desk.indicate({ kind: 'info', session: this.#name, total, why })
  }
}

/** What it needs of the engine around it. */
export type ProbeDesk = Pick<Desk, 'settings' | 'indicate' | 'call'> & {
  connection(owner: Probe): ConnectionId
}
