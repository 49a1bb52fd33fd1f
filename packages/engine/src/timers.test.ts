import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Millis, NEVER } from './contract.ts'
import { Timers } from './timers.ts'

type Name = 'ack' | 'nak' | 'inactivity' | 'check'
const names: readonly Name[] = ['ack', 'nak', 'inactivity', 'check']
const ms = (count: number): Millis => count as Millis

test('nothing is due before a timer is set', () => {
  const timers = new Timers<Name>()
  expect(timers.earliest()).toBe(NEVER)
  expect(timers.expire(ms(1e12))).toBeUndefined()
  expect(timers.isSet('ack')).toBe(false)
  expect(timers.due('ack')).toBe(NEVER)
})

test('timers expire once each, the earliest first, and not before their time', () => {
  const timers = new Timers<Name>()
  timers.set('nak', ms(300), ms(0))
  timers.set('ack', ms(100), ms(0))
  timers.set('check', ms(200), ms(0))
  expect(timers.expire(ms(99))).toBeUndefined()
  expect(timers.expire(ms(250))).toBe('ack')
  expect(timers.expire(ms(250))).toBe('check')
  expect(timers.expire(ms(250))).toBeUndefined()
  expect(timers.earliest()).toBe(300)
  expect(timers.expire(ms(300))).toBe('nak')
  expect(timers.earliest()).toBe(NEVER)
})

test('setting a timer again moves it, in both directions', () => {
  const timers = new Timers<Name>()
  timers.set('ack', ms(100), ms(0))
  timers.set('ack', ms(500), ms(0))
  expect(timers.earliest()).toBe(500)
  timers.set('ack', ms(50), ms(0))
  expect(timers.earliest()).toBe(50)
})

test('a timer set to NEVER is set and never due', () => {
  const timers = new Timers<Name>()
  timers.set('inactivity', NEVER, ms(0))
  expect(timers.isSet('inactivity')).toBe(true)
  expect(timers.expire(ms(1e12))).toBeUndefined()
  timers.pause(ms(5))
  timers.resume(ms(10))
  expect(timers.due('inactivity')).toBe(NEVER)
})

test('while paused nothing is due; resumed, each timer has the time it had left', () => {
  const timers = new Timers<Name>()
  timers.set('ack', ms(100), ms(0))
  timers.set('nak', ms(30), ms(0))
  timers.pause(ms(40))
  expect(timers.paused).toBe(true)
  expect(timers.earliest()).toBe(NEVER)
  expect(timers.due('ack')).toBe(NEVER)
  expect(timers.isSet('ack')).toBe(true)
  expect(timers.expire(ms(1e9))).toBeUndefined()
  timers.resume(ms(1000))
  expect(timers.paused).toBe(false)
  expect(timers.due('ack')).toBe(1060)
  expect(timers.due('nak')).toBe(1000)
})

test('a second pause, and a resume without a pause, change nothing', () => {
  const timers = new Timers<Name>()
  timers.set('ack', ms(100), ms(0))
  timers.resume(ms(50))
  expect(timers.due('ack')).toBe(100)
  timers.pause(ms(40))
  timers.pause(ms(90))
  timers.resume(ms(200))
  expect(timers.due('ack')).toBe(260)
})

test('a timer set or stopped while paused counts from the resume', () => {
  const timers = new Timers<Name>()
  timers.set('ack', ms(100), ms(0))
  timers.pause(ms(0))
  timers.set('nak', ms(70), ms(50))
  timers.set('check', ms(30), ms(50))
  timers.stop('ack')
  expect(timers.isSet('ack')).toBe(false)
  timers.resume(ms(500))
  expect(timers.due('nak')).toBe(520)
  expect(timers.due('check'), 'a deadline already past is due at once, not earlier').toBe(500)
  expect(timers.due('ack')).toBe(NEVER)
})

test('stopAll forgets what was set and what was left of it, and ends a pause', () => {
  const timers = new Timers<Name>()
  timers.set('ack', ms(100), ms(0))
  timers.stopAll()
  expect(timers.earliest()).toBe(NEVER)
  timers.set('nak', ms(100), ms(0))
  timers.pause(ms(10))
  timers.stopAll()
  expect(timers.paused).toBe(false)
  timers.resume(ms(20))
  expect(timers.earliest()).toBe(NEVER)
  timers.set('ack', ms(30), ms(20))
  expect(timers.earliest()).toBe(30)
})

type Command =
  | { readonly what: 'set'; readonly name: Name; readonly after: number }
  | { readonly what: 'stop'; readonly name: Name }
  | { readonly what: 'pause' | 'resume' | 'expire' }
  | { readonly what: 'wait'; readonly for: number }

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    what: fc.constant('set' as const),
    name: fc.constantFrom(...names),
    after: fc.integer({ min: 0, max: 20 }),
  }),
  fc.record({ what: fc.constant('stop' as const), name: fc.constantFrom(...names) }),
  fc.record({ what: fc.constantFrom('pause' as const, 'resume' as const, 'expire' as const) }),
  fc.record({ what: fc.constant('wait' as const), for: fc.integer({ min: 0, max: 15 }) }),
)

/** The same thing with nothing clever in it: how long each timer has left. */
class Model {
  readonly left: Map<Name, number> = new Map()
  paused = false

  wait(span: number): void {
    if (this.paused) return
    for (const [name, left] of this.left) this.left.set(name, left - span)
  }
  earliest(now: number): number {
    return this.paused || this.left.size === 0 ? NEVER : now + Math.min(...this.left.values())
  }
  pause(): void {
    if (!this.paused) for (const [name, left] of this.left) this.left.set(name, Math.max(0, left))
    this.paused = true
  }
}

test('earliest is always the minimum of what is set, whatever is set, stopped, paused and expired', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), commands => {
      const timers = new Timers<Name>()
      const model = new Model()
      let now = 0
      for (const step of commands) {
        if (step.what === 'set') {
          timers.set(step.name, ms(now + step.after), ms(now))
          model.left.set(step.name, step.after)
        } else if (step.what === 'stop') {
          timers.stop(step.name)
          model.left.delete(step.name)
        } else if (step.what === 'pause') {
          timers.pause(ms(now))
          model.pause()
        } else if (step.what === 'resume') {
          timers.resume(ms(now))
          model.paused = false
        } else if (step.what === 'wait') {
          now += step.for
          model.wait(step.for)
        } else {
          const name = timers.expire(ms(now))
          const due = model.earliest(now)
          expect(name !== undefined).toBe(due <= now)
          if (name !== undefined) {
            expect(now + model.left.get(name)!).toBe(due)
            model.left.delete(name)
          }
        }
        expect(timers.earliest()).toBe(model.earliest(now))
        for (const name of names) expect(timers.isSet(name)).toBe(model.left.has(name))
      }
    }),
  )
})

test('paused, some may run on; which ones may change meanwhile', () => {
  const timers = new Timers<Name>()
  timers.set('ack', ms(100), ms(0))
  timers.set('check', ms(200), ms(0))
  timers.pause(ms(50), new Set(['check']))
  expect(timers.earliest()).toBe(200)
  timers.set('check', ms(150), ms(60))
  timers.set('nak', ms(70), ms(60))
  expect(timers.expire(ms(140))).toBeUndefined()
  timers.pause(ms(140), new Set(['nak']))
  expect(timers.expire(ms(149))).toBeUndefined()
  expect(timers.expire(ms(150))).toBe('nak')
  timers.resume(ms(1000))
  expect(timers.due('check')).toBe(1010)
  expect(timers.due('ack')).toBe(1050)
})
