/** One entity at work for a command: watches its transactions, and knows when to stop waiting for them. */
import {
  type Role,
  type TransactionReport,
  transactionKey,
  transactionOf,
  type UserIndication,
} from '@skyferry/cfdp'
import type { Ended, Endings } from './endings.ts'
import { describeIndication, describeUserOperation } from './events.ts'
import type { CfdpHost, CfdpPorts, HostPlan } from './ports.ts'
import { Silence, Watch } from './watch.ts'

/** How often progress is looked at. */
const TICK_MS = 200
/** How often a condition that ends a wait is looked at. */
const POLL_MS = 20
/** How long a cancelled transaction may take to be acknowledged. */
const CANCEL_MS = 5000

/** Why waiting for a transaction to end is over before it has. */
export type Stop =
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'gave-up'; readonly everHeard: boolean }

export interface SessionPlan {
  readonly host: HostPlan
  readonly role: Role
  /** Whether a silent peer is a reason to give up: one that has nothing to answer is silent by right. */
  readonly expectsAnswers: boolean
  /** Which transactions are told of. */
  watches(report: TransactionReport): boolean
  /** What a remote user answers, or has us do. */
  told?(what: UserIndication): void
}

export class Session {
  readonly host: CfdpHost
  readonly endings: Endings
  /** Resolves when an interrupt or a silent peer ends the waiting. */
  readonly stopped: Promise<Stop>
  readonly #plan: SessionPlan
  readonly #ports: CfdpPorts
  readonly #watches: Map<string, Watch>
  readonly #silence: Silence
  readonly #droppedFor = new Set<string>()
  readonly #stopTicking: () => void
  readonly #stop: (stop: Stop) => void

  /** @throws {CommandError} when the entity cannot listen, or its journal cannot be opened */
  static async open(plan: SessionPlan, ports: CfdpPorts, endings: Endings): Promise<Session> {
    let stop: (stop: Stop) => void = () => {}
    const stopped = new Promise<Stop>(settle => {
      stop = settle
    })
    ports.onInterrupt(() => stop({ kind: 'interrupted' }))
    const begun = new Map<string, Watch>()
    const host = await ports.open(plan.host, {
      indicate: what => {
        const key = transactionKey(what.transaction)
        if (what.role === plan.role) {
          // Whatever is said first of a transaction is when its time begins, long before the next look at it.
          if (!begun.has(key)) begun.set(key, new Watch(ports.output, ports.ticker.now()))
          for (const event of describeIndication(what)) ports.output.event(event)
        }
        endings.indicate(what)
      },
      told: what => {
        for (const event of describeUserOperation(what)) ports.output.event(event)
        plan.told?.(what)
      },
      notice: event => ports.output.event(event),
    })
    return new Session({ plan, ports, endings, host, stopped, stop, watches: begun })
  }

  private constructor(parts: {
    readonly plan: SessionPlan
    readonly ports: CfdpPorts
    readonly endings: Endings
    readonly host: CfdpHost
    readonly stopped: Promise<Stop>
    readonly stop: (stop: Stop) => void
    readonly watches: Map<string, Watch>
  }) {
    const { plan, ports, endings, host, stopped, stop, watches } = parts
    this.#plan = plan
    this.#ports = ports
    this.endings = endings
    this.host = host
    this.stopped = stopped
    this.#stop = stop
    this.#watches = watches
    this.#silence = new Silence(ports.ticker.now())
    this.#stopTicking = ports.ticker.every(TICK_MS, () => this.observe())
  }

  /** Looks at every transaction once: progress, silence. */
  observe(): void {
    const now = this.#ports.ticker.now()
    for (const report of this.host.reports()) {
      const key = transactionKey(report.transaction)
      if (!this.#plan.watches(report) || this.endings.get(this.#plan.role, key) !== undefined) continue
      this.#watchOf(key).observe(report, now)
    }
    this.#tellDropped()
    const silentMs = this.#silence.observe(this.host.reports(), now)
    if (this.#plan.expectsAnswers && silentMs >= this.#plan.host.giveUp) {
      this.#stop({ kind: 'gave-up', everHeard: this.#silence.everHeard })
    }
  }

  /** Says once of each reason that datagrams are dropped for it: a wrong entity id looks like silence otherwise. */
  #tellDropped(): void {
    for (const reason of this.host.dropped.keys()) {
      if (this.#droppedFor.has(reason)) continue
      this.#droppedFor.add(reason)
      this.#ports.output.event({
        code: 'dropped',
        text: `datagrams are dropped: ${reason}`,
        fields: { reason },
      })
    }
  }

  /** The last look at a transaction that has just ended: its progress is shown as it ended. */
  lookBack(ended: Ended): void {
    if (ended.report !== undefined) this.#watchOf(ended.key).observe(ended.report, this.#ports.ticker.now())
  }

  /** Seconds this run has spent on a transaction. */
  secondsOf(key: string): number {
    return (this.#ports.ticker.now() - this.#watchOf(key).startedAt) / 1000
  }

  /** Begins to count the time of a transaction. */
  begin(key: string): void {
    this.#watchOf(key)
  }

  /** Has the transaction nothing left to say or to wait for? */
  isSettled(key: string): boolean {
    const report = this.host.report(key, this.#plan.role)
    return report === undefined || report.state === 'ended'
  }

  /** Cancels towards the peer; resolves once it has acknowledged, or after `limitMs`. */
  async cancel(keys: readonly string[], limitMs: number = CANCEL_MS): Promise<void> {
    for (const key of keys) {
      this.#ports.output.event({ code: 'cancelling', text: `cancelling ${key}`, transaction: key })
      this.host.request({ kind: 'cancel', transaction: transactionOf(key) })
    }
    await this.until(() => keys.every(key => this.isSettled(key)), limitMs)
  }

  /** Resolves when `isTrue`, or after `limitMs`. @returns whether it became true */
  async until(isTrue: () => boolean, limitMs: number): Promise<boolean> {
    const { ticker } = this.#ports
    const deadline = ticker.now() + limitMs
    if (isTrue()) return true
    return new Promise(resolve => {
      const stopPolling = ticker.every(POLL_MS, () => {
        const done = isTrue()
        if (!done && ticker.now() < deadline) return
        stopPolling()
        resolve(done)
      })
    })
  }

  /** Resolves once the peer has been silent for `quietMs`, counted from now or from its last PDU. */
  async quiet(quietMs: number, limitMs: number): Promise<void> {
    const { ticker } = this.#ports
    const silence = new Silence(ticker.now())
    await this.until(() => silence.observe(this.host.reports(), ticker.now()) >= quietMs, limitMs)
  }

  /** Has every transaction ended that is not only remembered? */
  get isIdle(): boolean {
    return [...this.host.reports()].every(report => report.state === 'ended')
  }

  async close(): Promise<void> {
    this.#stopTicking()
    await this.host.stop()
  }

  #watchOf(key: string): Watch {
    let watch = this.#watches.get(key)
    if (watch === undefined) {
      watch = new Watch(this.#ports.output, this.#ports.ticker.now())
      this.#watches.set(key, watch)
    }
    return watch
  }
}
