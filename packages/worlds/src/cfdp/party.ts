import {
  type CfdpRecord,
  type ContactWindow,
  decodePdu,
  Entity,
  type EntityId,
  type Indication,
  type LinkDirection,
  type LinkRequest,
  type PduKind,
  type Reply,
  type Request,
  type TransactionId,
  transactionKey,
} from '@skyferry/cfdp'
import { isFault } from '@skyferry/octets'
import type { NodeContext, NodeParts, World, WorldNode } from '@skyferry/sim'
import { compactionFlaw } from './compaction.ts'
import type { Consignment, Ledger } from './ledger.ts'
import { ObservedEntity } from './observed-entity.ts'
import { difference, type Parcel } from './parcel.ts'
import { Promises } from './promises.ts'
import { INBOX, OUTBOX, SimulatedFilestore } from './simulated-filestore.ts'
import type { Terms } from './terms.ts'
import { datagramInWords, indicationInWords, stateInWords } from './words.ts'

const FILE_DATA = 0x10
const CLASS_2_ONLY: ReadonlySet<PduKind> = new Set(['nak', 'prompt', 'keep-alive', 'ack-eof', 'ack-finished'])

/** One end: an entity on a node that may be lost at any moment, and a user who keeps count. */
export class Party {
  readonly name: string
  readonly id: EntityId
  readonly node: WorldNode<Request, Reply, Indication, CfdpRecord>
  /** Called with what this end is told, after the ledger; it may answer with requests. */
  onIndication: (what: Indication) => void = () => {}
  readonly #sky: World
  readonly #terms: Terms
  readonly #ledger: Ledger
  readonly #peer: { readonly name: string; readonly id: EntityId }
  readonly #promises: Promises
  #entity: Entity<string> | undefined
  #filestore: SimulatedFilestore | undefined
  /** What the user suspended, ever. */
  readonly suspended: Set<string> = new Set()
  #life = 0
  #plan: readonly ContactWindow[] | undefined
  readonly #frozen: Set<'transmit' | 'receive'> = new Set()
  /** In which life the file of a transaction was last seen to be whole and safe. */
  readonly #wholeInLife: Map<string, number> = new Map()

