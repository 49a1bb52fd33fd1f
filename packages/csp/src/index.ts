/** The CubeSat Space Protocol (libcsp 1.x and 2.x on the wire) as a pure engine. */

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
export {
  decodeEackList,
  decodeSynOptions,
  decodeTrailer,
  encodeEackList,
  encodeSynOptions,
  encodeTrailer,
  RDP_OCTETS,
  RdpFlag,
  type RdpSequence,
  type RdpTrailer,
  SYN_OPTIONS_OCTETS,
  type SynOptions,
} from './rdp/segment.ts'
export { HMAC_OCTETS, HmacKey } from './security/hmac.ts'
export { decodeSfp, encodeSfp, SFP_OCTETS, type SfpFragment } from './sfp-trailer.ts'
