/** The standard's words for its code points (sections 5.1 to 5.4), for people: describing, explaining, logging. */
import type {
  ConditionCode,
  DeliveryCode,
  FaultHandler,
  FileStatus,
  FilestoreAction,
  RecordContinuation,
  TransactionStatus,
} from './model.ts'

const CONDITIONS: Readonly<Record<ConditionCode, string>> = {
  0: 'No error',
  1: 'Positive ACK limit reached',
  2: 'Keep alive limit reached',
  3: 'Invalid transmission mode',
  4: 'Filestore rejection',
  5: 'File checksum failure',
  6: 'File size error',
  7: 'NAK limit reached',
  8: 'Inactivity detected',
  9: 'Invalid file structure',
  10: 'Check limit reached',
  11: 'Unsupported checksum type',
  14: 'Suspend.request received',
  15: 'Cancel.request received',
}

const CHECKSUMS: Readonly<Record<number, string>> = {
  0: 'modular',
  1: 'Proximity-1 CRC-32',
  2: 'CRC-32C',
  3: 'CRC-32',
  15: 'null',
}

const DELIVERIES: Readonly<Record<DeliveryCode, string>> = { 0: 'data complete', 1: 'data incomplete' }

const FILE_STATUSES: Readonly<Record<FileStatus, string>> = {
  0: 'discarded deliberately',
  1: 'discarded, filestore rejection',
  2: 'retained in filestore',
  3: 'unreported',
}

const TRANSACTION_STATUSES: Readonly<Record<TransactionStatus, string>> = {
  0: 'undefined',
  1: 'active',
  2: 'terminated',
  3: 'unrecognized',
}

const HANDLERS: Readonly<Record<FaultHandler, string>> = {
  1: 'issue Notice of Cancellation',
  2: 'issue Notice of Suspension',
  3: 'ignore',
  4: 'abandon transaction',
}

const ACTIONS: Readonly<Record<FilestoreAction, string>> = {
  0: 'create file',
  1: 'delete file',
  2: 'rename file',
  3: 'append file',
  4: 'replace file',
  5: 'create directory',
  6: 'remove directory',
  7: 'deny file',
  8: 'deny directory',
}

const CONTINUATIONS: Readonly<Record<RecordContinuation, string>> = {
  0: 'neither the start nor the end of a record',
  1: 'start of a record',
  2: 'end of a record',
  3: 'start and end of records',
}

/** Status 1, 2 … of each action (table 5-18); 0 and 15 are common to all. */
const RESPONSE_STATUSES: Readonly<Record<FilestoreAction, readonly (string | undefined)[]>> = {
  0: ['create not allowed'],
  1: ['file does not exist', 'delete not allowed'],
  2: ['old file does not exist', 'new file already exists', 'rename not allowed'],
  3: ['file 1 does not exist', 'file 2 does not exist', 'append not allowed'],
  4: ['file 1 does not exist', 'file 2 does not exist', 'replace not allowed'],
  5: ['directory cannot be created'],
  6: ['directory does not exist', 'delete not allowed'],
  7: [undefined, 'delete not allowed'],
  8: [undefined, 'delete not allowed'],
}

function word(table: Readonly<Record<number, string>>, code: number): string {
  return table[code] ?? `reserved (${code})`
}

/** Condition codes, table 5-5. */
export function conditionName(code: number): string {
  return word(CONDITIONS, code)
}

/** Checksum types as registered with SANA. */
export function checksumName(type: number): string {
  return CHECKSUMS[type] ?? `unassigned (${type})`
}

export function deliveryName(code: number): string {
  return word(DELIVERIES, code)
}

export function fileStatusName(code: number): string {
  return word(FILE_STATUSES, code)
}

export function transactionStatusName(code: number): string {
  return word(TRANSACTION_STATUSES, code)
}

/** Fault handlers (section 5.4.4). */
export function handlerName(code: number): string {
  return word(HANDLERS, code)
}

/** Filestore actions (section 5.4.1). */
export function actionName(code: number): string {
  return word(ACTIONS, code)
}

/** Record continuation states (section 5.3). */
export function continuationName(code: number): string {
  return word(CONTINUATIONS, code)
}

/** What a filestore response says (section 5.4.2); the same status means different things after different actions. */
export function responseStatusName(action: number, status: number): string {
  if (status === 0) return 'successful'
  if (status === 15) return 'not performed'
  return RESPONSE_STATUSES[action as FilestoreAction]?.[status - 1] ?? `reserved (${status})`
}

/** Is this status in the standard's table for this action? */
export function isResponseStatus(action: FilestoreAction, status: number): boolean {
  return status === 0 || status === 15 || RESPONSE_STATUSES[action][status - 1] !== undefined
}
