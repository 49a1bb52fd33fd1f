/** us-irs+cfdp-rs 0.3.0, the Rust engine of the house of cfdp-py. */
import { describe, expect, it } from 'vitest'
import { content } from '../engine/two-entities.ts'
import { conditionsOf, Meeting } from './meeting.ts'
import { type Heard, ReceivingPuppet, SendingPuppet } from './puppet.ts'

/** The source handler: what a NAK asks for moves the place where it goes on, and the size in its EOF. */
class CfdpRsSender extends SendingPuppet {
  #next = 0
  #eofSent = false
  #hasSkipped = false
  wrongEofs = 0
  acknowledged = false
  concluded = false

  constructor() {
    super(content(12_000))
  }

  override begin(): void {
    this.send(this.metadata())
    this.#step()
  }

  hear({ pdu }: Heard): void {
    if (pdu.kind === 'ack-eof') this.acknowledged = true
    if (pdu.kind === 'finished') {
      this.concluded = true
      this.send({ kind: 'ack-finished', condition: pdu.condition, status: 1 })
    }
    if (pdu.kind !== 'nak') return
    if (pdu.metadataRequested) this.send(this.metadata())
    // Only the first segment of each gap; and before EOF the first pass goes on behind the gap, not where it was.
    for (const { from } of pdu.requests) {
      this.send(this.data(from))
      if (this.#eofSent) continue
      this.#next += this.segment
      this.#hasSkipped = true
    }
  }

  #step(): void {
    if (this.#next < this.file.length) {
      this.send(this.data(this.#next))
      this.#next += this.segment
      this.strings.later(5, () => this.#step())
      return
    }
    if (this.acknowledged) return
    // The first EOF has the octets sent; one that is resent after a repair has those of the repair.
    const isRight = !this.#eofSent && !this.#hasSkipped
    if (!isRight) this.wrongEofs += 1
    this.send(this.eof(0, isRight ? {} : { fileSize: this.segment }))
    this.#eofSent = true
    this.strings.later(10_000, () => this.#step())
  }
}

const loses = (...offsets: readonly number[]) => {
  const seen = new Set<number>()
  return ({
    pdu,
    from,
  }: {
    pdu: { kind: string; offset?: number } | undefined
    from: string
  }): 'pass' | 'drop' => {
    if (from !== 'peer' || pdu?.kind !== 'file-data') return 'pass'
    const isFirst = !seen.has(pdu.offset!)
    seen.add(pdu.offset!)
    return isFirst && offsets.includes(pdu.offset!) ? 'drop' : 'pass'
  }
}

describe('from us-irs cfdp-rs, which sends', () => {
  it('a NAK before its EOF makes it skip data: towards it every NAK waits for EOF', () => {
    const meeting = new Meeting('receiver', new CfdpRsSender(), {
      dialect: 'us-irs-cfdp-rs',
      weather: loses(1000, 4000, 9000),
    })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 0, delivery: 0 })
    expect(meeting.delivered).toEqual(meeting.peer.file)
    expect(meeting.peer.wrongEofs).toBe(0)
  })

  it('it would skip data at an immediate NAK: the puppet shows what the dialect is for', () => {
    const meeting = new Meeting('receiver', new CfdpRsSender(), { weather: loses(1000) })
    meeting.run(60_000)
    expect(meeting.delivered).toBeUndefined()
  })

  it('it resends only the first segment of a gap: the rest is asked for until it is here', () => {
    const gap = Array.from({ length: 10 }, (_, index) => 2000 + 500 * index)
    const meeting = new Meeting('receiver', new CfdpRsSender(), {
      dialect: 'us-irs-cfdp-rs',
      weather: loses(...gap),
    })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(meeting.peer.file)
    expect(meeting.us.count('nak')).toBeGreaterThanOrEqual(10)
  })

  it('an EOF resent after a repair has a wrong size: the first one counts, and it is acknowledged again', () => {
    const lost = loses(1000)
    const meeting = new Meeting('receiver', new CfdpRsSender(), {
      dialect: 'us-irs-cfdp-rs',
      // The gap cannot be filled before the second EOF.
      weather: passing => {
        if (passing.from === 'us' && passing.kind === 'ack-eof' && passing.nth === 1) return 'drop'
        if (passing.pdu?.kind === 'file-data' && passing.pdu.offset === 1000 && meeting.now < 15_000)
          return 'drop'
        return lost(passing)
      },
    })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.wrongEofs).toBe(1)
    expect(meeting.us.count('ack-eof')).toBe(2)
    expect(meeting.us.faults()).toEqual([])
    expect(meeting.delivered).toEqual(meeting.peer.file)
  })

  it('metadata lost is asked for after EOF too', () => {
    const meeting = new Meeting('receiver', new CfdpRsSender(), {
      dialect: 'us-irs-cfdp-rs',
      weather: ({ kind, from, nth }) =>
        kind === 'metadata' && from === 'peer' && nth === 1 ? 'drop' : 'pass',
    })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(meeting.peer.file)
  })
})

/** The destination handler, as far as it is not that of cfdp-py: no buffer for more, no tolerance for late PDUs. */
class CfdpRsReceiver extends ReceivingPuppet {
  #isDone = false

  hear(heard: Heard): void {
    const { pdu, bytes } = heard
    if (bytes.length > 4096) this.troubles.push('longer than its buffer')
    if (this.#isDone) {
      if (pdu.kind !== 'ack-finished') this.troubles.push(`${pdu.kind} in another step is an error`)
      return
    }
    if (pdu.kind === 'metadata') this.metadata = pdu
    if (pdu.kind === 'file-data') this.store(pdu)
    if (pdu.kind !== 'eof') return
    this.eof = pdu
    this.reply(heard, { kind: 'ack-eof', condition: 0, status: 1 })
    if (!this.isWhole) return
    this.#isDone = true
    this.reply(heard, { kind: 'finished', condition: 0, delivery: 0, fileStatus: 2, responses: [] })
  }
}

describe('towards us-irs cfdp-rs, which receives', () => {
  it('a PDU in another step is an error there: after Finished it gets the acknowledgement and nothing else', () => {
    const meeting = new Meeting('sender', new CfdpRsReceiver(), { dialect: 'us-irs-cfdp-rs' })
    const file = content(5000)
    meeting.put(file)
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(60_000)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.peer.troubles).toEqual([])
    expect(meeting.peer.file).toEqual(file)
  })

  it('no PDU of more than 4096 octets fits its buffer: larger ones are refused at the Put', () => {
    const meeting = new Meeting('sender', new CfdpRsReceiver(), {
      dialect: 'us-irs-cfdp-rs',
      remote: { maxPduSize: 8192 },
    })
    expect(meeting.tryPut(content(10_000))).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/more than 4096 octets/),
    })
  })
})
