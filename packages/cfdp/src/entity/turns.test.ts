import { type Millis, NEVER, type Slot } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import type { Transaction } from '../transaction.ts'
import { Turns } from './turns.ts'

const NOW = 1 as Millis

/** As much of a transaction as turns are about: how many PDUs of each sort it still has to send. */
class Speaker {
  inDirectives = false
  inData = false
  isForgotten = false
  priority = 0
  heapIndex = -1
  heapDue: Millis = NEVER
  directives = 0
  data = 0
  due: Millis = NEVER
  ticks = 0
  readonly name: number

  constructor(name: number) {
    this.name = name
  }
  deadline(): Millis {
    return this.due
  }
  tick(): void {
    this.ticks += 1
  }
  transmitDirective(slot: Slot<string>): boolean {
    if (this.directives === 0) return false
    this.directives -= 1
    slot.length = this.name
    return true
  }
  transmitData(slot: Slot<string>): boolean {
    if (this.data === 0) return false
    this.data -= 1
    slot.length = 100 + this.name
    return true
  }
}

function speakers(count: number): { turns: Turns<string>; all: Speaker[]; said: () => number[] } {
  const turns = new Turns<string>()
  const bytes = new Uint8Array(1)
  const slot: Slot<string> = { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
  const said = (): number[] => {
    const words: number[] = []
    while (turns.transmit(slot, NOW)) words.push(slot.length)
    return words
  }
  return { turns, all: Array.from({ length: count }, (_, name) => new Speaker(name)), said }
}

const as = (speaker: Speaker): Transaction<string> => speaker as unknown as Transaction<string>

describe('turns', () => {
  it('go round with file data, a PDU each', () => {
    const { turns, all, said } = speakers(3)
    for (const speaker of all) {
      speaker.data = 2 + speaker.name
      turns.wakeData(as(speaker))
      turns.wakeData(as(speaker))
    }
    expect(said()).toEqual([100, 101, 102, 100, 101, 102, 101, 102, 102])
  })

  it('give directives the way before file data', () => {
    const { turns, all, said } = speakers(2)
    all[0]!.data = 2
    turns.wakeData(as(all[0]!))
    all[1]!.directives = 2
    turns.wakeDirectives(as(all[1]!))
    expect(said()).toEqual([1, 1, 100, 100])
  })

  it('come to who is woken again', () => {
    const { turns, all, said } = speakers(1)
    all[0]!.data = 1
    turns.wakeData(as(all[0]!))
    expect(said()).toEqual([100])
    all[0]!.data = 1
    expect(said()).toEqual([])
    turns.wakeData(as(all[0]!))
    expect(said()).toEqual([100])
  })

  it('pass over who is gone', () => {
    const { turns, all, said } = speakers(2)
    for (const speaker of all) {
      speaker.data = speaker.directives = 1
      speaker.due = NOW
      turns.wakeData(as(speaker))
      turns.wakeDirectives(as(speaker))
      turns.touched(as(speaker))
    }
    turns.remove(as(all[0]!))
    expect(said()).toEqual([1, 101])
    turns.tick(NOW)
    expect(all.map(({ ticks }) => ticks)).toEqual([0, 1])
  })

  it('let one slice of work be done per tick, however much is due', () => {
    const { turns, all } = speakers(1)
    all[0]!.due = NOW
    turns.touched(as(all[0]!))
    expect(turns.deadline()).toBe(NOW)
    turns.tick(NOW)
    expect(all[0]!.ticks).toBe(1)
  })
})
