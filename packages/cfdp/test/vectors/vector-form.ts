/** Our model in the words of the vectors. */
import { isFault, toHex } from '@skyferry/octets'
import type {
  Decoded,
  FilestoreRequest,
  FilestoreResponse,
  Header,
  MetadataOption,
  Pdu,
} from '../../src/pdu/model.ts'
import { octetsFrom } from '../../src/pdu/names.ts'
import type { ReservedMessage } from '../../src/user-operations/messages.ts'
import { decodeReservedMessage } from '../../src/user-operations/messages-codec.ts'

type Form = Record<string, unknown>

const CONDITIONS = [
  'noError',
  'positiveAckLimitReached',
  'keepAliveLimitReached',
  'invalidTransmissionMode',
  'filestoreRejection',
  'fileChecksumFailure',
  'fileSizeError',
  'nakLimitReached',
  'inactivityDetected',
  'invalidFileStructure',
  'checkLimitReached',
  'unsupportedChecksumType',
  undefined,
  undefined,
  'suspendRequestReceived',
  'cancelRequestReceived',
]
const DELIVERIES = ['complete', 'incomplete']
const FILE_STATUSES = ['discardedDeliberately', 'discardedFilestoreRejection', 'retained', 'unreported']
const TRANSACTION_STATUSES = ['undefined', 'active', 'terminated', 'unrecognized']
const HANDLERS = [undefined, 'cancel', 'suspend', 'ignore', 'abandon']
const CHECKSUMS: Record<number, string> = {
  0: 'modular',
  1: 'crc32Proximity1',
  2: 'crc32c',
  3: 'crc32',
  15: 'null',
}
const ACTIONS = [
  'createFile',
  'deleteFile',
  'renameFile',
  'appendFile',
  'replaceFile',
  'createDirectory',
  'removeDirectory',
  'denyFile',
  'denyDirectory',
]
/** Status 1, 2, 3 of the actions in order; only what the vectors use. */
const STATUSES = [
  ['createNotAllowed'],
  ['fileDoesNotExist', 'deleteNotAllowed'],
  ['oldFileDoesNotExist', 'newFileAlreadyExists', 'renameNotAllowed'],
  ['file1DoesNotExist', 'file2DoesNotExist', 'appendNotAllowed'],
  ['file1DoesNotExist', 'file2DoesNotExist', 'replaceNotAllowed'],
  ['directoryCannotBeCreated'],
  ['directoryDoesNotExist', 'deleteNotAllowed'],
  [undefined, 'deleteNotAllowed'],
  [undefined, 'deleteNotAllowed'],
]
const TRACE = ['none', 'sourceOnly', 'destinationOnly', 'both']

/** A decoded PDU as the vectors write it; lengths and CRC, which our model leaves out, come from the octets. */
export function vectorForm(decoded: Decoded, octets: Uint8Array): Form {
  const { header, pdu } = decoded
  const headerLength = 4 + 2 * header.entityIdLength + header.sequenceLength
  const dataFieldLength = (octets[1]! << 8) | octets[2]!
  const end = headerLength + dataFieldLength
  return {
    header: headerForm(header, pdu, dataFieldLength, headerLength),
    ...(header.crc ? { crcValue: toHex(octets.subarray(end - 2, end)) } : {}),
    ...pduForm(pdu),
  }
}

function headerForm(header: Header, pdu: Pdu, dataFieldLength: number, headerLength: number): Form {
  return {
    version: header.version,
    pduType: pdu.kind === 'file-data' ? 'fileData' : 'directive',
    direction: camel(header.direction),
    transmissionMode: header.mode,
    crc: header.crc,
    largeFile: header.largeFile,
    dataFieldLength,
    segmentationControl: header.segmentationControl,
    entityIdLength: header.entityIdLength,
    segmentMetadata: pdu.kind === 'file-data' && pdu.segmentMetadata !== undefined,
    seqNumLength: header.sequenceLength,
    sourceEntityId: String(header.source),
    transactionSeqNum: String(header.sequence),
    destinationEntityId: String(header.destination),
    headerLength,
  }
}

