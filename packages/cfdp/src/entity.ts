import { assert, type Engine, type Millis, type Random, Schedule, type Slot } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'
import type { Contact } from './contact.ts'
import { Answers, CancelledUnopened } from './entity/answers.ts'
import { type EndedReception, EndedReceptions, recordsOf } from './entity/ended-receptions.ts'
import { Outbox } from './entity/outbox.ts'
import { fitsOnePdu, headerOf, idsRefusal, metadataOf, priorityRefusal } from './entity/put.ts'
import { ReceptionIndex } from './entity/reception-index.ts'
import { Remotes } from './entity/remotes.ts'
import { octetsOf, putOf, receivedMetadata, reopen, replyHeaderOf } from './entity/restore.ts'
import { SequenceNumbers } from './entity/sequence-numbers.ts'
import { Transmissions } from './entity/transmissions.ts'
import { Turns } from './entity/turns.ts'
import type { Filestore } from './filestore.ts'
import { isRejection } from './filestore.ts'
import { beyondLimits } from './habits.ts'
import type { Indication, Role, TransactionReport } from './indications.ts'
import type { LocalSettings, RemoteSettings } from './mib.ts'
import { decodePdu } from './pdu/decode.ts'
import {
  ConditionCode,
  type Decoded,
  type EntityId,
  type Header,
  type Pdu,
  TransactionStatus,
} from './pdu/model.ts'
import { FileDataView, peekFileData, transactionOctets } from './pdu/peek.ts'
import { Receiver } from './receiver/receiver.ts'
import {
  type CfdpRecord,
  foldAll,
  type ReceiverFacts,
  type SenderFacts,
  transactionKey,
  transactionOf,
} from './records.ts'
import type { LinkRequest, PutRequest, Reply, Request, TransactionId } from './requests.ts'
import { Sender } from './sender/sender.ts'
import type { Desk, Transaction } from './transaction.ts'

export interface EntityOptions<Address> {
  readonly local: LocalSettings
  readonly remotes: readonly RemoteSettings<Address>[]
  /** Settings for remote entities that are not listed; absent: their PDUs are dropped and counted. */
  readonly anyRemote?: RemoteSettings<Address>
  readonly filestore: Filestore
  readonly random: Random
  /** What is known of the links when this life begins: no record says so. */
  readonly links?: readonly LinkRequest[]
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

  readonly #remotes: Remotes<Address>
  readonly #senders: Map<string, Sender<Address>> = new Map()
  readonly #receivers: ReceptionIndex<Receiver<Address>> = new ReceptionIndex()
  readonly #ended: EndedReceptions
  /** Ended of late; what they still have to say is said first. */
  readonly #ending: Set<Receiver<Address>> = new Set()
  readonly #sequences: SequenceNumbers
  readonly #transmissions: Transmissions<Sender<Address>>
  #openReceptions = 0
  readonly #turns: Turns<Address> = new Turns()
  readonly #answers: Answers<Address> = new Answers()
  readonly #cancelledUnopened: CancelledUnopened = new CancelledUnopened()
  readonly #outbox: Outbox<Transaction<Address>> = new Outbox()
  /** Remote entities with a plan, by its next edge. */
  readonly #contacts: Schedule<Contact> = new Schedule()

  /** The buffer the last datagram lay in, seen whole: links lend from few buffers, and a view per datagram is dear. */
  #buffer: ArrayBufferLike = new ArrayBuffer(0)
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  readonly #fileData = new FileDataView()

  constructor(options: EntityOptions<Address>) {
    this.local = options.local
    this.filestore = options.filestore
    this.crc32 = options.crc32
    this.#remotes = new Remotes(options.remotes, options.anyRemote)
    this.#transmissions = new Transmissions(options.local.maxOpenTransmissions)
    this.#ended = new EndedReceptions(options.local.maxEndedReceptions)
    for (const link of options.links ?? []) {
      const reply = this.#link(link, options.now)
      assert(reply.kind !== 'refused', `what is known of a link makes sense: ${JSON.stringify(reply)}`)
    }
    const past = foldAll(options.records ?? [])
    this.#sequences = new SequenceNumbers(options.local.firstSequence, past.lastSequence)
    for (const facts of past.senders.values()) this.#restoreSender(facts, options.now)
    for (const facts of past.receivers.values()) this.#restoreReceiver(facts, options.now)
    this.#retire()
    this.#startQueued(options.now)
  }

  // — requests —

