import { describe, expect, it } from 'vitest'
import type { Finding } from '../output/lines.ts'
import type { Output } from '../output/output.ts'
import { Exit } from '../usage.ts'
import { parseWorld, runWorld, type WorldPlan } from './world.ts'

const figures = { virtualMs: 61_000, steps: 1873, datagrams: 12 }
const worlds: readonly WorldPlan[] = [
  { name: 'cfdp/calm', title: 'nothing happens', run: seed => ({ kind: 'held', seed, ...figures }) },
  {
    name: 'cfdp/storm',
    title: 'everything happens',
    run: seed => ({ kind: 'failed', seed, ...figures, claim: 'it holds', report: '✗ it did not hold' }),
  },
]

function listen(): { output: Output; findings: Finding[] } {
  const findings: Finding[] = []
  const nothing = (): void => {}
  const output = { event: nothing, progress: nothing, result: nothing, error: nothing, close: nothing }
  return { output: { ...output, finding: finding => findings.push(finding) }, findings }
}

describe('world', () => {
  it('reads names and seeds, and takes a seed by chance when none is given', () => {
    expect(parseWorld('cfdp/calm', { seed: '0x5eed' }, () => 0)).toEqual({
      kind: 'run',
      name: 'cfdp/calm',
      seed: 0x5eed,
    })
    expect(parseWorld('cfdp/calm', {}, () => 7)).toEqual({ kind: 'run', name: 'cfdp/calm', seed: 7 })
    expect(parseWorld(undefined, { list: true }, () => 0)).toEqual({ kind: 'list' })
    expect(() => parseWorld(undefined, {}, () => 0)).toThrow(/NAME is missing/)
    expect(() => parseWorld('a', { seed: 'x' }, () => 0)).toThrow(/^--seed: /)
    expect(() => parseWorld('a', { seed: '0xffffffffffffffff' }, () => 0)).toThrow(/^--seed: .*above/)
  })

  it('says that a world held, with its figures', () => {
    const { output, findings } = listen()
    expect(runWorld({ kind: 'run', name: 'cfdp/calm', seed: 255 }, worlds, output)).toBe(Exit.Done)
    expect(findings[0]?.fields).toEqual({
      name: 'cfdp/calm',
      seed: 255,
      state: 'held',
      seconds: 61,
      steps: 1873,
      datagrams: 12,
    })
    expect(findings[0]?.text).toContain('seed 0xff: 1 m 01 s of virtual time')
  })

  it('shows the report of one that did not, and exits 1', () => {
    const { output, findings } = listen()
    expect(runWorld({ kind: 'run', name: 'cfdp/storm', seed: 1 }, worlds, output)).toBe(Exit.Failed)
    expect(findings[0]?.text).toBe('✗ it did not hold')
  })

  it('lists them, and suggests one for a name that is near', () => {
    const { output, findings } = listen()
    expect(runWorld({ kind: 'list' }, worlds, output)).toBe(Exit.Done)
    expect(findings.map(finding => finding.fields.name)).toEqual(['cfdp/calm', 'cfdp/storm'])
    const run = (name: string) => () => runWorld({ kind: 'run', name, seed: 0 }, worlds, output)
    expect(run('cfdp/clam')).toThrow(/did you mean 'cfdp\/calm'/)
    expect(run('dtp')).toThrow(/--list/)
  })

  it('has an empty list while no world exists', () => {
    const { output, findings } = listen()
    expect(runWorld({ kind: 'list' }, [], output)).toBe(Exit.Done)
    expect(findings).toEqual([])
  })
})
