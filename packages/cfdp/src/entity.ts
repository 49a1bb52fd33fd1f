import { type Engine, type Millis, Queue, type Random, Schedule, type Slot } from '@skyferry/engine'
import { fromHex, isFault } from '@skyferry/octets'
import type { Filestore } from './filestore.ts'
import { isRejection } from './filestore.ts'
import type { Indication, Role, TransactionReport } from './indications.ts'
import type { LocalSettings, RemoteSettings } from './mib.ts'
import { decodePdu } from './pdu/decode.ts'
import { encodePdu } from './pdu/encode.ts'
import { headerLength } from './pdu/header.ts'
import {
  ConditionCode,
  type Decoded,
  type EntityId,
  type Header,
  type MetadataOption,
  type Pdu,
  type PduOf,
  type SequenceNumber,
  TransactionStatus,
} from './pdu/model.ts'
import { FileDataView, peekFileData, sameTransaction, transactionOctets } from './pdu/peek.ts'
import { Receiver } from './receiver/receiver.ts'
import {
  type CfdpRecord,
  foldAll,
  type ReceiverFacts,
  type SenderFacts,
  transactionKey,
  transactionOf,
} from './records.ts'
import type { PutRequest, Reply, Request, TransactionId } from './requests.ts'
import { RoundTrip } from './round-trip.ts'
import { type Delivery, Sender } from './sender/sender.ts'
import type { Desk, Transaction } from './transaction.ts'

/** Stateless answers waiting to leave; beyond this many they are dropped, and the peer will ask again. */
const ANSWERS_MAX = 256
/** Remote entities known only from `anyRemote`. */
const STRANGERS_MAX = 1024
/** Cancelled transactions remembered although they were never open here. */
const CANCELLED_MAX = 1024
const LARGE_FILE = 0xffff_ffff

export interface EntityOptions<Address> {
  readonly local: LocalSettings
  readonly remotes: readonly RemoteSettings<Address>[]
  /** Settings for remote entities that are not listed; absent: their PDUs are dropped and counted. */
  readonly anyRemote?: RemoteSettings<Address>
  readonly filestore: Filestore
  readonly random: Random
  /** What an earlier life of this entity left behind, oldest first. */
  readonly records?: Iterable<CfdpRecord>
  /** CRC-32 (IEEE) by the host's fast means. */
  readonly crc32?: (bytes: Uint8Array, seed: number) => number
  readonly now: Millis
}

/**
 * One CFDP protocol machine (CCSDS 727.0-B-5): it finds the transaction each PDU belongs to, and carries requests in,
 * datagrams, records and indications out.
 */
