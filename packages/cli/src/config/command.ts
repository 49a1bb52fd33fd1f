/** `config check` with a real file and the present time. */
import { openOutput } from '../output/open.ts'
import type { Exit } from '../usage.ts'
import { tellLoading } from './check.ts'

export async function checkCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const file = operands[0] as string
  const { describeProblem, loadConfiguration } = await import('@skyferry/station')
  const output = await openOutput((options as { readonly json?: boolean }).json ?? false)
  try {
    return tellLoading(file, await loadConfiguration(file, Date.now()), describeProblem, output)
  } finally {
    output.close()
  }
}
