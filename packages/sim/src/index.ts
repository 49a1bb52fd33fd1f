/** Bad weather and virtual time: many engines in one process, replayable from a seed. */

/** Virtual time, and what hosts an engine in it. */
export { directoryOf } from './disk/directories.ts'
export { BLOCK_OCTETS } from './disk/file-content.ts'
export { SimulatedDisk, type SimulatedFile } from './disk/simulated-disk.ts'
export { hours, minutes, seconds } from './duration.ts'
export { type AirSettings, SimulatedAir } from './simulated-air.ts'
export { LINK_DEFAULTS, type LinkSettings, type Outlet, SimulatedLink } from './simulated-link.ts'
export {
  type RecordCodec,
  SimulatedStore,
  STORE_DEFAULTS,
  type StoreOptions,
  type StoreSettings,
} from './simulated-store.ts'
export { VirtualAlarm, VirtualClock } from './virtual-clock.ts'
/** The bad link, one direction, as a pure machine. */
export { DatagramPool } from './weather/datagram-pool.ts'
export { KNOBS, type Knob, type Patch, parseKnob, parseOutages } from './weather/knobs.ts'
export {
  bothWays,
  CALM,
  cleared,
  type Outage,
  type Weather,
  type WeatherSettings,
} from './weather/settings.ts'
export { type FaultName, type WeatherLimits, weatherFrom } from './weather/weather-from.ts'
export { type WeatherCounters, WeatherPath } from './weather/weather-path.ts'
export { directionInWords, weatherInWords } from './weather/weather-words.ts'

/** Worlds: nodes under a weather, checked at every step, replayed from a seed. */
export { type FailureFacts, failureReport, seedInHex, WorldFailure } from './world/failure.ts'
export type { Fall, Faller } from './world/ground.ts'
export type { NodeContext, NodeFactory, NodeParts, NodeSettings, NodeWords, WorldNode } from './world/node.ts'
export { findWorld, type Run, type Verdict, type WorldPlan, world } from './world/plan.ts'
export { Tally } from './world/tally.ts'
export { type Check, World, type WorldSettings } from './world/world.ts'
