/**
 * The draft's own interfaces, under its own names, as a thin adapter over a connection: so that the document and the code
 * can be read side by side. Where the draft has `out` parameters a method returns them. New programs use `Conversation`.
 */
import { type Millis, unreachable } from '@skyferry/engine'
import type { Connection, SendOptions } from './connection/connection.ts'
import { isRefused, REFUSALS } from './connection/events.ts'
import type { RetryPolicy } from './settings.ts'
import { encode } from './wire/encode.ts'
import type { PayloadId } from './wire/message.ts'

/** A block of data; a block of no data is still a payload. */
export type Payload = Uint8Array

export interface HalfDuplexSender {
  Send(payload: Payload): void
}

export interface HalfDuplexTransmitter2 extends HalfDuplexSender {
  SendAndGiveUpTransmissionControl(payload: Payload, receiver: HalfDuplexReceiver): void
}

export interface HalfDuplexReceiver {
  GotPayload(payload: Payload): void
  GotTransmissionControl(sender: HalfDuplexSender): void
}

/** What a user of TCP has; over CDP it costs control handed back and forth. */
export interface FullDuplex {
  Send(payload: Payload): void
  Receive(): Payload | undefined
}

/** The application of a server, as the draft's "Handle Datagram Algorithm" calls it. */
export interface CdpServerHandler {
  Payload(datagram: Uint8Array, offset: number, length: number): void
  RandomPayload(datagram: Uint8Array, offset: number, length: number): void
  /** Returns what the draft has as `out` parameters: the octets to send back with control, and whether to ask for an ack. */
  GotControl(controller: CdpServerController): {
    readonly buffer: Uint8Array
    readonly requestImmediateAck: boolean
  }
  /** A Close arrived: the application decides to send Close (acknowledge), or Halt. */
  Close(): 'close' | 'halt'
  Halt(): void
}

/** What an application may do while it has control. */
export interface CdpServerController {
  Send(buffer: Uint8Array, offset: number, length: number, requestImmediateAck: boolean): void
}

/** When to send again, and when to give up. */
export interface CdpTimeout {
  /** Milliseconds to wait for an answer the first time. */
  InitialRetryTimeout(): number
  /** Milliseconds to wait the next time, or 0 to give up. */
  RetryOrTimeout(retries: number, timeElapsedMillis: number, lastTimeoutMillis: number): number
}

/** The protocol below. */
export interface DatagramTransmitter {
  Send(datagram: Uint8Array): void
  DatagramAvailable(): boolean
  /** The next datagram of those available. */
  Receive(): Uint8Array | undefined
}

/** The policy a `CdpTimeout` stands for; goes into the settings of a connection. */
export function retryPolicy(timeout: CdpTimeout): RetryPolicy {
  return ({ retries, elapsed, lastTimeout }) => {
    if (retries === 0) return timeout.InitialRetryTimeout() as Millis
    const next = timeout.RetryOrTimeout(retries, elapsed, lastTimeout)
    return next > 0 ? (next as Millis) : 'give-up'
  }
}

/** A connection in the draft's shape. `now` is the caller's clock, `pump` is to be called when anything may have happened. */
export class DraftConnection implements HalfDuplexTransmitter2, CdpServerController {
  readonly #connection: Connection
  readonly #transmitter: DatagramTransmitter
  readonly #now: () => Millis
  #receiver: HalfDuplexReceiver | undefined

  constructor(connection: Connection, transmitter: DatagramTransmitter, now: () => Millis) {
    this.#connection = connection
    this.#transmitter = transmitter
    this.#now = now
  }

  /** Both the draft's `Send(payload)` and its server controller's, of a part of a buffer. */
  Send(
    payload: Payload,
    offset = 0,
    length: number = payload.length - offset,
    requestImmediateAck = false,
  ): void {
    this.#send(payload.subarray(offset, offset + length), { ack: requestImmediateAck })
  }

  SendAndGiveUpTransmissionControl(payload: Payload, receiver: HalfDuplexReceiver): void {
    this.#receiver = receiver
    this.#send(payload, { give: true })
  }

  /** The draft's function `Cdp.SendAndGiveControl`; its timeout is in the settings (`retryPolicy`). */
  SendAndGiveControl(buffer: Uint8Array, offset: number, length: number, requestImmediateAck: boolean): void {
    this.#send(buffer.subarray(offset, offset + length), { give: true, ack: requestImmediateAck })
  }

  /** Who hears payloads from now on. */
  Receive(receiver: HalfDuplexReceiver): void {
    this.#receiver = receiver
    this.pump()
  }

  Heartbeat(): void {
    this.#transmitter.Send(encode({ kind: 'heartbeat' }))
  }

  RandomPayload(payload: Payload): void {
    const answer = this.#connection.sendRandom(payload, this.#now())
    if (isRefused(answer)) throw new Error(REFUSALS[answer.reason])
    this.pump()
  }

