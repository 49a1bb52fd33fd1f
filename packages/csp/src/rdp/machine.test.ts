import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { RdpMachine } from './machine.ts'
import { RDP_PROFILES } from './options.ts'
import { decodeRuns, encodeRuns, RdpFlag, type RdpSequence } from './segment.ts'
import { kindOf, type RdpEnding, type RdpHost, type RdpState, type SegmentKind } from './states.ts'

const ms = (value: number): Millis => value as Millis
const seq = (value: number): RdpSequence => value as RdpSequence
const FLAGS: Readonly<Record<SegmentKind, number>> = {
  syn: RdpFlag.Syn,
  'syn-ack': RdpFlag.Syn | RdpFlag.Ack,
  ack: RdpFlag.Ack,
  eack: RdpFlag.Ack | RdpFlag.Eack,
  'rst-ack': RdpFlag.Rst | RdpFlag.Ack,
  rst: RdpFlag.Rst,
  odd: 0,
}
const KINDS = Object.keys(FLAGS) as SegmentKind[]
const OURS = 1000
const THEIRS = 5000

function harness() {
  const sent: string[] = []
  const delivered: number[] = []
  const endings: [RdpEnding, number][] = []
  let opened = 0
  let gone = 0
  let replaced = 0
  const host: RdpHost = {
    send: ({ flags, sequence, acknowledgement }, { octets }) =>
      sent.push(`${kindOf(flags)} ${sequence} ${acknowledgement} ${octets.length}`),
    hasRoom: () => true,
    deliver: ({ octets }) => delivered.push(octets[0]!),
    opened: () => {
      opened += 1
    },
    ended: (ending, undelivered) => endings.push([ending, undelivered]),
    gone: () => {
      gone += 1
    },
    changePort: () => false,
    replaced: () => {
      replaced += 1
    },
    initialSequence: () => seq(OURS),
  }
  const counts = () => ({ opened, gone, replaced })
  return { host, sent, delivered, endings, counts }
}

function hear(
  machine: RdpMachine,
  kind: SegmentKind,
  sequence: number,
  acknowledgement: number,
  ...octets: number[]
) {
  const trailer = {
    flags: FLAGS[kind],
    counter: 0,
    sequence: seq(sequence),
    acknowledgement: seq(acknowledgement),
  }
  machine.receive(trailer, { octets: Uint8Array.from(octets), isFragment: false }, ms(10))
}

/** A machine in a state, on the side that gets there. */
function inState(name: RdpState['name']) {
  const parts = harness()
  const options = RDP_PROFILES.libcsp
  const budget = { left: 10 }
  if (name === 'syn-received') {
    const machine = RdpMachine.listen(options, parts.host, budget, ms(0), 2000, seq(THEIRS))
    return { machine, ...parts }
  }
  const machine = RdpMachine.connect(options, parts.host, budget, ms(0), 2000)
  if (name !== 'syn-sent') hear(machine, 'syn-ack', THEIRS, OURS)
  if (name === 'close-wait') machine.close(ms(0))
  if (name === 'closed') machine.abort(ms(0))
  if (name === 'closed') hear(machine, 'rst-ack', THEIRS + 1, OURS)
  expect(machine.state.name).toBe(name)
  return { machine, ...parts }
}

const STATES = ['syn-sent', 'syn-received', 'open', 'close-wait', 'closed'] as const

describe('every segment in every state', () => {
  it.each(STATES.flatMap(state => KINDS.map(kind => [kind, state] as const)))(
    '%s in %s: no throw, and no deadline that has passed',
    (kind, state) => {
      for (const sequence of [THEIRS, THEIRS + 1, THEIRS + 3, THEIRS - 5, 0]) {
        for (const acknowledgement of [OURS, OURS + 1, OURS - 3, 0, 40_000]) {
          for (const payload of [[], [1], [0, 1, 0, 2]]) {
            const { machine, endings } = inState(state)
            hear(machine, kind, sequence, acknowledgement, ...payload)
            machine.tick(ms(10))
            expect(machine.deadline()).toBeGreaterThan(10)
            expect(endings.length).toBeLessThanOrEqual(1)
          }
        }
      }
    },
  )
})

