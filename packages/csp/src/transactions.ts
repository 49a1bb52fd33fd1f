/** One packet there, one packet back: what the services' clients are made of. */
import { type Millis, NEVER, Schedule, type Scheduled } from '@skyferry/engine'
import type { Arrival } from './arrival.ts'
import type { CspDrop } from './counters.ts'
import type { CspIndication } from './indications.ts'
import type { CspAddress, CspPort } from './packet/header.ts'
import type { Transact, TransactionId } from './requests.ts'
import type { ClientPorts } from './sockets.ts'

export class Transaction implements Scheduled {
  readonly kind = 'transaction'
  readonly id: TransactionId
  readonly to: CspAddress
  /** Of the service; answers come from there. */
  readonly port: CspPort
  /** Any node may answer. */
  readonly isBroadcast: boolean
  readonly replyOctets: number | undefined
  readonly collects: boolean
  readonly startedAt: Millis
  readonly until: Millis
  localPort: CspPort = 0 as CspPort
  replies = 0
  heapIndex = -1
  heapDue: Millis = NEVER

  constructor(id: TransactionId, request: Transact, isBroadcast: boolean, now: Millis) {
    this.id = id
    this.to = request.to
    this.port = request.port
    this.isBroadcast = isBroadcast
    this.replyOctets = request.replyOctets
    this.collects = request.collects ?? false
    this.startedAt = now
    this.until = (now + request.timeoutMs) as Millis
  }

  deadline(): Millis {
    return this.until
  }
}

/** The transactions that wait for their answers. */
export class Transactions<Client> {
  readonly #ports: ClientPorts<Client | Transaction>
  readonly #tell: (what: CspIndication) => void
  readonly #drop: (why: CspDrop) => void
  readonly #schedule: Schedule<Transaction> = new Schedule()

  constructor(
    ports: ClientPorts<Client | Transaction>,
    tell: (what: CspIndication) => void,
    drop: (why: CspDrop) => void,
  ) {
    this.#ports = ports
    this.#tell = tell
    this.#drop = drop
  }

  /** Gives it a port of its own; false when there is none. */
  begin(transaction: Transaction): boolean {
    const port = this.#ports.take(transaction)
    if (port === undefined) return false
    transaction.localPort = port
    this.#schedule.update(transaction)
    return true
  }

  /** It could not be sent after all. */
  cancel(transaction: Transaction): void {
    this.#end(transaction)
  }

  /** libcsp takes an answer from whoever sends one to the port; we look who it is. */
  receive(transaction: Transaction, { header, payload }: Arrival, isFromUs: boolean, now: Millis): void {
    const isFromThere = transaction.isBroadcast || header.source === transaction.to || isFromUs
    const hasLength = transaction.replyOctets === undefined || payload.length === transaction.replyOctets
    if (!isFromThere || header.sourcePort !== transaction.port || !hasLength) {
      this.#drop('unexpected-reply')
      return
    }
    transaction.replies += 1
    if (!transaction.collects) this.#end(transaction)
    this.#tell({
      kind: 'reply',
      transaction: transaction.id,
      from: header.source,
      payload: new Uint8Array(payload),
      roundTripMs: now - transaction.startedAt,
    })
  }

  tick(now: Millis): void {
    for (let late = this.#schedule.next(now); late !== undefined; late = this.#schedule.next(now)) {
      this.#end(late)
      this.#tell({ kind: 'timeout', transaction: late.id, replies: late.replies })
    }
  }

  deadline(): Millis {
    return this.#schedule.earliest()
  }

  #end(transaction: Transaction): void {
    this.#schedule.remove(transaction)
    this.#ports.give(transaction.localPort)
  }
}
