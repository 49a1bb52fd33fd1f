import { assert, type Engine, type Millis, NEVER, type Slot } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '../duration.ts'
import { bothWays } from '../weather/settings.ts'
import { failureReport, WorldFailure } from './failure.ts'
import type { NodeContext, NodeParts, WorldNode } from './node.ts'
import { findWorld, type Run, world } from './plan.ts'
import { World } from './world.ts'

/** An engine that says what it is told to say: `request(n)` sends `n` datagrams and keeps one record. */
class Parrot implements Engine<number, number, string, number, string> {
  readonly lifeOf: NodeContext<number>
  toSend = 0
  records: number[] = []
  news: string[] = []
  wakeAt: Millis = NEVER
  onReceive: (now: Millis) => void = () => {}
  onTick: () => void = () => {}

  constructor(context: NodeContext<number>) {
    this.lifeOf = context
  }
  request(count: number): number {
    this.toSend += count
    this.records.push(count)
    return count
  }
  receive(_datagram: Uint8Array, from: string, now: Millis): void {
    this.news.push(`from ${from}`)
    this.onReceive(now)
  }
  tick(): void {
    this.onTick()
  }
  transmit(slot: Slot<string>): boolean {
    if (this.toSend === 0) return false
    this.toSend -= 1
    slot.length = 3
    return true
  }
  record(): number | undefined {
    return this.records.shift()
  }
  stored(count: number): void {
    this.news.push(`stored ${count}`)
  }
  indication(): string | undefined {
    return this.news.shift()
  }
  deadline(): Millis {
    return this.wakeAt
  }
}

interface Stage {
  readonly sky: World
  readonly earth: WorldNode<number, number, string, number>
  readonly craft: WorldNode<number, number, string, number>
  /** The engines of all lives, by node. */
  readonly engines: { readonly [Name in 'earth' | 'craft']: Parrot[] }
  readonly news: string[]
}

function stage(
  run: Run | number = 1,
  prepare: (engine: Parrot) => void = () => {},
  weather = bothWays(),
): Stage {
  const sky = new World(run, weather, { idleRoundsMax: 20, stepsPerInstantMax: 200 })
  const engines: { readonly [Name in 'earth' | 'craft']: Parrot[] } = { earth: [], craft: [] }
  const news: string[] = []
  const parrot = (context: NodeContext<number>): NodeParts<number, number, string, number> => {
    const engine = new Parrot(context)
    prepare(engine)
    engines[context.name as 'earth' | 'craft'].push(engine)
    return { engine, indicate: what => news.push(`${context.name}: ${what}`) }
  }
  const earth = sky.node('earth', parrot)
  const craft = sky.node('craft', parrot)
  sky.join(earth, craft)
  return { sky, earth, craft, engines, news }
}

function failureOf(act: () => void): WorldFailure {
  try {
    act()
  } catch (problem) {
    if (problem instanceof WorldFailure) return problem
    throw problem
  }
  throw new Error('nothing failed')
}

