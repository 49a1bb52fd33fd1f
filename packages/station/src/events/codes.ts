/** Codes of what a station says of itself; services also pass on those of their engine, its journal and its disk. */
export const STATION_EVENT_CODES = [
  'station-ready',
  'history-set-aside',
  'history-failed',
  'link-up',
  'link-down',
  'contact',
  'contact-lost',
  'downloads-full',
  'unlisted-entity',
  'pdus-dropped',
  'paused-by-disk',
  'store-well',
  'transfer-completed',
  'transfer-failed',
  'transfer-cancelled',
] as const
