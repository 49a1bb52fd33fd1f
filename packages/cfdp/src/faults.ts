import type { HandlerName } from './mib.ts'
import { ConditionCode, DeliveryCode, FaultHandler, type FaultHandlerOverride } from './pdu/model.ts'
import type { Ending } from './records.ts'

const NAMES: Readonly<Record<FaultHandler, HandlerName>> = {
  [FaultHandler.Cancel]: 'cancel',
  [FaultHandler.Suspend]: 'suspend',
  [FaultHandler.Ignore]: 'ignore',
  [FaultHandler.Abandon]: 'abandon',
}

/**
 * What is done about a condition (section 4.8): the transaction's own override, else the setting, else cancel.
 * A filestore that rejects cannot be ignored: there is nothing to go on with.
 */
export function faultHandler(
  condition: ConditionCode,
  overrides: readonly FaultHandlerOverride[],
  settings: Readonly<Partial<Record<ConditionCode, HandlerName>>>,
): HandlerName {
  const override = overrides.find(each => each.condition === condition)
  const handler = override !== undefined ? NAMES[override.handler] : (settings[condition] ?? 'cancel')
  return handler === 'ignore' && condition === ConditionCode.FilestoreRejection ? 'cancel' : handler
}

/** Did the file arrive whole? Some peers say condition 11 of a file that they refused. */
export function isWhole({ condition, delivery }: Pick<Ending, 'condition' | 'delivery'>): boolean {
  return isComplete(condition) && delivery === DeliveryCode.Complete
}

/** Conditions in which a file arrived whole and was acknowledged as such (section 4.6.3.3). */
export function isComplete(condition: ConditionCode): boolean {
  return condition === ConditionCode.NoError || condition === ConditionCode.UnsupportedChecksumType
}
