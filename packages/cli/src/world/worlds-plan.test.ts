import { describe, expect, it } from 'vitest'
import { freshSeed, parseWorlds, planWorlds } from './worlds-plan.ts'

const NAMES = ['cfdp/calm', 'cfdp/storm', 'cfdp/dark']
const KNOWN = NAMES.map(name => ({ name, share: 1 }))
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

  it('shares the seeds out evenly among worlds of the same share', () => {
    const portions = planWorlds({ seeds: 1000, worlds: [], from: 7 }, KNOWN, COMMIT)
    expect(NAMES.map(name => seedsOf(name, portions).length).sort()).toEqual([333, 333, 334])
    expect(seedsOf('cfdp/dark', portions)).toEqual(Array.from({ length: 333 }, (_, index) => 7 + index))
  })

  it('gives a world with a small share few, and one at the least', () => {
    const worlds = [...KNOWN, { name: 'cdp/slow', share: 0.01 }]
    const counts = (seeds: number): number[] => {
      const portions = planWorlds({ seeds, worlds: [], from: 0 }, worlds, COMMIT)
      return worlds.map(({ name }) => seedsOf(name, portions).length)
    }
    expect(counts(30_100)).toEqual([10_000, 10_000, 10_000, 100])
    expect(counts(4).at(-1)).toBe(1)
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
