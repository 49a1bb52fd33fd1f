/** Condition codes and fault handlers as an operator names them: `--on-fault CONDITION=HANDLER`. */
import { ConditionCode, type HandlerName } from '@skyferry/cfdp'
import { nearest, oneOf, UsageError } from '../usage.ts'

const HANDLERS = ['suspend', 'cancel', 'abandon', 'ignore'] as const satisfies readonly HandlerName[]

/** The standard's name with dashes to the code: `nak-limit-reached`; faults only. */
const CONDITIONS: ReadonlyMap<string, ConditionCode> = new Map(
  Object.entries(ConditionCode)
    .filter(([, code]) => code >= 1 && code <= 11)
    .map(([name, code]) => [dashed(name), code]),
)

/** Names other services use for the same conditions, letters only. */
const OTHER_NAMES: ReadonlyMap<string, ConditionCode> = new Map<string, ConditionCode>([
  ['acklimitreached', ConditionCode.PositiveAckLimitReached],
  ['unsupportedchecksum', ConditionCode.UnsupportedChecksumType],
  ['checksumfailure', ConditionCode.FileChecksumFailure],
  ['inactivity', ConditionCode.InactivityDetected],
])

/** `nak-limit-reached=suspend`; `NakLimitReached` and a bare code (`7`) name the same condition. */
export function parseFaultHandler(text: string): readonly [ConditionCode, HandlerName] {
  const equals = text.indexOf('=')
  if (equals <= 0) throw new UsageError(`'${text}' is not CONDITION=HANDLER, as in nak-limit-reached=suspend`)
  return [parseCondition(text.slice(0, equals)), oneOf(text.slice(equals + 1), HANDLERS)]
}

function parseCondition(text: string): ConditionCode {
  const letters = text.replaceAll(/[-_ ]/g, '').toLowerCase()
  const other = OTHER_NAMES.get(letters)
  if (other !== undefined) return other
  for (const [name, code] of CONDITIONS) {
    if (name.replaceAll('-', '') === letters || String(code) === letters) return code
  }
  const near = nearest(text, CONDITIONS.keys())
  const hint = near === undefined ? `one of ${[...CONDITIONS.keys()].join(', ')}` : `did you mean '${near}'?`
  throw new UsageError(`condition '${text}' is not known: ${hint}`)
}

function dashed(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()
}
