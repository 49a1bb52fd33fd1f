/** Finished (section 5.2.3): how the transaction ended at the receiver, and what became of its filestore requests. */
import type { DecodeDialect, EncodeDialect } from './dialect.ts'
import { readFilestoreResponse, writeFilestoreResponse } from './filestore-tlv.ts'
import type { DeliveryCode, FileStatus, FilestoreResponse, Header, PduOf } from './model.ts'
import type { PduReader } from './pdu-reader.ts'
import type { PduWriter } from './pdu-writer.ts'
import {
  type FaultLocation,
  isRegistered,
  readFaultLocation,
  readTlv,
  TlvType,
  writeFaultLocation,
} from './tlv.ts'

/** How a transaction ended, in one octet; the reserved message Proxy Put Response has the same. */
export type Outcome = Pick<PduOf<'finished'>, 'condition' | 'delivery' | 'fileStatus'>

/** Bit 3 was "end system status" before issue 5; some peers still set it. */
export function readOutcome(reader: PduReader): Outcome {
  const at = reader.offset
  const octet = reader.u8()
  return {
    condition: reader.condition(octet >> 4, at),
    delivery: ((octet >> 2) & 1) as DeliveryCode,
    fileStatus: (octet & 3) as FileStatus,
  }
}

export function writeOutcome(writer: PduWriter, outcome: Outcome): void {
  writer.u8((outcome.condition << 4) | (outcome.delivery << 2) | outcome.fileStatus)
}

/** Unregistered TLVs are skipped; of several fault locations the last counts. */
export function decodeFinished(reader: PduReader, dialect: DecodeDialect): PduOf<'finished'> {
  const outcome = readOutcome(reader)
  const responses: FilestoreResponse[] = []
  let location: FaultLocation = {}
  while (reader.remaining > 0) {
    const tlvAt = reader.offset
    const { type, value } = readTlv(reader, dialect)
    if (type === TlvType.EntityId) location = readFaultLocation(reader, value)
    else if (type === TlvType.FilestoreResponse) {
      responses.push(readFilestoreResponse(value, dialect))
      reader.absorb(value)
    } else if (isRegistered(type)) reader.fail('unknown-tlv-type', tlvAt)
  }
  return { kind: 'finished', ...outcome, responses, ...location }
}

export function encodeFinished(
  writer: PduWriter,
  header: Header,
  pdu: PduOf<'finished'>,
  dialect: EncodeDialect,
): void {
  writeOutcome(writer, pdu)
  for (const response of pdu.responses) {
    writer.tlv(TlvType.FilestoreResponse, () => writeFilestoreResponse(writer, response, dialect))
  }
  writeFaultLocation(writer, header, pdu, dialect)
}
