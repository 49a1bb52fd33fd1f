import type { Contact, ServiceStatus, TransferRequest } from '@skyferry/api'
import {
  type CfdpRecord,
  ConditionCode,
  decodePdu,
  type Indication,
  type Role,
  type TransactionReport,
  transactionKey,
  transactionOf,
} from '@skyferry/cfdp'
import type { Clock, Link } from '@skyferry/engine'
import type { UdpAddress } from '@skyferry/link'
import { isFault } from '@skyferry/octets'
import { type RunningCfdp, runCfdp } from '../bindings/running-cfdp.ts'
import { BucketFiles, type Route } from '../buckets/bucket-files.ts'
import type { Buckets } from '../buckets/buckets.ts'
import { DiskFilestore } from '../buckets/disk-filestore.ts'
import { safeName } from '../buckets/safe-name.ts'
import type { Contacts } from '../contacts/contacts.ts'
import type { Events } from '../events/events.ts'
import type { StoreError } from '../journal/store-error.ts'
import type { StationLink } from '../links/station-link.ts'
import type { CfdpServicePlan } from '../station/plan.ts'
import type { ArrivingPart, Carrier, LiveView, Missing } from '../transfers/carrier.ts'
import { NO_PDUS, type TransferRow } from '../transfers/transfer-row.ts'
import type { Transfers } from '../transfers/transfers.ts'
import { DiskPauses } from './disk-pauses.ts'
import { DropWatch } from './drop-watch.ts'
import { conditionWords, outcomeOf } from './ending-words.ts'
import { EntityBook } from './entity-book.ts'
import { Receptions, targetKeyOf } from './receptions.ts'
import { StrangerBook } from './stranger-book.ts'

/** What a service is given by its station. */
export interface ServiceHost {
  readonly link: StationLink
  readonly buckets: Buckets
  readonly transfers: Transfers
  readonly events: Events
  readonly contacts: Contacts
  readonly clock: Clock
  /** Wall clock, milliseconds. */
  readonly nowMs: () => number
  /** Of the journal. */
  readonly stateDir: string
}

type Direction = TransferRow['direction']
const ROLE_OF: Readonly<Record<Direction, Role>> = { upload: 'sender', download: 'receiver' }

/** A CFDP service: one entity at work, its transactions shown as transfers. */
export class CfdpService implements Carrier {
  readonly name: string
  readonly plan: CfdpServicePlan
  readonly locals: EntityBook
  readonly remotes: EntityBook
  readonly #host: ServiceHost
  readonly #receptions: Receptions = new Receptions()
  readonly #files: Map<string, DiskFilestore> = new Map()
  #bucketFiles: BucketFiles | undefined
  #running: RunningCfdp<UdpAddress> | undefined
  /** The datagram that is being worked on. */
  #atHand: Uint8Array | undefined
  /** Records of earlier lives are being read. */
  #isRestoring = true
  /** Transfers that have not ended, by direction and transaction. */
  readonly #ids: Map<string, number> = new Map()
  /** The put that is being carried out, for the record it makes. */
  #putAtHand: Pick<TransferRow, 'bucket' | 'object' | 'remotePath' | 'closure'> | undefined
  /** Whether each remote entity was in contact when last looked at. */
  readonly #visible: Map<string, boolean> = new Map()
  readonly #drops: DropWatch = new DropWatch()
  readonly #strangers: StrangerBook = new StrangerBook()
  readonly #diskPauses: DiskPauses = new DiskPauses()
  /** What the journal's disk answers, while it refuses. */
  #journalTrouble: string | undefined
  /** Faults said lately, by transfer: a disk that refuses does so for every PDU. */
  readonly #faultsSaid: Map<string, string> = new Map()
  /** Why transactions stand still, by direction and transaction. */
  readonly #pauses: Map<string, string> = new Map()

  private constructor(plan: CfdpServicePlan, host: ServiceHost) {
    this.name = plan.name
    this.plan = plan
    this.#host = host
    this.locals = new EntityBook(plan.locals)
    this.remotes = new EntityBook(plan.remotes)
  }

