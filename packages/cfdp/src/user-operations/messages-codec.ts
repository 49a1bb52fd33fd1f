/** Reserved messages to user as octets (section 6): "cfdp", a type, and the fields below. */
import { type DecodeDialect, type EncodeDialect, STANDARD_DIALECT } from '../pdu/dialect.ts'
import { type CfdpFault, cfdpFault } from '../pdu/faults.ts'
import {
  readFilestoreRequest,
  readFilestoreResponse,
  writeFilestoreRequest,
  writeFilestoreResponse,
} from '../pdu/filestore-tlv.ts'
import { readOutcome, writeOutcome } from '../pdu/finished.ts'
import type { EntityId, SequenceNumber, TransactionStatus } from '../pdu/model.ts'
import { PduReader, type SizedId } from '../pdu/pdu-reader.ts'
import { idWidth, PduWriter } from '../pdu/pdu-writer.ts'
import { readOverride, writeOverride } from '../pdu/tlv.ts'
import type {
  NamedTransaction,
  ReservedBodies,
  ReservedKind,
  ReservedMessage,
  TraceControl,
} from './messages.ts'

/** "cfdp" in ASCII. */
const MAGIC = [0x63, 0x66, 0x64, 0x70]
const ORIGINATING = 0x0a
const NESTED = [...MAGIC, ORIGINATING]

interface Codec<Body> {
  readonly type: number
  readonly read: (reader: PduReader, dialect: DecodeDialect) => Body
  readonly write: (writer: PduWriter, body: Body, dialect: EncodeDialect) => void
}

/** Does this message to user start like a reserved one? */
export function isReserved(value: Uint8Array): boolean {
  return value.length >= 4 && MAGIC.every((octet, index) => value[index] === octet)
}

/**
 * @param value of a message to user
 * @returns undefined if it is not reserved; a fault (offsets count from the value's first octet) if it is and means
 *   nothing
 */
export function decodeReservedMessage(
  value: Uint8Array,
  dialect: DecodeDialect = STANDARD_DIALECT,
): ReservedMessage | CfdpFault | undefined {
  if (!isReserved(value)) return undefined
  if (value.length === 4) return cfdpFault('truncated', 4)
  const kind = KINDS.get(value[4]!)
  if (kind === undefined) return cfdpFault('reserved-message-type', 4)
  const reader = new PduReader(value, 5)
  const body = CODECS[kind].read(reader, dialect)
  if (reader.remaining > 0) reader.fail('trailing-bytes')
  return reader.fault ?? ({ kind, ...body } as ReservedMessage)
}

/** @returns the value of a message to user; undefined if it is longer than the 255 octets of one */
export function encodeReservedMessage(
  message: ReservedMessage,
  dialect: EncodeDialect = STANDARD_DIALECT,
): Uint8Array | undefined {
  const octets = new Uint8Array(255)
  const writer = new PduWriter(octets)
  for (const octet of MAGIC) writer.u8(octet)
  writer.u8(CODECS[message.kind].type)
  writeBody(writer, message, dialect)
  return writer.overflowed ? undefined : octets.slice(0, writer.offset)
}

function writeBody<K extends ReservedKind>(
  writer: PduWriter,
  message: { readonly kind: K } & ReservedBodies[K],
  dialect: EncodeDialect,
): void {
  const codec: Codec<ReservedBodies[K]> = CODECS[message.kind]
  codec.write(writer, message, dialect)
}

/** One octet of lengths, then source id and sequence number. */
function readTransaction(reader: PduReader): Required<NamedTransaction> {
  const lengths = reader.u8()
  const entityIdLength = ((lengths >> 4) & 7) + 1
  const sequenceLength = (lengths & 7) + 1
  const source = reader.big(entityIdLength) as EntityId
  const sequence = reader.big(sequenceLength) as SequenceNumber
  return { source, sequence, entityIdLength, sequenceLength }
}

/** The same, or, as OpenC3 writes it, a whole originating-transaction-id message in its place. */
function readRemote(reader: PduReader): Required<NamedTransaction> {
  if (NESTED.every((octet, ahead) => reader.peek(ahead) === octet)) reader.skip(NESTED.length)
  return readTransaction(reader)
}

function writeTransaction(writer: PduWriter, body: NamedTransaction): void {
  const { entityIdLength = idWidth(body.source), sequenceLength = idWidth(body.sequence) } = body
  writer.u8(((entityIdLength - 1) << 4) | (sequenceLength - 1))
  writer.big(body.source, entityIdLength)
  writer.big(body.sequence, sequenceLength)
}

function writeRemote(writer: PduWriter, body: NamedTransaction, dialect: EncodeDialect): void {
  if (dialect.remoteMessageIdForm === 'nested') for (const octet of NESTED) writer.u8(octet)
  writeTransaction(writer, body)
}

