import { describe, expect, it } from 'vitest'
import { Ledger } from './ledger.ts'

function runs(): { lines: string[]; next: () => Ledger } {
  const lines: string[] = []
  return { lines, next: () => new Ledger('sender', [...lines], line => lines.push(line)) }
}

describe('what was told by which run', () => {
  it('closes what a run told once that run comes to its end', () => {
    const { next } = runs()
    const first = next()
    first.note('11:1')
    first.end()
    const second = next()
    expect(second.isClosed('11:1')).toBe(true)
    expect([...second.unfinished]).toEqual([])
  })

  it('keeps open what a killed run told, for the run that repeats it', () => {
    const { next } = runs()
    next().note('11:1')
    const repeated = next()
    expect(repeated.isClosed('11:1')).toBe(false)
    expect([...repeated.unfinished]).toEqual(['11:1'])
    repeated.end()
    expect(next().isClosed('11:1')).toBe(true)
  })

  it('minds neither the other role nor a torn line', () => {
    const ledger = new Ledger('receiver', ['told sender 11:1', 'told rec', '', 'told receiver 5:1'], () => {})
    expect([...ledger.unfinished]).toEqual(['5:1'])
  })

  it('writes nothing twice, and no end of a run that told nothing', () => {
    const { lines, next } = runs()
    const ledger = next()
    ledger.end()
    ledger.note('11:1')
    ledger.note('11:1')
    expect(lines).toEqual(['told sender 11:1'])
  })
})