  /** Takes up the transfers of earlier lives. Throws a `StoreError` when the journal cannot be opened. */
  static async start(plan: CfdpServicePlan, host: ServiceHost): Promise<CfdpService> {
    const service = new CfdpService(plan, host)
    await service.#start()
    return service
  }

  async #start(): Promise<void> {
    const { plan } = this
    const { transfers, clock, stateDir, buckets, link } = this.#host
    for (const name of [
      plan.incomingBucket,
      ...[...plan.locals, ...plan.remotes].map(({ bucket }) => bucket),
    ]) {
      if (name !== undefined) buckets.create(name)
    }
    const rows = transfers.join(this)
    for (const row of rows) this.#ids.set(nameOf(row.direction, row.protocolId), row.id)
    this.#running = await runCfdp<UdpAddress>(this.#tapped(link), {
      local: plan.local,
      remotes: plan.remoteSettings.map(settings => ({
        ...settings,
        // A link that has a rate of its own sets the pace: a window would measure its queue.
        pace: link.isPaced && settings.pace === 'window' ? 'link' : settings.pace,
      })),
      files: owner => this.#openFiles(owner),
      stateDir,
      clock,
      observe: record => this.#observe(record),
      indicate: what => this.#indicated(what),
      notice: ({ code, text }) => this.#say(code, text, 'warning'),
      storeFailed: error => this.#storeFailed(error),
    })
    this.#isRestoring = false
    this.#reconcile(rows)
    this.#watchContacts()
  }

  // — requests —

  /** @returns the transfer's id, or why not */
  async put(request: TransferRequest): Promise<number | string> {
    const id = this.#put(request)
    // Whoever is told "accepted" may rely on it, whatever happens to this process.
    if (typeof id === 'number') await this.#running?.durable()
    return id
  }

  #put(request: TransferRequest): number | string {
    const remote = this.remotes.find(request.to)
    if (remote === undefined) return `${request.to} is no remote entity of service ${this.name}`
    const local = request.from === undefined ? this.locals.all[0] : this.locals.find(request.from)
    if (local === undefined) return `${request.from ?? 'nobody'} is no local entity of service ${this.name}`
    const remotePath = this.#remotePath(request.object, request.path)
    const rival = this.plan.checkConcurrentOverwrites
      ? this.#rivalOf(String(remote.id), remotePath)
      : undefined
    if (rival !== undefined)
      return `transfer ${rival} to ${remote.name} has the same destination, ${remotePath}`
    const transferClass = request.class ?? this.plan.defaultClass
    const { bucket, object, closure } = request
    this.#putAtHand = { bucket, object, remotePath, closure: closure ?? false }
    const reply = this.#running!.request({
      kind: 'put',
      source: local.id,
      destination: remote.id,
      sourceName: `${bucket}/${object}`,
      destinationName: remotePath,
      mode: transferClass === 1 ? 'unacknowledged' : 'acknowledged',
      ...(closure === undefined ? {} : { closureRequested: closure }),
    })
    this.#putAtHand = undefined
    if (reply.kind === 'refused') return reply.reason
    return this.#ids.get(nameOf('upload', transactionKey(reply.transaction)))!
  }

  retry(row: TransferRow): number | string {
    if (row.bucket === null || row.object === null) return 'what it sent is not known any more'
    return this.#put({
      bucket: row.bucket,
      object: row.object,
      to: row.remote.id,
      from: row.local.id,
      class: row.class,
      closure: row.closure,
      ...(row.remotePath === null ? {} : { path: row.remotePath }),
    })
  }

  act(row: TransferRow, action: 'pause' | 'resume' | 'cancel'): string | undefined {
    const kind = action === 'pause' ? 'suspend' : action
    const reply = this.#running!.request({ kind, transaction: transactionOf(row.protocolId) })
    return reply.kind === 'refused' ? reply.reason : undefined
  }

  /** A remote path that ends like a folder's has the object's name appended. */
  #remotePath(object: string, asked: string | undefined): string {
    const name = object.split('/').at(-1)!
    if (asked === undefined) return name
    return this.plan.directoryTerminators.some(end => end !== '' && asked.endsWith(end))
      ? asked + name
      : asked
  }

  #rivalOf(remoteId: string, remotePath: string): number | undefined {
    for (const row of this.#host.transfers.openRows()) {
      const isRival =
        row.service === this.name &&
        row.direction === 'upload' &&
        row.remote.id === remoteId &&
        row.remotePath === remotePath
      if (isRival) return row.id
    }
    return undefined
  }

  // — looking at it —

  look(row: TransferRow): LiveView | undefined {
    const report = this.#reportOf(row)
    if (report === undefined) return undefined
    const pause = this.#pauses.get(nameOf(row.direction, row.protocolId))
    const contact = this.contactWith(row.remote.name ?? row.remote.id)
    const state = stateOf(report, !contact.visible)
    return {
      state,
      size: report.size ?? row.size,
      octets: report.octets,
      gaps: report.gaps,
      reason: state === 'paused' ? (pause ?? null) : null,
      explanation: explain(report, state, pause, contact, row.remote.name ?? row.remote.id),
      pdus: report.pdus,
      remotePath: row.direction === 'upload' ? report.names.destination : report.names.source || null,
    }
  }

  missing(row: TransferRow, limit: number): Missing {
    const reception = row.direction === 'download' ? this.#receptions.get(row.protocolId) : undefined
    if (reception !== undefined) {
      const end = reception.size ?? reception.held.highest
      const ranges = reception.held.gapsWithin(0, end, limit).map(({ from, to }) => [from, to] as const)
      return { ranges, count: reception.held.gapCountWithin(0, end) }
    }
    const report = this.#reportOf(row)
    const ranges = (report?.holes ?? []).map(({ from, to }) => [from, to] as const)
    return { ranges: ranges.slice(0, limit), count: report?.gaps ?? 0 }
  }

  arriving(row: TransferRow): ArrivingPart | undefined {
    const reception = this.#receptions.get(row.protocolId)
    const path = this.#bucketFiles?.partOf(targetKeyOf(row.protocolId))
    if (reception === undefined || path === undefined) return undefined
    const { held, size } = reception
    return {
      path,
      size: size ?? null,
      octets: held.octets,
      contiguous: held.contiguousFrom(0),
      missingWithin: (from, to) => held.gapsWithin(from, to).map(gap => [gap.from, gap.to] as const),
    }
  }

  status(): ServiceStatus {
    const open = { upload: 0, download: 0 }
    for (const row of this.#host.transfers.openRows()) if (row.service === this.name) open[row.direction] += 1
    const { plan } = this
    return {
      name: this.name,
      protocol: 'cfdp',
      link: plan.link,
      state: 'running',
      locals: plan.locals.map(({ id, name, bucket }) => ({ id: String(id), name, bucket: bucket ?? null })),
      remotes: plan.remotes.map(({ id, name, bucket }) => ({
        id: String(id),
        name,
        bucket: bucket ?? null,
        contact: this.contactWith(name),
      })),
      incomingBucket: plan.incomingBucket,
      openUploads: open.upload,
      openDownloads: open.download,
      maxUploads: plan.local.maxOpenTransmissions,
      maxDownloads: plan.local.maxOpenReceptions,
      dropped: Object.fromEntries(this.#running?.entity.dropped ?? []),
    }
  }

  /** Whether a remote entity can be heard now. */
  contactWith(entity: string): Contact {
    if (!this.#host.link.isUp) return { visible: false, until: null, why: 'command' }
    return this.#host.contacts.at(entity, this.#host.nowMs())
  }

  /** Contact comes and goes: the link is used for as long as somebody is there. */
  #watchContacts(): void {
    const { link, contacts, nowMs } = this.#host
    let isAnybody = this.plan.remotes.length === 0
    for (const { name } of this.plan.remotes) {
      const { visible, until, why } = contacts.at(name, nowMs())
      isAnybody ||= visible
      if (this.#visible.get(name) === visible) continue
      const isNews = this.#visible.has(name) || !visible
      this.#visible.set(name, visible)
      const end = until === null ? '' : ` until ${until}`
      const text = `${name} is ${visible ? 'in contact' : 'out of contact'} (${why})${end}`
      if (isNews) this.#say(visible ? 'contact' : 'contact-lost', text, 'info')
    }
    link.mute(!isAnybody)
  }

  /** To be called about once a second, and when contact was commanded. */
  sample(): void {
    this.#watchContacts()
    this.#tryDiskAgain()
    const dropped = this.#running?.entity.dropped ?? new Map()
    for (const { reason, count } of this.#drops.look(dropped, this.#host.nowMs())) {
      const many = `${count} ${count === 1 ? 'PDU was' : 'PDUs were'} dropped`
      if (reason === 'too-many-receptions') {
        const { maxOpenReceptions } = this.plan.local
        const text = `${many}: ${maxOpenReceptions} downloads are open, as many as maxNumPendingDownloads allows`
        this.#say('downloads-full', text, 'warning')
      } else if (reason === 'unknown-entity' || reason === 'not-our-entity') {
        const who = reason === 'unknown-entity' ? 'remoteEntities' : 'localEntities'
        const text = `${many}, of an entity that is not among ${who} (${this.#strangers.take().join(', ') || 'see the other event'})`
        this.#say('unlisted-entity', text, 'warning')
      } else this.#say('pdus-dropped', `${many}: ${reason}`, 'warning')
    }
  }

  /** Keeps everything for the next start. */
  async stop(): Promise<void> {
    await this.#running?.stop()
  }

  #reportOf(row: TransferRow): TransactionReport | undefined {
    return this.#running?.entity.report(transactionOf(row.protocolId), ROLE_OF[row.direction])
  }

  // — what the entity does —

  #observe(record: CfdpRecord): void {
    this.#receptions.observe(record)
    this.#bucketFiles?.observe(record)
    const direction = record.role === 'sender' ? 'upload' : 'download'
    const name = nameOf(direction, record.transaction)
    if (record.kind === 'suspended') this.#pauses.set(name, whoPaused(record.condition))
    if (record.kind === 'resumed' || record.kind === 'ended') this.#pauses.delete(name)
    if (this.#isRestoring || this.#ids.has(name)) return
    if (record.kind === 'opened') this.#beginDownload(record.transaction)
    if (record.kind === 'put') this.#beginUpload(record)
  }

  #beginUpload(record: Extract<CfdpRecord, { kind: 'put' }>): void {
    const report = putFacts(record.metadata)
    const { source } = transactionOf(record.transaction)
    const at = this.#putAtHand
    const slash = record.sourceName.indexOf('/')
    this.#begin({
      direction: 'upload',
      protocolId: record.transaction,
      local: this.locals.ref(source),
      remote: this.remotes.ref(report?.destination ?? '0'),
      bucket: at?.bucket ?? (slash > 0 ? record.sourceName.slice(0, slash) : null),
      object: at?.object ?? (slash > 0 ? record.sourceName.slice(slash + 1) : null),
      remotePath: at?.remotePath ?? report?.remotePath ?? null,
      class: report?.isAcknowledged === false ? 1 : 2,
      closure: at?.closure ?? false,
      size: record.size,
    })
  }

  #beginDownload(transaction: string): void {
    const { source } = transactionOf(transaction)
    const reception = this.#receptions.get(transaction)
    if (reception === undefined) return
    this.#begin({
      direction: 'download',
      protocolId: transaction,
      local: this.locals.ref(reception.destination),
      remote: this.remotes.ref(source),
      bucket: this.#bucketFor({ source, destination: BigInt(reception.destination) }),
      object: reception.destinationName === '' ? null : objectNameOf(reception.destinationName, this.plan),
      remotePath: reception.sourceName === '' ? null : reception.sourceName,
      class: reception.isAcknowledged ? 2 : 1,
      closure: false,
      size: reception.size ?? null,
    })
  }

  #begin(
    row: Pick<
      TransferRow,
      | 'direction'
      | 'protocolId'
      | 'local'
      | 'remote'
      | 'bucket'
      | 'object'
      | 'remotePath'
      | 'class'
      | 'closure'
      | 'size'
    >,
  ): void {
    const id = this.#host.transfers.begin({
      ...row,
      service: this.name,
      protocol: 'cfdp',
      state: 'queued',
      octets: 0,
      created: this.#host.nowMs(),
      started: null,
      ended: null,
      reason: null,
      pdus: NO_PDUS,
    })
    this.#ids.set(nameOf(row.direction, row.protocolId), id)
    const { direction, remote, remotePath, object } = row
    const way = direction === 'upload' ? 'to' : 'from'
    const text = `transfer ${id}: ${remotePath ?? object ?? row.protocolId} ${way} ${remote.name ?? remote.id}`
    this.#say('transfer-started', text, 'info', id)
  }

  #indicated(what: Indication): void {
    const direction = what.role === 'sender' ? 'upload' : 'download'
    const key = transactionKey(what.transaction)
    const id = this.#ids.get(nameOf(direction, key))
    switch (what.kind) {
      case 'metadata-recv':
        if (id === undefined) return
        this.#host.transfers.update(id, {
          remotePath: what.sourceName,
          object: objectNameOf(what.destinationName || what.sourceName, this.plan),
          size: what.fileSize,
        })
        return
      case 'transaction-finished':
        this.#finished(what, direction, key)
        return
      case 'suspended':
        if (what.condition === ConditionCode.FilestoreRejection && this.#pausedByDisk(direction, key)) return
        this.#diskPauses.drop(nameOf(direction, key))
        this.#say('suspended', `transfer ${id ?? key} is paused: ${whoPaused(what.condition)}`, 'warning', id)
        return
      case 'resumed':
        if (this.#diskPauses.get(nameOf(direction, key)) !== undefined) return
        this.#say('suspension-ended', `transfer ${id ?? key} goes on`, 'info', id)
        return
      case 'fault':
        if (this.#faultsSaid.get(nameOf(direction, key)) === what.reason) return
        this.#faultsSaid.set(nameOf(direction, key), what.reason)
        this.#say('fault', `${conditionWords(what.condition)}: ${what.reason}`, 'warning', id)
        return
      case 'notice':
        this.#say(what.code, what.text, 'info', id)
    }
  }

  #finished(
    what: Extract<Indication, { kind: 'transaction-finished' }>,
    direction: Direction,
    key: string,
  ): void {
    const name = nameOf(direction, key)
    const id = this.#ids.get(name)
    if (id === undefined) return
    const { condition, delivery, fileStatus } = what
    const ending = what.report.ending ?? { condition, delivery, fileStatus }
    const { state, reason } = outcomeOf(what.role, ending)
    const { pdus, size, octets } = what.report
    const row = this.#host.transfers.row(id)
    if (direction === 'download' && what.name !== undefined && row?.bucket) {
      this.#host.buckets.get(row.bucket)?.grew(size ?? 0)
    }
    this.#host.transfers.end(id, {
      state,
      reason,
      pdus,
      size: size ?? null,
      octets,
      ...(what.name === undefined ? {} : { object: what.name }),
    })
    this.#ids.delete(name)
    this.#pauses.delete(name)
    this.#diskPauses.drop(name)
    this.#faultsSaid.delete(name)
    const words = `transfer ${id} ${state}${reason === null ? '' : `: ${reason}`}`
    this.#say(`transfer-${state}`, words, state === 'failed' ? 'warning' : 'info', id)
  }

  /** @returns whether the disk is why, and may get well */
  #pausedByDisk(direction: Direction, key: string): boolean {
    const rejection = this.#bucketFiles?.rejectionOf(targetKeyOf(key))
    if (direction !== 'download' || rejection === undefined) return false
    const name = nameOf(direction, key)
    const isFirst = this.#diskPauses.get(name) === undefined
    if (!this.#diskPauses.add(name, rejection, this.#host.nowMs())) return false
    this.#pauses.set(name, `paused by the disk: ${rejection.reason}`)
    const id = this.#ids.get(name)
    if (isFirst) {
      const text = `transfer ${id ?? key} is paused: ${rejection.reason}; it is tried again`
      this.#say('paused-by-disk', text, 'error', id)
    }
    return true
  }

  /** Transfers that the disk refused are tried again, now and then, for as long as it takes. */
  #tryDiskAgain(): void {
    const nowMs = this.#host.nowMs()
    for (const name of this.#diskPauses.due(nowMs)) {
      // Before the request: a refusal that comes at once is a new pause.
      this.#diskPauses.tried(name, nowMs)
      const transaction = transactionOf(name.slice(name.indexOf(' ') + 1))
      if (this.#running!.request({ kind: 'resume', transaction }).kind === 'refused')
        this.#diskPauses.drop(name)
    }
    for (const name of this.#diskPauses.settled(nowMs)) {
      this.#diskPauses.drop(name)
      const id = this.#ids.get(name)
      if (id !== undefined) this.#say('suspension-ended', `transfer ${id} goes on`, 'info', id)
    }
  }

  /** The journal's commits are tried again by themselves; said once, until one succeeds. */
  #storeFailed(error: StoreError): void {
    if (this.#journalTrouble === undefined) {
      this.#say(`store-${error.code}`, error.message, 'error')
      void this.#running?.durable().then(
        () => {
          this.#journalTrouble = undefined
          this.#say('store-well', 'the journal is written again', 'info')
        },
        () => {},
      )
    }
    this.#journalTrouble = error.message
  }

  /** Makes the list of transfers agree with what the journal holds: the journal is right. */
  #reconcile(rows: readonly TransferRow[]): void {
    const { transfers } = this.#host
    const entity = this.#running!.entity
    for (const row of rows) {
      const report = this.#reportOf(row)
      const name = nameOf(row.direction, row.protocolId)
      if (report === undefined || report.state === 'ended') {
        const ended = report?.ending
        const { state, reason } =
          ended === undefined
            ? { state: 'failed' as const, reason: 'the journal knows nothing of it any more' }
            : outcomeOf(ROLE_OF[row.direction], ended)
        const object = ended?.name === undefined ? {} : { object: ended.name }
        const figures = report === undefined ? {} : { octets: report.octets, pdus: report.pdus }
        transfers.end(row.id, { state, reason, ...object, ...figures })
        this.#ids.delete(name)
      } else if (transfers.row(row.id)?.ended === null) {
        this.#say('resumed', `transfer ${row.id} goes on where it was`, 'info', row.id)
      }
    }
    for (const report of entity.reports()) {
      const direction = report.role === 'sender' ? 'upload' : 'download'
      const key = transactionKey(report.transaction)
      if (report.state === 'ended' || this.#ids.has(nameOf(direction, key))) continue
      if (direction === 'download') this.#beginDownload(key)
      else {
        const put = this.#running!.restored.find(
          record => record.kind === 'put' && record.transaction === key,
        ) as Extract<CfdpRecord, { kind: 'put' }> | undefined
        if (put !== undefined) this.#beginUpload(put)
      }
    }
  }

  // — files —

  #openFiles(owner: string): BucketFiles {
    const { buckets } = this.#host
    const storeOf = (name: string): DiskFilestore | undefined => {
      const bucket = buckets.get(name)
      if (bucket === undefined) return undefined
      let store = this.#files.get(name)
      if (store === undefined) {
        const { onExisting, subdirectories } = this.plan
        store = new DiskFilestore({ directory: bucket.directory, owner, onExisting, subdirectories })
        this.#files.set(name, store)
      }
      return store
    }
    for (const { name } of buckets.all()) storeOf(name)
    this.#bucketFiles = new BucketFiles({
      bucket: storeOf,
      buckets: () => this.#files.values(),
      bucketFor: route => this.#bucketFor(route),
      full: name => buckets.get(name)?.full,
      routeAtHand: () => this.#routeAtHand(),
    })
    return this.#bucketFiles
  }

  /** The seed's order: the local entity's bucket, the remote entity's, the service's. */
  #bucketFor({ source, destination }: Route): string {
    return (
      this.locals.withId(destination)?.bucket ??
      this.remotes.withId(source)?.bucket ??
      this.plan.incomingBucket
    )
  }

  #routeAtHand(): Route | undefined {
    if (this.#atHand === undefined) return undefined
    const decoded = decodePdu(this.#atHand)
    return isFault(decoded) ? undefined : decoded.header
  }

  /** The link, which also lets us see what is being worked on. */
  #tapped(link: Link<UdpAddress>): Link<UdpAddress> {
    return {
      lease: () => link.lease(),
      send: slot => link.send(slot),
      release: slot => link.release(slot),
      close: () => link.close(),
      open: events =>
        link.open({
          datagram: (bytes, from) => {
            const strange = this.#strangeDrops
            this.#atHand = bytes
            events.datagram(bytes, from)
            if (this.#strangeDrops !== strange) this.#meetStranger()
            this.#atHand = undefined
          },
          turn: () => events.turn(),
        }),
    }
  }

  get #strangeDrops(): number {
    const dropped = this.#running?.entity.dropped
    return (dropped?.get('unknown-entity') ?? 0) + (dropped?.get('not-our-entity') ?? 0)
  }

  #meetStranger(): void {
    const route = this.#routeAtHand()
    if (route !== undefined) this.#strangers.meet(`${route.source} → ${route.destination}`)
  }

  #say(code: string, text: string, severity: 'info' | 'warning' | 'error', id?: number): void {
    this.#host.events.say({
      code,
      text,
      severity,
      source: this.name,
      ...(id === undefined ? {} : { transfer: String(id) }),
    })
  }
}

