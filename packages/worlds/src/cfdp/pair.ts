import { type CfdpRecord, isComplete, type TransactionReport, transactionKey } from '@skyferry/cfdp'
import type { Random } from '@skyferry/engine'
import { hours, minutes, type Run, seconds, type Weather, World, type WorldSettings } from '@skyferry/sim'
import { type Consignment, Ledger } from './ledger.ts'
import { contentFrom, type Parcel, sizeFrom } from './parcel.ts'
import { Party } from './party.ts'
import type { Terms } from './terms.ts'

/** How long after the storm everything must have come to its end. */
const PATIENCE_MS = hours(4)

/** Two entities under one sky, and the claims that hold for every story told of them. */
export class Pair {
  readonly sky: World
  readonly terms: Terms
  readonly ledger: Ledger
  readonly earth: Party
  readonly craft: Party
  readonly #random: Random
  #parcels = 0

  constructor(
    run: Run | number,
    weather: Weather,
    terms: (random: Random) => Terms,
    settings: WorldSettings = {},
  ) {
    this.sky = new World(run, weather, { idleRoundsMax: 200, stepsPerInstantMax: 50_000, ...settings })
    this.terms = terms(this.sky.chance('terms'))
    this.ledger = new Ledger(this.sky)
    this.#random = this.sky.chance('parcels')
    const earth = { name: 'earth', id: this.terms.ids.earth }
    const craft = { name: 'craft', id: this.terms.ids.craft }
    this.earth = new Party(this.sky, this.terms, this.ledger, earth, craft)
    this.craft = new Party(this.sky, this.terms, this.ledger, craft, earth)
    this.sky.join(this.earth.node, this.craft.node)
  }

  get parties(): readonly Party[] {
    return [this.earth, this.craft]
  }

  /** A file with a name of its own. */
  parcel(
    options: { readonly size?: number; readonly mode?: Parcel['mode']; readonly closure?: boolean } = {},
  ): Parcel {
    const { size = sizeFrom(this.#random, Math.max(1, this.terms.remote.maxPduSize - 30)) } = options
    this.#parcels += 1
    return {
      name: `f${this.#parcels}`,
      content: contentFrom(this.#random, size),
      mode: options.mode ?? 'acknowledged',
      closure: options.closure ?? false,
    }
  }

  /** Puts at a time; a node that is down then, or loses the Put in a fall, is asked again until it remembers. */
  send(parcel: Parcel, from: Party, to: Party, when = 0): void {
    const ask = (): void => {
      if (this.consignmentOf(parcel) === undefined) from.put(parcel, to)
    }
    this.sky.at(seconds(when / 1000), ask)
    this.#sent.push(ask)
  }

  readonly #sent: (() => void)[] = []

  /** The transaction that carries a file, if its sender's journal knows of one or may yet. */
  consignmentOf(parcel: Parcel): Consignment | undefined {
    for (const consignment of this.ledger.consignments) {
      if (consignment.parcel !== parcel) continue
      const { from, key } = consignment
      const put = from.journal(key, 'sender').findLast(record => record.kind === 'put')
      if (put?.sourceName === parcel.name) return consignment
      if (from.node.isUp && from.entity.report(consignment.id, 'sender')?.names.source === parcel.name)
        return consignment
    }
    return undefined
  }

  /** Ends the storm, has lost requests repeated and suspended transactions resumed, and waits for every end. */
  clear(): void {
    this.sky.clear(0)
    this.sky.runUntil(() => false, seconds(2))
    for (const ask of this.#sent) ask()
    this.#resumeAll()
    let open: TransactionReport | undefined
    const allEnded = (): boolean => {
      open = this.#open()
      return open === undefined
    }
    // Asked now and then, not after every step: it looks at everything.
    for (let waited = 0; !allEnded() && waited < PATIENCE_MS; ) {
      const pause = waited < minutes(1) ? seconds(1) : seconds(30)
      this.sky.runUntil(() => false, pause)
      waited += pause
    }
    if (open !== undefined) {
      this.sky.fail(
        'every transaction ends',
        `${open.role} of ${open.names.source || open.names.destination || 'a file'}, ${open.state}${open.suspended ? ' (suspended)' : ''}: ${open.waitingFor}`,
      )
    }
    // The last ends become safe.
    this.sky.runUntil(() => false, seconds(2))
    for (const party of this.parties) this.#checkJournal(party)
  }

  /** Every file is at its destination, and both ends say so. */
  expectDelivered(): void {
    for (const parcel of this.#known()) {
      const { from, to, key } = this.consignmentOf(parcel)!
      const flaw = to.flaw(parcel)
      if (flaw !== undefined) this.sky.fail('every file arrives', `${parcel.name}: ${flaw}`)
      for (const [party, role] of [
        [from, 'sender'],
        [to, 'receiver'],
      ] as const) {
        const ended = party.journal(key, role).findLast(record => record.kind === 'ended')
        if (ended === undefined || !isComplete(ended.ending.condition)) {
          this.sky.fail(
            'both ends say that a file arrived',
            `${party.name}: condition ${ended?.ending.condition}`,
          )
        }
      }
    }
  }

  /** Time passes, and nothing is left of what has ended. */
  expectForgotten(): void {
    // A class 1 receiver whose EOF was lost ends only when its patience with the silence does.
    const { inactivityTimeout, lightTime } = this.terms.remote
    const silence = inactivityTimeout === 'adaptive' ? minutes(15) + 30 * lightTime : inactivityTimeout
    this.sky.runUntil(() => false, this.terms.local.pendingAfterCompletion + silence + minutes(1))
    for (const party of this.parties) {
      for (const report of party.entity.reports()) {
        this.sky.fail(
          'what has ended is forgotten',
          `${party.name} still knows a ${report.role}, ${report.state}`,
        )
      }
      const due = party.entity.deadline()
      if (due !== Infinity)
        this.sky.fail('what has ended is forgotten', `${party.name} wants to be woken at ${due}`)
    }
  }

  #known(): Set<Parcel> {
    return new Set([...this.ledger.consignments].map(consignment => consignment.parcel))
  }

  #open(): TransactionReport | undefined {
    for (const party of this.parties) {
      for (const report of party.entity.reports()) if (report.state !== 'ended') return report
    }
    // What ended a moment ago is told, and safe, a moment later.
    return undefined
  }

  #resumeAll(): void {
    for (const party of this.parties) {
      for (const report of [...party.entity.reports()]) {
        // What inactivity suspends, where it resumes by itself, nobody resumes.
        const isUsers =
          !this.terms.remote.resumesItself || party.suspended.has(transactionKey(report.transaction))
        if (report.suspended && isUsers) party.ask('resume', report.transaction)
      }
    }
  }

  /** In what is safe, a transaction is opened once, finishes once and ends once, and as it finished. */
  #checkJournal(party: Party): void {
    const seen = new Map<string, Set<CfdpRecord['kind']>>()
    for (const record of party.node.survivors()) {
      const name = `${record.role} ${record.transaction}`
      if (record.kind === 'put' || record.kind === 'opened' || record.kind === 'forgotten')
        seen.set(name, new Set())
      if (record.kind !== 'ended' && record.kind !== 'finish') continue
      const kinds = seen.get(name)
      if (kinds === undefined || kinds.has(record.kind)) {
        this.sky.fail(
          'each transaction ends once',
          `${party.name} has recorded ${record.kind} of ${name} twice`,
        )
      }
      kinds.add(record.kind)
    }
  }
}