  request(request: Request, now: Millis): Reply {
    if (request.kind === 'put') return this.#put(request, now)
    if ('remote' in request) return this.#link(request, now)
    const { transaction } = request
    const key = transactionKey(transaction)
    const found = this.#senders.get(key) ?? this.#receivers.get(key)
    const ended = found === undefined ? this.#ended.get(key) : undefined
    if (ended !== undefined && request.kind === 'report') {
      this.indicate({ kind: 'report', transaction, role: 'receiver', report: ended.report }, 0)
      return { kind: 'accepted', transaction }
    }
    if (ended !== undefined) return refused('the transaction has ended')
    if (found === undefined) return { kind: 'refused', reason: `no transaction ${key} is known here` }
    const refusal = this.#act(found, request, now)
    this.#turns.touched(found)
    return refusal === undefined ? { kind: 'accepted', transaction } : { kind: 'refused', reason: refusal }
  }

  #act(found: Transaction<Address>, request: Exclude<Request, PutRequest>, now: Millis): string | undefined {
    switch (request.kind) {
      case 'cancel':
        return found.cancel(ConditionCode.CancelRequestReceived, now)
      case 'suspend':
        return found.suspend(ConditionCode.SuspendRequestReceived, now)
      case 'resume':
        return found.resume(now)
      case 'priority':
        return this.#prioritize(found, request.priority)
      case 'prompt':
        return found.prompt(request.response)
      case 'report':
        this.indicate({ kind: 'report', transaction: found.id, role: found.role, report: found.report }, 0)
        return undefined
    }
  }

  #prioritize(found: Transaction<Address>, priority: number): string | undefined {
    if (!(found instanceof Sender)) return 'only what is sent has a priority'
    const before = found.priority
    const refusal = priorityRefusal(priority) ?? found.prioritize(priority)
    if (refusal !== undefined || before === priority) return refusal
    this.#turns.reprioritized(found, before)
    this.#transmissions.reprioritized(found, before)
    return undefined
  }

  #put(request: PutRequest, now: Millis): Reply {
    const settings = this.#remotes.settingsFor(request.destination)
    if (settings === undefined) return refused(`entity ${request.destination} is not a remote entity here`)
    const source = request.source ?? this.local.ids[0]
    if (source === undefined || !this.local.ids.includes(source))
      return refused(`entity ${source} is not a local entity`)
    const { entityIdLength, sequenceLength } = settings
    const misfit = idsRefusal(source, request.destination, entityIdLength)
    if (misfit !== undefined) return refused(misfit)
    const priority = request.priority ?? 0
    const misplaced = priorityRefusal(priority)
    if (misplaced !== undefined) return refused(misplaced)
    const sourceName = request.sourceName ?? ''
    const file = sourceName === '' ? undefined : this.filestore.openSource(sourceName)
    if (isRejection(file)) return refused(file.reason)
    const size = file?.size ?? 0
    const isKnown = (key: string): boolean => this.#senders.has(key)
    const sequence = this.#sequences.next(source, sequenceLength, isKnown)
    if (sequence === undefined) {
      file?.close()
      return refused(
        `every sequence number of ${sequenceLength} octets is in use or still remembered by entity ${source}`,
      )
    }
    const header = headerOf(request, settings, source, sequence, size)
    const metadata = metadataOf(request, settings, header, size)
    const beyond = beyondLimits(settings, header, metadata)
    if (beyond !== undefined) {
      file?.close()
      return refused(`entity ${request.destination} ${beyond}`)
    }
    if (!fitsOnePdu(header, metadata, settings)) {
      file?.close()
      return refused(`names, messages and requests do not fit one PDU of ${settings.maxPduSize} octets`)
    }
    this.#sequences.use(source, sequence)
    const id = { source, sequence }
    const roundTrip = this.#remotes.roundTripTo(settings)
    const sender = new Sender(
      this,
      id,
      header,
      { metadata, source: file, sourceName, priority },
      settings,
      roundTrip,
      now,
    )
    this.#senders.set(sender.key, sender)
    this.#transmissions.enqueue(sender)
    this.#startQueued(now)
    return { kind: 'accepted', transaction: id }
  }

  /** Word of a link (section 4.12): by call, or by plan. */
  #link(request: LinkRequest, now: Millis): Reply {
    const settings = this.#remotes.settingsFor(request.remote)
    if (settings === undefined) return refused(`entity ${request.remote} is not a remote entity here`)
    const contact = this.#remotes.contactWith(settings)
    const refusal = change(contact, request)
    if (refusal !== undefined) return refused(refusal)
    this.#look(contact, now, request.kind === 'thaw')
    return { kind: 'noted' }
  }

  /**
   * Carries a change of contact to the transactions with that remote entity.
   * @param isThaw told so: even if only answers could not be heard, they are wanted again now
   */
  #look(contact: Contact, now: Millis, isThaw: boolean): void {
    const wasDark = contact.isDark
    const isSpokenTo = contact.look(now)
    this.#contacts.update(contact)
    if (!wasDark && !contact.isDark && !isSpokenTo) return
    const isAnew = isSpokenTo || (isThaw && wasDark && !contact.isDark)
    if (isAnew) this.#remotes.upAgain(contact.remote, now)
    for (const transactions of [this.#senders.values(), this.#receivers.values()]) {
      for (const transaction of transactions) {
        if (transaction.contact !== contact) continue
        transaction.contactChanged(isAnew, now)
        this.#turns.touched(transaction)
      }
    }
  }

  #startQueued(now: Millis): void {
    const transmissions = this.#transmissions
    for (let next = transmissions.startNext(now); next !== undefined; next = transmissions.startNext(now)) {
      this.#turns.touched(next)
    }
  }

  // — datagrams in —

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    const file = this.#fileData
    if (peekFileData(datagram, file)) {
      const receiver = this.#receivers.of(datagram)
      if (receiver?.accepts(file.acknowledged, file.largeFile, file.crc)) {
        if (this.#remotes.lacksAddresses) this.#remotes.settingsFor(receiver.id.source, from)
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
        this.#turns.touched(receiver)
        return
      }
    }
    const decoded = decodePdu(datagram, this.#remotes.dialectOf(datagram))
    if (isFault(decoded)) return this.#drop(decoded.code)
    if (decoded.header.direction === 'to-receiver') this.#toReceiver(decoded, datagram, from, now)
    else this.#toSender(decoded, from, now)
  }

  #adoptBuffer(buffer: ArrayBufferLike): void {
    this.#buffer = buffer
    this.#bytes = new Uint8Array(buffer)
    this.#view = new DataView(buffer)
  }

  #toReceiver({ header, pdu }: Decoded, datagram: Uint8Array, from: Address, now: Millis): void {
    if (!this.local.ids.includes(header.destination)) return this.#drop('not-our-entity')
    const settings = this.#remotes.settingsFor(header.source, from)
    if (settings === undefined) return this.#drop('unknown-entity')
    if (settings.crcRequired && !header.crc) return this.#drop('crc-missing')
    const key = transactionKey(header)
    let receiver = this.#receivers.get(key)
    if (receiver === undefined && this.#isOver(key, header, pdu, settings)) return
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
    this.#turns.touched(receiver)
  }

  /** A late PDU of a reception that has ended: EOF is acknowledged again (section 4.7.2), nothing opens it anew. */
  #isOver(key: string, header: Header, pdu: Pdu, settings: RemoteSettings<Address>): boolean {
    const ended = this.#ended.get(key)
    if (ended === undefined) return false
    const { mode, largeFile, crc } = ended.header
    if (header.mode !== mode || header.largeFile !== largeFile || header.crc !== crc) {
      this.#drop('header-changed')
    } else if (pdu.kind === 'eof' && mode === 'acknowledged') {
      this.#answer('ack-eof', header, pdu.condition, settings, TransactionStatus.Terminated)
    }
    return true
  }

  /** Keeps of receptions that have nothing more to say only what late PDUs need. */
  #retire(): void {
    for (const receiver of this.#ending) {
      const { ended } = receiver
      if (ended === undefined && !receiver.isForgotten) continue
      this.#ending.delete(receiver)
      if (ended === undefined || receiver.isForgotten) continue
      receiver.close()
      this.#turns.remove(receiver)
      this.#receivers.remove(receiver)
      this.#remember(ended)
    }
  }

  #remember(ended: EndedReception): void {
    const forgotten = this.#ended.add(ended)
    if (forgotten === undefined) return
    this.keep({ transaction: forgotten.key, role: 'receiver', kind: 'forgotten' })
    this.#drop('ended-forgotten')
  }

  /** A PDU of a transaction nobody knows. */
  #openReceiver(
    header: Header,
    pdu: Pdu,
    settings: RemoteSettings<Address>,
    datagram: Uint8Array,
    now: Millis,
  ): Receiver<Address> | undefined {
    if (!opensReception(pdu)) {
      if (pdu.kind === 'eof' && header.mode === 'acknowledged') {
        this.#answer('ack-eof', header, pdu.condition, settings)
        const until = (now + this.local.pendingAfterCompletion) as Millis
        this.#cancelledUnopened.add(transactionKey(header), until)
      } else this.#drop('unknown-transaction')
      return undefined
    }
    if (this.#cancelledUnopened.has(transactionKey(header), now)) {
      this.#drop('cancelled-before')
      return undefined
    }
    if (this.#openReceptions >= this.local.maxOpenReceptions) {
      this.#drop('too-many-receptions')
      return undefined
    }
    const reply: Header = { ...header, direction: 'to-sender', segmentationControl: false }
    const id = { source: header.source, sequence: header.sequence }
    const receiver = new Receiver(this, id, reply, settings, this.#remotes.roundTripTo(settings), now)
    if (settings.oneAtATime) this.#peerMovedOn(header.source, now)
    this.#receivers.add(receiver, transactionOctets(datagram))
    this.#openReceptions += 1
    return receiver
  }

  /** A peer that keeps one transaction has closed those before this one: it would not understand another word of them. */
  #peerMovedOn(source: EntityId, now: Millis): void {
    for (const receiver of this.#receivers.values()) {
      if (receiver.id.source !== source || receiver.isEnded) continue
      receiver.peerMovedOn(now)
      this.#turns.touched(receiver)
    }
  }

  #toSender({ header, pdu }: Decoded, from: Address, now: Millis): void {
    if (!this.local.ids.includes(header.source)) return this.#drop('not-our-entity')
    const settings = this.#remotes.settingsFor(header.destination, from)
    if (settings === undefined) return this.#drop('unknown-entity')
    if (settings.crcRequired && !header.crc) return this.#drop('crc-missing')
    const sender = this.#senders.get(transactionKey(header))
    if (sender === undefined || sender.header.destination !== header.destination) {
      const isAnswered = header.mode === 'acknowledged' || settings.ackFinishedInClass1
      if (pdu.kind === 'finished' && isAnswered) {
        this.#answer('ack-finished', header, pdu.condition, settings)
      } else this.#drop('unknown-transaction')
      return
    }
    if (settings.requireEqualMode && header.mode !== sender.header.mode) return this.#drop('header-changed')
    sender.receive(pdu, now)
    this.#turns.touched(sender)
  }

  #answer(
    kind: 'ack-eof' | 'ack-finished',
    header: Header,
    condition: ConditionCode,
    settings: RemoteSettings<Address>,
    status?: TransactionStatus,
  ): void {
    const contact = this.#remotes.contactWith(settings)
    if (!this.#answers.acknowledge(header, kind, condition, settings.address, contact, status))
      this.#drop('too-many-answers')
  }

  #drop(reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1)
  }

  // — time —

  tick(now: Millis): void {
    for (let due = this.#contacts.next(now); due !== undefined; due = this.#contacts.next(now)) {
      this.#look(due, now, false)
    }
    this.#turns.tick(now)
    for (let old = this.#longEnded(now); old !== undefined; old = this.#longEnded(now)) {
      this.keep({ transaction: old.key, role: 'receiver', kind: 'forgotten' })
    }
  }

  #longEnded(now: Millis): EndedReception | undefined {
    const darkSoFar = ({ opened, dark }: EndedReception): number => {
      const settings = this.#remotes.settingsFor(transactionOf(opened.transaction).source)
      return settings === undefined ? dark : this.#remotes.contactWith(settings).darkTime(now)
    }
    return this.#ended.expire(now, darkSoFar)
  }

  deadline(): Millis {
    return Math.min(this.#turns.deadline(), this.#contacts.earliest(), this.#ended.deadline()) as Millis
  }

  // — datagrams out —

  transmit(slot: Slot<Address>, now: Millis): boolean {
    if (this.#ending.size > 0) this.#retire()
    return this.#answers.transmit(slot, now) || this.#turns.transmit(slot, now)
  }

  // — records and indications out —

  record(): CfdpRecord | undefined {
    return this.#outbox.record()
  }

  stored(count: number, now: Millis): void {
    if (!this.#outbox.stored(count)) return
    for (let next = this.#outbox.settled(); next !== undefined; next = this.#outbox.settled()) {
      if (next.isForgotten) continue
      next.settled(now)
      this.#turns.touched(next)
    }
  }

  indication(): Indication | undefined {
    return this.#outbox.indication()
  }

  // — the desk: what transactions ask of their entity —

  keep(record: CfdpRecord): number {
    return this.#outbox.keep(record)
  }

  isStored(count: number): boolean {
    return this.#outbox.isStored(count)
  }

  indicate(what: Indication, count: number): void {
    this.#outbox.indicate(what, count)
  }

  contactWith(settings: RemoteSettings<Address>): Contact {
    return this.#remotes.contactWith(settings)
  }

  wakeDirectives(transaction: Transaction<Address>): void {
    this.#turns.wakeDirectives(transaction)
  }

  wakeData(transaction: Transaction<Address>): void {
    this.#turns.wakeData(transaction)
  }

  wait(transaction: Transaction<Address>, count: number): void {
    this.#outbox.wait(transaction, count)
  }

  ended(transaction: Transaction<Address>, now: Millis): void {
    if (transaction.role === 'receiver') {
      this.#openReceptions -= 1
      this.#ending.add(transaction as Receiver<Address>)
    } else {
      this.#transmissions.ended(transaction as Sender<Address>)
      this.#startQueued(now)
    }
  }

  forget(transaction: Transaction<Address>): void {
    transaction.close()
    this.keep({ transaction: transaction.key, role: transaction.role, kind: 'forgotten' })
    this.#turns.remove(transaction)
    if (transaction.role === 'sender') this.#senders.delete(transaction.key)
    else {
      this.#receivers.remove(transaction as Receiver<Address>)
      if (!transaction.isEnded) this.#openReceptions -= 1
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
    for (const ended of this.#ended.values()) yield ended.report
  }

  /** The settings of a remote entity; undefined: it is not talked to. */
  remote(id: EntityId): RemoteSettings<Address> | undefined {
    return this.#remotes.settingsFor(id)
  }

  report(id: TransactionId, role: Role): TransactionReport | undefined {
    const key = transactionKey(id)
    if (role === 'sender') return this.#senders.get(key)?.report
    return (this.#receivers.get(key) ?? this.#ended.get(key))?.report
  }

  /** The shortest list of records that restores this entity as it stands; what a journal is compacted to. */
  snapshot(): CfdpRecord[] {
    const records: CfdpRecord[] = []
    for (const sender of this.#senders.values()) records.push(...sender.records())
    for (const receiver of this.#receivers.values()) records.push(...receiver.records())
    for (const ended of this.#ended.values()) records.push(...recordsOf(ended))
    // Last, because each put sets the counter to its own number.
    for (const [source, sequence] of this.#sequences.entries()) {
      records.push({ transaction: `${source}:${sequence}`, role: 'sender', kind: 'sequence' })
    }
    return records
  }

  // — restart —

  #restoreSender(facts: SenderFacts, now: Millis): void {
    const put = putOf(facts)
    if (put === undefined) return this.#drop('unreadable-record')
    const { header, metadata } = put
    const settings = this.#remotes.settingsFor(header.destination)
    if (settings === undefined) return this.#drop('unknown-entity')
    const { delivery, refusal } = reopen(facts, metadata, this.filestore)
    const id = transactionOf(facts.put.transaction)
    const sender = new Sender(
      this,
      id,
      header,
      delivery,
      settings,
      this.#remotes.roundTripTo(settings),
      now,
      facts,
    )
    this.#senders.set(sender.key, sender)
    if (sender.isQueued) this.#transmissions.enqueue(sender)
    else if (!sender.isEnded) this.#transmissions.addOpen(sender)
    if (refusal !== undefined) sender.refuseSource(refusal, now)
    sender.settled(now)
    this.#turns.touched(sender)
  }

  #restoreReceiver(facts: ReceiverFacts, now: Millis): void {
    const id = transactionOf(facts.opened.transaction)
    const settings = this.#remotes.settingsFor(id.source)
    if (settings === undefined) return this.#drop('unknown-entity')
    const header = replyHeaderOf(facts)
    const roundTrip = this.#remotes.roundTripTo(settings)
    const past = { facts, metadata: receivedMetadata(facts) }
    const receiver = new Receiver(this, id, header, settings, roundTrip, now, past)
    this.#receivers.add(receiver, octetsOf(header))
    if (receiver.isEnded) this.#ending.add(receiver)
    else this.#openReceptions += 1
    receiver.takeUp(now)
    this.#turns.touched(receiver)
  }
}

/** @returns why not, if not */
function change(contact: Contact, request: LinkRequest): string | undefined {
  switch (request.kind) {
    case 'freeze':
      return contact.freeze(request.direction)
    case 'thaw':
      return contact.thaw(request.direction)
    case 'contacts':
      return contact.plan(request.windows)
  }
}

function refused(reason: string): Reply {
  return { kind: 'refused', reason }
}

/** Does this PDU open a reception that nobody knows (8.1 of our reference)? */
function opensReception(pdu: Pdu): boolean {
  return (
    pdu.kind === 'metadata' ||
    (pdu.kind === 'file-data' && pdu.data.length > 0) ||
    (pdu.kind === 'eof' && pdu.condition === ConditionCode.NoError)
  )
}
