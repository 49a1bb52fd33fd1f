/** Worlds by name: the protocols under the weather, with their checkers. */
import type { WorldPlan } from '@skyferry/sim'
import { cancelSuspend } from './cfdp/cancel-suspend.ts'
import { class1 } from './cfdp/class-1.ts'
import { darkLink } from './cfdp/dark-link.ts'
import { filestoreRequests } from './cfdp/filestore-requests.ts'
import { killEverywhere } from './cfdp/kill-everywhere.ts'
import { manyFiles } from './cfdp/many-files.ts'
import { twoEntities } from './cfdp/two-entities.ts'

/** One transfer that one end dies in, at a moment of the caller's choice. */
export { type Moment, transferWith } from './cfdp/kill-everywhere.ts'

/** Every world there is. */
export const WORLDS: readonly WorldPlan[] = [
  twoEntities,
  manyFiles,
  class1,
  cancelSuspend,
  darkLink,
  killEverywhere,
  filestoreRequests,
]
