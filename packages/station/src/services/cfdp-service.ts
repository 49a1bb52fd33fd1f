import type {
  FetchRequest as AskedFetch,
  Contact,
  ServiceStatus,
  Severity,
  TransferRequest,
} from '@skyferry/api'
import {
  type CfdpRecord,
  CONTACT_WINDOWS_MAX,
  ConditionCode,
  decodePdu,
  type EntityId,
  type Indication,
  type Reply,
  type Request,
  type Role,
  type TransactionReport,
  transactionKey,
  transactionOf,
} from '@skyferry/cfdp'
import type { Millis } from '@skyferry/engine'
import type { UdpAddress } from '@skyferry/link'
import { isFault } from '@skyferry/octets'
import { type RunningCfdp, runCfdp } from '../bindings/running-cfdp.ts'
import type { BucketFiles } from '../buckets/bucket-files.ts'
import type { CfdpServicePlan, ContactWindow, EntityPlan } from '../station/plan.ts'
import type { ArrivingPart, Carrier, LiveView, Missing } from '../transfers/carrier.ts'
import type { TransferRow } from '../transfers/transfer-row.ts'
import type { Desk, ServiceHost } from './desk.ts'
import { DiskTrouble } from './disk-trouble.ts'
import { DropWatch } from './drop-watch.ts'
import { EntityBook } from './entity-book.ts'
import { decodeRecord, Ledger, ROLE_OF } from './ledger.ts'
import { Origins } from './origins.ts'
import { Receptions, targetKeyOf } from './receptions.ts'
import { LISTINGS, ServiceFiles } from './service-files.ts'
import { StrangerBook } from './stranger-book.ts'
import { TappedLink } from './tapped-link.ts'
import { UserOperations } from './user-operations.ts'
import { conditionWords, explain, stateOf, whoPaused } from './words.ts'

/** Clocks are compared so often. */
const AGREE_MS = 60_000

/** A CFDP service: one entity at work, its transactions shown as transfers. */
export class CfdpService implements Carrier, Desk {
  readonly name: string
  readonly plan: CfdpServicePlan
  readonly host: ServiceHost
  readonly locals: EntityBook
  readonly remotes: EntityBook
  readonly operations: UserOperations
  readonly #receptions: Receptions = new Receptions()
  readonly #origins: Origins = new Origins()
  readonly #ledger: Ledger
  readonly #disk: DiskTrouble
  readonly #drops: DropWatch = new DropWatch()
  readonly #strangers: StrangerBook = new StrangerBook()
  #strangeDrops = 0
  /** Whether each remote entity was in contact when last looked at. */
  readonly #visible: Map<string, boolean> = new Map()
  /** Plans of contact as the entity was last told, and when. */
  readonly #plans: Map<string, readonly ContactWindow[] | undefined> = new Map()
  #agreedMs = 0
  /** Why transactions stand still, by role and transaction. */
  readonly #pauses: Map<string, string> = new Map()
  /** Faults said lately, by transaction: a disk that refuses does so for every PDU. */
  readonly #faultsSaid: Map<string, string> = new Map()
  #serviceFiles: ServiceFiles | undefined
  #files: BucketFiles | undefined
  #running: RunningCfdp<UdpAddress> | undefined
  /** Records of earlier lives are being read. */
  #isRestoring = true

