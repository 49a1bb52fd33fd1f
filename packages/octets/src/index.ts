/** Octets: reading and writing them, checking them, and keeping count of which have arrived. */

/** Checksums of PDUs and files. */
export { crc16 } from './crc16.ts'
export { crc32, crc32c, proximity1Crc32 } from './crc32.ts'
/** What a decoder answers when octets are not what they should be. */
export { type Fault, type FaultCode, isFault } from './fault.ts'
/** Streams cut into frames. */
export { Deframer, type Framing } from './framing/deframer.ts'
export { LENGTH_PREFIX } from './framing/length-prefix.ts'
/** Octets as people write them. */
export { fromHex, toHex } from './hex.ts'
/** Frames on a serial line. */
export { type KissCounters, KissDeframer, kissFrameOctetsMax, writeKissFrame } from './kiss.ts'
export { addModular, modularSum } from './modular-sum.ts'
/** Which octets have arrived, which are missing. */
export type { Range } from './range-block.ts'
export { RangeSet } from './range-set.ts'
/** Fields of a datagram, in and out. */
export { Reader } from './reader.ts'
export {
  Crc32,
  Crc32c,
  type HostChecksum,
  Proximity1Crc32,
  type RunningChecksum,
} from './running-checksum.ts'
/** Sequence numbers that wrap. */
export { type Serial, serial } from './serial.ts'
/** CCSDS space packets. */
export {
  type HeardForm,
  PACKET_DROPS,
  type PacketDrop,
  type PacketForm,
  PacketOpener,
  PacketSealer,
  type SecondaryHeader,
} from './space-packet/packet-form.ts'
export {
  CFDP_APID,
  decodePrimaryHeader,
  encodePrimaryHeader,
  IDLE_APID,
  LARGEST_SPACE_PACKET,
  type PrimaryHeader,
  SequenceFlags,
  SPACE_PACKET_FRAMING,
  type SpacePacketType,
} from './space-packet/primary-header.ts'
/** UTF-8. */
export { decodeText, encodeText } from './text-codec.ts'
export { Writer } from './writer.ts'
