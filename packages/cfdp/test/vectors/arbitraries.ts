/** Any PDU and any reserved message, as fast-check draws them; each is what decoding gives back. */
import fc, { type Arbitrary } from 'fast-check'
import { namesTwoFiles } from '../../src/pdu/filestore-tlv.ts'
import type {
  Bodies,
  ConditionCode,
  Decoded,
  DeliveryCode,
  EntityId,
  FaultHandler,
  FaultHandlerOverride,
  FileStatus,
  FilestoreAction,
  FilestoreRequest,
  FilestoreResponse,
  Header,
  MetadataOption,
  PduKind,
  Range,
  RecordContinuation,
  SequenceNumber,
  TransactionStatus,
} from '../../src/pdu/model.ts'
import { octetsFrom, textFrom } from '../../src/pdu/names.ts'
import { isResponseStatus } from '../../src/pdu/words.ts'
import type {
  ReservedBodies,
  ReservedKind,
  ReservedMessage,
  TraceControl,
} from '../../src/user-operations/messages.ts'

const width = fc.integer({ min: 1, max: 8 })
const octet = fc.integer({ min: 0, max: 255 })
const condition = fc.constantFrom<ConditionCode>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15)
const delivery = fc.constantFrom<DeliveryCode>(0, 1)
const fileStatus = fc.constantFrom<FileStatus>(0, 1, 2, 3)
const status = fc.constantFrom<TransactionStatus>(0, 1, 2, 3)
const mode = fc.constantFrom('acknowledged', 'unacknowledged')

function idOf(octets: number): Arbitrary<bigint> {
  return fc.bigInt({ min: 0n, max: (1n << BigInt(8 * octets)) - 1n })
}

/** An entity id and the width it is written with. */
const sizedId = width.chain(length =>
  fc.record({ id: idOf(length) as Arbitrary<EntityId>, length: fc.constant(length) }),
)

function octets(maxLength: number): Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength })
}

/** Texts of any kind, and octets that are no text at all, up to `longest` octets. */
export function names(longest: number): Arbitrary<string> {
  const texts = fc
    .string({ unit: 'binary', maxLength: longest })
    .filter(text => octetsFrom(text).length <= longest)
  return fc.oneof(texts, octets(longest).map(textFrom))
}

const action = fc.constantFrom<FilestoreAction>(0, 1, 2, 3, 4, 5, 6, 7, 8)

const filestoreRequest: Arbitrary<FilestoreRequest> = fc
  .record({ action, firstName: names(60), secondName: names(60) })
  .map(({ secondName, ...request }) => (namesTwoFiles(request.action) ? { ...request, secondName } : request))

const filestoreResponse: Arbitrary<FilestoreResponse> = fc
  .record({ request: filestoreRequest, status: fc.integer({ min: 0, max: 15 }), message: names(60) })
  .filter(({ request, status }) => isResponseStatus(request.action, status))
  .map(({ request, ...rest }) => ({ ...request, ...rest }))

const override: Arbitrary<FaultHandlerOverride> = fc.record({
  condition,
  handler: fc.constantFrom<FaultHandler>(1, 2, 3, 4),
})

const option: Arbitrary<MetadataOption> = fc.oneof(
  override.map(value => ({ tlv: 'fault-handler-override' as const, ...value })),
  fc.record({ tlv: fc.constant('message-to-user' as const), value: octets(255) }),
  filestoreRequest.map(value => ({ tlv: 'filestore-request' as const, ...value })),
  fc.record({ tlv: fc.constant('flow-label' as const), value: octets(255) }),
  fc.record({
    tlv: fc.constant('unknown' as const),
    type: fc.integer({ min: 7, max: 255 }),
    value: octets(255),
  }),
)

const location = fc.option(sizedId, { nil: undefined }).map(found => {
  return found === undefined ? {} : { faultLocation: found.id, faultLocationLength: found.length }
})

function size(largeFile: boolean): Arbitrary<number> {
  return largeFile ? fc.maxSafeNat() : fc.integer({ min: 0, max: 0xffff_ffff })
}

