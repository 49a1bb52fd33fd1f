/** Real media: whole datagrams over UDP or memory, wrappers, pacing, and the clock of this machine. */

/** Several links as one. */
export { bundle, type Member } from './bundle.ts'
/** A link behind bad weather, and a bad link between two UDP ends. */
export {
  type EmulatedDirection,
  type Emulator,
  type EmulatorOptions,
  startEmulator,
} from './emulate.ts'
/** Datagrams inside the datagrams of another link. */
export { type EncapsulatedLink, type Encapsulation, encapsulated } from './encapsulated.ts'
export { type ImpairedDirection, type ImpairedLink, impaired } from './impaired.ts'
/** KISS frames. */
export { type KissLinkOptions, kissLink } from './kiss.ts'
/** What a medium throws when it cannot work at all. */
export { LINK_ERROR_CODES, LinkError, type LinkErrorCode } from './link-error.ts'
/** A cable inside one process. */
export { type MemoryLinkOptions, memoryLinkPair } from './memory-link.ts'
/** A link that is written down; captures, written and read. */
export { type CapturedDatagram, readPcap } from './pcap-reader.ts'
export { type CaptureForm, PcapWriter } from './pcap-writer.ts'
/** Time, and pacing in bit/s. */
export { realClock, wallClockMs } from './real-clock.ts'
export { type RecordedLink, type RecordingOptions, recorded } from './recorded.ts'
export {
  SequenceCounts,
  type SpacePacketLink,
  type SpacePacketOptions,
  spacePacketOverhead,
  spacePackets,
} from './space-packets.ts'
/** Streams of octets, and datagrams framed in them. */
export type { ByteStream, ByteStreamEvents } from './stream/byte-stream.ts'
export {
  type StreamCounters,
  type StreamFraming,
  type StreamLink,
  streamLink,
} from './stream/stream-link.ts'
export { connectTcp, listenTcp } from './stream/tcp-stream.ts'
export { openTty } from './stream/tty-stream.ts'
/** TCP. */
export { type TcpCounters, type TcpLink, type TcpLinkOptions, type TcpState, tcpLink } from './tcp.ts'
export type { TcpAddress, TcpRole } from './tcp-ends.ts'
export { TokenBucket, type TokenBucketOptions } from './token-bucket.ts'
/** UDP. */
export { type UdpCounters, type UdpLink, type UdpLinkOptions, udpLink } from './udp.ts'
export { formatUdpAddress, sameUdpAddress, type UdpAddress } from './udp-address.ts'
/** ZeroMQ: a node at a hub, and a hub. */
export { startZmqHub, type ZmqHub, type ZmqHubCounters, type ZmqHubOptions } from './zmq/zmq-hub.ts'
export { type ZmqLink, type ZmqLinkOptions, zmqLink } from './zmq/zmq-link.ts'
