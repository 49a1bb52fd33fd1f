import { describe, expect, it } from 'vitest'
import { Contacts } from './contacts.ts'

const at = (minutes: number): number => Date.UTC(2026, 0, 31, 12, minutes)
const time = (minutes: number): string => new Date(at(minutes)).toISOString()

describe('contact with an entity', () => {
  const contacts = new Contacts(
    new Map([
      [
        'craft',
        [
          { from: at(30), to: at(40) },
          { from: at(10), to: at(20) },
        ],
      ],
      ['lost', []],
    ]),
  )

  it.each([
    [5, false, time(10)],
    [10, true, time(20)],
    [19, true, time(20)],
    [20, false, time(30)],
    [35, true, time(40)],
    [40, false, null],
  ])('at minute %i of its plan is %s until %s', (minute, visible, until) => {
    expect(contacts.at('craft', at(minute))).toEqual({ visible, until, why: 'plan' })
  })

  it('without a plan is always, with an empty one never', () => {
    expect(contacts.at('other', at(0))).toEqual({ visible: true, until: null, why: 'always' })
    expect(contacts.at('lost', at(0))).toEqual({ visible: false, until: null, why: 'plan' })
  })

  it('is what an operator commands, until the command is taken back', () => {
    contacts.command('craft', true)
    expect(contacts.at('craft', at(5))).toEqual({ visible: true, until: null, why: 'command' })
    contacts.command('craft', undefined)
    expect(contacts.at('craft', at(5)).visible).toBe(false)
  })
})