function range(largeFile: boolean): Arbitrary<Range> {
  return fc
    .tuple(size(largeFile), size(largeFile))
    .filter(([one, other]) => one !== other)
    .map(([one, other]) => ({ from: Math.min(one, other), to: Math.max(one, other) }))
}

const segmentMetadata = fc.option(
  fc.record({ continuation: fc.constantFrom<RecordContinuation>(0, 1, 2, 3), value: octets(63) }),
  { nil: undefined },
)

type BodyArbitraries = { [K in PduKind]: Arbitrary<Bodies[K]> }

function bodies(largeFile: boolean): BodyArbitraries {
  return {
    metadata: fc.record({
      closureRequested: fc.boolean(),
      checksumType: fc.integer({ min: 0, max: 15 }),
      fileSize: size(largeFile),
      sourceName: names(255),
      destinationName: names(255),
      options: fc.array(option, { maxLength: 5 }),
    }),
    'file-data': fc
      .record({ offset: size(largeFile), data: octets(100), meta: segmentMetadata })
      .filter(({ offset, data }) => Number.isSafeInteger(offset + data.length))
      .map(({ meta, ...body }) => (meta === undefined ? body : { ...body, segmentMetadata: meta })),
    eof: fc
      .record({
        condition,
        checksum: fc.integer({ min: 0, max: 0xffff_ffff }),
        fileSize: size(largeFile),
        location,
      })
      .map(({ location: found, ...body }) => ({ ...body, ...found })),
    finished: fc
      .record({
        condition,
        delivery,
        fileStatus,
        responses: fc.array(filestoreResponse, { maxLength: 4 }),
        location,
      })
      .map(({ location: found, ...body }) => ({ ...body, ...found })),
    'ack-eof': fc.record({ condition, status }),
    'ack-finished': fc.record({ condition, status }),
    nak: fc.record({
      scope: fc.oneof(range(largeFile), fc.constant({ from: 0, to: 0 })),
      metadataRequested: fc.boolean(),
      requests: fc.array(range(largeFile), { maxLength: 20 }),
    }),
    prompt: fc.record({ response: fc.constantFrom('nak' as const, 'keep-alive' as const) }),
    'keep-alive': fc.record({ progress: size(largeFile) }),
  }
}

const KINDS = Object.keys(bodies(false)) as PduKind[]
const TO_SENDER: ReadonlySet<PduKind> = new Set<PduKind>(['finished', 'ack-eof', 'nak', 'keep-alive'])

function headerOf(kind: PduKind, largeFile: boolean): Arbitrary<Header> {
  return fc.tuple(width, width).chain(([entityIdLength, sequenceLength]) =>
    fc.record({
      version: fc.constant(1 as const),
      direction: fc.constant(TO_SENDER.has(kind) ? ('to-sender' as const) : ('to-receiver' as const)),
      mode,
      crc: fc.boolean(),
      largeFile: fc.constant(largeFile),
      segmentationControl: kind === 'file-data' ? fc.boolean() : fc.constant(false),
      entityIdLength: fc.constant(entityIdLength),
      sequenceLength: fc.constant(sequenceLength),
      source: idOf(entityIdLength) as Arbitrary<EntityId>,
      sequence: idOf(sequenceLength) as Arbitrary<SequenceNumber>,
      destination: idOf(entityIdLength) as Arbitrary<EntityId>,
    }),
  )
}

/** Any PDU of version 1 with a header that goes with it. */
export const pdus: Arbitrary<Decoded> = fc
  .tuple(fc.constantFrom(...KINDS), fc.boolean())
  .chain(([kind, largeFile]) =>
    fc.record({
      header: headerOf(kind, largeFile),
      pdu: bodies(largeFile)[kind].map(body => ({ kind, ...body }) as Decoded['pdu']),
    }),
  )

/** File Data without segment metadata, with at least one octet. */
export const plainFileData: Arbitrary<Decoded & { readonly pdu: { readonly kind: 'file-data' } }> =
  pdus.filter(
    (decoded): decoded is Decoded & { readonly pdu: { readonly kind: 'file-data' } & Bodies['file-data'] } =>
      decoded.pdu.kind === 'file-data' &&
      decoded.pdu.segmentMetadata === undefined &&
      decoded.pdu.data.length > 0,
  )