/** An entity id in an LV. */
function readLoneId(reader: PduReader): SizedId {
  const part = reader.sub(reader.u8())
  const id = part.entityId()
  reader.absorb(part)
  return id
}

function writeLoneId(writer: PduWriter, id: EntityId, length: number | undefined): void {
  writer.counted(() => writer.big(id, length ?? idWidth(id)))
}

function readMode(octet: number, mask: number): 'acknowledged' | 'unacknowledged' {
  return (octet & mask) === 0 ? 'acknowledged' : 'unacknowledged'
}

const blob = (type: number): Codec<ReservedBodies['proxy-flow-label']> => ({
  type,
  read: reader => ({ value: reader.lv().slice() }),
  write: (writer, { value }) => writer.lv(value),
})

const override = (type: number): Codec<ReservedBodies['proxy-fault-handler-override']> => ({
  type,
  read: readOverride,
  write: writeOverride,
})

/** The length octet before the contents is in the standard's figure, and in most peers. */
const filestoreRequest = (type: number): Codec<ReservedBodies['proxy-filestore-request']> => ({
  type,
  read: reader => {
    const contents = reader.sub(reader.u8())
    const request = readFilestoreRequest(contents)
    reader.absorb(contents)
    return { request }
  },
  write: (writer, { request }, dialect) =>
    writer.counted(() => writeFilestoreRequest(writer, request, dialect)),
})

const filestoreResponse = (type: number): Codec<ReservedBodies['proxy-filestore-response']> => ({
  type,
  read: (reader, dialect) => {
    const contents = reader.sub(reader.u8())
    const response = readFilestoreResponse(contents, dialect)
    reader.absorb(contents)
    return { response }
  },
  write: (writer, { response }, dialect) =>
    writer.counted(() => writeFilestoreResponse(writer, response, dialect)),
})

const remoteTransaction = (type: number): Codec<ReservedBodies['remote-suspend-request']> => ({
  type,
  read: readRemote,
  write: writeRemote,
})

const suspensionState = (type: number): Codec<ReservedBodies['remote-suspend-response']> => ({
  type,
  read: reader => {
    const octet = reader.u8()
    return {
      suspended: (octet & 0x80) !== 0,
      status: ((octet >> 5) & 3) as TransactionStatus,
      ...readRemote(reader),
    }
  },
  write: (writer, body, dialect) => {
    writer.u8((body.suspended ? 0x80 : 0) | (body.status << 5))
    writeRemote(writer, body, dialect)
  },
})

const CODECS: { readonly [K in ReservedKind]: Codec<ReservedBodies[K]> } = {
  'proxy-put-request': {
    type: 0x00,
    read: reader => {
      const { id, length } = readLoneId(reader)
      return {
        destination: id,
        destinationLength: length,
        sourceName: reader.name(),
        destinationName: reader.name(),
      }
    },
    write: (writer, body) => {
      writeLoneId(writer, body.destination, body.destinationLength)
      writer.name(body.sourceName)
      writer.name(body.destinationName)
    },
  },
  'proxy-message-to-user': blob(0x01),
  'proxy-filestore-request': filestoreRequest(0x02),
  'proxy-fault-handler-override': override(0x03),
  'proxy-transmission-mode': {
    type: 0x04,
    read: reader => ({ mode: readMode(reader.u8(), 1) }),
    write: (writer, { mode }) => writer.u8(mode === 'acknowledged' ? 0 : 1),
  },
  'proxy-flow-label': blob(0x05),
  'proxy-segmentation-control': {
    type: 0x06,
    read: reader => ({ segmentationControl: (reader.u8() & 1) !== 0 }),
    write: (writer, { segmentationControl }) => writer.u8(segmentationControl ? 1 : 0),
  },
  'proxy-put-response': {
    type: 0x07,
    read: readOutcome,
    write: writeOutcome,
  },
  'proxy-filestore-response': filestoreResponse(0x08),
  'proxy-put-cancel': { type: 0x09, read: () => ({}), write: () => {} },
  'originating-transaction-id': { type: ORIGINATING, read: readTransaction, write: writeTransaction },
  'proxy-closure-request': {
    type: 0x0b,
    read: reader => ({ closureRequested: (reader.u8() & 1) !== 0 }),
    write: (writer, { closureRequested }) => writer.u8(closureRequested ? 1 : 0),
  },
  'directory-listing-request': {
    type: 0x10,
    read: reader => ({ directoryName: reader.name(), directoryFileName: reader.name() }),
    write: (writer, body) => {
      writer.name(body.directoryName)
      writer.name(body.directoryFileName)
    },
  },
  'directory-listing-response': {
    type: 0x11,
    // Peers write 0x80 or 0xff for a failure.
    read: reader => ({
      succeeded: (reader.u8() & 0x80) === 0,
      directoryName: reader.name(),
      directoryFileName: reader.name(),
    }),
    write: (writer, body) => {
      writer.u8(body.succeeded ? 0 : 0x80)
      writer.name(body.directoryName)
      writer.name(body.directoryFileName)
    },
  },
  'directory-listing-options': {
    type: 0x15,
    read: reader => {
      const octet = reader.u8()
      return { recursive: (octet & 2) !== 0, all: (octet & 1) !== 0 }
    },
    write: (writer, { recursive, all }) => writer.u8((recursive ? 2 : 0) | (all ? 1 : 0)),
  },
  'remote-status-report-request': {
    type: 0x20,
    read: reader => ({ ...readRemote(reader), reportFileName: reader.name() }),
    write: (writer, body, dialect) => {
      writeRemote(writer, body, dialect)
      writer.name(body.reportFileName)
    },
  },
  'remote-status-report-response': {
    type: 0x21,
    read: reader => {
      const octet = reader.u8()
      return {
        status: (octet >> 6) as TransactionStatus,
        succeeded: (octet & 1) !== 0,
        ...readRemote(reader),
      }
    },
    write: (writer, body, dialect) => {
      writer.u8((body.status << 6) | (body.succeeded ? 1 : 0))
      writeRemote(writer, body, dialect)
    },
  },
  'remote-suspend-request': remoteTransaction(0x30),
  'remote-suspend-response': suspensionState(0x31),
  'remote-resume-request': remoteTransaction(0x38),
  'remote-resume-response': suspensionState(0x39),
  'sfo-request': { type: 0x40, read: readSfoRequest, write: writeSfoRequest },
  'sfo-message-to-user': blob(0x41),
  'sfo-flow-label': blob(0x42),
  'sfo-fault-handler-override': override(0x43),
  'sfo-filestore-request': filestoreRequest(0x44),
  'sfo-report': { type: 0x45, read: readSfoReport, write: writeSfoReport },
  'sfo-filestore-response': filestoreResponse(0x46),
}