export class Entity<Address>
  implements Engine<Request, Reply, Indication, CfdpRecord, Address>, Desk<Address>
{
  readonly local: LocalSettings
  readonly filestore: Filestore
  readonly crc32: ((bytes: Uint8Array, seed: number) => number) | undefined
  /** Datagrams dropped, by reason: a decoder's fault code, or why no transaction took it. */
  readonly dropped: Map<string, number> = new Map()

  readonly #remotes: Map<EntityId, RemoteSettings<Address>> = new Map()
  readonly #anyRemote: RemoteSettings<Address> | undefined
  readonly #roundTrips: Map<EntityId, RoundTrip> = new Map()
  readonly #senders: Map<string, Sender<Address>> = new Map()
  readonly #receivers: Map<string, Receiver<Address>> = new Map()
  /** Receivers by their header octets, for the short way in. */
  readonly #byOctets: Map<number, { readonly octets: Uint8Array; readonly receiver: Receiver<Address> }[]> =
    new Map()
  #lastOctets: Uint8Array = new Uint8Array(0)
  #lastReceiver: Receiver<Address> | undefined
  readonly #lastSequence: Map<bigint, bigint>

  readonly #directives: Queue<Transaction<Address>> = new Queue()
  readonly #data: Queue<Transaction<Address>> = new Queue()
  readonly #answers: Queue<{ readonly header: Header; readonly pdu: Pdu; readonly to: Address | undefined }> =
    new Queue()
  readonly #schedule: Schedule<Transaction<Address>> = new Schedule()
  readonly #queued: Queue<Sender<Address>> = new Queue()
  /** Senders that have left the queue and not ended. */
  readonly #openSenders: Set<Transaction<Address>> = new Set()
  #openReceivers = 0
  /** Transactions whose cancellation arrived before anything else, oldest first, and until when they are remembered. */
  readonly #cancelledUnopened: Map<string, Millis> = new Map()

  readonly #records: Queue<CfdpRecord> = new Queue()
  #kept = 0
  #stored = 0
  readonly #waiting: Queue<{ readonly count: number; readonly transaction: Transaction<Address> }> =
    new Queue()
  readonly #indications: Queue<{ readonly what: Indication; readonly count: number }> = new Queue()

  /** The buffer the last datagram lay in, seen whole: links lend from few buffers, and a view per datagram is dear. */
  #buffer: ArrayBufferLike = new ArrayBuffer(0)
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  readonly #fileData = new FileDataView()

  constructor(options: EntityOptions<Address>) {
    this.local = options.local
    this.filestore = options.filestore
    this.crc32 = options.crc32
    for (const remote of options.remotes) this.#remotes.set(remote.id, remote)
    this.#anyRemote = options.anyRemote
    const past = foldAll(options.records ?? [])
    this.#lastSequence = new Map(past.lastSequence)
    for (const facts of past.senders.values()) this.#restoreSender(facts, options.now)
    for (const facts of past.receivers.values()) this.#restoreReceiver(facts, options.now)
    this.#startQueued(options.now)
  }

  // — requests —

  request(request: Request, now: Millis): Reply {
    if (request.kind === 'put') return this.#put(request, now)
    const { transaction } = request
    const key = transactionKey(transaction)
    const found = this.#senders.get(key) ?? this.#receivers.get(key)
    if (found === undefined) return { kind: 'refused', reason: `no transaction ${key} is known here` }
    const refusal = this.#act(found, request.kind, now)
    this.#touched(found)
    return refusal === undefined ? { kind: 'accepted', transaction } : { kind: 'refused', reason: refusal }
  }

  #act(
    found: Transaction<Address>,
    kind: 'cancel' | 'suspend' | 'resume' | 'report',
    now: Millis,
  ): string | undefined {
    switch (kind) {
      case 'cancel':
        return found.cancel(ConditionCode.CancelRequestReceived, now)
      case 'suspend':
        return found.suspend(ConditionCode.SuspendRequestReceived, now)
      case 'resume':
        return found.resume(now)
      case 'report':
        this.indicate({ kind: 'report', transaction: found.id, role: found.role, report: found.report }, 0)
        return undefined
    }
  }

  #put(request: PutRequest, now: Millis): Reply {
    const settings = this.#settingsFor(request.destination)
    if (settings === undefined) return refused(`entity ${request.destination} is not a remote entity here`)
    const source = request.source ?? this.local.ids[0]
    if (source === undefined || !this.local.ids.includes(source))
      return refused(`entity ${source} is not a local entity`)
    const widest = 2n ** BigInt(8 * settings.entityIdLength)
    if (source >= widest || request.destination >= widest) {
      return refused(`entity ids do not fit ${settings.entityIdLength} octets`)
    }
    const sourceName = request.sourceName ?? ''
    const file = sourceName === '' ? undefined : this.filestore.openSource(sourceName)
    if (isRejection(file)) return refused(file.reason)
    const size = file?.size ?? 0
    const header: Header = {
      version: 1,
      direction: 'to-receiver',
      mode: request.mode ?? 'acknowledged',
      crc: settings.crcOnTransmit,
      largeFile: size > LARGE_FILE,
      segmentationControl: false,
      entityIdLength: settings.entityIdLength,
      sequenceLength: settings.sequenceLength,
      source,
      sequence: this.#nextSequence(source, settings.sequenceLength),
      destination: request.destination,
    }
    const metadata: PduOf<'metadata'> = {
      kind: 'metadata',
      closureRequested:
        header.mode === 'unacknowledged' && (request.closureRequested ?? settings.closureRequested),
      checksumType: request.checksumType ?? settings.checksumType,
      fileSize: size,
      sourceName: sourceName === '' ? '' : baseName(sourceName),
      destinationName: sourceName === '' ? '' : (request.destinationName ?? baseName(sourceName)),
      options: optionsOf(request),
    }
    const room = settings.maxPduSize
    if (encodePdu(header, metadata, new Uint8Array(room)) === 0 || room < headerLength(header) + 32) {
      file?.close()
      return refused(`names, messages and requests do not fit one PDU of ${room} octets`)
    }
    this.#lastSequence.set(source, header.sequence)
    const id = { source, sequence: header.sequence }
    const roundTrip = this.#roundTripTo(settings)
    const sender = new Sender(
      this,
      id,
      header,
      { metadata, source: file, sourceName },
      settings,
      roundTrip,
      now,
    )
    this.#senders.set(sender.key, sender)
    this.#queued.push(sender)
    this.#startQueued(now)
    return { kind: 'accepted', transaction: id }
  }

  #nextSequence(source: EntityId, octets: number): SequenceNumber {
    const circle = 1n << BigInt(8 * octets)
    const last = this.#lastSequence.get(source)
    let next = (last === undefined ? this.local.firstSequence : last + 1n) % circle
    while (this.#senders.has(transactionKey({ source, sequence: next as SequenceNumber })))
      next = (next + 1n) % circle
    return next as SequenceNumber
  }

  #startQueued(now: Millis): void {
    while (this.#openSenders.size < this.local.maxOpenTransmissions) {
      const sender = this.#queued.shift()
      if (sender === undefined) return
      if (sender.isEnded) continue
      this.#openSenders.add(sender)
      sender.start(now)
      this.#touched(sender)
    }
  }

  // — datagrams in —

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    const file = this.#fileData
    if (peekFileData(datagram, file)) {
      const receiver = this.#receiverOf(datagram)
      if (receiver?.accepts(file.acknowledged, file.largeFile, file.crc)) {
        if (datagram.buffer !== this.#buffer) this.#adoptBuffer(datagram.buffer)
        const base = datagram.byteOffset
        receiver.receiveData(
          this.#bytes,
          this.#view,
          base + file.dataFrom,
          base + file.dataTo,
          file.offset,
          now,
        )
        this.#touched(receiver)
        return
      }
    }
    const decoded = decodePdu(datagram)
    if (isFault(decoded)) return this.#drop(decoded.code)
    if (decoded.header.direction === 'to-receiver') this.#toReceiver(decoded, datagram, from, now)
    else this.#toSender(decoded, from, now)
  }

  #adoptBuffer(buffer: ArrayBufferLike): void {
    this.#buffer = buffer
    this.#bytes = new Uint8Array(buffer)
    this.#view = new DataView(buffer)
  }

  #receiverOf(datagram: Uint8Array): Receiver<Address> | undefined {
    if (sameTransaction(datagram, this.#lastOctets)) return this.#lastReceiver
    const candidates = this.#byOctets.get(hashOf(datagram))
    if (candidates === undefined) return undefined
    for (const candidate of candidates) {
      if (sameTransaction(datagram, candidate.octets)) {
        this.#lastOctets = candidate.octets
        this.#lastReceiver = candidate.receiver
        return candidate.receiver
      }
    }
    return undefined
  }

  #toReceiver({ header, pdu }: Decoded, datagram: Uint8Array, from: Address, now: Millis): void {
    if (!this.local.ids.includes(header.destination)) return this.#drop('not-our-entity')
    const settings = this.#settingsFor(header.source, from)
    if (settings === undefined) return this.#drop('unknown-entity')
    if (settings.crcRequired && !header.crc) return this.#drop('crc-missing')
    const key = transactionKey(header)
    let receiver = this.#receivers.get(key)
    if (
      receiver !== undefined &&
      !receiver.accepts(header.mode === 'acknowledged', header.largeFile, header.crc)
    ) {
      if (!receiver.isSupersededBy(header)) return this.#drop('header-changed')
      this.forget(receiver)
      receiver = undefined
    }
    receiver ??= this.#openReceiver(header, pdu, settings, datagram, now)
    if (receiver === undefined) return
    receiver.receive(pdu, now)
    this.#touched(receiver)
  }

  /** A PDU of a transaction nobody knows (section 8.1 of our reference: which PDUs open one). */
  #openReceiver(
    header: Header,
    pdu: Pdu,
    settings: RemoteSettings<Address>,
    datagram: Uint8Array,
    now: Millis,
  ): Receiver<Address> | undefined {
    const opens =
      pdu.kind === 'metadata' ||
      (pdu.kind === 'file-data' && pdu.data.length > 0) ||
      (pdu.kind === 'eof' && pdu.condition === ConditionCode.NoError)
    if (!opens) {
      if (pdu.kind === 'eof' && header.mode === 'acknowledged') {
        const status = TransactionStatus.Undefined
        this.#answer(header, { kind: 'ack-eof', condition: pdu.condition, status }, settings.address)
        this.#neverOpen(transactionKey(header), now)
      } else this.#drop('unknown-transaction')
      return undefined
    }
    // The sender has closed it: a PDU that was overtaken must not open what nothing would end.
    if ((this.#cancelledUnopened.get(transactionKey(header)) ?? -Infinity) > now) {
      this.#drop('cancelled-before')
      return undefined
    }
    if (this.#openReceivers >= this.local.maxOpenReceptions) {
      this.#drop('too-many-receptions')
      return undefined
    }
    const reply: Header = { ...header, direction: 'to-sender', segmentationControl: false }
    const id = { source: header.source, sequence: header.sequence }
    const receiver = new Receiver(this, id, reply, settings, this.#roundTripTo(settings), now)
    this.#register(receiver, transactionOctets(datagram))
    this.#openReceivers += 1
    return receiver
  }

  #neverOpen(key: string, now: Millis): void {
    const cancelled = this.#cancelledUnopened
    cancelled.delete(key)
    cancelled.set(key, (now + this.local.pendingAfterCompletion) as Millis)
    if (cancelled.size > CANCELLED_MAX) cancelled.delete(cancelled.keys().next().value!)
  }

  #register(receiver: Receiver<Address>, octets: Uint8Array | undefined): void {
    this.#receivers.set(receiver.key, receiver)
    if (octets === undefined) return
    const hash = hashOfOctets(octets)
    const bucket = this.#byOctets.get(hash)
    if (bucket === undefined) this.#byOctets.set(hash, [{ octets, receiver }])
    else bucket.push({ octets, receiver })
  }

  #toSender({ header, pdu }: Decoded, from: Address, now: Millis): void {
    if (!this.local.ids.includes(header.source)) return this.#drop('not-our-entity')
    const settings = this.#settingsFor(header.destination, from)
    if (settings === undefined) return this.#drop('unknown-entity')
    if (settings.crcRequired && !header.crc) return this.#drop('crc-missing')
    const sender = this.#senders.get(transactionKey(header))
    if (sender === undefined || sender.header.destination !== header.destination) {
      if (pdu.kind === 'finished' && header.mode === 'acknowledged') {
        const status = TransactionStatus.Undefined
        this.#answer(header, { kind: 'ack-finished', condition: pdu.condition, status }, settings.address)
      } else this.#drop('unknown-transaction')
      return
    }
    sender.receive(pdu, now)
    this.#touched(sender)
  }

  /** An acknowledgement that needs no transaction (section 4.7.2: given whatever the state). */
  #answer(to: Header, pdu: Pdu, address: Address | undefined): void {
    if (this.#answers.size >= ANSWERS_MAX) return this.#drop('too-many-answers')
    const direction = to.direction === 'to-receiver' ? 'to-sender' : 'to-receiver'
    this.#answers.push({ header: { ...to, direction, segmentationControl: false }, pdu, to: address })
  }

  #drop(reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1)
  }

  // — time —

  tick(now: Millis): void {
    for (let due = this.#schedule.next(now); due !== undefined; due = this.#schedule.next(now)) {
      due.tick(now)
      // One slice of work per call: whoever set a deadline of "now" again waits for the next tick.
      if (due.deadline() <= now) break
    }
  }

  deadline(): Millis {
    return this.#schedule.earliest()
  }

  // — datagrams out —

  transmit(slot: Slot<Address>, now: Millis): boolean {
    const answer = this.#answers.shift()
    if (answer !== undefined) {
      slot.length = encodePdu(answer.header, answer.pdu, slot.bytes, slot.view)
      slot.to = answer.to
      return true
    }
    // A sender that finds its window full has a Prompt to send: hence the second look at the directives.
    return (
      this.#transmitDirective(slot, now) ||
      this.#transmitData(slot, now) ||
      this.#transmitDirective(slot, now)
    )
  }

  #transmitDirective(slot: Slot<Address>, now: Millis): boolean {
    for (let next = this.#directives.peek(); next !== undefined; next = this.#directives.peek()) {
      const sent = !next.isForgotten && next.transmitDirective(slot, now)
      this.#touched(next)
      if (sent) return true
      next.inDirectives = false
      this.#directives.shift()
    }
    return false
  }

  #transmitData(slot: Slot<Address>, now: Millis): boolean {
    for (let next = this.#data.peek(); next !== undefined; next = this.#data.peek()) {
      const sent = !next.isForgotten && next.transmitData(slot, now)
      this.#touched(next)
      if (sent) {
        if (this.#data.size > 1) this.#data.push(this.#data.shift()!)
        return true
      }
      next.inData = false
      this.#data.shift()
    }
    return false
  }

  // — records and indications out —

  record(): CfdpRecord | undefined {
    return this.#records.shift()
  }

  stored(count: number, now: Millis): void {
    if (count <= this.#stored) return
    this.#stored = count
    for (
      let head = this.#waiting.peek();
      head !== undefined && head.count <= count;
      head = this.#waiting.peek()
    ) {
      this.#waiting.shift()
      if (head.transaction.isForgotten) continue
      head.transaction.settled(now)
      this.#touched(head.transaction)
    }
  }

  indication(): Indication | undefined {
    const head = this.#indications.peek()
    if (head === undefined || head.count > this.#stored) return undefined
    this.#indications.shift()
    return head.what
  }

  // — the desk: what transactions ask of their entity —

  keep(record: CfdpRecord): number {
    this.#records.push(record)
    this.#kept += 1
    return this.#kept
  }

  isStored(count: number): boolean {
    return count <= this.#stored
  }

  indicate(what: Indication, count: number): void {
    this.#indications.push({ what, count })
  }

  wakeDirectives(transaction: Transaction<Address>): void {
    if (transaction.inDirectives) return
    transaction.inDirectives = true
    this.#directives.push(transaction)
  }

  wakeData(transaction: Transaction<Address>): void {
    if (transaction.inData) return
    transaction.inData = true
    this.#data.push(transaction)
  }

  wait(transaction: Transaction<Address>, count: number): void {
    if (count > this.#stored) this.#waiting.push({ count, transaction })
  }

  ended(transaction: Transaction<Address>, now: Millis): void {
    if (transaction.role === 'receiver') this.#openReceivers -= 1
    else {
      this.#openSenders.delete(transaction)
      this.#startQueued(now)
    }
  }

  forget(transaction: Transaction<Address>): void {
    transaction.close()
    transaction.isForgotten = true
    this.keep({ transaction: transaction.key, role: transaction.role, kind: 'forgotten' })
    this.#schedule.remove(transaction)
    if (transaction.role === 'sender') this.#senders.delete(transaction.key)
    else {
      this.#receivers.delete(transaction.key)
      if (!transaction.isEnded) this.#openReceivers -= 1
      if (this.#lastReceiver === transaction) this.#lastOctets = new Uint8Array(0)
      for (const [hash, bucket] of this.#byOctets) {
        const left = bucket.filter(entry => entry.receiver !== transaction)
        if (left.length === bucket.length) continue
        if (left.length === 0) this.#byOctets.delete(hash)
        else this.#byOctets.set(hash, left)
        break
      }
    }
  }

  /** Closes every file; for a host that stops and goes on living. */
  close(): void {
    for (const sender of this.#senders.values()) sender.close()
    for (const receiver of this.#receivers.values()) receiver.close()
  }

  // — looking at it —

  /** Every transaction that is known, ended ones included. */
  *reports(): IterableIterator<TransactionReport> {
    for (const sender of this.#senders.values()) yield sender.report
    for (const receiver of this.#receivers.values()) yield receiver.report
  }

  report(id: TransactionId, role: Role): TransactionReport | undefined {
    const key = transactionKey(id)
    return (role === 'sender' ? this.#senders : this.#receivers).get(key)?.report
  }

  /** The shortest list of records that restores this entity as it stands; what a journal is compacted to. */
  snapshot(): CfdpRecord[] {
    const records: CfdpRecord[] = []
    for (const sender of this.#senders.values()) records.push(...sender.records())
    for (const receiver of this.#receivers.values()) records.push(...receiver.records())
    // Last, because each put sets the counter to its own number.
    for (const [source, sequence] of this.#lastSequence) {
      records.push({ transaction: `${source}:${sequence}`, role: 'sender', kind: 'sequence' })
    }
    return records
  }

  // — restart —

  #restoreSender(facts: SenderFacts, now: Millis): void {
    const decoded = decodeHex(facts.put.metadata)
    if (decoded === undefined || decoded.pdu.kind !== 'metadata') return this.#drop('unreadable-record')
    const header: Header = { ...decoded.header, crc: facts.put.crc }
    const settings = this.#settingsFor(header.destination)
    if (settings === undefined) return this.#drop('unknown-entity')
    const { sourceName, stamp } = facts.put
    const live = facts.ended === undefined && facts.cancelled === undefined
    const file = live && sourceName !== '' ? this.filestore.openSource(sourceName) : undefined
    const refusal = isRejection(file)
      ? file.reason
      : file !== undefined && file.stamp !== stamp
        ? `${sourceName} is not the file it was when its transfer began`
        : undefined
    const delivery: Delivery = {
      metadata: decoded.pdu,
      source: isRejection(file) ? undefined : file,
      sourceName,
    }
    const id = transactionOf(facts.put.transaction)
    const sender = new Sender(this, id, header, delivery, settings, this.#roundTripTo(settings), now, facts)
    this.#senders.set(sender.key, sender)
    if (sender.isQueued) this.#queued.push(sender)
    else if (!sender.isEnded) this.#openSenders.add(sender)
    if (refusal !== undefined) sender.refuseSource(refusal, now)
    sender.settled(now)
    this.#touched(sender)
  }

  #restoreReceiver(facts: ReceiverFacts, now: Millis): void {
    const { opened } = facts
    const id = transactionOf(opened.transaction)
    const settings = this.#settingsFor(id.source)
    if (settings === undefined) return this.#drop('unknown-entity')
    const decoded = facts.metadata === undefined ? undefined : decodeHex(facts.metadata)
    const metadata = decoded?.pdu.kind === 'metadata' ? decoded.pdu : undefined
    const header: Header = {
      version: 1,
      direction: 'to-sender',
      mode: opened.acknowledged ? 'acknowledged' : 'unacknowledged',
      crc: opened.crc,
      largeFile: opened.largeFile,
      segmentationControl: false,
      entityIdLength: opened.entityIdLength,
      sequenceLength: opened.sequenceLength,
      source: id.source,
      sequence: id.sequence,
      destination: BigInt(opened.destination) as EntityId,
    }
    const receiver = new Receiver(this, id, header, settings, this.#roundTripTo(settings), now, {
      facts,
      metadata,
    })
    const probe = new Uint8Array(64)
    encodePdu(header, { kind: 'keep-alive', progress: 0 }, probe)
    this.#register(receiver, transactionOctets(probe))
    if (!receiver.isEnded) this.#openReceivers += 1
    receiver.takeUp(now)
    this.#touched(receiver)
  }

  // — settings —

  #settingsFor(id: EntityId, from?: Address): RemoteSettings<Address> | undefined {
    const known = this.#remotes.get(id)
    if (known !== undefined || this.#anyRemote === undefined) return known
    if (this.#remotes.size >= STRANGERS_MAX) return undefined
    const settings = { ...this.#anyRemote, id, address: this.#anyRemote.address ?? from }
    this.#remotes.set(id, settings)
    return settings
  }

  /** What is known of the way to an entity outlives its transactions. */
  #roundTripTo(settings: RemoteSettings<Address>): RoundTrip {
    let roundTrip = this.#roundTrips.get(settings.id)
    if (roundTrip === undefined) {
      roundTrip = new RoundTrip(settings.lightTime)
      this.#roundTrips.set(settings.id, roundTrip)
    }
    return roundTrip
  }

  #touched(transaction: Transaction<Address>): void {
    if (transaction.isForgotten) return
    if (transaction.deadline() < transaction.heapDue || transaction.heapIndex < 0)
      this.#schedule.update(transaction)
  }
}

function refused(reason: string): Reply {
  return { kind: 'refused', reason }
}

/** A PDU as records keep it; undefined if the record was damaged. */
function decodeHex(text: string): Decoded | undefined {
  const octets = fromHex(text)
  const decoded = isFault(octets) ? octets : decodePdu(octets)
  return isFault(decoded) ? undefined : decoded
}

function baseName(name: string): string {
  return name.split(/[/\\]/).at(-1) ?? name
}

/** In the order of section 4.6.1.1.3: overrides, messages, filestore requests, flow label. */
function optionsOf(request: PutRequest): MetadataOption[] {
  return [
    ...(request.faultHandlerOverrides ?? []).map(each => ({
      tlv: 'fault-handler-override' as const,
      ...each,
    })),
    ...(request.messages ?? []).map(value => ({ tlv: 'message-to-user' as const, value })),
    ...(request.filestoreRequests ?? []).map(each => ({ tlv: 'filestore-request' as const, ...each })),
    ...(request.flowLabel === undefined ? [] : [{ tlv: 'flow-label' as const, value: request.flowLabel }]),
  ]
}

/** FNV-1a over the octets that name a transaction in a datagram. */
function hashOf(datagram: Uint8Array): number {
  const widths = datagram[3]! & 0x77
  const end = 7 + 2 * (widths >> 4) + (widths & 7)
  let hash = Math.imul(0x811c9dc5 ^ widths, 0x01000193)
  for (let index = 4; index < end; index++) hash = Math.imul(hash ^ datagram[index]!, 0x01000193)
  return hash
}

function hashOfOctets(octets: Uint8Array): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < octets.length; index++) hash = Math.imul(hash ^ octets[index]!, 0x01000193)
  return hash
}
