import {
  ENDED_STATES,
  type Transfer,
  type TransferAction,
  type TransferFilter,
  type TransferGaps,
  type TransferPage,
  type TransferState,
} from '@skyferry/api'
import { RateMeter } from '../rate-meter.ts'
import type { ArrivingPart, Carrier } from './carrier.ts'
import { matches, type NewTransfer, type TransferChange, type TransferRow } from './transfer-row.ts'
import type { TransferStore } from './transfer-store.ts'

/** An open transfer: what is kept of it, and how fast it moves. */
interface Open {
  row: TransferRow
  readonly meter: RateMeter
  /** As it was when last looked at. */
  state: TransferState
  /** As it was last told to listeners, to tell only what changed. */
  told: string
}

/** Every transfer of the station, of whatever service: the open ones at hand, the ended ones in the database. */
export class Transfers {
  readonly #store: TransferStore
  readonly #nowMs: () => number
  readonly #carriers: Map<string, Carrier> = new Map()
  readonly #open: Map<number, Open> = new Map()
  readonly #listeners: Set<(transfer: Transfer) => void> = new Set()

  readonly #trouble: (reason: string) => void
  /** Rows that could not be written, by id. */
  readonly #owed: Map<number, TransferRow> = new Map()
  #isFailing = false
  #lastId: number
  #lastCreated: number
  /** How many ended in each state; counting them anew takes a while. */
  readonly #endedCounts: Record<string, number>

  /**
   * @param nowMs the wall clock
   * @param trouble hears once when the list cannot be written
   */
  constructor(store: TransferStore, nowMs: () => number, trouble: (reason: string) => void) {
    this.#store = store
    this.#nowMs = nowMs
    this.#trouble = trouble
    this.#lastId = store.lastId()
    this.#lastCreated = store.lastCreated()
    this.#endedCounts = store.counts()
    for (const row of store.open())
      this.#open.set(row.id, { row, meter: new RateMeter(), state: row.state, told: '' })
  }

