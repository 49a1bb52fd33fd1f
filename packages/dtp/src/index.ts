/** DTP over CSP as pure engines: the three modules of its description (common, client, server), and the library on top. */

/** The client: sessions that take as many rounds as it takes. */
export { Client, type ClientOptions, compactRecords } from './client/client.ts'
export { DtpClient, type GetTerms, InfoError, RefusedError } from './client/dtp-client.ts'
/** Sinks: where payloads go. */
export { MemorySinks } from './client/memory-sinks.ts'
/** The C library's saved session. */
export { decodeMetaFile, encodeMetaFile, heldOf, type MetaFile, segmentsOf } from './client/meta-file.ts'
/** What must outlive a crash. */
export {
  type ClientRecord,
  type Ending,
  foldSessions,
  type Outcome,
  type SessionFacts,
} from './client/records.ts'
/** What a local user asks and is told. */
export type {
  ClientIndication,
  ClientReply,
  ClientRequest,
  RoundEnd,
  SessionReport,
} from './client/requests.ts'
export {
  type Abort,
  type Chunk,
  Session,
  SessionError,
  type SessionHooks,
  type SessionOptions,
} from './client/session.ts'
/** A session as a value. */
export {
  metaFromSession,
  type PayloadRef,
  type PeerName,
  parseSession,
  type SessionState,
  type SessionTerms,
  serializeSession,
  sessionFromJson,
  sessionFromMeta,
} from './client/session-state.ts'
export { CLIENT_DEFAULTS, type ClientSettings, SESSION_DEFAULTS } from './client/settings.ts'
export { isProblem, type Sink, type SinkProblem, type Sinks } from './client/sink.ts'
/** The wire (common): dialects, requests, data, the memory service. */
export { dataOffset, dataSession, writeDataHeader } from './common/data.ts'
export {
  DIALECT_NAMES,
  DIALECTS,
  type Dialect,
  type DialectName,
  dialectOfLength,
  isDialectName,
} from './common/dialect.ts'
export { DTP_FAULTS, type DtpFault, type DtpFaultCode } from './common/faults.ts'
export { type CRounds, cRounds, evenThroughput } from './common/pacing.ts'
export { chunkOf, type Interval, PAYLOAD_OCTETS_MAX, packetCount, TO_THE_END } from './common/packets.ts'
/** The port to CSP. */
export {
  type Call,
  type ConnectionEnd,
  type ConnectionEvent,
  type ConnectionId,
  DATA_SOURCE_PORT,
  type DtpEngine,
  type Endpoint,
  type NodeAddress,
  Port,
  type Run,
} from './common/port.ts'
export {
  C_SESSION_ID,
  decodeMetaRequest,
  decodeMetaResponse,
  encodeMetaRequest,
  encodeMetaResponse,
  type MetaRequest,
  type MetaResponse,
  type SessionId,
} from './common/request.ts'
export {
  decodeMemoryRequest,
  decodeMemoryStatus,
  encodeMemoryRequest,
  encodeMemoryStatus,
  type MemoryRequest,
  type MemoryStatus,
} from './common/vmem.ts'
export { DtpServer, type ServerHooks } from './server/dtp-server.ts'
/** The server: payloads by id, many clients at once, no allocation while datagrams leave. */
export { octetsPayload, type Payload, PayloadRegistry, type Payloads, windowOf } from './server/payloads.ts'
export {
  type SendingEnd,
  Server,
  type ServerIndication,
  type ServerOptions,
  type ServerReply,
  type ServerRequest,
} from './server/server.ts'
export { SERVER_DEFAULTS, type ServerSettings } from './server/settings.ts'
