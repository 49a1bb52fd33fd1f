/** What running a CFDP command needs of the world; the real ones are in host.ts, tests bring their own. */
import type {
  CfdpRecord,
  Indication,
  PutReply,
  Reply,
  Request,
  Role,
  TransactionReport,
  UserIndication,
  UserRequest,
} from '@skyferry/cfdp'
import type { Event } from '../output/lines.ts'
import type { Output } from '../output/output.ts'
import type { HostPort } from '../units.ts'
import type { Ledger } from './ledger.ts'
import type { EnginePlan } from './settings.ts'

/** One entity on its link, with its journal. */
export interface CfdpHost {
  request(request: Request): Reply
  /** Asks a remote user. */
  ask(request: UserRequest): PutReply
  /** Every transaction it knows, ended ones too. */
  reports(): Iterable<TransactionReport>
  /** @param transaction `SOURCE:SEQUENCE` */
  report(transaction: string, role: Role): TransactionReport | undefined
  /** What the journal held when it was opened. */
  readonly restored: readonly CfdpRecord[]
  /** What the file at `path` is known by, which changes when it does; undefined when it cannot be read. */
  stampOf(path: string): string | undefined
  /** Why datagrams were dropped so far. */
  readonly dropped: Drops
  /** Where it listens; the port is the one in use. Undefined where it calls instead. */
  readonly listening: HostPort | undefined
  /** Makes everything durable, and closes. */
  stop(): Promise<void>
}

/** Reasons, live. */
export interface Drops {
  keys(): Iterable<string>
}

export interface HostEvents {
  /** May be called before `open` has resolved: a restored entity has things to say. */
  indicate(what: Indication): void
  /** What a remote user answers, or has us do. */
  told(what: UserIndication): void
  /** Something an operator should hear once. */
  notice(event: Event): void
}

/** An entity, its link, and where it finds and puts files. */
export interface HostPlan extends EnginePlan {
  /** Folder of received files; undefined: it receives none. Names of files to send are paths. */
  readonly directory: string | undefined
  /** The only remote entities it talks to; empty: any. */
  readonly remotes: readonly bigint[]
}

/** A clock and its alarms. */
export interface Ticker {
  /** Milliseconds of a clock that never runs backwards. */
  now(): number
  /** Calls back again and again; the answer stops it. */
  every(milliseconds: number, call: () => void): () => void
}

export interface CfdpPorts {
  readonly output: Output
  readonly ticker: Ticker
  /** @throws {CommandError} when it cannot listen, or the journal cannot be opened */
  open(plan: HostPlan, events: HostEvents): Promise<CfdpHost>
  /** What earlier runs with the same state have told. */
  ledger(role: Role, state: string | undefined): Ledger
  /** SHA-256 of a file, hexadecimal; null when it cannot be read. */
  digest(path: string): Promise<string | null>
  /** Calls back at the first SIGINT. The second one ends the process, whatever it does. */
  onInterrupt(call: () => void): void
}
