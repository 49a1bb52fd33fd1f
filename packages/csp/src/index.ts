/** The CubeSat Space Protocol (libcsp 1.x and 2.x on the wire) as a pure engine. */

/** The node, and what is asked of it. */
export { CSP_DROPS, type CspDrop, type InterfaceCounters } from './counters.ts'
/** A packet in words. */
export { packetInWords } from './describe.ts'
export type { CspIndication, Envelope } from './indications.ts'
/** How packets stand in the datagrams of a medium. */
export { appendKissCrc, checkKissCrc } from './interfaces/kiss-crc.ts'
export {
  type Framing,
  framingOf,
  prefixOctets,
  readFramed,
  writeFramed,
  ZMQ_LAYOUTS,
  type ZmqLayout,
  zmqTopics,
} from './interfaces/zmq-layout.ts'
export { CspNode, type NodeOptions } from './node.ts'
export { CSP_FAULTS, type CspFault, type CspFaultCode } from './packet/faults.ts'
/** Packets: the header, and what trails the payload. */
export {
  addressBits,
  broadcastAddress,
  type CspAddress,
  type CspHeader,
  type CspPort,
  type CspVersion,
  decodeHeader,
  encodeHeader,
  Flag,
  flagsInWords,
  headerOctets,
  Priority,
} from './packet/header.ts'
export {
  CRC32_OCTETS,
  type Crc32Coverage,
  type OpenedPacket,
  open,
  type Security,
  seal,
  sealOctets,
} from './packet/trailers.ts'
export { RDP_PROFILES, type RdpOptions, type RdpProfile } from './rdp/options.ts'
export {
  decodeEackList,
  decodeRuns,
  decodeSynOptions,
  decodeTrailer,
  encodeEackList,
  encodeRuns,
  encodeSynOptions,
  encodeTrailer,
  RDP_OCTETS,
  RdpFlag,
  type RdpSequence,
  type RdpTrailer,
  SYN_OPTIONS_OCTETS,
  type SynOptions,
} from './rdp/segment.ts'
export type { RdpEnding } from './rdp/states.ts'
export {
  type Bind,
  type Connect,
  type ConnectionId,
  CSP_REFUSALS,
  type CspRefusal,
  type CspReply,
  type CspRequest,
  type Send,
  type SendOptions,
  type Transact,
  type TransactionId,
} from './requests.ts'
export { formatRoutes, parseRoutes, type Route, type RouteFlaw, subnetBroadcast } from './routes.ts'
export { HMAC_OCTETS, HmacKey } from './security/hmac.ts'
/** The standard services. */
export {
  REBOOT_MAGIC,
  readProcesses,
  readU32,
  SERVICE_PORT_MAX,
  ServicePort,
  SHUTDOWN_MAGIC,
} from './services/answers.ts'
export {
  type AskOptions,
  askClock,
  askCmp,
  askFreeBuffers,
  askFreeMemory,
  askIdent,
  askInterface,
  askPing,
  askProcesses,
  askUptime,
} from './services/asks.ts'
export { type Cmp, decodeCmp, encodeCmp } from './services/cmp.ts'
export {
  type ClockTime,
  type HostFacts,
  type Identity,
  SERVICE_DEFAULTS,
  type ServiceSettings,
} from './services/facts.ts'
export {
  type Deduplication,
  type InterfaceSettings,
  NODE_DEFAULTS,
  type NodeSettings,
  type Requirements,
} from './settings.ts'
export { decodeSfp, encodeSfp, SFP_OCTETS, type SfpFragment } from './sfp-trailer.ts'