function readSfoRequest(reader: PduReader): ReservedBodies['sfo-request'] {
  const octet = reader.u8()
  const priorWaypoints = reader.u8()
  const requestLabel = reader.lv().slice()
  const source = readLoneId(reader)
  const destination = readLoneId(reader)
  return {
    traceControl: (octet >> 6) as TraceControl,
    mode: readMode(octet, 0x20),
    segmentationControl: (octet & 0x10) !== 0,
    closureRequested: (octet & 0x08) !== 0,
    priorWaypoints,
    requestLabel,
    source: source.id,
    sourceLength: source.length,
    destination: destination.id,
    destinationLength: destination.length,
    sourceName: reader.name(),
    destinationName: reader.name(),
  }
}

function writeSfoRequest(writer: PduWriter, body: ReservedBodies['sfo-request']): void {
  writer.u8(
    (body.traceControl << 6) |
      (body.mode === 'unacknowledged' ? 0x20 : 0) |
      (body.segmentationControl ? 0x10 : 0) |
      (body.closureRequested ? 0x08 : 0),
  )
  writer.u8(body.priorWaypoints)
  writer.lv(body.requestLabel)
  writeLoneId(writer, body.source, body.sourceLength)
  writeLoneId(writer, body.destination, body.destinationLength)
  writer.name(body.sourceName)
  writer.name(body.destinationName)
}

function readSfoReport(reader: PduReader): ReservedBodies['sfo-report'] {
  const requestLabel = reader.lv().slice()
  const source = readLoneId(reader)
  const destination = readLoneId(reader)
  const reporting = readLoneId(reader)
  const priorWaypoints = reader.u8()
  const reportCode = reader.u8()
  const toSender = ((reader.peek(0) ?? 0) & 0x08) !== 0
  return {
    requestLabel,
    source: source.id,
    sourceLength: source.length,
    destination: destination.id,
    destinationLength: destination.length,
    reporting: reporting.id,
    reportingLength: reporting.length,
    priorWaypoints,
    reportCode,
    direction: toSender ? 'to-sender' : 'to-receiver',
    ...readOutcome(reader),
  }
}

function writeSfoReport(writer: PduWriter, body: ReservedBodies['sfo-report']): void {
  writer.lv(body.requestLabel)
  writeLoneId(writer, body.source, body.sourceLength)
  writeLoneId(writer, body.destination, body.destinationLength)
  writeLoneId(writer, body.reporting, body.reportingLength)
  writer.u8(body.priorWaypoints)
  writer.u8(body.reportCode)
  const direction = body.direction === 'to-sender' ? 0x08 : 0
  writer.u8((body.condition << 4) | direction | (body.delivery << 2) | body.fileStatus)
}

const KINDS: ReadonlyMap<number, ReservedKind> = new Map(
  Object.entries(CODECS).map(([kind, { type }]) => [type, kind as ReservedKind]),
)
