/** What a station is assembled from; for now the parts that a command-line CFDP entity needs. */

/** Stacks: what is assembled from an entity, a link, files and a journal. */
export {
  type Carrier,
  type CarrierAddress,
  carrierProblem,
  cfsPackets,
  type SpacePacketCarrier,
  type TcpCarrier,
  type UdpCarrier,
  YAMCS_PACKETS,
} from './bindings/carrier.ts'
export { type CfdpOver, type CfdpOverOptions, runCfdpOver } from './bindings/cfdp-over.ts'
export {
  type CfdpOverSpacePacketsOptions,
  runCfdpOverSpacePackets,
} from './bindings/cfdp-over-space-packets.ts'
export { type CfdpOverTcpOptions, runCfdpOverTcp } from './bindings/cfdp-over-tcp.ts'
export { type CfdpOverUdpOptions, runCfdpOverUdp } from './bindings/cfdp-over-udp.ts'
export {
  type CarrierCounters,
  type CarrierSettings,
  type LinkNoticeCode,
  type OpenCarrier,
  openCarrier,
} from './bindings/open-carrier.ts'
export { PDU_FRAMING } from './bindings/pdu-framing.ts'
export { type CfdpHostOptions, type HostNotice, type RunningCfdp, runCfdp } from './bindings/running-cfdp.ts'
/** A directory as a CFDP filestore. */
export { DiskFilestore, type DiskFilestoreOptions } from './buckets/disk-filestore.ts'
export type { OnExisting } from './buckets/placement.ts'
export { SyncError } from './buckets/unsynced.ts'
/** Stores: what an engine must not forget, in a journal or for as long as the process lasts. */
export type { CommitHooks } from './journal/group-commit.ts'
export { type Journal, type JournalOptions, openJournal, type SetAside } from './journal/sqlite-journal.ts'
export { STORE_ERROR_CODES, StoreError, type StoreErrorCode } from './journal/store-error.ts'
export { type ClosableStore, volatileStore } from './journal/volatile-store.ts'
