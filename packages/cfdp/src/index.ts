/** The peers of the field, by name. */

/** When a remote entity can be reached. */
export { CONTACT_WINDOWS_MAX, type ContactWindow, type LinkDirection } from './contact.ts'
export { DIALECTS, type Dialect, withDialect } from './dialects.ts'
/** The engine. */
export { Entity, type EntityOptions } from './entity.ts'
/** What faults lead to. */
export { isComplete, isWhole } from './faults.ts'
/** The port to a disk, and one in memory. */
export {
  type DirectoryEntry,
  type FileActions,
  type FileCopy,
  type Filestore,
  type FilestoreRejection,
  isRejection,
  OFFERED,
  type SourceFile,
  type TargetFile,
  targetKey,
} from './filestore.ts'
/** How a peer departs from the standard, setting by setting. */
export { type Habits, type PeerLimits, STANDARD_HABITS } from './habits.ts'
/** How long a peer may be silent. */
export { silenceAllowed } from './inactivity.ts'
export type { Indication, Role, TransactionReport } from './indications.ts'
export { MemoryFilestore } from './memory-filestore.ts'
/** Settings (section 8), and the two profiles. */
export {
  ASSUMED_RATE_BPS,
  HANDLER_CODES,
  type HandlerName,
  type Interval,
  type ListingFormat,
  LOCAL_DEFAULTS,
  type LocalSettings,
  NOTHING_ALLOWED,
  type Permissions,
  type Profile,
  REMOTE_DEFAULTS,
  type RemoteSettings,
} from './mib.ts'
export { decodePdu } from './pdu/decode.ts'
export type { DescribedField } from './pdu/describe/scribe.ts'
/** PDUs for people, and the standard's words for its codes. */
export { type Description, describePdu } from './pdu/describe.ts'
/** Where peers read or write PDUs otherwise. */
export { type DecodeDialect, type EncodeDialect, type PduDialect, STANDARD_DIALECT } from './pdu/dialect.ts'
export { encodePdu } from './pdu/encode.ts'
/** Why octets are refused. */
export { CFDP_FAULTS, type CfdpFault, type CfdpFaultCode } from './pdu/faults.ts'
/** The short way in and out for File Data. */
export { FileDataTemplate } from './pdu/file-data.ts'
/** How a stream is cut into PDUs. */
export { headerLength, pduLength } from './pdu/header.ts'
/** The standard's words and PDUs (section 5). */
export * from './pdu/model.ts'
/** Names as the wire has them. */
export { octetsFrom, textFrom } from './pdu/names.ts'
export { FileDataView, peekFileData, sameTransaction, transactionOctets } from './pdu/peek.ts'
export {
  actionName,
  checksumName,
  conditionName,
  deliveryName,
  fileStatusName,
  handlerName,
  responseStatusName,
  transactionStatusName,
} from './pdu/words.ts'
/** What must outlive a crash. */
export { type CfdpRecord, type Ending, transactionKey, transactionOf } from './records.ts'
/** What a local user asks and is told (sections 3.4, 3.5). */
export type { LinkRequest, PutRequest, Reply, Request, TransactionId } from './requests.ts'
export { readListing, writeListing } from './user-operations/listing.ts'
/** Reserved messages to user (section 6). */
export {
  type NamedTransaction,
  type ReservedBodies,
  type ReservedKind,
  type ReservedMessage,
  type ReservedMessageOf,
  TraceControl,
} from './user-operations/messages.ts'
export { decodeReservedMessage, encodeReservedMessage, isReserved } from './user-operations/messages-codec.ts'
/** User operations (section 6), carried out: asked by us, and asked of us. */
export type { UserIndication } from './user-operations/user-indications.ts'
export {
  type EntityDoor,
  type PutReply,
  UserOperations,
  type UserOperationsOptions,
} from './user-operations/user-operations.ts'
export type { UserRequest } from './user-operations/user-requests.ts'
