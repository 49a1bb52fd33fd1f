/** What the user operations tell their local user. */
import type { DirectoryEntry } from '../filestore.ts'
import type {
  ConditionCode,
  DeliveryCode,
  EntityId,
  FileStatus,
  FilestoreResponse,
  TransactionStatus,
} from '../pdu/model.ts'
import type { TransactionId } from '../requests.ts'
import type { RequestKind } from './reading.ts'

/** An answer to `request`, a transaction of ours. After a restart the same may be told again. */
interface Answered {
  readonly request: TransactionId
  readonly from: EntityId
}

export type UserIndication =
  | (Answered & {
      /** How the put ended that we asked for. ION says so when it begins: complete, file status unreported. */
      readonly kind: 'proxy-put-response'
      readonly condition: ConditionCode
      readonly delivery: DeliveryCode
      readonly fileStatus: FileStatus
      readonly responses: readonly FilestoreResponse[]
    })
  | (Answered & {
      /** A transaction that we asked for has ended here. */
      readonly kind: 'proxied-put'
      readonly transaction: TransactionId
      readonly condition: ConditionCode
      readonly delivery: DeliveryCode
      /** The name the file got; absent without one. */
      readonly name?: string
    })
  | (Answered & {
      readonly kind: 'directory-listing'
      readonly succeeded: boolean
      /** The listing file in our filestore. */
      readonly name?: string
      readonly entries: readonly DirectoryEntry[]
    })
  | (Answered & {
      readonly kind: 'remote-status-report'
      readonly about: TransactionId
      readonly succeeded: boolean
      readonly status: TransactionStatus
      /** The report file in our filestore. */
      readonly name?: string
      readonly text: string
    })
  | (Answered & {
      readonly kind: 'remote-suspend' | 'remote-resume'
      readonly about: TransactionId
      readonly suspended: boolean
      readonly status: TransactionStatus
    })
  /** The request did not get through. */
  | { readonly kind: 'unasked'; readonly request: TransactionId; readonly condition: ConditionCode }
  /** Something a remote entity asked of us: done, or refused and answered so. */
  | {
      readonly kind: 'carried-out' | 'refused'
      readonly operation: RequestKind
      readonly from: EntityId
      readonly request: TransactionId
      /** For an operator. */
      readonly text: string
    }

/** How a transaction ended, as an indication or a record says. */
export interface Ended {
  readonly condition: ConditionCode
  readonly delivery: DeliveryCode
  readonly fileStatus: FileStatus
  readonly name?: string
  readonly responses?: readonly FilestoreResponse[]
}
