/** Filestore requests and responses (sections 5.4.1 and 5.4.2), as the values of TLVs and inside reserved messages. */
import type { DecodeDialect, EncodeDialect } from './dialect.ts'
import { FilestoreAction, type FilestoreRequest, type FilestoreResponse } from './model.ts'
import type { PduReader } from './pdu-reader.ts'
import type { PduWriter } from './pdu-writer.ts'
import { isResponseStatus } from './words.ts'

/** Rename, append and replace speak of two files. */
export function namesTwoFiles(action: FilestoreAction): boolean {
  return (
    action === FilestoreAction.RenameFile ||
    action === FilestoreAction.AppendFile ||
    action === FilestoreAction.ReplaceFile
  )
}

/** An action on one file may be followed by an empty second name. */
export function readFilestoreRequest(reader: PduReader): FilestoreRequest {
  const action = readAction(reader, reader.offset, reader.u8() >> 4)
  const firstName = reader.name()
  if (namesTwoFiles(action)) return { action, firstName, secondName: reader.name() }
  const secondAt = reader.offset
  if (reader.remaining > 0 && reader.name() !== '') reader.fail('unexpected-second-name', secondAt)
  return { action, firstName }
}

export function writeFilestoreRequest(
  writer: PduWriter,
  request: FilestoreRequest,
  dialect: EncodeDialect,
): void {
  writer.u8(request.action << 4)
  writeNames(writer, request, dialect)
}

/**
 * After an action on one file comes the message, or an empty second name and the message; only the length tells
 * which, so `reader` must end where the response does.
 */
export function readFilestoreResponse(reader: PduReader, dialect: DecodeDialect): FilestoreResponse {
  const at = reader.offset
  const octet = reader.u8()
  const action = readAction(reader, at, octet >> 4)
  const status = octet & 0x0f
  if (dialect.anyResponseStatus !== true && !isResponseStatus(action, status)) {
    reader.fail('reserved-status-code', at)
  }
  const firstName = reader.name()
  if (namesTwoFiles(action)) {
    return { action, status, firstName, secondName: reader.name(), message: reader.name() }
  }
  const nextAt = reader.offset
  const next = reader.name()
  if (reader.remaining === 0) return { action, status, firstName, message: next }
  if (next !== '') reader.fail('unexpected-second-name', nextAt)
  return { action, status, firstName, message: reader.name() }
}

export function writeFilestoreResponse(
  writer: PduWriter,
  response: FilestoreResponse,
  dialect: EncodeDialect,
): void {
  writer.u8((response.action << 4) | response.status)
  writeNames(writer, response, dialect)
  writer.name(response.message)
}

function readAction(reader: PduReader, at: number, action: number): FilestoreAction {
  if (action <= FilestoreAction.DenyDirectory) return action as FilestoreAction
  reader.fail('reserved-action-code', at)
  return FilestoreAction.CreateFile
}

function writeNames(writer: PduWriter, request: FilestoreRequest, dialect: EncodeDialect): void {
  writer.name(request.firstName)
  if (namesTwoFiles(request.action)) writer.name(request.secondName ?? '')
  else if (dialect.emptySecondNameLv === true) writer.name('')
}
