/** What transactions of an earlier life need before they can go on, read from their records. */
import { fromHex, isFault } from '@skyferry/octets'
import { type Filestore, isRejection } from '../filestore.ts'
import { decodePdu } from '../pdu/decode.ts'
import { encodePdu } from '../pdu/encode.ts'
import type { Decoded, EntityId, Header, PduOf } from '../pdu/model.ts'
import { transactionOctets } from '../pdu/peek.ts'
import { type ReceiverFacts, type SenderFacts, transactionOf } from '../records.ts'
import type { Delivery } from '../sender/sender.ts'

/** The header and Metadata of a Put; undefined if the record was damaged. */
export function putOf(
  facts: SenderFacts,
): { readonly header: Header; readonly metadata: PduOf<'metadata'> } | undefined {
  const decoded = decodeHex(facts.put.metadata)
  if (decoded === undefined || decoded.pdu.kind !== 'metadata') return undefined
  return { header: { ...decoded.header, crc: facts.put.crc }, metadata: decoded.pdu }
}

/** Opens the source again, if it still matters. `refusal`: the file is gone, or another one now. */
export function reopen(
  facts: SenderFacts,
  metadata: PduOf<'metadata'>,
  filestore: Filestore,
): { readonly delivery: Delivery; readonly refusal: string | undefined } {
  const { sourceName, stamp } = facts.put
  const isLive = facts.ended === undefined && facts.cancelled === undefined
  const file = isLive && sourceName !== '' ? filestore.openSource(sourceName) : undefined
  if (isRejection(file)) {
    return {
      delivery: { metadata, source: undefined, sourceName, priority: facts.priority },
      refusal: file.reason,
    }
  }
  const isAnother = file !== undefined && file.stamp !== stamp
  const refusal = isAnother ? `${sourceName} is not the file it was when its transfer began` : undefined
  return { delivery: { metadata, source: file, sourceName, priority: facts.priority }, refusal }
}

/** The header of everything a receiver sends. */
export function replyHeaderOf({ opened }: ReceiverFacts): Header {
  const { source, sequence } = transactionOf(opened.transaction)
  return {
    version: opened.version ?? 1,
    direction: 'to-sender',
    mode: opened.acknowledged ? 'acknowledged' : 'unacknowledged',
    crc: opened.crc,
    largeFile: opened.largeFile,
    segmentationControl: false,
    entityIdLength: opened.entityIdLength,
    sequenceLength: opened.sequenceLength,
    source,
    sequence,
    destination: BigInt(opened.destination) as EntityId,
  }
}

/** The Metadata a receiver has had; undefined if it had none, or if the record was damaged. */
export function receivedMetadata(facts: ReceiverFacts): PduOf<'metadata'> | undefined {
  const decoded = facts.metadata === undefined ? undefined : decodeHex(facts.metadata)
  return decoded?.pdu.kind === 'metadata' ? decoded.pdu : undefined
}

/** The octets that name a transaction with such a header. */
export function octetsOf(header: Header): Uint8Array | undefined {
  const probe = new Uint8Array(64)
  encodePdu(header, { kind: 'keep-alive', progress: 0 }, probe)
  return transactionOctets(probe)
}

function decodeHex(text: string): Decoded | undefined {
  const octets = fromHex(text)
  const decoded = isFault(octets) ? octets : decodePdu(octets, { acceptVersion0: true })
  return isFault(decoded) ? undefined : decoded
}