  /** A service takes part. @returns its transfers that had not ended when the station last stopped */
  join(carrier: Carrier): readonly TransferRow[] {
    this.#carriers.set(carrier.name, carrier)
    return [...this.#open.values()].map(({ row }) => row).filter(row => row.service === carrier.name)
  }

  begin(row: NewTransfer): number {
    this.#lastId += 1
    const id = this.#lastId
    // A clock that was set back must not make a later transfer an earlier one: lists go by both.
    this.#lastCreated = Math.max(this.#lastCreated, row.created)
    const open = {
      row: { ...row, id, created: this.#lastCreated },
      meter: new RateMeter(),
      state: row.state,
      told: '',
    }
    this.#open.set(id, open)
    this.#write(open.row)
    this.#tell(open)
    return id
  }

  /** What a service learns about a transfer that goes on. */
  update(id: number, change: TransferChange): void {
    const open = this.#open.get(id)
    if (open === undefined) return
    open.row = { ...open.row, ...change }
    this.#write(open.row)
  }

  /** It turned out to be another transfer, that is known already. */
  drop(id: number): void {
    if (!this.#open.delete(id)) return
    this.#owed.delete(id)
    try {
      this.#store.remove(id)
    } catch {
      // It stays in a list that cannot be written; the next life finds that its journal knows nothing of it.
    }
  }

  /** The transfer is over; a second end changes nothing. */
  end(id: number, change: TransferChange & Pick<TransferRow, 'state' | 'reason'>): void {
    const open = this.#open.get(id)
    if (open === undefined) return
    // What was over before anybody looked began when it was asked for.
    const whole = { ...change, started: open.row.started ?? open.row.created, ended: this.#nowMs() }
    open.row = { ...open.row, ...whole }
    this.#write(open.row)
    this.#open.delete(id)
    this.#endedCounts[change.state] = (this.#endedCounts[change.state] ?? 0) + 1
    this.#tell(open)
  }

  row(id: number): TransferRow | undefined {
    return this.#open.get(id)?.row ?? this.#store.get(id)
  }

  get(id: number): Transfer | undefined {
    const open = this.#open.get(id)
    if (open !== undefined) return this.#shown(open)
    const row = this.#store.get(id)
    return row === undefined ? undefined : transferOf(row, 0, explanationOfEnd(row))
  }

  /** Newest first. */
  list(filter: TransferFilter, limit: number, before: number | undefined): TransferPage {
    const found: Transfer[] = []
    for (const open of [...this.#open.values()].reverse()) {
      if (before !== undefined && open.row.id >= before) continue
      // The state is what it is now, not what was last written.
      const { state: _, ...rest } = filter
      if (!matches(open.row, rest)) continue
      const shown = this.#shown(open)
      if (filter.state !== undefined && !filter.state.includes(shown.state)) continue
      found.push(shown)
      if (found.length > limit) break
    }
    const wantsEnded = filter.state === undefined || filter.state.some(state => ENDED_STATES.has(state))
    const ended = wantsEnded ? this.#store.ended({ filter, before, limit: limit + 1 }) : []
    const all = [...found, ...ended.map(row => transferOf(row, 0, explanationOfEnd(row)))]
    all.sort((one, other) => Number(other.id) - Number(one.id))
    const transfers = all.slice(0, limit)
    return { transfers, next: all.length > limit ? transfers.at(-1)!.id : null }
  }

  /** Transfers that have not ended, oldest first. */
  *open(): IterableIterator<Transfer> {
    for (const open of this.#open.values()) yield this.#shown(open)
  }

  *openRows(): IterableIterator<TransferRow> {
    for (const { row } of this.#open.values()) yield row
  }

  /** How many are open in each state, as they were a second ago: looking at ten thousand takes a while. */
  openCounts(): ReadonlyMap<TransferState, number> {
    const counts = new Map<TransferState, number>()
    for (const { state } of this.#open.values()) counts.set(state, (counts.get(state) ?? 0) + 1)
    return counts
  }

  /** How many ended in each state, those that the history has let go included. */
  endedCounts(): Readonly<Record<string, number>> {
    return this.#endedCounts
  }

  gaps(id: number, limit: number): TransferGaps | undefined {
    const transfer = this.get(id)
    const row = this.row(id)
    if (transfer === undefined || row === undefined) return undefined
    const isOpen = this.#open.has(id)
    const { ranges, count } = isOpen
      ? (this.#carriers.get(row.service)?.missing(row, limit) ?? { ranges: [], count: 0 })
      : { ranges: [], count: 0 }
    return { id: transfer.id, size: transfer.size, octets: transfer.octets, gaps: ranges, count }
  }

  /** The object of this name that is on its way into the bucket, if there is one. */
  arriving(bucket: string, object: string): (ArrivingPart & { readonly id: number }) | undefined {
    for (const { row } of this.#open.values()) {
      if (row.direction !== 'download' || row.bucket !== bucket || row.object !== object) continue
      const part = this.partOf(row)
      if (part !== undefined) return { ...part, id: row.id }
    }
    return undefined
  }

  /** What has arrived of a download that is open. */
  partOf(row: TransferRow): ArrivingPart | undefined {
    return this.#carriers.get(row.service)?.arriving(row)
  }

  /** @returns why not; undefined when done */
  act(id: number, action: Exclude<TransferAction, 'retry'>): string | undefined {
    const open = this.#open.get(id)
    if (open === undefined) {
      return this.#store.get(id) === undefined ? `there is no transfer ${id}` : `transfer ${id} has ended`
    }
    const carrier = this.#carriers.get(open.row.service)
    if (carrier === undefined) return `its service ${open.row.service} is not configured any more`
    const refusal = carrier.act(open.row, action)
    this.#tell(open)
    return refusal
  }

  /** @returns the id of the new transfer, or why not */
  retry(id: number): number | string {
    const row = this.row(id)
    if (row === undefined) return `there is no transfer ${id}`
    if (this.#open.has(id)) return `transfer ${id} has not ended`
    if (row.direction !== 'upload') return `transfer ${id} is a download: its sender has to begin anew`
    return (
      this.#carriers.get(row.service)?.retry(row) ?? `its service ${row.service} is not configured any more`
    )
  }

  /** To be called about once a second: rates are measured, and listeners told what changed. */
  sample(): void {
    const nowMs = this.#nowMs()
    if (this.#isFailing) this.#writeOwed()
    for (const open of [...this.#open.values()]) {
      const view = this.#carriers.get(open.row.service)?.look(open.row)
      if (view === undefined) continue
      open.meter.sample(view.octets, nowMs)
      open.state = view.state
      if (open.row.started === null && view.state === 'running') this.update(open.row.id, { started: nowMs })
      this.#tell(open)
    }
  }

  /** @returns what ends the listening */
  listen(listener: (transfer: Transfer) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What cannot be written now is written with the next sample that can. */
  #write(row: TransferRow): void {
    try {
      this.#store.put(row)
      this.#owed.delete(row.id)
    } catch (error) {
      this.#owed.set(row.id, row)
      // Said once, until it works again.
      if (!this.#isFailing) this.#trouble((error as Error).message)
      this.#isFailing = true
    }
  }

  #writeOwed(): void {
    for (const row of [...this.#owed.values()]) {
      this.#write(row)
      if (this.#owed.has(row.id)) return
    }
    this.#isFailing = false
  }

  #tell(open: Open): void {
    if (this.#listeners.size === 0) return
    const shown = this.#shown(open)
    const text = JSON.stringify(shown)
    if (text === open.told) return
    open.told = text
    for (const listener of this.#listeners) listener(shown)
  }

  #shown({ row, meter }: Open): Transfer {
    if (row.ended !== null) return transferOf(row, 0, explanationOfEnd(row))
    const view = this.#carriers.get(row.service)?.look(row)
    if (view === undefined) {
      return transferOf(row, 0, `waits for its service ${row.service}, which is not running`)
    }
    const { explanation, gaps, ...rest } = view
    const remotePath = row.remotePath ?? view.remotePath
    return { ...transferOf({ ...row, ...rest, remotePath }, gaps, explanation), rate: meter.bps }
  }
}

function explanationOfEnd({ state, reason, direction, object }: TransferRow): string {
  if (state !== 'completed') return `Nothing: it is over (${state}${reason === null ? '' : `: ${reason}`}).`
  return direction === 'upload'
    ? 'Nothing: it is over, the far end has the file.'
    : `Nothing: it is over, the file is in its bucket${object === null ? '' : ` as ${object}`}.`
}

function transferOf(row: TransferRow, gaps: number, explanation: string): Transfer {
  const time = (at: number): string => new Date(at).toISOString()
  return {
    id: String(row.id),
    service: row.service,
    protocol: row.protocol,
    direction: row.direction,
    local: row.local,
    remote: row.remote,
    bucket: row.bucket,
    object: row.object,
    remotePath: row.remotePath,
    state: row.state,
    size: row.size,
    octets: row.octets,
    gaps,
    rate: 0,
    created: time(row.created),
    start: row.started === null ? null : time(row.started),
    end: row.ended === null ? null : time(row.ended),
    reason: row.reason,
    protocolId: row.protocolId,
    explanation,
    class: row.class,
    pdus: row.pdus,
  }
}
