import { describe, expect, it } from 'vitest'
import { freshSeed, parseWorlds, planWorlds } from './worlds-plan.ts'

const KNOWN = ['cfdp/calm', 'cfdp/storm', 'cfdp/dark']
const COMMIT = '0000ffffaa'

function seedsOf(world: string, portions: ReturnType<typeof planWorlds>): number[] {
  return portions
    .filter(portion => portion.world === world)
    .flatMap(({ from, count }) => Array.from({ length: count }, (_, index) => from + index))
}

describe('the plan of npm run worlds', () => {
  it('reads its options, and names the one at fault', () => {
    expect(parseWorlds([])).toEqual({ seeds: 2000, worlds: [], from: undefined, jobs: 2, isJson: false })
    expect(parseWorlds('--seeds 5 --world a --world b --from 0x10 --jobs 1 --json'.split(' '))).toEqual({
      seeds: 5,
      worlds: ['a', 'b'],
      from: 16,
      jobs: 1,
      isJson: true,
    })
    expect(() => parseWorlds(['--seeds', '0'])).toThrow(/^--seeds: /)
    expect(() => parseWorlds(['--sedes', '1'])).toThrow(/--sedes/)
  })

  it('shares the seeds out, each world the same number or one more', () => {
    const portions = planWorlds({ seeds: 1000, worlds: [], from: 7 }, KNOWN, COMMIT)
    expect(KNOWN.map(name => seedsOf(name, portions).length)).toEqual([334, 333, 333])
    expect(seedsOf('cfdp/dark', portions)).toEqual(Array.from({ length: 333 }, (_, index) => 7 + index))
  })

  it('repeats some seeds always, and lets the commit choose the others', () => {
    const portions = planWorlds({ seeds: 6, worlds: ['cfdp/calm'], from: undefined }, KNOWN, COMMIT)
    expect(seedsOf('cfdp/calm', portions)).toEqual([0, 1, 2, 65_535, 65_536, 65_537])
    const night = planWorlds({ seeds: 100_000, worlds: ['cfdp/calm'], from: undefined }, KNOWN, COMMIT)
    const seeds = seedsOf('cfdp/calm', night)
    expect(seeds).toHaveLength(100_000)
    expect(seeds.filter(seed => seed < freshSeed(COMMIT))).toHaveLength(10_000)
  })

  it('begins at 0 where no commit is known', () => {
    const portions = planWorlds({ seeds: 4, worlds: ['cfdp/calm'], from: undefined }, KNOWN, undefined)
    expect(seedsOf('cfdp/calm', portions)).toEqual([0, 1, 2, 3])
  })

  it('refuses a world that does not exist, and suggests one', () => {
    expect(() => planWorlds({ seeds: 1, worlds: ['cfdp/clam'], from: 0 }, KNOWN, COMMIT)).toThrow(
      /did you mean 'cfdp\/calm'/,
    )
  })
})
