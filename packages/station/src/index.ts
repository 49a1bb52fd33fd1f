/** The station, and what it is assembled from. */

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
export { FileSinks, filePayload } from './bindings/dtp-files.ts'
export { DtpOverCsp, type DtpOverCspOptions } from './bindings/dtp-over-csp.ts'
export { loadSession, sessionFilesOf, sessionStore } from './bindings/dtp-session-file.ts'
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
/** Configuration: a YAML file, understood, judged, explained. */
export { type LinkPace, localSettings, remoteSettings } from './config/cfdp-settings.ts'
export * from './config/configuration.ts'
export { contactNames, entityName, settingsTowards, windowsOf } from './config/entities.ts'
export { weatherOf } from './config/link-options.ts'
export { type LoadedConfiguration, type Loading, loadConfiguration } from './config/load.ts'
export { printConfiguration } from './config/print.ts'
export {
  CONFIG_ERROR_CODES,
  CONFIG_WARNING_CODES,
  describeProblem,
  type Place,
  type Problem,
} from './config/problems.ts'
export { type Reading, type ReadOptions, readConfiguration } from './config/read-configuration.ts'
/** Codes of its events. */
export { STATION_EVENT_CODES } from './events/codes.ts'
/** The station: what it is made of, itself, and its HTTP. */
export { serveStation } from './http/serve-station.ts'
export type { HttpServer } from './http/server.ts'
/** Stores: what an engine must not forget, in a journal or for as long as the process lasts. */
export type { CommitHooks } from './journal/group-commit.ts'
export { type Journal, type JournalOptions, openJournal, type SetAside } from './journal/sqlite-journal.ts'
export { STORE_ERROR_CODES, StoreError, type StoreErrorCode } from './journal/store-error.ts'
export { type ClosableStore, volatileStore } from './journal/volatile-store.ts'
export type {
  BucketPlan,
  CfdpServicePlan,
  EntityPlan,
  HistoryPlan,
  HttpPlan,
  LinkPlan,
  StationPlan,
  TokenPlan,
} from './station/plan.ts'
export { PLAN_ERROR_CODES, PlanError, type PlanErrorCode } from './station/plan-error.ts'
export { planOfConfiguration } from './station/plan-of-configuration.ts'
export {
  behindBadWeather,
  CFDP_SERVICE_DEFAULTS,
  defaultPlan,
  HTTP_DEFAULTS,
  type PlanChanges,
  upCraftPlan,
  upGroundPlan,
} from './station/plans.ts'
export { Station, type StationOptions } from './station/station.ts'