describe('a world', () => {
  it('drives its nodes: requests, datagrams, records and indications', () => {
    const { sky, earth, news } = stage()
    expect(earth.request(2)).toBe(2)
    sky.storm(seconds(1))
    expect(news).toContain('earth: stored 1')
    expect(news.filter(line => line === 'craft: from earth')).toHaveLength(2)
    expect(earth.survivors()).toEqual([2])
    expect(sky.now).toBe(1000)
    expect(sky.datagrams).toBe(2)
  })

  it('does what its author planned, at its time', () => {
    const { sky, craft, news } = stage()
    sky.at(seconds(2), () => craft.request(1))
    sky.storm(seconds(1))
    expect(news).not.toContain('earth: from craft')
    expect(sky.runUntil(() => news.includes('earth: from craft'), minutes(1))).toBe(true)
    expect(sky.now).toBe(2000)
    expect(sky.runUntil(() => false, 500)).toBe(false)
    expect(sky.now).toBe(2500)
  })

  it('asks its checks after every step and fails with the one that is broken', () => {
    const { sky, earth, news } = stage(0x5eed91c2, undefined, bothWays({ delayMs: 900 }))
    sky.always(
      { claim: 'something that holds', broken: () => undefined },
      {
        claim: 'the craft hears nothing',
        broken: () => (news.includes('craft: from earth') ? 'it did' : undefined),
      },
    )
    earth.request(1)
    const { facts, message } = failureOf(() => sky.storm(minutes(1)))
    expect(facts).toMatchObject({ claim: 'the craft hears nothing', detail: 'it did', at: 900 })
    expect(message).toMatch(
      /^the craft hears nothing: false after 0\.900 s of virtual time, step \d; it did \(seed 0x5eed91c2; one-way 900 ms\)$/,
    )
  })

  it('fails when an expectation does not hold, and says how', () => {
    const { sky } = stage()
    sky.expect('one is one', () => true)
    const { facts } = failureOf(() =>
      sky.expect(
        'one is two',
        () => false,
        () => 'off by 1',
      ),
    )
    expect([facts.claim, facts.detail]).toEqual(['one is two', 'off by 1'])
  })

  it('fails with the same report when an engine breaks its own claim, and names it', () => {
    const { sky, earth } = stage(1, engine => {
      engine.onReceive = () => assert(false, 'a parrot is never spoken to')
    })
    earth.request(1)
    const failure = failureOf(() => sky.storm(seconds(1)))
    expect(failure.facts.claim).toBe('craft breaks none of its own claims')
    expect(failure.facts.detail).toBe('InvariantError: a parrot is never spoken to')
    expect(failure.cause).toBeInstanceOf(Error)
    expect(failure.facts.lastWords.at(-1)).toMatch(/^ 0\.000 {2}craft ← earth {3}3 octets$/)
  })

  it('names an engine that asks to be woken at once for ever', () => {
    const { sky } = stage(1, engine => {
      if (engine.lifeOf.name === 'craft') engine.wakeAt = 100 as Millis
    })
    const { facts } = failureOf(() => sky.storm(seconds(1)))
    expect(facts.claim).toBe('craft sleeps when it has nothing to do')
    expect(facts.detail).toBe('woken 21 times at 0.100 s, its deadline is still 0.100 s')
  })

  it('lets an engine work in slices, as long as it ends', () => {
    const { sky } = stage(1, engine => {
      let slices = 15
      engine.wakeAt = 100 as Millis
      engine.onTick = () => {
        if (--slices === 0) engine.wakeAt = NEVER
      }
    })
    expect(() => sky.storm(seconds(1))).not.toThrow()
  })

  it('fails when time stands still because engines never stop talking', () => {
    const { sky, earth } = stage(1, engine => {
      engine.onReceive = () => {
        engine.toSend += 1
      }
    })
    earth.request(1)
    expect(failureOf(() => sky.storm(seconds(1))).facts.claim).toBe('time passes')
  })

  it('clears: no more loss, no more restarts, and every node is up', () => {
    const { sky, earth, craft, news } = stage(1, undefined, bothWays({ loss: 1 }))
    sky.restartAt(earth, seconds(20))
    craft.fallAtTouch(3)
    sky.restart(craft, { how: 'kill', downMs: minutes(10) })
    sky.storm(seconds(10))
    expect(craft.isUp).toBe(false)
    sky.clear(seconds(20))
    expect([craft.isUp, craft.lives, earth.lives]).toEqual([true, 2, 1])
    earth.request(5)
    sky.clear(seconds(20))
    expect(news.filter(line => line === 'craft: from earth')).toHaveLength(5)
  })
})

describe('a node', () => {
  it('is built again by its factory from the records that survived, on the same disk', () => {
    const { sky, earth, engines } = stage()
    earth.request(1)
    sky.storm(seconds(1))
    earth.disk.write('a', 0, new Uint8Array(5))
    earth.request(2)
    sky.restart(earth, { how: 'kill', downMs: 500 })
    expect(earth.isUp).toBe(false)
    expect(earth.request(3)).toBeUndefined()
    sky.storm(seconds(1))
    const [, second] = engines.earth
    expect(second!.lifeOf).toMatchObject({ life: 2, records: [1], now: 1500 })
    // Killed, not out of power: the disk still has what was written.
    expect(second!.lifeOf.disk.size('a')).toBe(5)
  })

  it('without power keeps of its disk only what was synced, and chance', () => {
    const sizes = new Set<number | undefined>()
    for (let seed = 0; seed < 40; seed++) {
      const { sky, earth } = stage(seed)
      earth.disk.write('a', 0, new Uint8Array(5))
      sky.restart(earth, { how: 'power loss', downMs: 0 })
      sizes.add(earth.disk.size('a'))
    }
    expect(sizes).toEqual(new Set([0, 5, undefined]))
  })

  it('can die at every single thing that passes between its engine and its host', () => {
    const whole = stage()
    whole.earth.request(3)
    whole.craft.request(2)
    whole.sky.storm(seconds(1))
    const { touches } = whole.earth
    // 3 sent, 2 received, 1 record, 1 stored, 3 told.
    expect(touches).toBe(10)
    for (let count = 1; count <= touches; count++) {
      const { sky, earth, craft } = stage()
      earth.fallAtTouch(count)
      earth.request(3)
      craft.request(2)
      sky.storm(seconds(1))
      expect(earth.lives).toBe(2)
      // Whatever it died of, the new life works.
      expect(earth.request(1)).toBe(1)
    }
  })

  it('that dies while it is being started is started again', () => {
    const { sky, earth, engines, news } = stage(1, engine => {
      if (engine.lifeOf.life === 2) engine.toSend = 1
    })
    earth.fallAtTouch(1)
    sky.restart(earth)
    sky.storm(seconds(1))
    expect(engines.earth).toHaveLength(3)
    expect(news).not.toContain('craft: from earth')
    expect(earth.request(1)).toBe(1)
    sky.storm(seconds(1))
    expect(news).toContain('craft: from earth')
  })

  it('may answer what it is told with a request, and die of it', () => {
    const sky = new World(1)
    let replies = 0
    const earth: WorldNode<number, number, string, number> = sky.node('earth', context => ({
      engine: new Parrot(context),
      indicate: () => {
        if (earth.request(1) !== undefined) replies += 1
      },
    }))
    const craft = sky.node('craft', (context: NodeContext<number>) => ({ engine: new Parrot(context) }))
    sky.join(earth, craft)
    // Received, told, recorded: the third is the record of the request that answers.
    earth.fallAtTouch(3)
    craft.request(1)
    sky.runUntil(() => earth.lives === 2, seconds(1))
    expect([earth.lives, replies]).toEqual([2, 0])
  })

  it('falls as the seed says: any node, at any time, killed or without power, or not at all', () => {
    const fates = new Set<string>()
    for (let seed = 0; seed < 200; seed++) {
      const { sky, earth, craft } = stage(seed)
      sky.restarts([earth, craft], { most: 2, withinMs: minutes(1), downMsMax: 1 })
      for (let time = 0; time < 70; time++) sky.at(seconds(time), () => earth.request(9))
      sky.storm(minutes(2))
      fates.add(`${earth.lives} ${craft.lives}`)
    }
    expect(fates).toEqual(new Set(['1 1', '2 1', '1 2', '3 1', '2 2', '1 3']))
  })
})

