/** Real media: whole datagrams over UDP or memory, wrappers, pacing, and the clock of this machine. */

/** A bad link between two UDP ends. */
export {
  type EmulatedDirection,
  type Emulator,
  type EmulatorOptions,
  startEmulator,
} from './emulate.ts'
/** A link behind bad weather. */
export { type ImpairedDirection, type ImpairedLink, impaired } from './impaired.ts'
/** What a medium throws when it cannot work at all. */
export { LINK_ERROR_CODES, LinkError, type LinkErrorCode } from './link-error.ts'
/** A cable inside one process. */
export { type MemoryLinkOptions, memoryLinkPair } from './memory-link.ts'
/** Captures: read, written, and a link that is written down. */
export { type CapturedDatagram, readPcap } from './pcap-reader.ts'
export { PcapWriter } from './pcap-writer.ts'
/** Time. */
export { realClock, wallClockMs } from './real-clock.ts'
export { type RecordedLink, type RecordingOptions, recorded } from './recorded.ts'
/** Pacing in bit/s. */
export { TokenBucket, type TokenBucketOptions } from './token-bucket.ts'
export { type UdpCounters, type UdpLink, type UdpLinkOptions, udpLink } from './udp.ts'
/** UDP. */
export { formatUdpAddress, sameUdpAddress, type UdpAddress } from './udp-address.ts'
