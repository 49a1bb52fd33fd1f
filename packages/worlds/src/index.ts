/** Worlds by name: the protocols under the weather, with their checkers. */
import type { WorldPlan } from '@skyferry/sim'
import { anyWeather, halts, idWrap } from './cdp/conversations.ts'
import { cancelSuspend } from './cfdp/cancel-suspend.ts'
import { class1 } from './cfdp/class-1.ts'
import { contacts } from './cfdp/contacts.ts'
import { darkLink } from './cfdp/dark-link.ts'
import { filestoreRequests } from './cfdp/filestore-requests.ts'
import { killEverywhere } from './cfdp/kill-everywhere.ts'
import { manyFiles } from './cfdp/many-files.ts'
import { twoEntities } from './cfdp/two-entities.ts'
import { acrossABridge, twoNodes } from './csp/rdp-worlds.ts'
import { cClient } from './dtp/c-client-world.ts'
import { cServer, satdeploy } from './dtp/foreign-server.ts'
import { dtpTwoNodes } from './dtp/two-nodes.ts'

/** One transfer that one end dies in, at a moment of the caller's choice. */
export { type Moment, transferWith } from './cfdp/kill-everywhere.ts'

/** DTP's port over datagrams that get lost, and a C server to try a client against. */
export { CServer } from './dtp/c-server.ts'
export { type Addresses, CspStandIn, DATA_TRAILER_OCTETS } from './dtp/csp-stand-in.ts'

const CFDP: readonly WorldPlan[] = [
  twoEntities,
  manyFiles,
  class1,
  cancelSuspend,
  darkLink,
  contacts,
  killEverywhere,
  filestoreRequests,
]
const OTHERS: readonly WorldPlan[] = [
  twoNodes,
  acrossABridge,
  dtpTwoNodes,
  cServer,
  cClient,
  satdeploy,
  anyWeather,
  halts,
  idWrap,
]

/** Every world there is. Of the seeds of one run those of CFDP get most: it has the most to do with disks and restarts. */
export const WORLDS: readonly WorldPlan[] = [
  ...CFDP,
  ...OTHERS.map(plan => ({ ...plan, share: 0.3 * plan.share })),
]