const transaction = fc.tuple(width, width).chain(([entityIdLength, sequenceLength]) =>
  fc.record({
    source: idOf(entityIdLength) as Arbitrary<EntityId>,
    sequence: idOf(sequenceLength) as Arbitrary<SequenceNumber>,
    entityIdLength: fc.constant(entityIdLength),
    sequenceLength: fc.constant(sequenceLength),
  }),
)
const blob = fc.record({ value: octets(120) })
const listing = { directoryName: names(100), directoryFileName: names(100) }
const suspension = fc
  .record({ suspended: fc.boolean(), status, named: transaction })
  .map(({ named, ...rest }) => ({ ...rest, ...named }))
const waypoints = { priorWaypoints: octet, requestLabel: octets(20), source: sizedId, destination: sizedId }

const RESERVED: { [K in ReservedKind]: Arbitrary<ReservedBodies[K]> } = {
  'proxy-put-request': fc
    .record({ id: sizedId, sourceName: names(100), destinationName: names(100) })
    .map(({ id, ...rest }) => ({ destination: id.id, destinationLength: id.length, ...rest })),
  'proxy-message-to-user': blob,
  'proxy-filestore-request': fc.record({ request: filestoreRequest }),
  'proxy-fault-handler-override': override,
  'proxy-transmission-mode': fc.record({ mode }),
  'proxy-flow-label': blob,
  'proxy-segmentation-control': fc.record({ segmentationControl: fc.boolean() }),
  'proxy-put-response': fc.record({ condition, delivery, fileStatus }),
  'proxy-filestore-response': fc.record({ response: filestoreResponse }),
  'proxy-put-cancel': fc.constant({}),
  'originating-transaction-id': transaction,
  'proxy-closure-request': fc.record({ closureRequested: fc.boolean() }),
  'directory-listing-request': fc.record(listing),
  'directory-listing-response': fc.record({ succeeded: fc.boolean(), ...listing }),
  'directory-listing-options': fc.record({ recursive: fc.boolean(), all: fc.boolean() }),
  'remote-status-report-request': fc
    .record({ named: transaction, reportFileName: names(100) })
    .map(({ named, reportFileName }) => ({ ...named, reportFileName })),
  'remote-status-report-response': fc
    .record({ status, succeeded: fc.boolean(), named: transaction })
    .map(({ named, ...rest }) => ({ ...rest, ...named })),
  'remote-suspend-request': transaction,
  'remote-suspend-response': suspension,
  'remote-resume-request': transaction,
  'remote-resume-response': suspension,
  'sfo-request': fc
    .record({
      ...waypoints,
      traceControl: fc.constantFrom<TraceControl>(0, 1, 2, 3),
      mode,
      segmentationControl: fc.boolean(),
      closureRequested: fc.boolean(),
      sourceName: names(60),
      destinationName: names(60),
    })
    .map(({ source, destination, ...rest }) => ({
      ...rest,
      source: source.id,
      sourceLength: source.length,
      destination: destination.id,
      destinationLength: destination.length,
    })),
  'sfo-message-to-user': blob,
  'sfo-flow-label': blob,
  'sfo-fault-handler-override': override,
  'sfo-filestore-request': fc.record({ request: filestoreRequest }),
  'sfo-report': fc
    .record({
      ...waypoints,
      reporting: sizedId,
      reportCode: octet,
      condition,
      direction: fc.constantFrom('to-receiver' as const, 'to-sender' as const),
      delivery,
      fileStatus,
    })
    .map(({ source, destination, reporting, ...rest }) => ({
      ...rest,
      source: source.id,
      sourceLength: source.length,
      destination: destination.id,
      destinationLength: destination.length,
      reporting: reporting.id,
      reportingLength: reporting.length,
    })),
  'sfo-filestore-response': fc.record({ response: filestoreResponse }),
}

/** Any reserved message that fits the 255 octets of a message to user. */
export const reservedMessages: Arbitrary<ReservedMessage> = fc
  .constantFrom(...(Object.keys(RESERVED) as ReservedKind[]))
  .chain(kind => (RESERVED[kind] as Arbitrary<object>).map(body => ({ kind, ...body }) as ReservedMessage))
