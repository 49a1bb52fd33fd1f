/** `world` with the worlds that exist. */
import { randomInt } from 'node:crypto'
import { openOutput } from '../output/open.ts'
import type { Exit } from '../usage.ts'
import { parseWorld, type RawWorldOptions, runWorld, type WorldPlan } from './world.ts'

const SEEDS = 2 ** 32

export async function worldCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawWorldOptions
  const request = parseWorld(operands[0] as string | undefined, raw, () => randomInt(SEEDS))
  const { WORLDS = [] } = (await import('@skyferry/worlds')) as {
    readonly WORLDS?: readonly WorldPlan[]
  }
  const output = await openOutput(raw.json ?? false)
  try {
    return runWorld(request, WORLDS, output)
  } finally {
    output.close()
  }
}
