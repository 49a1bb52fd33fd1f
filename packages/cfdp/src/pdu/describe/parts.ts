/** Fields that several PDUs and reserved messages share. */
import { namesTwoFiles } from '../filestore-tlv.ts'
import type { FilestoreAction } from '../model.ts'
import {
  actionName,
  conditionName,
  deliveryName,
  fileStatusName,
  handlerName,
  responseStatusName,
  transactionStatusName,
} from '../words.ts'
import { type BitField, type Gist, type Scribe, spare } from './scribe.ts'

/** Condition codes stand in the upper half of their octet (section 5.2.1). */
export const CONDITION: BitField = {
  name: 'Condition code',
  high: 7,
  low: 4,
  say: conditionName,
  note: code => (code === 12 || code === 13 ? 'reserved' : undefined),
}
export const DELIVERY: BitField = { name: 'Delivery code', high: 2, low: 2, say: deliveryName }
export const FILE_STATUS: BitField = { name: 'File status', high: 1, low: 0, say: fileStatusName }
const ACTION: BitField = { name: 'Action code', high: 7, low: 4, say: actionName }

export function transactionStatus(high: number): BitField {
  return { name: 'Transaction status', high, low: high - 1, say: transactionStatusName }
}

/** A size, offset or progress (section 5.1.10). */
export function describeSize(
  scribe: Scribe,
  name: string,
  largeFile: boolean,
  note?: (size: bigint) => string | undefined,
): bigint {
  return scribe.uint(name, largeFile ? 8 : 4, undefined, size =>
    size > BigInt(Number.MAX_SAFE_INTEGER) ? 'beyond 2^53 - 1, is refused' : note?.(size),
  )
}

/** Section 5.4.4. */
export function describeOverride(scribe: Scribe): Gist {
  const octet = scribe.bits(CONDITION, { name: 'Handler code', high: 3, low: 0, say: handlerName })
  return { value: `${conditionName(octet >> 4)}: ${handlerName(octet & 15)}` }
}

/** Section 5.4.1. */
export function describeFilestoreRequest(scribe: Scribe): Gist {
  const action = scribe.bits(ACTION, spare(3, 0)) >> 4
  const names = [scribe.name('First file name')]
  if (namesTwoFiles(action as FilestoreAction) || scribe.left > 0) names.push(scribe.name('Second file name'))
  return { value: `${actionName(action)} ${names.filter(name => name !== '""').join(', ')}` }
}

/** Section 5.4.2. An action on one file has a second name where two fields are left after the first. */
export function describeFilestoreResponse(scribe: Scribe): Gist {
  const action = (scribe.peek(0) ?? 0) >> 4
  const say = (status: number): string => responseStatusName(action, status)
  const octet = scribe.bits(ACTION, { name: 'Status code', high: 3, low: 0, say })
  const first = scribe.name('First file name')
  const next = 1 + (scribe.peek(0) ?? 0)
  if (namesTwoFiles(action as FilestoreAction) || scribe.left > next) scribe.name('Second file name')
  scribe.name('Filestore message')
  return { value: `${actionName(action)} ${first}: ${say(octet & 15)}` }
}

/** An entity id that fills what is left (section 5.4.6). */
export function describeEntityId(scribe: Scribe): Gist {
  const width = scribe.left
  if (width < 1 || width > 8) return { value: '', note: 'entity ids have 1 to 8 octets' }
  return { value: `entity ${scribe.uint('Entity ID', width)}` }
}
