/** ACK (section 5.2.4): an EOF or a Finished arrived. Which of the two decides the direction. */
import type { Header, PduOf, TransactionStatus } from './model.ts'
import type { PduReader } from './pdu-reader.ts'
import type { PduWriter } from './pdu-writer.ts'

type Ack = PduOf<'ack-eof' | 'ack-finished'>

const EOF = 4
const FINISHED = 5

/** The subtype in the first octet only repeats what the code beside it says; some peers have it wrong. */
export function decodeAck(reader: PduReader, header: Header): Ack {
  const at = reader.offset
  const acknowledged = reader.u8() >> 4
  const second = reader.u8()
  if (acknowledged !== EOF && acknowledged !== FINISHED) reader.fail('bad-acked-directive', at)
  const kind = acknowledged === EOF ? 'ack-eof' : 'ack-finished'
  if (header.direction !== directionOf(kind)) reader.fail('wrong-direction', 0)
  const condition = reader.condition(second >> 4, at + 1)
  return { kind, condition, status: (second & 3) as TransactionStatus }
}

export function encodeAck(writer: PduWriter, pdu: Ack): void {
  writer.u8(pdu.kind === 'ack-eof' ? EOF << 4 : (FINISHED << 4) | 1)
  writer.u8((pdu.condition << 4) | pdu.status)
}

function directionOf(kind: Ack['kind']): Header['direction'] {
  return kind === 'ack-eof' ? 'to-sender' : 'to-receiver'
}
