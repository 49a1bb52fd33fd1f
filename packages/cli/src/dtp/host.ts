/** The real host: a DTP engine on a CSP node on its links. */
import { randomInt } from 'node:crypto'
import { RDP_PROFILES } from '@skyferry/csp'
import type { DtpEngine, PeerName, Run } from '@skyferry/dtp'
import { type Driven, drive, Random, type Store } from '@skyferry/engine'
import { bundle, realClock } from '@skyferry/link'
import { DtpOverCsp } from '@skyferry/station'
import { nodeOptionsOf, openMembers } from '../csp/host.ts'
import type { CspPlan } from '../csp/plan.ts'

export interface DtpHost {
  readonly random: Random
  now(): ReturnType<ReturnType<typeof realClock>['now']>
  /** Runs an engine on the node; once. */
  over<Request, Reply, Indication, Kept>(store: Store<Kept>): Run<Request, Reply, Indication, Kept>
  /** Stops the engine and leaves the links. */
  close(): Promise<void>
}

/**
 * @param peer whose server it is, where that is known: satdeploy's does not understand a CRC
 * @throws {CommandError} when a link cannot be had
 */
export async function openDtpHost(plan: CspPlan, peer?: PeerName): Promise<DtpHost> {
  const clock = realClock()
  const members = await openMembers(plan, clock)
  const node = nodeOptionsOf(plan, members, clock)
  let stop: () => void = () => {
    for (const { link } of members) link.close()
  }
  return {
    random: new Random(randomInt(2 ** 47)),
    now: () => clock.now(),
    over<Request, Reply, Indication, Kept>(store: Store<Kept>) {
      return (engine: DtpEngine<Request, Reply, Indication, Kept>, indicate: (what: Indication) => void) => {
        const { rdp, hmacKeyFile } = plan
        const hmac = hmacKeyFile !== undefined
        const crc32 = plan.crc32 && peer !== 'satdeploy'
        const stack = new DtpOverCsp(engine, { node, rdp: RDP_PROFILES[rdp], crc32, hmac })
        const link = bundle(members, name => stack.isWaiting(name))
        const driven: Driven<Request, Reply> = drive(stack, { link, store, clock, indicate })
        stop = () => driven.stop()
        return driven
      }
    },
    close: async () => {
      stop()
      await Promise.all(members.map(({ closed }) => closed))
    },
  }
}

/** Nothing of a server outlives its process. */
export const NO_STORE: Store<never> = { keep: () => {}, open: () => {} }
