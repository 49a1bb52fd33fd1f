/** The Put that a proxy put request and the messages beside it ask for (section 6.2). */
import { OFFERED } from '../filestore.ts'
import type { EntityId } from '../pdu/model.ts'
import type { PutRequest } from '../requests.ts'
import type { ReservedMessage, ReservedMessageOf } from './messages.ts'
import { isReserved } from './messages-codec.ts'

/**
 * @param locals our own entities: a put to one of them would go in a circle
 * @returns why not, in words
 */
export function proxiedPut(
  asked: ReservedMessageOf<'proxy-put-request'>,
  all: readonly ReservedMessage[],
  source: EntityId,
  locals: readonly EntityId[],
): PutRequest | string {
  const { destination, sourceName, destinationName } = asked
  if (locals.includes(destination)) return 'a file of ours cannot be put to ourselves'
  if (sourceName === '' && destinationName !== '') return 'a destination name without a source name'
  if (sourceName.includes(OFFERED[0]!)) return 'no file can have that name'
  const messages = all.flatMap(each => (each.kind === 'proxy-message-to-user' ? [each.value] : []))
  // Requests passed on in our name would be believed because they are ours, and could come back to us.
  if (messages.some(isReserved)) return 'reserved messages are not passed on'
  const mode = all.find(each => each.kind === 'proxy-transmission-mode')?.mode
  const closureRequested = all.find(each => each.kind === 'proxy-closure-request')?.closureRequested
  const flowLabel = all.find(each => each.kind === 'proxy-flow-label')?.value
  return {
    kind: 'put',
    source,
    destination,
    ...(sourceName === '' ? {} : { sourceName }),
    ...(destinationName === '' ? {} : { destinationName }),
    ...(mode === undefined ? {} : { mode }),
    ...(closureRequested === undefined ? {} : { closureRequested }),
    ...(flowLabel === undefined ? {} : { flowLabel }),
    messages,
    filestoreRequests: all.flatMap(each => (each.kind === 'proxy-filestore-request' ? [each.request] : [])),
    faultHandlerOverrides: all.flatMap(each => {
      if (each.kind !== 'proxy-fault-handler-override') return []
      const { condition, handler } = each
      return [{ condition, handler }]
    }),
  }
}

/** Wants record boundaries kept, of which our files have none. */
export function wantsRecords(all: readonly ReservedMessage[]): boolean {
  return all.some(each => each.kind === 'proxy-segmentation-control' && each.segmentationControl)
}
