/** What a local user asks of a remote one (section 6), and the messages that say so. */
import type { EncodeDialect } from '../pdu/dialect.ts'
import type { EntityId, FaultHandlerOverride, FilestoreRequest } from '../pdu/model.ts'
import type { TransactionId } from '../requests.ts'
import type { ReservedMessage } from './messages.ts'
import { encodeReservedMessage } from './messages-codec.ts'

interface Towards {
  /** The entity that is asked. */
  readonly to: EntityId
  /** The local entity that asks; absent: the first. */
  readonly source?: EntityId
}

export type UserRequest = Towards &
  (
    | {
        /** Send a file of yours to `destination`. */
        readonly kind: 'proxy-put'
        readonly destination: EntityId
        /** Both names empty: a transaction without a file. */
        readonly sourceName: string
        readonly destinationName: string
        /** What is absent is as the asked entity does it. */
        readonly mode?: 'acknowledged' | 'unacknowledged'
        readonly closureRequested?: boolean
        readonly segmentationControl?: boolean
        readonly messages?: readonly Uint8Array[]
        readonly filestoreRequests?: readonly FilestoreRequest[]
        readonly faultHandlerOverrides?: readonly FaultHandlerOverride[]
        readonly flowLabel?: Uint8Array
      }
    /** Stop the put that this transaction of ours asked for. */
    | { readonly kind: 'proxy-put-cancel'; readonly request: TransactionId }
    | {
        readonly kind: 'directory-listing'
        readonly directoryName: string
        /** Name under which the listing is to arrive. */
        readonly directoryFileName: string
      }
    | {
        readonly kind: 'remote-status-report'
        readonly about: TransactionId
        /** Name under which the report is to arrive. */
        readonly reportFileName: string
      }
    | { readonly kind: 'remote-suspend' | 'remote-resume'; readonly about: TransactionId }
  )

/** @returns undefined when one is too long for a message */
export function messagesFor(request: UserRequest, dialect: EncodeDialect): Uint8Array[] | undefined {
  return encodeAll(inWords(request), dialect)
}

export function encodeAll(
  messages: readonly ReservedMessage[],
  dialect: EncodeDialect,
): Uint8Array[] | undefined {
  const octets: Uint8Array[] = []
  for (const message of messages) {
    const value = encodeReservedMessage(message, dialect)
    if (value === undefined) return undefined
    octets.push(value)
  }
  return octets
}

function inWords(request: UserRequest): ReservedMessage[] {
  switch (request.kind) {
    case 'proxy-put': {
      const { destination, sourceName, destinationName, mode, closureRequested, segmentationControl } =
        request
      const { messages = [], filestoreRequests = [], faultHandlerOverrides = [], flowLabel } = request
      return [
        { kind: 'proxy-put-request', destination, sourceName, destinationName },
        ...messages.map(value => ({ kind: 'proxy-message-to-user' as const, value })),
        ...filestoreRequests.map(each => ({ kind: 'proxy-filestore-request' as const, request: each })),
        ...faultHandlerOverrides.map(each => ({ kind: 'proxy-fault-handler-override' as const, ...each })),
        ...(mode === undefined ? [] : [{ kind: 'proxy-transmission-mode' as const, mode }]),
        ...(flowLabel === undefined ? [] : [{ kind: 'proxy-flow-label' as const, value: flowLabel }]),
        ...(segmentationControl === undefined
          ? []
          : [{ kind: 'proxy-segmentation-control' as const, segmentationControl }]),
        ...(closureRequested === undefined
          ? []
          : [{ kind: 'proxy-closure-request' as const, closureRequested }]),
      ]
    }
    case 'proxy-put-cancel':
      return [{ kind: 'proxy-put-cancel' }, { kind: 'originating-transaction-id', ...request.request }]
    case 'directory-listing': {
      const { directoryName, directoryFileName } = request
      return [{ kind: 'directory-listing-request', directoryName, directoryFileName }]
    }
    case 'remote-status-report': {
      const { about, reportFileName } = request
      return [{ kind: 'remote-status-report-request', ...about, reportFileName }]
    }
    case 'remote-suspend':
      return [{ kind: 'remote-suspend-request', ...request.about }]
    case 'remote-resume':
      return [{ kind: 'remote-resume-request', ...request.about }]
  }
}
