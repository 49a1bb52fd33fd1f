/** Why a plan cannot be carried out. */
export const PLAN_ERROR_CODES = [
  'token-needed',
  'no-such-link',
  'link-taken',
  'name-taken',
  'bad-bucket',
  'no-certificate',
] as const
export type PlanErrorCode = (typeof PLAN_ERROR_CODES)[number]

/** A plan that cannot be carried out, whatever the machine is like. */
export class PlanError extends Error {
  override readonly name = 'PlanError'
  readonly code: PlanErrorCode

  constructor(code: PlanErrorCode, text: string) {
    super(text)
    this.code = code
  }
}
