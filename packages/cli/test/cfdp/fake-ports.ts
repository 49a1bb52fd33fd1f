/** A world for `runSend` and `runReceive` in which nothing happens unless a test says so. */
import type { CfdpRecord, Indication, Reply, Request, Role, TransactionReport } from '@skyferry/cfdp'
import { Ledger } from '../../src/cfdp/ledger.ts'
import type { CfdpHost, CfdpPorts, HostEvents, HostPlan } from '../../src/cfdp/ports.ts'
import type { Event, Progress, Result } from '../../src/output/lines.ts'
import type { CommandError, Exit } from '../../src/usage.ts'

export interface Said {
  readonly events: Event[]
  readonly progress: Progress[]
  readonly results: Result[]
  readonly errors: CommandError[]
}

export class FakeWorld {
  readonly said: Said = { events: [], progress: [], results: [], errors: [] }
  readonly requests: Request[] = []
  readonly reports = new Map<string, TransactionReport>()
  readonly ledgerLines: string[] = []
  readonly digests: string[] = []
  restored: CfdpRecord[] = []
  readonly dropped = new Map<string, number>()
  stamp: string | undefined = 'stamp-1'
  reply: (request: Request) => Reply = () => ({
    kind: 'accepted',
    transaction: { source: 11n, sequence: 1n } as never,
  })
  plan: HostPlan | undefined
  stopped = false
  exit: Exit | undefined
  #now = 0
  #events: HostEvents | undefined
  #interrupt: (() => void)[] = []
  readonly #alarms = new Set<{ readonly every: number; due: number; readonly call: () => void }>()

  readonly ports: CfdpPorts = {
    output: {
      event: event => this.said.events.push(event),
      progress: progress => this.said.progress.push(progress),
      result: result => this.said.results.push(result),
      finding: () => {},
      error: error => this.said.errors.push(error),
      close: () => {},
    },
    ticker: {
      now: () => this.#now,
      every: (every, call) => {
        const alarm = { every, due: this.#now + every, call }
        this.#alarms.add(alarm)
        return () => this.#alarms.delete(alarm)
      },
    },
    open: async (plan, events) => {
      this.plan = plan
      this.#events = events
      return this.#host()
    },
    ledger: (role: Role) => new Ledger(role, [...this.ledgerLines], line => this.ledgerLines.push(line)),
    digest: async path => {
      this.digests.push(path)
      return `sha256 of ${path}`
    },
    onInterrupt: call => this.#interrupt.push(call),
  }

  /** Runs a command to its end in the background. */
  async start(command: Promise<Exit>): Promise<void> {
    void command.then(exit => {
      this.exit = exit
    })
    await this.settle()
  }

  indicate(what: Indication): Promise<void> {
    this.#events?.indicate(what)
    return this.settle()
  }

  notice(event: Event): Promise<void> {
    this.#events?.notice(event)
    return this.settle()
  }

  interrupt(): Promise<void> {
    for (const call of this.#interrupt) call()
    return this.settle()
  }

  /** Lets time pass, alarm by alarm. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    for (;;) {
      const next = [...this.#alarms].sort((one, other) => one.due - other.due)[0]
      if (next === undefined || next.due > end) break
      this.#now = next.due
      next.due += next.every
      next.call()
      await this.settle()
    }
    this.#now = end
  }

  /** Lets promises settle; nothing in these worlds waits for more than a few. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 100; turn++) await Promise.resolve()
  }

  #host(): CfdpHost {
    return {
      ask: () => ({ kind: 'refused', reason: 'nobody to ask' }),
      request: request => {
        this.requests.push(request)
        return this.reply(request)
      },
      reports: () => this.reports.values(),
      report: (key, role) => this.reports.get(`${role} ${key}`),
      restored: this.restored,
      stampOf: () => this.stamp,
      dropped: this.dropped,
      listening: { host: '127.0.0.1', port: 4321 },
      stop: async () => {
        this.stopped = true
      },
    }
  }
}

export function reportOf(
  role: Role,
  sequence: bigint,
  change: Partial<TransactionReport> = {},
): TransactionReport {
  return {
    transaction: { source: 11n, sequence } as TransactionReport['transaction'],
    role,
    peer: 5n as TransactionReport['peer'],
    mode: 'acknowledged',
    state: 'sending',
    suspended: false,
    size: 1000,
    octets: 0,
    gaps: 0,
    safeOctets: 0,
    pdus: { sent: 0, received: 0, resent: 0 },
    waitingFor: 'the other end to answer',
    names: { source: 'a', destination: 'b' },
    holes: [],
    roundTripMs: undefined,
    ...change,
  }
}
