/** Worlds by name: the protocols under the weather, with their checkers. */
import type { WorldPlan } from '@skyferry/sim'
import { twoEntities } from './cfdp/two-entities.ts'

/** Every world there is. */
export const WORLDS: readonly WorldPlan[] = [twoEntities]
