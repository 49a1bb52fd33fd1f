/** What a Put request becomes on the wire: the header of its transaction and its Metadata (sections 3.4.1, 4.6.1.1). */
import type { RemoteSettings } from '../mib.ts'
import { encodePdu } from '../pdu/encode.ts'
import { headerLength } from '../pdu/header.ts'
import type { EntityId, Header, MetadataOption, PduOf, SequenceNumber } from '../pdu/model.ts'
import type { PutRequest } from '../requests.ts'

const LARGE_FILE = 0xffff_ffff
/** Octets that a PDU has room for beside its header, at the least. */
const ROOM_MIN = 32

/** Why these ids cannot be sent in headers of this width; undefined when they can. */
export function idsRefusal(
  source: EntityId,
  destination: EntityId,
  entityIdLength: number,
): string | undefined {
  const widest = 2n ** BigInt(8 * entityIdLength)
  if (source < widest && destination < widest) return undefined
  return `entity ids do not fit ${entityIdLength} octets`
}

/** Why this priority is none; undefined when it is one. */
export function priorityRefusal(priority: number): string | undefined {
  const isOne = Number.isInteger(priority) && priority >= -128 && priority <= 127
  return isOne ? undefined : `priority ${priority} is not an integer from -128 to 127`
}

/** @param size of the file, octets */
export function headerOf(
  request: PutRequest,
  settings: RemoteSettings<unknown>,
  source: EntityId,
  sequence: SequenceNumber,
  size: number,
): Header {
  return {
    version: settings.protocolVersion,
    direction: 'to-receiver',
    mode: request.mode ?? (settings.limits.unacknowledgedOnly ? 'unacknowledged' : 'acknowledged'),
    crc: settings.crcOnTransmit,
    largeFile: size > LARGE_FILE,
    segmentationControl: false,
    entityIdLength: settings.entityIdLength,
    sequenceLength: settings.sequenceLength,
    source,
    sequence,
    destination: request.destination,
  }
}

/** @param size of the file, octets */
export function metadataOf(
  request: PutRequest,
  settings: RemoteSettings<unknown>,
  header: Header,
  size: number,
): PduOf<'metadata'> {
  const sourceName = request.sourceName ?? ''
  const isUnacknowledged = header.mode === 'unacknowledged'
  return {
    kind: 'metadata',
    closureRequested: isUnacknowledged && (request.closureRequested ?? settings.closureRequested),
    checksumType: request.checksumType ?? settings.checksumType,
    fileSize: size,
    sourceName: sourceName === '' ? '' : baseName(sourceName),
    destinationName: sourceName === '' ? '' : (request.destinationName ?? baseName(sourceName)),
    options: optionsOf(request),
  }
}

/** Does the Metadata fit one PDU as we make them for this peer, and leave room for File Data to come? */
export function fitsOnePdu(
  header: Header,
  metadata: PduOf<'metadata'>,
  { maxPduSize, pduDialect }: RemoteSettings<unknown>,
): boolean {
  const octets = encodePdu(header, metadata, new Uint8Array(maxPduSize), undefined, pduDialect)
  return octets > 0 && maxPduSize >= headerLength(header) + ROOM_MIN
}

function baseName(name: string): string {
  return name.split(/[/\\]/).at(-1) ?? name
}

/** In the order of section 4.6.1.1.3: overrides, messages, filestore requests, flow label. */
function optionsOf(request: PutRequest): MetadataOption[] {
  return [
    ...(request.faultHandlerOverrides ?? []).map(each => ({
      tlv: 'fault-handler-override' as const,
      ...each,
    })),
    ...(request.messages ?? []).map(value => ({ tlv: 'message-to-user' as const, value })),
    ...(request.filestoreRequests ?? []).map(each => ({ tlv: 'filestore-request' as const, ...each })),
    ...(request.flowLabel === undefined ? [] : [{ tlv: 'flow-label' as const, value: request.flowLabel }]),
  ]
}