describe('a connection', () => {
  it('leaves a port that the peer still has a connection of, with a RST and a new SYN', () => {
    const { host, sent, endings } = harness()
    let ports = 2
    const machine = RdpMachine.connect(
      RDP_PROFILES.libcsp,
      { ...host, changePort: () => ports-- > 0 },
      { left: 1 },
      ms(0),
      2000,
    )
    machine.write({ octets: Uint8Array.of(7), isFragment: false }, ms(0))
    hear(machine, 'rst-ack', 9000, 8000)
    hear(machine, 'ack', 9000, 8000)
    expect(sent.map(each => each.split(' ')[0])).toEqual(['syn', 'rst', 'syn', 'rst', 'syn'])
    hear(machine, 'syn-ack', THEIRS, OURS)
    expect(sent.slice(-2)).toEqual([`ack ${OURS + 1} ${THEIRS} 0`, `ack ${OURS + 1} ${THEIRS} 1`])
    const other = RdpMachine.connect(RDP_PROFILES.libcsp, host, { left: 1 }, ms(0), 2000)
    hear(other, 'ack', 9000, 8000)
    expect(endings).toEqual([['reset', 0]])
  })

  it('opens with the right acknowledgement only', () => {
    const { machine, counts, sent } = inState('syn-sent')
    hear(machine, 'syn-ack', THEIRS, OURS + 1)
    expect(machine.state.name).toBe('syn-sent')
    hear(machine, 'syn-ack', THEIRS, OURS)
    expect(counts().opened).toBe(1)
    expect(sent.at(-1)).toBe(`ack ${OURS + 1} ${THEIRS} 0`)
  })

  it('opens at the passive end with a data segment, when the third segment was lost', () => {
    const { machine, delivered, counts } = inState('syn-received')
    hear(machine, 'ack', THEIRS + 1, OURS, 7)
    expect([counts().opened, delivered]).toEqual([1, [7]])
  })

  it('holds what comes early, delivers in order, and takes nothing twice', () => {
    const { machine, delivered } = inState('open')
    hear(machine, 'ack', THEIRS + 3, OURS, 3)
    hear(machine, 'ack', THEIRS + 2, OURS, 2)
    hear(machine, 'ack', THEIRS + 2, OURS, 2)
    expect(delivered).toEqual([])
    hear(machine, 'ack', THEIRS + 1, OURS, 1)
    hear(machine, 'ack', THEIRS + 1, OURS, 1)
    expect(delivered).toEqual([1, 2, 3])
    // Twice the window ahead, and not one further.
    hear(machine, 'ack', THEIRS + 3 + 9, OURS, 9)
    hear(machine, 'ack', THEIRS + 4, OURS, 4)
    expect(delivered).toEqual([1, 2, 3, 4])
  })

  it('acknowledges the third segment at once, and fewer after the timeout', () => {
    const { machine, sent } = inState('open')
    const before = sent.length
    hear(machine, 'ack', THEIRS + 1, OURS, 1)
    hear(machine, 'ack', THEIRS + 2, OURS, 2)
    expect(sent.length).toBe(before)
    hear(machine, 'ack', THEIRS + 3, OURS, 3)
    expect(sent.slice(before)).toEqual([`ack ${OURS + 1} ${THEIRS + 3} 0`])
    hear(machine, 'ack', THEIRS + 4, OURS, 4)
    machine.tick(ms(259))
    expect(sent.length).toBe(before + 1)
    machine.tick(ms(260))
    expect(sent.at(-1)).toBe(`ack ${OURS + 1} ${THEIRS + 4} 0`)
  })

  it('takes a RST only after all that was sent before it', () => {
    const { machine, endings, delivered } = inState('open')
    hear(machine, 'rst-ack', THEIRS + 2, OURS)
    expect([machine.state.name, endings]).toEqual(['open', []])
    hear(machine, 'ack', THEIRS + 1, OURS, 1)
    hear(machine, 'rst-ack', THEIRS + 2, OURS)
    expect([machine.state.name, endings, delivered]).toEqual(['close-wait', [['closed-by-peer', 0]], [1]])
  })

  it('answers last words as often as they come, and forgets in the end', () => {
    const { machine, sent, counts } = inState('open')
    hear(machine, 'rst-ack', THEIRS + 1, OURS)
    const before = sent.length
    hear(machine, 'rst-ack', THEIRS + 1, OURS)
    hear(machine, 'ack', THEIRS + 1, OURS)
    expect(sent.slice(before)).toEqual([`rst-ack ${OURS + 1} ${THEIRS} 0`, `rst-ack ${OURS + 1} ${THEIRS} 0`])
    machine.tick(ms(10_010))
    expect([machine.state.name, counts().gone]).toEqual(['closed', 1])
  })

  it('sends again what is not acknowledged, with a fresh acknowledgement, and waits longer each time', () => {
    const { machine, sent } = inState('open')
    machine.write({ octets: Uint8Array.of(9), isFragment: false }, ms(10))
    hear(machine, 'ack', THEIRS + 1, OURS, 1)
    machine.tick(ms(1010))
    expect(sent.filter(each => each.endsWith(' 1'))).toEqual([
      `ack ${OURS + 1} ${THEIRS} 1`,
      `ack ${OURS + 1} ${THEIRS + 1} 1`,
    ])
    machine.tick(ms(2500))
    expect(sent.filter(each => each.endsWith(' 1'))).toHaveLength(2)
    machine.tick(ms(3010))
    expect(sent.filter(each => each.endsWith(' 1'))).toHaveLength(3)
  })

  it('ends when the peer answers and takes nothing', () => {
    const { machine, endings } = inState('open')
    machine.write({ octets: Uint8Array.of(9), isFragment: false }, ms(0))
    for (let now = 0; now < 60_000 && endings.length === 0; now += 500) {
      const trailer = { flags: FLAGS.ack, counter: 0, sequence: seq(THEIRS + 1), acknowledgement: seq(OURS) }
      machine.receive(trailer, { octets: new Uint8Array(0), isFragment: false }, ms(now))
      machine.tick(ms(now))
    }
    expect(endings).toEqual([['no-progress', 1]])
  })
})

it('runs say what a list says', () => {
  const numbers = [65_534, 65_535, 0, 1, 7, 9, 10].map(seq)
  expect(encodeRuns(numbers).length).toBe(12)
  expect(decodeRuns(encodeRuns(numbers), 100)).toEqual(numbers)
  expect(decodeRuns(encodeRuns(numbers), 3)).toEqual(numbers.slice(0, 3))
})