function pduForm(pdu: Pdu): Form {
  switch (pdu.kind) {
    case 'metadata':
      return {
        pdu: 'metadata',
        closureRequested: pdu.closureRequested,
        checksumType: pdu.checksumType,
        checksumName: CHECKSUMS[pdu.checksumType] ?? 'unassigned',
        fileSize: String(pdu.fileSize),
        sourceFileName: pdu.sourceName,
        destinationFileName: pdu.destinationName,
        options: pdu.options.map(optionForm),
      }
    case 'file-data':
      return {
        pdu: 'fileData',
        ...(pdu.segmentMetadata === undefined
          ? {}
          : {
              recordContinuationState: pdu.segmentMetadata.continuation,
              segmentMetadata: toHex(pdu.segmentMetadata.value),
            }),
        offset: String(pdu.offset),
        data: toHex(pdu.data),
        dataLength: pdu.data.length,
      }
    case 'eof':
      return {
        pdu: 'eof',
        ...conditionForm(pdu.condition),
        checksum: pdu.checksum.toString(16).padStart(8, '0'),
        fileSize: String(pdu.fileSize),
        ...locationForm(pdu),
      }
    case 'finished':
      return {
        pdu: 'finished',
        ...conditionForm(pdu.condition),
        deliveryCode: DELIVERIES[pdu.delivery],
        fileStatus: FILE_STATUSES[pdu.fileStatus],
        filestoreResponses: pdu.responses.map(responseForm),
        ...locationForm(pdu),
      }
    case 'ack-eof':
    case 'ack-finished':
      return {
        pdu: 'ack',
        acknowledged: pdu.kind === 'ack-eof' ? 'eof' : 'finished',
        subtype: pdu.kind === 'ack-eof' ? 0 : 1,
        ...conditionForm(pdu.condition),
        transactionStatus: TRANSACTION_STATUSES[pdu.status],
      }
    case 'nak':
      return {
        pdu: 'nak',
        startOfScope: String(pdu.scope.from),
        endOfScope: String(pdu.scope.to),
        metadataRequested: pdu.metadataRequested,
        segmentRequests: [
          ...(pdu.metadataRequested ? [['0', '0']] : []),
          ...pdu.requests.map(({ from, to }) => [String(from), String(to)]),
        ],
      }
    case 'prompt':
      return { pdu: 'prompt', responseRequired: camel(pdu.response) }
    case 'keep-alive':
      return { pdu: 'keepAlive', progress: String(pdu.progress) }
  }
}

function optionForm(option: MetadataOption): Form {
  switch (option.tlv) {
    case 'fault-handler-override':
      return {
        tlv: 'faultHandlerOverride',
        condition: CONDITIONS[option.condition],
        handler: HANDLERS[option.handler],
      }
    case 'filestore-request':
      return { tlv: 'filestoreRequest', ...requestForm(option) }
    case 'flow-label':
      return { tlv: 'flowLabel', value: toHex(option.value) }
    case 'unknown':
      return { tlv: 'unknown', typeCode: option.type, value: toHex(option.value) }
    case 'message-to-user': {
      const form: Form = { tlv: 'messageToUser', value: toHex(option.value) }
      const reserved = decodeReservedMessage(option.value)
      if (reserved === undefined || isFault(reserved)) return form
      const messageType = toHex(option.value.subarray(4, 5))
      return { ...form, reserved: { messageType, operation: camel(reserved.kind), ...messageForm(reserved) } }
    }
  }
}

