/** CDP, the Controller Datagram Protocol. */

/** For applications: promises and `for await`, over any link (section 18.4). */
export { Conversation, type OnClose, type RequestOptions, type Signal } from './api/conversation.ts'
export { CdpError, NotControllerError, PayloadTooLargeError } from './api/errors.ts'
export { type Answer, answerTurns, type ConnectOptions, Host, type HostOptions } from './api/host.ts'
export { Turn } from './api/turn.ts'
/** One side of a connection. */
export {
  Connection,
  type ConnectionStats,
  type SendOptions,
} from './connection/connection.ts'
export {
  type Closing,
  type ConnectionEvent,
  isRefused,
  REFUSALS,
  type RefusalReason,
  type Refused,
} from './connection/events.ts'
export { CLOSE_REASONS, type CloseReason, type Phase, type Role } from './connection/states.ts'
/** The draft's own interfaces, under its own names. */
export {
  type CdpServerController,
  type CdpServerHandler,
  type CdpTimeout,
  type DatagramTransmitter,
  DraftConnection,
  DraftFullDuplex,
  DraftServer,
  type FullDuplex,
  type HalfDuplexReceiver,
  type HalfDuplexSender,
  type HalfDuplexTransmitter2,
  retryPolicy,
} from './draft-api.ts'
/** Connections with many peers, as an engine (section 5). */
export { answerTo, COOKIE_OCTETS } from './endpoint/challenge.ts'
export { Endpoint } from './endpoint/endpoint.ts'
export {
  type ConnectionId,
  ENDPOINT_REFUSALS,
  type EndpointRefusal,
  type Indication,
  type Reply,
  type Request,
  refusalText,
} from './endpoint/messages.ts'
export { ENDPOINT_DEFAULTS, type EndpointOptions, type Validation } from './endpoint/options.ts'
/** Settings (section 14). */
export { DEFAULTS, flawOf, type RetryContext, type RetryPolicy, type Settings } from './settings.ts'
/** The wire (section 3). */
export { diff } from './wire/circle.ts'
export { decode } from './wire/decode.ts'
export { type DescribedField, type Description, describe, summarize, wordsFor } from './wire/describe.ts'
export { encode, encodedLength, encodeInto } from './wire/encode.ts'
export { CDP_FAULTS, type CdpFault, type CdpFaultCode } from './wire/faults.ts'
export {
  asksForAck,
  Flag,
  givesControl,
  type Message,
  type MessageKind,
  type MessageOf,
  type PayloadFlag,
  type PayloadId,
} from './wire/message.ts'
