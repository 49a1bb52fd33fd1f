import { describe, expect, it } from 'vitest'
import { standard } from '../../../../conformance/cfdp-standard.ts'
import { ConditionCode } from '../../src/index.ts'
import { FIRST, loseAll, type TwoEntities } from '../engine/two-entities.ts'
import { content, departures, FILE, pdusOf, REPLY, SEGMENT, seconds, slow } from './yamcs-world.ts'

const TO_RECEIVER = { ...REPLY, direction: 'to-receiver' as const }

/** What the sender's user is answered who asks for a Prompt. */
function prompt(world: TwoEntities, response: 'nak' | 'keep-alive', name: 'a' | 'b' = 'a'): string {
  const reply = world[name].entity.request({ kind: 'prompt', transaction: FIRST, response }, world.now)
  world.settle()
  return reply.kind === 'refused' ? reply.reason : 'accepted'
}

describe('periodic Keep Alive', () => {
  it(standard('keep-alive-periodic'), () => {
    const world = slow({ b: { keepAliveInterval: seconds(1) } })
    world.put(FILE)
    expect(world.runToEnd()).toBe(true)
    // Eight segments, half a second apart, then EOF.
    expect(departures(world.b, 'keep-alive')).toEqual([0, 1000, 2000])
    expect(pdusOf(world.b, 'keep-alive').map(each => each.progress)).toEqual([3, 5, 7].map(n => n * SEGMENT))
    expect(world.delivered).toEqual(FILE)
  })

  it('ends with EOF, though the file is not whole', () => {
    const world = slow({
      b: { keepAliveInterval: seconds(1) },
      weather: f => (isSecond(f) ? 'drop' : 'pass'),
    })
    const isSecond = ({ pdu }: { pdu: { kind: string; offset?: number } }) => pdu.offset === SEGMENT
    world.put(FILE)
    world.runUntil(() => world.state('b') === 'awaiting-missing-data')
    const before = world.b.count('keep-alive')
    expect(before).toBe(3)
    world.run(8000)
    expect(world.b.count('keep-alive')).toBe(before)
  })

  it('stands still while suspended, and begins again with resume and after a restart', () => {
    const world = slow({ b: { keepAliveInterval: seconds(1), inactivityTimeout: seconds(600) } })
    world.put(content(40 * SEGMENT))
    world.runUntil(() => world.b.count('keep-alive') === 1)
    world.ask('b', 'suspend')
    world.run(3000)
    expect(world.b.count('keep-alive')).toBe(1)
    world.ask('b', 'resume')
    world.run(1000)
    expect(world.b.count('keep-alive')).toBe(2)
    world.restart('b')
    world.run(1000)
    expect(world.b.count('keep-alive')).toBe(3)
  })

  it('is not for class 1', () => {
    const world = slow({ b: { keepAliveInterval: seconds(1) } })
    world.put(FILE, { mode: 'unacknowledged' })
    world.runToEnd()
    expect(world.b.kinds()).toEqual([])
  })
})

