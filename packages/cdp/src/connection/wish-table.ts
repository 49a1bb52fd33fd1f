import type { RefusalReason } from './events.ts'
import type { StateName } from './states.ts'

/** What an application may ask for. */
export type Wish = 'send' | 'send-random' | 'close' | 'answer-close' | 'halt' | 'check'

/** How it is answered: `undefined` is yes, anything else is why not. */
type Answers = Readonly<Record<Wish, RefusalReason | undefined>>

const yes = undefined

/** Nothing may be sent, for one reason. */
const mute = (reason: RefusalReason): Pick<Answers, 'send' | 'send-random' | 'close'> => ({
  send: reason,
  'send-random': reason,
  close: reason,
})

/** What may be asked for in each state, and why not (reference sections 7, 11). */
const TABLE = {
  silent: { ...mute('silent'), 'answer-close': 'no-close', halt: yes, check: 'silent' },
  controlling: {
    send: yes,
    'send-random': yes,
    close: yes,
    'answer-close': 'no-close',
    halt: yes,
    check: yes,
  },
  yielding: { ...mute('not-controller'), 'answer-close': 'no-close', halt: yes, check: yes },
  handling: { ...mute('not-controller'), 'answer-close': 'no-close', halt: yes, check: yes },
  closing: { ...mute('closing'), 'answer-close': 'no-close', halt: yes, check: yes },
  'asked-to-close': { ...mute('closing'), 'answer-close': yes, halt: yes, check: yes },
  'close-wait': { ...mute('closing'), 'answer-close': 'no-close', halt: yes, check: yes },
  closed: { ...mute('closed'), 'answer-close': 'closed', halt: 'closed', check: 'closed' },
} as const satisfies { [S in StateName]: { [W in Wish]: RefusalReason | undefined } }

export const WISH_TABLE: Readonly<Record<StateName, Answers>> = TABLE