  Close(payload: Payload = new Uint8Array(0)): void {
    taken(this.#connection.close(payload, this.#now()))
    this.pump()
  }

  Halt(): void {
    this.#connection.halt(undefined, this.#now())
    this.pump()
  }

  /** Takes what is available, sends what is due, and tells the half-duplex receiver. */
  pump(): void {
    exchange(this.#connection, this.#transmitter, this.#now())
    const receiver = this.#receiver
    if (receiver === undefined) return
    for (let event = this.#connection.event(); event !== undefined; event = this.#connection.event()) {
      if (event.kind === 'payload') receiver.GotPayload(event.data)
      else if (event.kind === 'control') receiver.GotTransmissionControl(this)
    }
    exchange(this.#connection, this.#transmitter, this.#now())
  }

  #send(payload: Payload, options: SendOptions): void {
    taken(this.#connection.send(payload, options, this.#now()))
    exchange(this.#connection, this.#transmitter, this.#now())
  }
}

/** Serves one connection with a handler of the draft's; `pump` is to be called when anything may have happened. */
export class DraftServer {
  readonly #connection: Connection
  readonly #draft: DraftConnection
  readonly #handler: CdpServerHandler
  readonly #transmitter: DatagramTransmitter
  readonly #now: () => Millis

  /** @param connection a handler, with `answersClose: false` */
  constructor(
    connection: Connection,
    handler: CdpServerHandler,
    transmitter: DatagramTransmitter,
    now: () => Millis,
  ) {
    this.#connection = connection
    this.#draft = new DraftConnection(connection, transmitter, now)
    this.#handler = handler
    this.#transmitter = transmitter
    this.#now = now
  }

  pump(): void {
    exchange(this.#connection, this.#transmitter, this.#now())
    for (let event = this.#connection.event(); event !== undefined; event = this.#connection.event()) {
      switch (event.kind) {
        case 'payload':
          this.#handler.Payload(event.data, 0, event.data.length)
          break
        case 'random':
          this.#handler.RandomPayload(event.data, 0, event.data.length)
          break
        case 'control': {
          const { buffer, requestImmediateAck } = this.#handler.GotControl(this.#draft)
          this.#draft.SendAndGiveControl(buffer, 0, buffer.length, requestImmediateAck)
          break
        }
        case 'close-asked':
          this.#connection.answerClose(this.#handler.Close() === 'close' ? 'ack' : 'halt', this.#now())
          break
        case 'closed':
          this.#handler.Halt()
          break
        case 'acked':
        case 'writable':
          break
        default:
          unreachable(event)
      }
    }
    exchange(this.#connection, this.#transmitter, this.#now())
  }
}

/** A full-duplex interface over one side of a connection: it passes control back whenever it has nothing to say. */
export class DraftFullDuplex implements FullDuplex {
  readonly #connection: Connection
  readonly #transmitter: DatagramTransmitter
  readonly #now: () => Millis
  readonly #outbox: Payload[] = []
  readonly #inbox: Payload[] = []

  constructor(connection: Connection, transmitter: DatagramTransmitter, now: () => Millis) {
    this.#connection = connection
    this.#transmitter = transmitter
    this.#now = now
  }

  /** Sent when control is here; a full-duplex user must always buffer. */
  Send(payload: Payload): void {
    this.#outbox.push(new Uint8Array(payload))
    this.pump()
  }

  /** The next payload of the peer; undefined while there is none. Empty ones only passed control. */
  Receive(): Payload | undefined {
    this.pump()
    return this.#inbox.shift()
  }

  pump(): void {
    exchange(this.#connection, this.#transmitter, this.#now())
    for (let event = this.#connection.event(); event !== undefined; event = this.#connection.event()) {
      if (event.kind === 'payload' && event.data.length > 0) this.#inbox.push(event.data)
    }
    while (this.#outbox.length > 0 && this.#connection.canSend(this.#now())) {
      const payload = this.#outbox.shift()!
      taken(this.#connection.send(payload, { give: this.#outbox.length === 0 }, this.#now()))
    }
    exchange(this.#connection, this.#transmitter, this.#now())
  }

  /** Lets the peer speak although there is nothing to say here. */
  pass(): void {
    if (this.#connection.canSend(this.#now()))
      taken(this.#connection.send(new Uint8Array(0), { give: true }, this.#now()))
    this.pump()
  }
}

function exchange(connection: Connection, transmitter: DatagramTransmitter, now: Millis): void {
  while (transmitter.DatagramAvailable()) {
    const datagram = transmitter.Receive()
    if (datagram === undefined) break
    connection.receive(datagram, now)
  }
  connection.tick(now)
  for (let datagram = connection.poll(now); datagram !== undefined; datagram = connection.poll(now)) {
    transmitter.Send(datagram)
  }
}

function taken(
  answer: PayloadId | { readonly kind: 'refused'; readonly reason: keyof typeof REFUSALS },
): PayloadId {
  if (isRefused(answer)) throw new Error(REFUSALS[answer.reason])
  return answer as PayloadId
}
