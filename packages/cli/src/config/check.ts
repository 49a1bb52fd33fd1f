/** `config check`: says what is wrong with a configuration, and what is unwise. */
import type { Loading, Problem } from '@skyferry/station'
import { plural } from '../formats.ts'
import type { Output } from '../output/output.ts'
import { CommandError, Exit } from '../usage.ts'

/** @param describe a problem with its place and option, in one line */
export function tellLoading(
  file: string,
  loading: Loading,
  describe: (problem: Problem) => string,
  output: Output,
): Exit {
  const problems = loading.kind === 'refused' ? loading.problems : loading.warnings
  const errors = problems.filter(each => each.severity === 'error')
  const warnings = problems.filter(each => each.severity === 'warning')
  for (const problem of errors) output.error(asError(problem, describe))
  for (const problem of warnings) {
    const fields = { code: problem.code, text: describe(problem), ...placeOf(problem) }
    output.finding({ type: 'warning', fields, text: `warning: ${describe(problem)}` })
  }
  const isGood = errors.length === 0
  const counted = [plural(errors.length, 'error'), plural(warnings.length, 'warning')].join(', ')
  output.finding({
    type: 'result',
    fields: {
      state: isGood ? 'completed' : 'failed',
      reason: isGood ? null : counted,
      file,
      errors: errors.length,
      warnings: warnings.length,
    },
    text: problems.length === 0 ? `${file} is good` : `${file}: ${counted}`,
  })
  return isGood ? Exit.Done : Exit.Usage
}

/** A problem as a command that cannot go on reports it. */
export function asError(problem: Problem, describe: (problem: Problem) => string): CommandError {
  return new CommandError(problem.code, describe(problem), Exit.Usage, undefined, placeOf(problem))
}

function placeOf({ place, option }: Problem): Readonly<Record<string, unknown>> {
  return { ...place, option }
}
