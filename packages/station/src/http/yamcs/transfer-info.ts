/** Transfers, services, links and events as Yamcs clients know them. */
import type { JsonObject } from '@bufbuild/protobuf'
import type {
  EntityRef,
  LinkStatus,
  ServiceStatus,
  StationEvent,
  Transfer,
  TransferState,
} from '@skyferry/api'
import type { RemoteListing } from '../../services/user-operations.ts'
import { known } from './wire.ts'

export const TRANSFER_INFO = 'yamcs.protobuf.filetransfer.TransferInfo'

const STATES: Readonly<Record<TransferState, string>> = {
  queued: 'QUEUED',
  running: 'RUNNING',
  paused: 'PAUSED',
  'waiting for contact': 'RUNNING',
  completed: 'COMPLETED',
  failed: 'FAILED',
  cancelled: 'FAILED',
}

/** States of ours that a state of Yamcs means; undefined for one that is none. */
export function statesOf(name: string): readonly TransferState[] | undefined {
  const found = (Object.keys(STATES) as TransferState[]).filter(state => STATES[state] === name)
  return found.length > 0 ? found : name === 'CANCELLING' ? [] : undefined
}

export function transferInfo(transfer: Transfer): JsonObject {
  const { id, state, size, octets, created, start, protocolId } = transfer
  const isQueued = state === 'queued'
  const [initiator, sequence] = protocolId.split(':')
  // Only 32 bits of a sequence number fit.
  const sequenceNumber = Number(BigInt.asUintN(32, BigInt(sequence ?? 0)))
  return known({
    id,
    // It has begun, though nobody may have looked yet.
    startTime: isQueued ? undefined : (start ?? created),
    state: STATES[state],
    bucket: transfer.bucket,
    objectName: transfer.object,
    remotePath: transfer.remotePath,
    direction: transfer.direction === 'upload' ? 'UPLOAD' : 'DOWNLOAD',
    totalSize: size === null ? undefined : String(size),
    sizeTransferred: String(octets),
    reliable: transfer.class === 2,
    failureReason: state === 'failed' || state === 'cancelled' ? reasonOf(transfer) : undefined,
    transactionId: isQueued ? undefined : { sequenceNumber, initiatorEntity: initiator },
    creationTime: created,
    transferType: 'FILE TRANSFER',
    localEntity: entityInfo(transfer.local),
    remoteEntity: entityInfo(transfer.remote),
  })
}

/** In Yamcs' own words where they are ours too: its clients look for the names of conditions. */
function reasonOf({ reason, state }: Transfer): string {
  if (state === 'cancelled') return `${reason ?? 'cancelled'}; CANCEL_REQUEST_RECEIVED`
  return reason ?? 'unknown'
}

export function entityInfo({ id, name }: EntityRef): JsonObject {
  return known({ name: name ?? id, id })
}

export function serviceInfo(
  service: ServiceStatus,
  { fetches, lists }: { readonly fetches: boolean; readonly lists: boolean },
  instance: string,
): JsonObject {
  return {
    instance,
    name: service.name,
    localEntities: service.locals.map(entityInfo),
    remoteEntities: service.remotes.map(entityInfo),
    capabilities: {
      upload: true,
      download: fetches,
      remotePath: true,
      fileList: lists,
      hasTransferType: true,
      pauseResume: true,
    },
    transferOptions: [
      {
        name: 'reliable',
        type: 'BOOLEAN',
        title: 'Reliability',
        description: 'Acknowledged (class 2) or unacknowledged (class 1) transmission',
        associatedText: 'Reliable',
        default: 'true',
      },
    ],
  }
}

const SEVERITIES = { info: 'INFO', warning: 'WARNING', error: 'CRITICAL' } as const

/** Codes of ours for which Yamcs has a type of its own. */
const TYPES: Readonly<Record<string, string>> = {
  'transfer-started': 'TRANSFER_STARTED',
  'transfer-completed': 'TRANSFER_FINISHED',
  'transfer-failed': 'TRANSFER_FINISHED',
  'transfer-cancelled': 'TRANSFER_FINISHED',
  suspended: 'TRANSFER_SUSPENDED',
  'suspension-ended': 'TRANSFER_RESUMED',
}

export function eventInfo(event: StationEvent): JsonObject {
  const { source, time, seq, code, text, severity, given } = event
  return known({
    source,
    generationTime: given?.time ?? time,
    receptionTime: time,
    seqNumber: given?.sequence ?? seq,
    type: given === undefined ? (TYPES[code] ?? code) : given.type,
    message: text,
    severity: given?.severity ?? SEVERITIES[severity],
    createdBy: given?.by,
    extra: given?.extra,
  })
}

export function linkInfo(link: LinkStatus, instance: string): JsonObject {
  const { name, type, state, connected, datagramsIn, datagramsOut } = link
  return {
    instance,
    name,
    type,
    disabled: state === 'down',
    status: state === 'down' ? 'DISABLED' : connected === false ? 'UNAVAIL' : 'OK',
    dataInCount: String(datagramsIn),
    dataOutCount: String(datagramsOut),
  }
}

export const LIST_FILES = 'yamcs.protobuf.filetransfer.ListFilesResponse'

export function listingInfo(listing: RemoteListing): JsonObject {
  const { entity, path, listedMs, files, state, reason } = listing
  return known({
    destination: entity,
    remotePath: path,
    listTime: listedMs === null ? undefined : new Date(listedMs).toISOString(),
    files: files.length === 0 ? undefined : files.map(({ name, isDirectory }) => ({ name, isDirectory })),
    state: state === 'failed' ? 'FAILED' : state === 'asked' ? 'RUNNING' : 'COMPLETED',
    progressMessage: reason,
  })
}