function nameOf(direction: Direction, transaction: string): string {
  return `${direction} ${transaction}`
}

function objectNameOf(name: string, plan: CfdpServicePlan): string {
  return safeName(name, {
    subdirectories: plan.subdirectories,
    windows: process.platform === 'win32',
  }).join('/')
}

function stateOf(report: TransactionReport, isDark: boolean): LiveView['state'] {
  if (report.suspended) return 'paused'
  if (report.state === 'queued') return 'queued'
  return isDark ? 'waiting for contact' : 'running'
}

/** Suspend.request is an operator's; anything else is a fault whose handler suspends. */
function whoPaused(condition: ConditionCode): string {
  return condition === ConditionCode.SuspendRequestReceived
    ? 'paused by an operator'
    : `paused by a fault: ${conditionWords(condition)}`
}

function explain(
  report: TransactionReport,
  state: LiveView['state'],
  pause: string | undefined,
  contact: Contact,
  remote: string,
): string {
  if (state === 'paused') return `It is ${pause ?? 'paused'}; it goes on when resumed.`
  if (state === 'waiting for contact') {
    const next = contact.until === null ? 'when it is commanded up' : `at ${contact.until}, by plan`
    return `Waits for contact with ${remote}: it goes on ${next}.`
  }
  const { waitingFor } = report
  return `${waitingFor.charAt(0).toUpperCase()}${waitingFor.slice(1)}.`
}

function putFacts(
  hex: string,
): { destination: bigint; remotePath: string; isAcknowledged: boolean } | undefined {
  const decoded = decodePdu(Buffer.from(hex, 'hex'))
  if (isFault(decoded) || decoded.pdu.kind !== 'metadata') return undefined
  return {
    destination: decoded.header.destination,
    remotePath: decoded.pdu.destinationName,
    isAcknowledged: decoded.header.mode === 'acknowledged',
  }
}