  private constructor(plan: CfdpServicePlan, host: ServiceHost) {
    this.name = plan.name
    this.plan = plan
    this.host = host
    this.locals = new EntityBook(plan.locals)
    this.remotes = new EntityBook(plan.remotes)
    this.#ledger = new Ledger(this, this.#receptions, this.#origins, origin =>
      this.operations.isListing(origin),
    )
    this.#disk = new DiskTrouble(this)
    this.operations = new UserOperations(
      this,
      this.#ledger,
      () => this.#serviceFiles?.listingsDirectory ?? '',
    )
  }

  /** Takes up the transfers of earlier lives. Throws a `StoreError` when the journal cannot be opened. */
  static async start(plan: CfdpServicePlan, host: ServiceHost): Promise<CfdpService> {
    const service = new CfdpService(plan, host)
    await service.#start()
    return service
  }

  async #start(): Promise<void> {
    const { plan, host } = this
    const entities = [...plan.locals, ...plan.remotes]
    const named = [plan.incomingBucket, plan.servedBucket, ...entities.map(({ bucket }) => bucket)]
    for (const name of named) if (name !== undefined) host.buckets.create(name)
    const rows = host.transfers.join(this)
    this.#ledger.adopt(rows)
    const link = new TappedLink(
      host.link,
      directive => this.#aboutToReceive(directive),
      () => this.#meetStrangers(link),
    )
    this.#running = await runCfdp<UdpAddress>(link, {
      local: plan.local,
      remotes: plan.remoteSettings.map(settings => ({
        ...settings,
        // A link that has a rate of its own sets the pace: a window would measure its queue.
        pace: host.link.isPaced && settings.pace === 'window' ? 'link' : settings.pace,
      })),
      files: owner => this.#openFiles(owner, link),
      stateDir: host.stateDir,
      clock: host.clock,
      observe: record => this.#observe(record),
      indicate: what => this.#indicated(what),
      notice: ({ code, text }) => this.say(code, text, 'warning'),
      storeFailed: error =>
        this.#disk.journalFailed(error, () => this.#running?.durable() ?? Promise.resolve()),
    })
    this.#isRestoring = false
    this.#ledger.reconcile(rows, this.#running.entity.reports(), this.#running.restored)
    this.#watchContacts()
  }

  #openFiles(owner: string, link: TappedLink<UdpAddress>): BucketFiles {
    this.#serviceFiles = new ServiceFiles(this, owner)
    this.#files = this.#serviceFiles.open(
      (key, route) => {
        const transaction = `${route.source}:${key.slice(key.indexOf('-') + 1)}`
        const origin = this.#origins.of(transaction)
        if (origin !== undefined && this.operations.isListing(origin)) return LISTINGS
        return this.#ledger.bucketOf(transaction)
      },
      () => link.decodeAtHand()?.header,
    )
    return this.#files
  }

  // — requests —

  /** @returns the transfer's id, or why not */
  async put(request: TransferRequest): Promise<number | string> {
    return this.#safely(this.#put(request))
  }

  /** Asks a remote entity for a file. @returns the transfer's id, or why not */
  async fetch(request: AskedFetch): Promise<number | string> {
    const found = this.#pair(request.to, request.from)
    if (typeof found === 'string') return found
    const { path } = request
    const object = request.object ?? path.split(/[/\\]/).at(-1) ?? ''
    if (object === '') return `${path} names no file`
    const { remote, local } = found
    const bucket =
      request.bucket ??
      this.locals.withId(local.id)?.bucket ??
      this.remotes.withId(remote.id)?.bucket ??
      this.plan.incomingBucket
    if (this.host.buckets.get(bucket) === undefined) return `there is no bucket ${bucket}`
    const asked = { remote, local, remotePath: path, bucket, object, class: request.class }
    return this.#safely(this.operations.fetch(asked))
  }

  /** Asks a remote entity for the names in a directory. @returns why not; undefined when asked */
  list(to: string, from: string | undefined, directory: string): string | undefined {
    const found = this.#pair(to, from)
    return typeof found === 'string' ? found : this.operations.list(found.remote, found.local, directory)
  }

  /** Whoever is told "accepted" may rely on it, whatever happens to this process. */
  async #safely(outcome: number | string): Promise<number | string> {
    if (typeof outcome === 'number') await this.#running?.durable()
    return outcome
  }

  #pair(to: string, from: string | undefined): { remote: EntityPlan; local: EntityPlan } | string {
    const remote = this.remotes.find(to)
    if (remote === undefined) return `${to} is no remote entity of service ${this.name}`
    const local = from === undefined ? this.locals.all[0] : this.locals.find(from)
    if (local === undefined) return `${from ?? 'nobody'} is no local entity of service ${this.name}`
    return { remote, local }
  }

  #put(request: TransferRequest): number | string {
    const found = this.#pair(request.to, request.from)
    if (typeof found === 'string') return found
    const { remote, local } = found
    const remotePath = this.#remotePath(request.object, request.path)
    const rival = this.plan.checkConcurrentOverwrites
      ? this.#ledger.rivalOf(String(remote.id), remotePath)
      : undefined
    if (rival !== undefined)
      return `transfer ${rival} to ${remote.name} has the same destination, ${remotePath}`
    const transferClass = request.class ?? this.plan.defaultClass
    const { bucket, object, closure } = request
    this.#ledger.putAtHand = { bucket, object, remotePath, closure: closure ?? false }
    const reply = this.request({
      kind: 'put',
      source: local.id,
      destination: remote.id,
      sourceName: `${bucket}/${object}`,
      destinationName: remotePath,
      mode: transferClass === 1 ? 'unacknowledged' : 'acknowledged',
      ...(closure === undefined ? {} : { closureRequested: closure }),
    })
    this.#ledger.putAtHand = undefined
    if (reply.kind !== 'accepted') return reply.kind === 'refused' ? reply.reason : 'it was not begun'
    return this.#ledger.idOf('upload', transactionKey(reply.transaction))!
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
    if (this.#ledger.isAsked(row)) return this.#actOnAsked(row, action)
    const reply = this.request({ kind, transaction: transactionOf(row.protocolId) })
    return reply.kind === 'refused' ? reply.reason : undefined
  }

  /** A file that has not begun to arrive: there is only the request to act upon. */
  #actOnAsked(row: TransferRow, action: 'pause' | 'resume' | 'cancel'): string | undefined {
    if (action !== 'cancel') return 'the file has been asked for and has not begun to arrive'
    this.request({ kind: 'cancel', transaction: transactionOf(row.protocolId) })
    this.#ledger.end('download', row.protocolId, { state: 'cancelled', reason: 'cancelled' })
    return undefined
  }

  /** A remote path that ends like a folder's has the object's name appended. */
  #remotePath(object: string, asked: string | undefined): string {
    const name = object.split('/').at(-1)!
    if (asked === undefined) return name
    const isFolder = this.plan.directoryTerminators.some(end => end !== '' && asked.endsWith(end))
    return isFolder ? asked + name : asked
  }

  // — looking at it —

  look(row: TransferRow): LiveView | undefined {
    const remote = row.remote.name ?? row.remote.id
    const contact = this.contactWith(remote)
    if (this.#ledger.isAsked(row)) return this.#lookAtAsked(row, remote, contact)
    const report = this.reportOf(row.protocolId, ROLE_OF[row.direction])
    if (report === undefined) return undefined
    const trouble = row.direction === 'download' ? this.#disk.reasonOf(row.protocolId) : undefined
    const pause = trouble ?? this.#pauses.get(`${report.role} ${row.protocolId}`)
    const state = stateOf(report, contact)
    return {
      state,
      size: report.size ?? row.size,
      octets: report.octets,
      gaps: report.gaps,
      reason: state === 'paused' ? (pause ?? null) : null,
      explanation: explain(state, pause, contact, remote, report.waitingFor),
      pdus: report.pdus,
      remotePath: row.direction === 'upload' ? report.names.destination : report.names.source || null,
    }
  }

  #lookAtAsked(row: TransferRow, remote: string, contact: Contact): LiveView {
    const request = this.reportOf(row.protocolId, 'sender')
    const isDelivered = request === undefined || request.state === 'ended'
    const state = contact.visible ? 'running' : 'waiting for contact'
    const doing = isDelivered
      ? `${remote} has been asked for the file; waits for it to begin sending`
      : `asks ${remote} for the file: ${request.waitingFor}`
    const explanation = explain(state, undefined, contact, remote, doing)
    const { size, pdus, remotePath } = row
    return { state, size, octets: 0, gaps: 0, reason: null, explanation, pdus, remotePath }
  }

  missing(row: TransferRow, limit: number): Missing {
    const reception = row.direction === 'download' ? this.#receptions.get(row.protocolId) : undefined
    if (reception !== undefined) {
      const end = reception.size ?? reception.held.highest
      const ranges = reception.held.gapsWithin(0, end, limit).map(({ from, to }) => [from, to] as const)
      return { ranges, count: reception.held.gapCountWithin(0, end) }
    }
    const report = this.reportOf(row.protocolId, ROLE_OF[row.direction])
    const ranges = (report?.holes ?? []).map(({ from, to }) => [from, to] as const)
    return { ranges: ranges.slice(0, limit), count: report?.gaps ?? 0 }
  }

  arriving(row: TransferRow): ArrivingPart | undefined {
    const reception = this.#receptions.get(row.protocolId)
    const path = this.#files?.partOf(targetKeyOf(row.protocolId))
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
    for (const row of this.host.transfers.openRows()) if (row.service === this.name) open[row.direction] += 1
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
      dropped: Object.fromEntries(this.#dropped),
    }
  }

  // — the desk: what its parts ask —

  say(code: string, text: string, severity: Severity, id?: number): void {
    const transfer = id === undefined ? {} : { transfer: String(id) }
    this.host.events.say({ code, text, severity, source: this.name, ...transfer })
  }

  request(request: Request): Reply {
    return (
      this.#running?.request(request) ?? { kind: 'refused', reason: `service ${this.name} is not running` }
    )
  }

  reportOf(transaction: string, role: Role): TransactionReport | undefined {
    return this.#running?.entity.report(transactionOf(transaction), role)
  }

  /** Whether a remote entity can be heard now. */
  contactWith(entity: string): Contact {
    if (!this.host.link.isUp) return { visible: false, until: null, why: 'command' }
    return this.host.contacts.at(entity, this.host.nowMs())
  }

  // — as time goes by —

  /** To be called about once a second, and when contact was commanded. */
  sample(): void {
    this.#watchContacts()
    this.#disk.tryAgain(transaction => this.#ledger.idOf('download', transaction))
    this.#ledger.showUnnamed()
    for (const { reason, count } of this.#drops.look(this.#dropped, this.host.nowMs())) {
      this.#sayDropped(reason, `${count} ${count === 1 ? 'PDU was' : 'PDUs were'} dropped`)
    }
  }

  /** Keeps everything for the next start. */
  async stop(): Promise<void> {
    await this.#running?.stop()
  }

  /** Contact comes and goes, by plan, by command and with the link: the entity is told, and what changed is said. */
  #watchContacts(): void {
    const nowMs = this.host.nowMs()
    const isTimeToAgree = nowMs >= this.#agreedMs + AGREE_MS || nowMs < this.#agreedMs
    if (isTimeToAgree) this.#agreedMs = nowMs
    for (const { id, name } of this.plan.remotes) {
      const contact = this.contactWith(name)
      const { visible, until, why } = contact
      const plan = this.host.contacts.windowsOf(name)
      const isNew = this.#visible.get(name) !== visible || this.#plans.get(name) !== plan
      if (isNew || isTimeToAgree) this.#tellContact(id, contact, plan)
      this.#plans.set(name, plan)
      if (this.#visible.get(name) === visible) continue
      const isNews = this.#visible.has(name) || !visible
      this.#visible.set(name, visible)
      const end = until === null ? '' : ` until ${until}`
      const text = `${name} is ${visible ? 'in contact' : 'out of contact'} (${why})${end}`
      if (isNews) this.say(visible ? 'contact' : 'contact-lost', text, 'info')
    }
  }

  /** A plan speaks of the time of day; the entity's clock knows only differences, and the two drift apart. */
  #tellContact(
    remote: EntityId,
    { visible, why }: Contact,
    plan: readonly ContactWindow[] | undefined,
  ): void {
    const offset = this.host.clock.now() - this.host.nowMs()
    const coming = plan?.filter(({ to }) => to > this.host.nowMs()).slice(0, CONTACT_WINDOWS_MAX)
    const windows =
      why === 'command'
        ? undefined
        : coming?.map(({ from, to }) => ({ from: (from + offset) as Millis, to: (to + offset) as Millis }))
    this.request({ kind: 'contacts', remote, windows })
    const isStopped = why === 'command' && !visible
    this.request({ kind: isStopped ? 'freeze' : 'thaw', remote, direction: 'both' })
  }

  get #dropped(): ReadonlyMap<string, number> {
    return this.#running?.entity.dropped ?? new Map()
  }

  #sayDropped(reason: string, many: string): void {
    switch (reason) {
      case 'too-many-receptions': {
        const most = `${this.plan.local.maxOpenReceptions} downloads are open, as many as maxNumPendingDownloads allows`
        return this.say('downloads-full', `${many}: ${most}`, 'warning')
      }
      case 'unknown-entity':
      case 'not-our-entity': {
        const list = reason === 'unknown-entity' ? 'remoteEntities' : 'localEntities'
        const who = this.#strangers.take().join(', ') || 'see the other event'
        return this.say(
          'unlisted-entity',
          `${many}, of an entity that is not among ${list} (${who})`,
          'warning',
        )
      }
      default:
        return this.say('pdus-dropped', `${many}: ${reason}`, 'warning')
    }
  }

  /** After a datagram: was it of somebody who is not listed? */
  #meetStrangers(link: TappedLink<UdpAddress>): void {
    const dropped = this.#dropped
    const strange = (dropped.get('unknown-entity') ?? 0) + (dropped.get('not-our-entity') ?? 0)
    if (strange === this.#strangeDrops) return
    this.#strangeDrops = strange
    const header = link.decodeAtHand()?.header
    if (header !== undefined) this.#strangers.meet(`${header.source} → ${header.destination}`)
  }

  // — what the entity does —

  /** Who asked for a file has to be known before the file is opened. */
  #aboutToReceive(directive: Uint8Array): void {
    const decoded = decodePdu(directive)
    if (!isFault(decoded)) this.#origins.note(decoded)
  }

  #observe(record: CfdpRecord): void {
    if (record.kind === 'metadata') {
      const decoded = decodeRecord(record.pdu)
      if (decoded !== undefined) this.#origins.note(decoded)
    }
    this.#receptions.observe(record)
    this.#files?.observe(record)
    this.operations.observe(record)
    const name = `${record.role} ${record.transaction}`
    if (record.kind === 'suspended') this.#pauses.set(name, whoPaused(record.condition, this.#resumesItself))
    if (record.kind === 'resumed' || record.kind === 'ended') this.#pauses.delete(name)
    if (!this.#isRestoring) this.#ledger.observe(record)
  }

  #indicated(what: Indication): void {
    const transaction = transactionKey(what.transaction)
    const id = this.#ledger.idOf(what.role === 'sender' ? 'upload' : 'download', transaction)
    switch (what.kind) {
      case 'metadata-recv':
        return this.operations.received(what, this.#localOf(transaction))
      case 'transaction-finished':
        return this.#finished(what, transaction)
      case 'suspended':
        return this.#suspended(what, transaction, id)
      case 'resumed':
        // What the disk paused is told of when it has really gone on.
        if (!this.#disk.concerns(transaction)) {
          this.say('suspension-ended', `transfer ${id ?? transaction} goes on`, 'info', id)
        }
        return
      case 'fault':
        if (this.#faultsSaid.get(transaction) === what.reason) return
        this.#faultsSaid.set(transaction, what.reason)
        return this.say('fault', `${conditionWords(what.condition)}: ${what.reason}`, 'warning', id)
      case 'notice':
        return this.say(what.code, what.text, 'info', id)
    }
  }

  get #resumesItself(): boolean {
    return this.plan.remoteSettings.some(({ resumesItself }) => resumesItself)
  }

  /** Which of our entities a reception is for. */
  #localOf(transaction: string): EntityId | undefined {
    const destination = this.#receptions.destinationOf(transaction)
    return destination === undefined ? undefined : (BigInt(destination) as EntityId)
  }

  #suspended(
    what: Extract<Indication, { kind: 'suspended' }>,
    transaction: string,
    id: number | undefined,
  ): void {
    const isDisk = what.role === 'receiver' && what.condition === ConditionCode.FilestoreRejection
    const rejection = isDisk ? this.#files?.rejectionOf(targetKeyOf(transaction)) : undefined
    if (rejection !== undefined && this.#disk.paused(transaction, rejection, id)) return
    this.#disk.forget(transaction)
    this.say(
      'suspended',
      `transfer ${id ?? transaction} is paused: ${whoPaused(what.condition, this.#resumesItself)}`,
      'warning',
      id,
    )
  }

  #finished(what: Extract<Indication, { kind: 'transaction-finished' }>, transaction: string): void {
    this.#disk.forget(transaction)
    this.#faultsSaid.delete(transaction)
    this.#pauses.delete(`${what.role} ${transaction}`)
    const row = this.#ledger.finished(what)
    if (row?.direction === 'download' && what.name !== undefined && row.bucket !== null) {
      this.host.buckets.get(row.bucket)?.grew(row.size ?? 0)
    }
    this.operations.finished(what, this.#origins.of(transaction))
  }
}