function messageForm(message: ReservedMessage): Form {
  switch (message.kind) {
    case 'proxy-put-request':
      return {
        destinationEntityId: idForm(message.destination, message.destinationLength),
        sourceFileName: message.sourceName,
        destinationFileName: message.destinationName,
      }
    case 'proxy-message-to-user':
    case 'sfo-message-to-user':
      return { message: toHex(message.value) }
    case 'proxy-flow-label':
    case 'sfo-flow-label':
      return { flowLabel: toHex(message.value) }
    case 'proxy-filestore-request':
    case 'sfo-filestore-request':
      return { filestoreRequest: requestForm(message.request) }
    case 'proxy-filestore-response':
    case 'sfo-filestore-response':
      return { filestoreResponse: responseForm(message.response) }
    case 'proxy-fault-handler-override':
    case 'sfo-fault-handler-override':
      return { condition: CONDITIONS[message.condition], handler: HANDLERS[message.handler] }
    case 'proxy-transmission-mode':
      return { transmissionMode: message.mode }
    case 'proxy-segmentation-control':
      return { segmentationControl: message.segmentationControl }
    case 'proxy-put-response':
      return {
        condition: CONDITIONS[message.condition],
        deliveryCode: DELIVERIES[message.delivery],
        fileStatus: FILE_STATUSES[message.fileStatus],
      }
    case 'proxy-put-cancel':
      return {}
    case 'proxy-closure-request':
      return { closureRequested: message.closureRequested }
    case 'directory-listing-request':
      return { directoryName: message.directoryName, directoryFileName: message.directoryFileName }
    case 'directory-listing-response':
      return {
        success: message.succeeded,
        directoryName: message.directoryName,
        directoryFileName: message.directoryFileName,
      }
    case 'directory-listing-options':
      return { recursive: message.recursive, all: message.all }
    case 'originating-transaction-id':
    case 'remote-suspend-request':
    case 'remote-resume-request':
      return transactionForm(message)
    case 'remote-status-report-request':
      return { ...transactionForm(message), reportFileName: message.reportFileName }
    case 'remote-status-report-response':
      return {
        transactionStatus: TRANSACTION_STATUSES[message.status],
        responseCode: message.succeeded ? 1 : 0,
        success: message.succeeded,
        ...transactionForm(message),
      }
    case 'remote-suspend-response':
    case 'remote-resume-response':
      return {
        suspended: message.suspended,
        transactionStatus: TRANSACTION_STATUSES[message.status],
        ...transactionForm(message),
      }
    case 'sfo-request':
      return {
        traceControl: TRACE[message.traceControl],
        transmissionMode: message.mode,
        segmentationControl: message.segmentationControl,
        closureRequested: message.closureRequested,
        priorWaypoints: message.priorWaypoints,
        requestLabel: toHex(message.requestLabel),
        sourceEntityId: idForm(message.source, message.sourceLength),
        destinationEntityId: idForm(message.destination, message.destinationLength),
        sourceFileName: message.sourceName,
        destinationFileName: message.destinationName,
      }
    case 'sfo-report':
      return {
        requestLabel: toHex(message.requestLabel),
        sourceEntityId: idForm(message.source, message.sourceLength),
        destinationEntityId: idForm(message.destination, message.destinationLength),
        reportingEntityId: idForm(message.reporting, message.reportingLength),
        priorWaypoints: message.priorWaypoints,
        reportCode: message.reportCode,
        condition: CONDITIONS[message.condition],
        direction: camel(message.direction),
        deliveryCode: DELIVERIES[message.delivery],
        fileStatus: FILE_STATUSES[message.fileStatus],
      }
  }
}

function conditionForm(code: number): Form {
  return { condition: CONDITIONS[code], conditionCode: code }
}

function idForm(id: bigint, length: number | undefined): Form {
  return { id: String(id), length }
}

function locationForm(pdu: { faultLocation?: bigint; faultLocationLength?: number }): Form {
  if (pdu.faultLocation === undefined) return {}
  return { faultLocation: idForm(pdu.faultLocation, pdu.faultLocationLength) }
}

function transactionForm(message: {
  source: bigint
  sequence: bigint
  entityIdLength?: number
  sequenceLength?: number
}): Form {
  return {
    sourceEntityId: String(message.source),
    transactionSeqNum: String(message.sequence),
    entityIdLength: message.entityIdLength,
    seqNumLength: message.sequenceLength,
  }
}

function requestForm(request: FilestoreRequest): Form {
  return {
    action: ACTIONS[request.action],
    firstFileName: request.firstName,
    ...(request.secondName === undefined ? {} : { secondFileName: request.secondName }),
  }
}

function responseForm(response: FilestoreResponse): Form {
  const { action, status, message } = response
  const names: Record<number, string | undefined> = { 0: 'successful', 15: 'notPerformed' }
  return {
    ...requestForm(response),
    status: names[status] ?? STATUSES[action]![status - 1],
    statusCode: status,
    message: toHex(octetsFrom(message)),
  }
}

function camel(words: string): string {
  return words.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}
