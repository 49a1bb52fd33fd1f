/** The contract every engine keeps, and what it is handed. */

/** Claims that must hold. */
export { assert, InvariantError, unreachable } from './assert.ts'
export type {
  Alarm,
  Brand,
  Clock,
  Engine,
  Link,
  LinkEvents,
  Millis,
  Slot,
  Store,
} from './contract.ts'
export { NEVER } from './contract.ts'
/** The one loop that runs an engine. */
export { type Driven, drive, type Ports } from './drive.ts'
/** First in, first out. */
export { Queue } from './queue.ts'
/** Seeded chance. */
export { Random } from './random.ts'
export { Schedule, type Scheduled } from './schedule.ts'
/** Deadlines: a handful by name; the earliest of many. */
export { Timers } from './timers.ts'
