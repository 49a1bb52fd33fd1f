import { type Millis, NEVER } from '@skyferry/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Contact, type ContactWindow } from './contact.ts'
import type { EntityId } from './pdu/model.ts'

const ms = (count: number): Millis => count as Millis
const window = (from: number, to: number): ContactWindow => ({ from: ms(from), to: ms(to) })

function contactOf(lightTime: number, ...windows: readonly ContactWindow[]): Contact {
  const contact = new Contact(7n as EntityId, ms(lightTime))
  expect(contact.plan(windows)).toBeUndefined()
  return contact
}

describe('contact with a remote entity', () => {
  it('is always there when nobody says otherwise', () => {
    const contact = new Contact(7n as EntityId, ms(0))
    contact.look(ms(5))
    expect([contact.isMute, contact.isDark, contact.isMuteAt(ms(1e9)), contact.deadline()]).toEqual([
      false,
      false,
      false,
      NEVER,
    ])
  })

  it('by plan: transmit until a light time before the end, receive from a light time after the beginning', () => {
    const contact = contactOf(10, window(100, 200))
    const at = (now: number): string => {
      contact.look(ms(now))
      return `${contact.isMute ? 'mute' : 'speaks'} ${contact.isDark ? 'dark' : 'hears'} until ${contact.deadline()}`
    }
    expect([0, 100, 110, 190, 200].map(at)).toEqual([
      'mute dark until 100',
      'speaks dark until 110',
      'speaks hears until 190',
      'mute dark until 200',
      'mute dark until Infinity',
    ])
  })

  it('knows when it can be spoken to next, unless frozen by hand', () => {
    const contact = contactOf(10, window(100, 200), window(300, 400), window(500, 509))
    const next = (now: number): Millis | undefined => {
      contact.look(ms(now))
      return contact.next
    }
    expect([0, 150, 190, 250, 390].map(next)).toEqual([100, undefined, 300, 300, undefined])
    contact.freeze('transmit')
    expect(next(250)).toBeUndefined()
  })

  it('frozen in one direction and thawed in both is as the plan says', () => {
    const contact = contactOf(0, window(100, 200))
    contact.freeze('transmit')
    expect(contact.look(ms(150))).toBe(false)
    expect(contact.isMute).toBe(true)
    contact.thaw('both')
    expect(contact.look(ms(150))).toBe(true)
    contact.freeze('receive')
    contact.look(ms(160))
    expect([contact.isMute, contact.isDark]).toEqual([false, true])
  })

  it('tells of a dark time that came and went unnoticed', () => {
    const contact = contactOf(0, window(0, 100), window(101, 200))
    contact.look(ms(50))
    expect(contact.isMuteAt(ms(100))).toBe(true)
    expect(contact.look(ms(150))).toBe(true)
  })

  it('allows what some window allows, and is looked at next when that changes', () => {
    const windows = fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 60 })), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(windows, fc.integer({ min: 0, max: 20 }), (pairs, light) => {
        const contact = contactOf(light, ...pairs.map(([from, length]) => window(from, from + length)))
        const seen = new Set(pairs.flatMap(([from, length]) => Array.from({ length }, (_, at) => from + at)))
        /** How long, from `at` on, the two see each other without a break. */
        const sees = (from: number, to: number): boolean => {
          for (let at = from; at <= to; at++) if (!seen.has(at)) return false
          return true
        }
        let due = -1
        for (let now = 0; now < 400; now++) {
          if (now >= due) {
            contact.look(ms(now))
            due = contact.deadline()
          }
          // At `now` something leaves that arrives within the same window.
          expect(!contact.isMuteAt(ms(now))).toBe(sees(now, now + light))
        }
      }),
    )
  })
})