describe('Prompt', () => {
  it(standard('keep-alive-prompted'), () => {
    const world = slow()
    world.put(FILE)
    world.runUntil(() => world.a.count('file-data') === 3)
    world.run(20)
    expect(prompt(world, 'keep-alive')).toBe('accepted')
    world.run(20)
    expect(pdusOf(world.b, 'keep-alive')).toEqual([{ kind: 'keep-alive', progress: 3 * SEGMENT }])
    expect(world.report('a')?.safeOctets).toBe(3 * SEGMENT)
  })

  it('for a Keep Alive is answered after EOF too', () => {
    const world = slow({ weather: loseAll('nak') })
    world.weather = f =>
      f.pdu.kind === 'nak' || (f.pdu.kind === 'file-data' && f.pdu.offset === 0) ? 'drop' : 'pass'
    world.put(FILE)
    world.runUntil(() => world.state('b') === 'awaiting-missing-data')
    world.inject('b', TO_RECEIVER, { kind: 'prompt', response: 'keep-alive' })
    world.settle()
    expect(pdusOf(world.b, 'keep-alive')).toEqual([{ kind: 'keep-alive', progress: FILE.length }])
  })

  it(standard('prompt-sent'), () => {
    const world = slow({ a: { promptInterval: seconds(1) } })
    world.put(FILE)
    world.runUntil(() => world.a.count('file-data') === 4)
    expect(prompt(world, 'nak')).toBe('accepted')
    world.run(20)
    // Nothing is missing, and it is answered.
    expect(pdusOf(world.b, 'nak')).toMatchObject([{ scope: { from: 0 }, requests: [] }])
    expect(world.runToEnd()).toBe(true)
    const prompts = pdusOf(world.a, 'prompt').map(each => each.response)
    expect(prompts.filter(each => each === 'nak')).toHaveLength(1)
    expect(prompts.filter(each => each === 'keep-alive')).toHaveLength(3)
    expect(world.b.count('keep-alive')).toBe(3)
  })

  it('by interval goes on while the end is awaited, through a restart, and not while suspended', () => {
    const world = slow({
      a: { promptInterval: seconds(1), inactivityTimeout: seconds(600) },
      weather: loseAll('finished', 'ack-eof'),
    })
    world.put(FILE)
    world.runUntil(() => world.state('a') === 'awaiting-eof-ack')
    world.restart('a')
    const before = world.a.count('prompt')
    world.run(2500)
    expect(world.a.count('prompt')).toBe(before + 2)
    world.ask('a', 'suspend')
    world.run(5000)
    expect(world.a.count('prompt')).toBe(before + 2)
    world.ask('a', 'resume')
    world.run(1000)
    expect(world.a.count('prompt')).toBe(before + 3)
  })

  it('is refused where it makes no sense, with the reason', () => {
    const world = slow()
    world.put(FILE)
    world.run(600)
    expect(prompt(world, 'nak', 'b')).toBe('only a sender prompts')
    world.ask('a', 'suspend')
    expect(prompt(world, 'nak')).toBe('the transaction is suspended')
    world.ask('a', 'resume')
    world.ask('a', 'cancel')
    expect(prompt(world, 'nak')).toBe('the transaction is being cancelled')
    world.runToEnd()
    expect(prompt(world, 'nak')).toBe('the transaction has ended')
    const unacknowledged = slow()
    unacknowledged.put(FILE, { mode: 'unacknowledged' })
    expect(prompt(unacknowledged, 'nak')).toBe('class 1 has no Prompts')
  })

  it.each(['nak', 'keep-alive'] as const)(
    'for %s is ignored while suspended, cancelled or completed',
    response => {
      const answered = (world: TwoEntities) => {
        const before = world.b.sent.length
        world.inject('b', TO_RECEIVER, { kind: 'prompt', response })
        world.settle()
        return world.b.sent.slice(before).map(({ pdu }) => pdu.kind)
      }
      const world = slow({ b: { finAckTimeout: seconds(600) } })
      world.put(FILE)
      world.run(1200)
      expect(answered(world)).toEqual([response])
      world.ask('b', 'suspend')
      expect(answered(world)).toEqual([])
      world.ask('b', 'resume')
      world.weather = loseAll('ack-finished')
      expect(world.runUntil(() => world.state('b') === 'awaiting-finished-ack')).toBe(true)
      world.settle()
      expect(answered(world)).toEqual([])
      const cancelled = slow()
      cancelled.put(FILE)
      cancelled.run(1200)
      cancelled.weather = loseAll('finished')
      cancelled.ask('b', 'cancel')
      cancelled.settle()
      expect(answered(cancelled)).toEqual([])
    },
  )
})

describe('the discrepancy limit', () => {
  const limited = { keepAliveDiscrepancyLimit: 2 * SEGMENT }

  it(standard('keep-alive-limit'), () => {
    const world = slow({ a: limited, weather: ({ pdu }) => (pdu.kind === 'file-data' ? 'drop' : 'pass') })
    world.put(FILE)
    world.runUntil(() => world.a.count('file-data') === 4)
    world.inject('a', REPLY, { kind: 'keep-alive', progress: SEGMENT })
    // The fourth may still be on its way, and three are two more than one.
    expect(world.a.faults()).toEqual([])
    world.inject('a', REPLY, { kind: 'keep-alive', progress: SEGMENT - 1 })
    world.settle()
    expect(world.a.faults()).toEqual([ConditionCode.KeepAliveLimitReached])
    expect(pdusOf(world.a, 'eof')).toMatchObject([{ condition: ConditionCode.KeepAliveLimitReached }])
  })

  it('goes through the handlers of the sender', () => {
    for (const [handler, state] of [
      ['suspend', { state: 'sending', suspended: true }],
      ['ignore', { state: 'sending', suspended: false }],
      ['abandon', { state: 'ended' }],
    ] as const) {
      const world = slow({
        a: { ...limited, senderFaultHandlers: { [ConditionCode.KeepAliveLimitReached]: handler } },
      })
      world.put(FILE)
      world.runUntil(() => world.a.count('file-data') === 5)
      world.inject('a', REPLY, { kind: 'keep-alive', progress: 0 })
      expect(world.a.entity.report(FIRST, 'sender')).toMatchObject(state)
    }
  })

  it('does not count what is on its way, over however long a link', () => {
    // 30 s each way: sixty segments are under way, and each Keep Alive is sixty behind.
    const world = slow({
      latency: 30_000,
      remote: {
        lightTime: seconds(30),
        eofAckTimeout: 'adaptive',
        finAckTimeout: 'adaptive',
        nakTimeout: 'adaptive',
        inactivityTimeout: seconds(600),
      },
      a: { keepAliveDiscrepancyLimit: 4 * SEGMENT, promptInterval: seconds(5) },
      b: { keepAliveInterval: seconds(3) },
    })
    const file = content(300 * SEGMENT)
    world.put(file)
    expect(world.runToEnd(1e7)).toBe(true)
    expect(world.b.count('keep-alive')).toBeGreaterThan(50)
    expect(world.a.faults()).toEqual([])
    expect(world.delivered).toEqual(file)
  })
})
