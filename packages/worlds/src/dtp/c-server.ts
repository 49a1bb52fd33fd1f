/**
 * The C library's server as it behaves (dtp reference, sections 4, 6, 7 and 11.2): bursts in rounds, one transfer at a
 * time, deaf while it sends, and hurt by requests that it does not check.
 */
import {
  type Call,
  type ConnectionEvent,
  type ConnectionId,
  type CRounds,
  cRounds,
  DIALECTS,
  type DtpEngine,
  decodeMemoryRequest,
  type Endpoint,
  encodeMemoryStatus,
  type Interval,
  Port,
  type SessionId,
  writeDataHeader,
} from '@skyferry/dtp'
import { type Millis, NEVER, Queue, type Random, type Slot } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'

const D2C = DIALECTS.D2c
const HEADER_OCTETS = 8
const BUFFER_OCTETS = 2048
const READ_MS = 10_000
const UNINITIALISED_OCTETS = 80

interface Waiting {
  readonly connection: ConnectionId
  readonly from: Endpoint
  request: Uint8Array | undefined
  isGone: boolean
}

interface Job {
  readonly connection: ConnectionId | undefined
  readonly to: Endpoint
  readonly session: SessionId
  readonly chunk: number
  readonly intervals: readonly Interval[]
  readonly rounds: CRounds
  at: number
  next: number
  burst: number
  wakesAt: Millis
}

/** Fields as C reads them: whatever is there. */
interface RawRequest {
  readonly throughput: number
  readonly count: number
  readonly payloadId: number
  readonly session: SessionId
  readonly mtu: number
  readonly intervals: readonly Interval[]
}

export class CServer implements DtpEngine<never, never, never, never> {
  readonly #payload: Uint8Array
  readonly #payloadId: number
  readonly #random: Random
  readonly #calls: Queue<Call> = new Queue()
  readonly #waiting: Waiting[] = []
  readonly #memory: Map<ConnectionId, Endpoint> = new Map()
  #serving: Waiting | undefined
  #readUntil: Millis = NEVER
  #job: Job | undefined
  #memorySession = 0 as SessionId
  /** What a request did to it that no client may do, by the number of the defect. */
  readonly hurts: string[] = []

  constructor(payload: Uint8Array, payloadId: number, random: Random) {
    this.#payload = payload
    this.#payloadId = payloadId
    this.#random = random
    this.#calls.push({ kind: 'listen', port: Port.Control, takes: 'connections' })
    this.#calls.push({ kind: 'listen', port: Port.Memory, takes: 'connections' })
  }

  get isSending(): boolean {
    return this.#job !== undefined
  }

  request(request: never): never {
    return request
  }

  receive(): void {}

