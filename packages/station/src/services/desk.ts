import type { Contact, Severity } from '@skyferry/api'
import type { Reply, Request, Role, TransactionReport } from '@skyferry/cfdp'
import type { Clock } from '@skyferry/engine'
import type { Buckets } from '../buckets/buckets.ts'
import type { Contacts } from '../contacts/contacts.ts'
import type { Events } from '../events/events.ts'
import type { StationLink } from '../links/station-link.ts'
import type { CfdpServicePlan } from '../station/plan.ts'
import type { Transfers } from '../transfers/transfers.ts'
import type { EntityBook } from './entity-book.ts'

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

/** What the parts of a service have in common. */
export interface Desk {
  readonly plan: CfdpServicePlan
  readonly host: ServiceHost
  readonly locals: EntityBook
  readonly remotes: EntityBook
  /** @param id of the transfer it is about */
  say(code: string, text: string, severity: Severity, id?: number): void
  request(request: Request): Reply
  /** @param transaction as `source:sequence` */
  reportOf(transaction: string, role: Role): TransactionReport | undefined
  contactWith(entity: string): Contact
}
