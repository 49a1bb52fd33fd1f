/** Finds the transaction that an earlier, killed run of the same `cfdp send` began. Pure. */
import { type CfdpRecord, ConditionCode, decodePdu, type Ending } from '@skyferry/cfdp'
import { fromHex, isFault } from '@skyferry/octets'
import { type PastSender, sendersOf } from './past.ts'
import type { SendPlan } from './send-plan.ts'

export interface Earlier {
  /** `SOURCE:SEQUENCE` */
  readonly key: string
  /** How it ended; undefined while it goes on. */
  readonly ending: Ending | undefined
}

/**
 * The youngest transaction that sends the same file, unchanged, to the same place with the same options. One that
 * the operator cancelled is not gone on with.
 *
 * @param source   name and stamp of the file as it is now; undefined without a file
 * @param isClosed the operator has heard of its end from a run that came to its own end
 */
export function findEarlier(
  plan: SendPlan,
  source: { readonly name: string; readonly stamp: string } | undefined,
  records: readonly CfdpRecord[],
  isClosed: (key: string) => boolean,
): Earlier | undefined {
  const candidates = [...sendersOf(records)].reverse()
  for (const [key, facts] of candidates) {
    if (isClosed(key) || !isSameDelivery(plan, source, facts)) continue
    if (facts.cancelled?.condition === ConditionCode.CancelRequestReceived) continue
    return { key, ending: facts.ended }
  }
  return undefined
}

function isSameDelivery(
  plan: SendPlan,
  source: { readonly name: string; readonly stamp: string } | undefined,
  facts: PastSender,
): boolean {
  const { put } = facts
  if (put.sourceName !== (source?.name ?? '') || put.stamp !== (source?.stamp ?? '')) return false
  const octets = fromHex(put.metadata)
  const decoded = isFault(octets) ? octets : decodePdu(octets)
  if (isFault(decoded) || decoded.pdu.kind !== 'metadata') return false
  const { header, pdu } = decoded
  return (
    header.destination === plan.to &&
    header.source === plan.engine.local.ids[0] &&
    header.mode === plan.mode &&
    pdu.destinationName === (plan.destinationName ?? '') &&
    // In class 2 the question does not arise, and is not sent.
    pdu.closureRequested === (plan.closureRequested && plan.mode === 'unacknowledged') &&
    isSameList(
      pdu.options.filter(each => each.tlv === 'message-to-user').map(each => String(each.value)),
      plan.messages.map(String),
    ) &&
    isSameList(
      pdu.options.filter(each => each.tlv === 'filestore-request').map(describeRequest),
      plan.filestoreRequests.map(describeRequest),
    )
  )
}

function describeRequest(request: {
  readonly action: number
  readonly firstName: string
  readonly secondName?: string
}): string {
  return JSON.stringify([request.action, request.firstName, request.secondName ?? ''])
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index])
}