describe('a world plan', () => {
  const loud = world('sim/loud', 'a craft that must not be spoken to', run => {
    const { sky, earth, craft, news } = stage(run, undefined, bothWays({ delayMs: 900 }))
    sky.always({
      claim: 'silence',
      broken: () => (news.filter(line => line.startsWith('craft')).length > 1 ? 'twice' : undefined),
    })
    sky.restartAt(craft, seconds(0.25))
    sky.at(seconds(0), () => earth.request(2))
    sky.storm(seconds(5))
  })

  it('reports a failure in the house format, with the last words of a second run', () => {
    const verdict = loud.run(0x5eed91c2, '3f9a1c2')
    expect(verdict.kind === 'failed' ? verdict.report : '').toBe(
      [
        '✗ a craft that must not be spoken to — silence',
        '  after 0.900 s of virtual time, step 6; twice',
        '  replay   npm run world -- sim/loud --seed 0x5eed91c2        (commit 3f9a1c2)',
        '  weather  one-way 900 ms, craft restarts at 0.250 s',
        '  last words',
        '     0.000  earth →         3 octets',
        '     0.000  earth →         3 octets',
        '     0.013  earth           stored 1',
        '     0.250  craft           kill',
        '     0.250  craft           started               life 2',
        '     0.900  craft ← earth   3 octets',
        '     0.900  craft ← earth   3 octets',
        '     0.900  craft           from earth',
        '     0.900  craft           from earth',
      ].join('\n'),
    )
  })

  it('says how much virtual time and how many steps a run took', () => {
    const verdict = world('sim/quiet', 'nothing happens', run => stage(run).sky.storm(minutes(30))).run(7)
    expect(verdict).toEqual({ kind: 'held', seed: 7, virtualMs: 1_800_000, steps: 0, datagrams: 0 })
  })

  it('says when something in it is not decided by the seed', () => {
    let runs = 0
    const verdict = world('sim/moody', 'a world with a mood', run => {
      runs += 1
      stage(run).sky.fail(`mood ${runs}`)
    }).run(1)
    expect(verdict.kind === 'failed' ? verdict.report : '').toContain('mood 1\n')
    expect(verdict.kind === 'failed' ? verdict.report : '').toContain(
      'something here is not decided by the seed',
    )
  })

  it('reports what its own story throws, with or without a world', () => {
    for (const early of [true, false]) {
      const verdict = world('sim/broken', 'a story with a mistake', run => {
        if (early) throw new TypeError('too early')
        stage(run).sky.storm(minutes(1))
        throw new TypeError('too late')
      }).run(3)
      expect(verdict.kind === 'failed' ? verdict.report : '').toContain(
        early
          ? 'step 0; TypeError: too early'
          : 'after 60.000 s of virtual time, step 0; TypeError: too late',
      )
    }
  })

  it('is found by its name', () => {
    expect(findWorld([loud], 'sim/loud')).toBe(loud)
    expect(findWorld([loud], 'sim/quiet')).toBeUndefined()
  })

  it('leaves out what it does not know', () => {
    const { facts } = failureOf(() => new World(5).fail('something'))
    expect(failureReport(facts, { name: 'a/b', title: 'a story' })).toBe(
      [
        '✗ a story — something',
        '  after 0.000 s of virtual time, step 0',
        '  replay   npm run world -- a/b --seed 0x00000005',
        '  weather  calm',
      ].join('\n'),
    )
  })
})