  constructor(
    sky: World,
    terms: Terms,
    ledger: Ledger,
    me: { readonly name: string; readonly id: EntityId },
    peer: { readonly name: string; readonly id: EntityId },
  ) {
    this.name = me.name
    this.id = me.id
    this.#sky = sky
    this.#terms = terms
    this.#ledger = ledger
    this.#peer = peer
    this.#promises = new Promises({
      survivors: () => this.node.survivors(),
      shortcoming: key => this.#shortcoming(key),
    })
    this.node = sky.node(me.name, context => this.#start(context), { link: terms.link, store: terms.store })
  }

  /** Lives so far. */
  get life(): number {
    return this.#life
  }

  /** The entity of this life. */
  get entity(): Entity<string> {
    return this.#entity!
  }

  /** Puts a file into the outbox, where no power loss harms it, and asks for it to be sent. */
  put(parcel: Parcel, to: Party): Consignment | undefined {
    const path = `${OUTBOX}/${parcel.name}`
    if (this.node.disk.size(path) === undefined) {
      this.node.disk.create(path).write(0, parcel.content)
      this.node.disk.sync(path)
      this.node.disk.syncDirectory(OUTBOX)
    }
    let consignment: Consignment | undefined
    const reply = this.node.request({
      kind: 'put',
      destination: to.id,
      sourceName: parcel.name,
      mode: parcel.mode,
      closureRequested: parcel.closure,
      ...(parcel.requests === undefined ? {} : { filestoreRequests: parcel.requests }),
    })
    if (reply?.kind === 'refused') this.#sky.fail('a Put is accepted', reply.reason)
    if (reply?.kind === 'accepted') {
      this.#promises.begins(transactionKey(reply.transaction))
      consignment = this.#ledger.accepted(reply.transaction, parcel, this, to)
    }
    return consignment
  }

  /** Asks for something that may well be refused. @returns whether it was accepted */
  ask(kind: 'cancel' | 'suspend' | 'resume' | 'report', transaction: TransactionId): boolean {
    const isAccepted = this.node.request({ kind, transaction })?.kind === 'accepted'
    if (isAccepted && kind === 'suspend') this.suspended.add(transactionKey(transaction))
    return isAccepted
  }

  /** Gives this end a plan of its contacts with the other, now and in every later life. */
  plan(windows: readonly ContactWindow[]): void {
    this.#plan = windows
    if (this.node.isUp) this.node.request({ kind: 'contacts', remote: this.#peer.id, windows })
  }

  /** Freezes or thaws this end's link; whoever is down learns of it when it starts again. */
  link(kind: 'freeze' | 'thaw', direction: LinkDirection): void {
    for (const way of ['transmit', 'receive'] as const) {
      if (direction !== 'both' && direction !== way) continue
      if (kind === 'freeze') this.#frozen.add(way)
      else this.#frozen.delete(way)
    }
    if (this.node.isUp) this.node.request({ kind, remote: this.#peer.id, direction })
  }

  /** What the owner of this end says of its link to each new life. */
  get #links(): LinkRequest[] {
    const remote = this.#peer.id
    const frozen = [...this.#frozen].map(direction => ({ kind: 'freeze', remote, direction }) as const)
    return this.#plan === undefined ? frozen : [{ kind: 'contacts', remote, windows: this.#plan }, ...frozen]
  }

  /** Whether what leaves now would arrive, by all that this end was told. */
  get #isLit(): boolean {
    if (this.#frozen.has('transmit')) return false
    const arrival = this.#sky.now + this.#terms.remote.lightTime
    return (
      this.#plan === undefined || this.#plan.some(({ from, to }) => from <= this.#sky.now && arrival < to)
    )
  }

  /** How a received file differs from what was sent; undefined when it does not. */
  flaw(parcel: Parcel): string | undefined {
    return difference(parcel.content, this.node.disk.read(`${INBOX}/${parcel.name}`))
  }

  /** The safe records of one transaction, oldest first. */
  journal(key: string, role: CfdpRecord['role']): CfdpRecord[] {
    return this.node.survivors().filter(record => record.transaction === key && record.role === role)
  }

  #shortcoming(key: string): string | undefined {
    // Once per life: a repeated Finished says nothing new, and files may be large.
    if (this.#wholeInLife.get(key) === this.#life) return undefined
    const shortcoming = this.#shortcomingNow(key)
    if (shortcoming === undefined) this.#wholeInLife.set(key, this.#life)
    return shortcoming
  }

  #shortcomingNow(key: string): string | undefined {
    const parcel = this.#ledger.of(key)?.parcel
    if (parcel === undefined) return `nobody sent ${key}`
    if (this.#filestore?.isDurable(parcel.name) === false) return `the name ${parcel.name} is not safe`
    const flaw = this.flaw(parcel)
    return flaw === undefined ? undefined : `${parcel.name}: ${flaw}`
  }

  #start({
    disk,
    records,
    random,
    now,
    life,
  }: NodeContext<CfdpRecord>): NodeParts<Request, Reply, Indication, CfdpRecord> {
    const { remote, local, gatherOctets } = this.#terms
    const settings = {
      local: { ...local, ids: [this.id] },
      remotes: [{ ...remote, id: this.#peer.id, address: this.#peer.name }],
      random,
      now,
    }
    if (life > 1) {
      this.#ledger.started(this)
      const flaw = compactionFlaw(settings, records, disk)
      if (flaw !== undefined) this.#sky.fail('a compacted journal means the same', `${this.name}: ${flaw}`)
    }
    const filestore = new SimulatedFilestore(disk, { gatherOctets })
    const entity = new Entity<string>({ ...settings, filestore, records, links: this.#links })
    this.#filestore = filestore
    this.#entity = entity
    this.#life = life
    return {
      engine: new ObservedEntity(entity, {
        sent: datagram => this.#sent(datagram),
        told: what => this.#ledger.told(this, what),
      }),
      beforeCommit: () => filestore.sync(),
      indicate: what => this.onIndication(what),
      words: {
        datagram: datagramInWords,
        indication: indicationInWords,
        state: () => stateInWords(entity.reports()),
      },
    }
  }

  #sent(datagram: Uint8Array): void {
    const { maxPduSize } = this.#terms.remote
    if (datagram.length === 0 || datagram.length > maxPduSize) {
      this.#sky.fail(
        'every datagram fits',
        `${this.name} sends ${datagram.length} octets, ${maxPduSize} may be`,
      )
    }
    if (!this.#isLit) {
      this.#sky.fail('nothing is sent into the dark', `${this.name} sends ${datagramInWords(datagram)}`)
    }
    if ((datagram[0]! & FILE_DATA) !== 0 && this.#promises.isFamiliar(datagram)) return
    const decoded = decodePdu(datagram)
    if (isFault(decoded))
      this.#sky.fail('every datagram can be read', `${this.name} sends one that is ${decoded.code}`)
    const broken = this.#promises.broken(decoded, datagram)
    if (broken !== undefined) this.#sky.fail('no promise outruns the store', `${this.name}: ${broken}`)
    const { kind } = decoded.pdu
    if (decoded.header.mode === 'unacknowledged' && CLASS_2_ONLY.has(kind)) {
      this.#sky.fail('class 1 has Metadata, File Data, EOF and Finished', `${this.name} sends ${kind}`)
    }
    if (decoded.pdu.kind === 'metadata') {
      this.#ledger.named(transactionKey(decoded.header), decoded.pdu.destinationName)
    }
  }
}