  happened(event: ConnectionEvent, now: Millis): void {
    const { connection } = event
    if (event.kind === 'accepted') {
      if (event.port === Port.Memory) this.#memory.set(connection, event.from)
      else this.#waiting.push({ connection, from: event.from, request: undefined, isGone: false })
    } else if (event.kind === 'arrived') {
      const from = this.#memory.get(connection)
      if (from !== undefined) this.#askMemory(connection, from, event.octets, now)
      const waiting = [this.#serving, ...this.#waiting].find(each => each?.connection === connection)
      if (waiting !== undefined) waiting.request ??= event.octets.slice()
    } else if (event.kind === 'closed') {
      this.#memory.delete(connection)
      // Noticed only when it is this client's turn; a transfer that runs, runs on (S8).
      for (const waiting of this.#waiting) if (waiting.connection === connection) waiting.isGone = true
      if (this.#serving?.connection === connection) this.#serving.isGone = true
    }
    this.#serve(now)
  }

  tick(now: Millis): void {
    const job = this.#job
    if (job !== undefined && job.burst === 0 && job.wakesAt <= now) {
      job.burst = job.rounds.packetsPerRound
      job.wakesAt = (now + job.rounds.roundMs) as Millis
    }
    this.#serve(now)
  }

  transmit(slot: Slot<Endpoint>, now: Millis): boolean {
    const job = this.#job
    if (job === undefined || job.burst === 0) return false
    const offset = job.next * job.chunk
    const data = this.#payload.subarray(offset, offset + job.chunk)
    writeDataHeader(slot.view, offset, job.session, D2C)
    slot.bytes.set(data, HEADER_OCTETS)
    slot.length = HEADER_OCTETS + data.length
    slot.to = job.to
    job.burst -= 1
    this.#advance(job, now)
    return true
  }

  record(): undefined {
    return undefined
  }

  stored(): void {}

  call(): Call | undefined {
    return this.#calls.shift()
  }

  indication(): undefined {
    return undefined
  }

  deadline(): Millis {
    if (this.#job !== undefined) return this.#job.burst > 0 ? NEVER : this.#job.wakesAt
    return this.#serving === undefined ? NEVER : this.#readUntil
  }

  /** Takes the next connection once the last transfer is over, and reads its request for 10 s. */
  #serve(now: Millis): void {
    while (this.#job === undefined) {
      if (this.#serving === undefined) {
        this.#serving = this.#waiting.shift()
        if (this.#serving === undefined) return
        this.#readUntil = (now + READ_MS) as Millis
      }
      const { request, isGone, connection, from } = this.#serving
      if (request === undefined && !isGone && this.#readUntil > now) return
      this.#serving = undefined
      if (request === undefined || isGone) this.#calls.push({ kind: 'close', connection })
      else this.#begin(connection, from, readRaw(request), now)
    }
  }

  #begin(connection: ConnectionId, from: Endpoint, request: RawRequest, now: Millis): void {
    if (request.payloadId !== this.#payloadId) {
      this.#calls.push({ kind: 'close', connection })
      return
    }
    const chunk = request.mtu - HEADER_OCTETS
    if (this.#isHurt(request)) {
      this.#calls.push({ kind: 'close', connection })
      return
    }
    const response = new Uint8Array(UNINITIALISED_OCTETS)
    this.#random.fill(response)
    const view = new DataView(response.buffer)
    view.setUint32(0, this.#supposedOctets(request, chunk), true)
    view.setUint32(4, this.#payload.length, true)
    this.#calls.push({ kind: 'send', connection, octets: response })
    if (request.count === 0) this.#calls.push({ kind: 'close', connection })
    else this.#start(connection, from, request, chunk, now)
  }

  #start(
    connection: ConnectionId | undefined,
    from: Endpoint,
    request: RawRequest,
    chunk: number,
    now: Millis,
  ): void {
    const rounds = cRounds(request.throughput, chunk)
    this.#job = {
      connection,
      to: { node: from.node, port: Port.Data },
      session: request.session,
      chunk,
      intervals: request.intervals.slice(0, request.count),
      rounds,
      at: 0,
      next: request.intervals[0]!.start,
      burst: 0,
      wakesAt: (now + rounds.roundMs) as Millis,
    }
  }

  /** Exclusive ends, as C counts them (S2). */
  #supposedOctets({ intervals, count }: RawRequest, chunk: number): number {
    return intervals.slice(0, count).reduce((sum, { start, end }) => {
      const octets = end === 0xffff_ffff ? this.#payload.length - start * chunk : (end - start) * chunk
      return sum + Math.max(0, octets)
    }, 0)
  }

  #isHurt({ throughput, mtu, count, intervals }: RawRequest): boolean {
    const before = this.hurts.length
    if (throughput === 0) this.hurts.push('S3: throughput 0')
    if (mtu <= HEADER_OCTETS) this.hurts.push(`S3: mtu ${mtu}`)
    if (mtu > BUFFER_OCTETS) this.hurts.push(`S4: mtu ${mtu}`)
    if (count > 8) this.hurts.push(`S6: ${count} intervals`)
    for (const { start, end } of intervals.slice(0, count)) {
      if (start * (mtu - HEADER_OCTETS) >= this.#payload.length)
        this.hurts.push(`S5: an interval from packet ${start} of a payload of ${this.#payload.length} octets`)
      if (end < start) this.hurts.push(`an interval from ${start} to ${end}`)
    }
    return this.hurts.length > before
  }

  #advance(job: Job, now: Millis): void {
    const { start: _, end } = job.intervals[job.at]!
    job.next += 1
    const isOver = job.next > end || job.next * job.chunk >= this.#payload.length
    if (!isOver) return
    job.at += 1
    const next = job.intervals[job.at]
    if (next === undefined) {
      if (job.connection !== undefined) this.#calls.push({ kind: 'close', connection: job.connection })
      this.#job = undefined
      this.#serve(now)
      return
    }
    // Each interval starts with a fresh wait.
    job.next = next.start
    job.burst = 0
    job.wakesAt = (now + job.rounds.roundMs) as Millis
  }

  #askMemory(connection: ConnectionId, from: Endpoint, octets: Uint8Array, now: Millis): void {
    const request = decodeMemoryRequest(octets, BUFFER_OCTETS)
    this.#memory.delete(connection)
    if (!isFault(request)) {
      if (request.kind === 'start' && this.#job === undefined) {
        const { meta } = request
        const raw = { ...meta, count: meta.intervals.length, session: meta.sessionId, mtu: meta.mtuOctets }
        this.#memorySession = meta.sessionId
        if (raw.count > 0 && !this.#isHurt(raw))
          this.#start(undefined, from, raw, raw.mtu - HEADER_OCTETS, now)
      } else if (request.kind === 'stop') {
        // Whatever transfer that is.
        this.#job = undefined
        this.#memorySession = 0 as SessionId
      } else if (request.kind === 'status') {
        const status = { sessionId: this.#memorySession, isBusy: this.#job !== undefined }
        this.#calls.push({ kind: 'send', connection, octets: encodeMemoryStatus(status) })
      }
    }
    this.#calls.push({ kind: 'close', connection })
  }
}

function readRaw(octets: Uint8Array): RawRequest {
  const whole = new Uint8Array(80)
  whole.set(octets.subarray(0, 80))
  const view = new DataView(whole.buffer)
  const intervals = Array.from({ length: 8 }, (_, index) => ({
    start: view.getUint32(16 + 8 * index, true),
    end: view.getUint32(20 + 8 * index, true),
  }))
  return {
    throughput: view.getUint32(0, true),
    count: whole[4]!,
    payloadId: whole[5]!,
    session: view.getUint32(8, true) as SessionId,
    mtu: view.getUint16(12, true),
    intervals,
  }
}
