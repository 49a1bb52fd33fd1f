/** How a reception ends, and what its Notice of Completion says (sections 4.6.1.2, 4.11). */
import { isComplete } from '../faults.ts'
import type { EncodeDialect } from '../pdu/dialect.ts'
import { encodePdu } from '../pdu/encode.ts'
import {
  ConditionCode,
  DeliveryCode,
  FileStatus,
  type FilestoreResponse,
  type Header,
  type PduOf,
} from '../pdu/model.ts'
import type { Ending } from '../records.ts'

type Metadata = PduOf<'metadata'>

/** A file delivery unit without a file: messages and filestore requests only. */
export function hasNoFile(metadata: Metadata | undefined): boolean {
  return metadata?.sourceName === '' && metadata.destinationName === ''
}

/** Where the file is to go; without a destination name, the last part of the source name. */
export function destinationName(metadata: Metadata | undefined): string {
  const { destinationName = '', sourceName = '' } = metadata ?? {}
  return destinationName !== '' ? destinationName : (sourceName.split(/[/\\]/).at(-1) ?? '')
}

export function endingWithoutFile(condition: ConditionCode): Ending {
  return { condition, delivery: DeliveryCode.Complete, fileStatus: FileStatus.Unreported }
}

/** The file has its place, under `name`. */
export function endingPlaced(condition: ConditionCode, name: string): Ending {
  const delivery = isComplete(condition) ? DeliveryCode.Complete : DeliveryCode.Incomplete
  return { condition, delivery, fileStatus: FileStatus.Retained, name }
}

/** @param retain what arrived is kept */
export function endingIncomplete(condition: ConditionCode, retain: boolean): Ending {
  return {
    condition,
    delivery: DeliveryCode.Incomplete,
    fileStatus: retain ? FileStatus.Retained : FileStatus.DiscardedDeliberately,
  }
}

/** Cancelled by a fault: what the filestore refused is not there to be kept. */
export function endingByFault(condition: ConditionCode, retain: boolean): Ending {
  const ending = endingIncomplete(condition, retain)
  const isRejected = condition === ConditionCode.FilestoreRejection
  return isRejected ? { ...ending, fileStatus: FileStatus.DiscardedByFilestore } : ending
}

/** Given up without a word to the sender (section 4.11.2.2.3). */
export function endingAbandoned(condition: ConditionCode): Ending {
  return { ...endingIncomplete(condition, false), abandoned: true }
}

/** Is the sender to be told by Finished? */
export function owesFinished(
  ending: Ending | undefined,
  acknowledged: boolean,
  metadata: Metadata | undefined,
): boolean {
  if (ending?.byPeer === true || ending?.abandoned === true) return false
  return acknowledged || metadata?.closureRequested === true
}

/**
 * The Finished PDU.
 * @param header of what this transaction sends
 * @param room scratch space of the largest PDU there may be
 * @param dialect in which it will be written
 */
export function finishedPdu(
  header: Header,
  ending: Ending,
  responses: readonly FilestoreResponse[],
  room: Uint8Array,
  dialect: EncodeDialect,
): PduOf<'finished'> {
  const { condition, delivery, fileStatus } = ending
  const finished: PduOf<'finished'> = {
    kind: 'finished',
    condition,
    delivery,
    fileStatus,
    responses: [],
    ...(isComplete(condition) ? {} : { faultLocation: header.destination }),
  }
  const all = responsesThatFit(header, finished, responses, room, dialect)
  if (all.length === responses.length) return { ...finished, responses: all }
  // Words are the first to go: each request is to have its answer.
  const bare = responses.map(response => ({ ...response, message: '' }))
  return { ...finished, responses: responsesThatFit(header, finished, bare, room, dialect) }
}

/** A response is longer than its request: a peer may have asked for more than one PDU can answer. */
function responsesThatFit(
  header: Header,
  finished: PduOf<'finished'>,
  responses: readonly FilestoreResponse[],
  room: Uint8Array,
  dialect: EncodeDialect,
): FilestoreResponse[] {
  const fits = (count: number): boolean =>
    encodePdu(header, { ...finished, responses: responses.slice(0, count) }, room, undefined, dialect) > 0
  let fitting = 0
  let tooMany = responses.length + 1
  while (tooMany - fitting > 1) {
    const middle = (fitting + tooMany) >> 1
    if (fits(middle)) fitting = middle
    else tooMany = middle
  }
  return responses.slice(0, fitting)
}
