import { describe, expect, it } from 'vitest'
import {
  bothWays,
  type Check,
  minutes,
  type Run,
  Tally,
  type Weather,
  World,
  type WorldPlan,
  weatherFrom,
  world,
} from '../../src/index.ts'
import { courier, type Habits, LOG } from './courier.ts'

const MARKS = [7, 1, 250, 33, 90]

/** The story that all these tests tell: one courier is asked for letters, the other writes them down. */
function delivery(habits: Habits, weather: (run: Run) => Weather): WorldPlan {
  return world('sim/courier', 'letters arrive once, in order, in any weather', run => {
    const sky = new World(run, weather(run))
    const earth = sky.node('earth', courier(habits))
    const craft = sky.node('craft', courier(habits))
    sky.join(earth, craft)
    sky.restarts([earth, craft], { most: 4, withinMs: minutes(1) })
    sky.always(writtenInOrder(() => (craft.isUp ? craft.disk.read(LOG)! : new Uint8Array())))
    let asked = 0
    for (const [index, mark] of MARKS.entries()) {
      sky.at(minutes(index / 6), () => {
        if (earth.request({ kind: 'deliver', mark }) === 'taken') asked += 1
      })
    }

    sky.storm(minutes(1))
    sky.clear(minutes(5))

    sky.expect('every letter that earth still knows of was delivered', () => {
      const known = earth.survivors().filter(fact => fact.kind === 'asked').length
      return (craft.disk.size(LOG) ?? 0) >= known && known <= asked
    })
  })
}

function writtenInOrder(log: () => Uint8Array): Check {
  return {
    claim: 'the log holds letters that were sent, in order, once each',
    broken: () => {
      let next = 0
      for (const mark of log()) {
        while (next < MARKS.length && MARKS[next] !== mark) next += 1
        if (next === MARKS.length) return `it reads ${[...log()].join(' ')}`
        next += 1
      }
      return undefined
    },
  }
}

const anyWeather = (run: Run): Weather => weatherFrom(run.seed, { stormMs: 60_000, corruptionMax: 0.3 })

/** The first failure among so many seeds. */
function firstFailure(plan: WorldPlan, seeds: number): string | undefined {
  for (let seed = 0; seed < seeds; seed++) {
    const verdict = plan.run(seed, '3f9a1c2')
    if (verdict.kind === 'failed') return verdict.report
  }
  return undefined
}

describe('worlds of a courier', () => {
  it('hold for an engine that keeps the laws, through loss, damage, restarts and power losses', () => {
    const plan = delivery({}, anyWeather)
    const tally = new Tally()
    for (let seed = 0; seed < 400; seed++) {
      const verdict = plan.run(seed)
      expect(verdict.kind === 'failed' ? verdict.report : 'held').toBe('held')
      tally.add(verdict)
    }
    expect(tally.worlds).toBe(400)
    expect(tally.virtualHours).toBeCloseTo(40)
    expect(tally.steps).toBeGreaterThan(400 * 20)
  })

  it.each<[string, Habits]>([
    ['acknowledges what is not stored', { isHasty: true }],
    ['believes damaged datagrams', { isTrusting: true }],
    ['takes a repeated letter for a new one', { isForgetful: true }],
    ['does not sync the octets that its records speak of', { forgetsToSync: 'file' }],
    ['does not sync the name of the file that they are in', { forgetsToSync: 'directory' }],
  ])('fail for an engine that %s', (_, habits) => {
    expect(firstFailure(delivery(habits, anyWeather), 400)).toMatch(/^✗ letters arrive once/)
  })

  it('fail for an engine that never sleeps, and name it', () => {
    const report = firstFailure(
      delivery({ isRestless: true }, () => bothWays()),
      1,
    )
    expect(report).toContain('craft sleeps when it has nothing to do')
    expect(report).toContain('woken 10,001 times at 0.000 s, its deadline is still 0.000 s')
  })

  it('repeat exactly: a seed gives the same steps, the same datagrams and the same report', () => {
    for (const habits of [{}, { isForgetful: true }]) {
      const plan = delivery(habits, anyWeather)
      for (let seed = 0; seed < 20; seed++) expect(plan.run(seed)).toEqual(plan.run(seed))
    }
  })

  it('say on failure what is needed to see it again', () => {
    const report = firstFailure(
      delivery({ isForgetful: true }, () => bothWays({ loss: 0.2, delayMs: 900 })),
      50,
    )!
    const lines = report.split('\n')
    expect(lines[0]).toBe(
      '✗ letters arrive once, in order, in any weather — the log holds letters that were sent, in order, once each',
    )
    expect(lines[1]).toMatch(/^ {2}after \d+\.\d{3} s of virtual time, step [\d,]+; it reads [\d ]+$/)
    expect(lines[2]).toMatch(
      /^ {2}replay {3}npm run world -- sim\/courier --seed 0x[0-9a-f]{8} {8}\(commit 3f9a1c2\)$/,
    )
    expect(lines[3]).toMatch(/^ {2}weather {2}loss 20 %, one-way 900 ms/)
    expect(lines[4]).toBe('  last words')
    expect(lines.at(-1)).toMatch(/^ {4} *\d+\.\d{3} {2}craft .*written \d/)
  })
})
