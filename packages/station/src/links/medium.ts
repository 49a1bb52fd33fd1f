import type { Clock } from '@skyferry/engine'
import { packetOverhead } from '../bindings/carrier.ts'
import { type CarrierSettings, type OpenCarrier, openCarrier } from '../bindings/open-carrier.ts'
import type { LinkPlan } from '../station/plan.ts'

/** What carries a link's datagrams, with what an operator sees of it. */
export type Medium = OpenCarrier

/** Hears what an operator should know of a medium: its connections, and what is odd about the host. */
export type MediumNotice = NonNullable<CarrierSettings['notice']>

/** Opens what a plan names. Throws a `LinkError` when that cannot be had. */
export type OpenMedium = (plan: LinkPlan, clock: Clock, notice: MediumNotice) => Promise<Medium>

export const openMedium: OpenMedium = ({ carrier, mtuOctets, capture }, clock, notice) =>
  openCarrier(carrier, {
    pduOctets: mtuOctets - packetOverhead(carrier),
    clock,
    notice,
    ...(capture === undefined ? {} : { capture }),
  })
