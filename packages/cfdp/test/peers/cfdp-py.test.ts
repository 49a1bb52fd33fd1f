/**
 * us-irs+cfdp-py, the Python engine over spacepackets-py: the version of our reference tree, and 0.7.0 where a title
 * says so.
 */
import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { type PduOf, type Range, REMOTE_DEFAULTS, withDialect } from '../../src/index.ts'
import { content } from '../engine/two-entities.ts'
import { conditionsOf, Meeting } from './meeting.ts'
import { HEADER, type Heard, ReceivingPuppet, SendingPuppet } from './puppet.ts'

const FILE = content(5000)
const lostSegments =
  (...offsets: number[]) =>
  ({ pdu, nth }: { pdu: { kind: string; offset?: number } | undefined; nth: number }): 'pass' | 'drop' =>
    pdu?.kind === 'file-data' && offsets.includes(pdu.offset!) && nth <= 5 ? 'drop' : 'pass'

/** The destination handler: one transaction, whatever the id of what arrives. */
class CfdpPyReceiver extends ReceivingPuppet {
  protected current: Heard | undefined
  /** Gaps as it keeps them: one entry per gap found, which it cannot split. */
  readonly tracker: Range[] = []
  protected progress = 0
  protected finished: PduOf<'finished'> | undefined
  /** Every other transaction whose PDU was taken for one of the current one. */
  merged = 0
  ghosts = 0
  isDead = false

  hear(heard: Heard): void {
    if (this.isDead) return
    const { header, pdu } = heard
    if (this.current === undefined) {
      if (pdu.kind === 'eof') this.ghosts += 1
      if (pdu.kind === 'ack-finished' || pdu.kind === 'prompt') return
      this.current = heard
    } else if (this.current.header.sequence !== header.sequence) this.merged += 1
    switch (pdu.kind) {
      case 'metadata':
        return this.takeMetadata(pdu)
      case 'file-data':
        return this.takeData(pdu)
      case 'eof':
        return this.takeEof(pdu)
      case 'ack-finished':
        this.current = undefined
        this.metadata = this.eof = this.finished = undefined
        this.held.clear()
        this.progress = 0
        return
      default:
        this.troubles.push(`${pdu.kind} has no meaning to cfdp-py`)
    }
  }

  protected takeMetadata(pdu: PduOf<'metadata'>): void {
    this.metadata = pdu
    if (pdu.sourceName === '') return this.finish(3)
    this.consider()
  }

  protected takeData(pdu: PduOf<'file-data'>): void {
    const { offset } = pdu
    const end = offset + pdu.data.length
    // Thrown away, and asked for again together with Metadata.
    if (this.metadata === undefined) return this.nak(0, end, [{ from: 0, to: end }], true)
    for (const gap of this.tracker) {
      const overlaps = offset < gap.to && gap.from < end
      if (overlaps && (offset < gap.from || end > gap.to)) this.troubles.push('LostSegmentTracker raises')
    }
    this.removeFromTracker(offset, end)
    if (offset > this.progress) {
      this.tracker.push({ from: this.progress, to: offset })
      this.nak(0, end, [{ from: this.progress, to: offset }])
    }
    this.progress = Math.max(this.progress, end)
    this.store(pdu)
    this.consider()
  }

  protected takeEof(pdu: PduOf<'eof'>): void {
    if (pdu.condition !== 0) {
      this.isDead = true
      this.troubles.push('the encoder of ACK(EOF) throws on a condition that reads as 240')
      return
    }
    // While it waits for ACK(Finished) it acknowledges no EOF again.
    if (this.finished !== undefined) return
    this.eof ??= pdu
    this.answer({ kind: 'ack-eof', condition: 0, status: 1 })
    this.consider()
    if (this.finished === undefined) this.deferred(2)
  }

  protected deferred(left: number): void {
    if (this.finished !== undefined || this.eof === undefined) return
    if (left === 0) return this.finish(3, 7)
    const size = this.eof.fileSize
    const missing = this.held.gapsWithin(0, size)
    for (const gap of missing) {
      if (!this.tracker.some(known => known.from <= gap.from && gap.to <= known.to)) this.tracker.push(gap)
    }
    this.nak(0, size, missing, this.metadata === undefined)
    this.strings.later(10_000, () => this.deferred(left - 1))
  }

  protected consider(): void {
    if (this.isWhole && this.finished === undefined) this.finish(2)
  }

  /** An error has no fault location. */
  protected finish(fileStatus: 2 | 3, condition: 0 | 7 = 0): void {
    const delivery = condition === 0 ? 0 : 1
    this.finished = { kind: 'finished', condition, delivery, fileStatus, responses: [] }
    this.answer(this.finished)
  }

  protected nak(from: number, to: number, requests: readonly Range[], metadataRequested = false): void {
    this.answer({ kind: 'nak', scope: { from, to }, requests, metadataRequested })
  }

  protected answer(pdu: Parameters<ReceivingPuppet['say']>[1]): void {
    this.reply(this.current!, pdu)
  }

  private removeFromTracker(from: number, to: number): void {
    const left = this.tracker.flatMap(gap => {
      if (gap.to <= from || to <= gap.from) return [gap]
      const rest = [
        { from: gap.from, to: from },
        { from: to, to: gap.to },
      ]
      return rest.filter(each => each.from < each.to)
    })
    this.tracker.splice(0, this.tracker.length, ...left)
  }
}

describe('towards cfdp-py, which receives', () => {
  it('each immediate NAK lists only the one new gap: the gaps of earlier NAKs are resent too', () => {
    const meeting = new Meeting('sender', new CfdpPyReceiver(), {
      dialect: 'cfdp-py',
      weather: lostSegments(1008, 3024),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.peer.file).toEqual(FILE)
    expect(meeting.us.count('file-data')).toBe(5 + 2)
  })

  it('its gap bookkeeping raises on data that overlap a gap in part: what is resent lies within one gap', () => {
    for (const offsets of [
      [1008, 2016],
      [1008, 3024],
      [0, 1008, 2016],
    ]) {
      const meeting = new Meeting('sender', new CfdpPyReceiver(), {
        dialect: 'cfdp-py',
        weather: lostSegments(...offsets),
      })
      meeting.put(FILE)
      expect(meeting.runToEnd()).toBe(true)
      expect(meeting.peer.troubles).toEqual([])
      expect(meeting.peer.file).toEqual(FILE)
    }
  })

  it('it throws away what comes before Metadata and asks for it with 0-0: both are sent', () => {
    const meeting = new Meeting('sender', new CfdpPyReceiver(), {
      dialect: 'cfdp-py',
      weather: ({ kind, nth, from }) => (from === 'us' && kind === 'metadata' && nth === 1 ? 'drop' : 'pass'),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.peer.file).toEqual(FILE)
  })

  it('it merges PDUs of any transaction into the current one: one transaction is open at a time', () => {
    const meeting = new Meeting('sender', new CfdpPyReceiver(), { dialect: 'cfdp-py' })
    for (let count = 0; count < 3; count++) meeting.put(FILE)
    expect(meeting.runToEnd(3n)).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0, 0, 0])
    expect(meeting.peer.merged).toBe(0)
  })

  it('it never acknowledges EOF again: a Finished without ACK(EOF) before it ends the transaction', () => {
    const meeting = new Meeting('sender', new CfdpPyReceiver(), {
      dialect: 'cfdp-py',
      weather: ({ kind }) => (kind === 'ack-eof' ? 'drop' : 'pass'),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.us.count('eof')).toBe(1)
  })

  it('it does not answer an EOF after its end: what was said once is enough, and no EOF follows Finished', () => {
    const meeting = new Meeting('sender', new CfdpPyReceiver(), {
      dialect: 'cfdp-py',
      weather: ({ kind, from, nth }) =>
        kind === 'ack-finished' && from === 'us' && nth === 1 ? 'drop' : 'pass',
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(60_000)
    expect(meeting.peer.ghosts).toBe(0)
    expect(meeting.us.kinds().at(-1)).toBe('ack-finished')
  })

  it('an error has no fault location in Finished: the condition is told all the same', () => {
    const meeting = new Meeting('sender', new CfdpPyReceiver(), {
      dialect: 'cfdp-py',
      weather: ({ pdu }) => (pdu?.kind === 'file-data' && pdu.offset === 1008 ? 'drop' : 'pass'),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([7])
    expect(meeting.us.finished()[0]).toMatchObject({ delivery: 1 })
    expect(meeting.us.kinds().at(-1)).toBe('ack-finished')
  })

  it('EOF(cancel) kills it: the cancellation is given up at the EOF limit, and nothing else follows', () => {
    const meeting = new Meeting('sender', new CfdpPyReceiver(), {
      dialect: 'cfdp-py',
      remote: { eofAckLimit: 2, eofAckTimeout: 1000 as Millis },
      weather: ({ kind, from }) => (kind === 'finished' && from === 'peer' ? 'drop' : 'pass'),
    })
    meeting.put(FILE)
    meeting.run(100)
    meeting.ask('cancel')
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ abandoned: true })
    expect(meeting.peer.isDead).toBe(true)
    const sent = meeting.us.sent.length
    meeting.run(60_000)
    expect(meeting.us.sent).toHaveLength(sent)
  })

  it('it answers metadata-only with Finished at once: EOF goes with Metadata, and never after Finished', () => {
    const meeting = new Meeting('sender', new CfdpPyReceiver(), { dialect: 'cfdp-py' })
    meeting.putNothing({ messages: [Uint8Array.of(1)] })
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(60_000)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.us.kinds()).toEqual(['metadata', 'eof', 'ack-finished'])
    expect(meeting.peer.ghosts).toBe(0)
  })

  it('an EOF that comes after its end opens a ghost: its NAKs are not served, its Finished is acknowledged', () => {
    const peer = new CfdpPyReceiver()
    const meeting = new Meeting('sender', peer, { dialect: 'cfdp-py' })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(1000)
    const eof = peer.heard.find(({ pdu }) => pdu.kind === 'eof')!
    const sent = meeting.us.sent.length
    peer.hear(eof)
    expect(peer.ghosts).toBe(1)
    meeting.run(60_000)
    expect(meeting.us.kinds().slice(sent)).toEqual(['ack-finished'])
    expect(conditionsOf(meeting)).toEqual([0])
  })

  it('it knows no Prompt: a sender without a rate assumes one and asks none', () => {
    const { pace } = withDialect(REMOTE_DEFAULTS.patient, 'cfdp-py')
    const peer = new CfdpPyReceiver()
    const meeting = new Meeting('sender', peer, { dialect: 'cfdp-py', remote: { pace } })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(peer.troubles).toEqual([])
  })

  it('it has no id of 3 octets and no Proximity-1 checksum: such a Put is refused with the reason', () => {
    const wide = new Meeting('sender', new CfdpPyReceiver(), {
      dialect: 'cfdp-py',
      remote: { entityIdLength: 3 },
    })
    expect(wide.tryPut(FILE)).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/3 octets/) })
    const meeting = new Meeting('sender', new CfdpPyReceiver(), { dialect: 'cfdp-py' })
    expect(meeting.tryPut(FILE, { checksumType: 1 })).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/checksum of type 1/),
    })
    expect(meeting.tryPut(FILE, { checksumType: 3 })).toMatchObject({ kind: 'accepted' })
  })
})

/** 0.7.0: Metadata that comes while it repairs what EOF showed missing stalls it, until another EOF comes. */
class CfdpPy070Receiver extends CfdpPyReceiver {
  #isStalled = false

  protected override takeMetadata(pdu: PduOf<'metadata'>): void {
    if (this.eof === undefined) return super.takeMetadata(pdu)
    this.metadata ??= pdu
    this.#isStalled = true
    this.troubles.push('Metadata during deferred repair')
  }

  protected override takeEof(pdu: PduOf<'eof'>): void {
    this.#isStalled = false
    super.takeEof(pdu)
  }

  protected override deferred(left: number): void {
    if (!this.#isStalled) super.deferred(left)
  }

  protected override consider(): void {
    if (!this.#isStalled) super.consider()
  }
}

describe('towards cfdp-py 0.7.0, which receives', () => {
  it('Metadata during deferred repair stalls it: a lost one is there again before EOF', () => {
    const meeting = new Meeting('sender', new CfdpPy070Receiver(), {
      dialect: 'cfdp-py',
      remote: { pace: 1_000_000 },
      weather: ({ kind, from, nth }) => (kind === 'metadata' && from === 'us' && nth === 1 ? 'drop' : 'pass'),
    })
    const file = content(50_000)
    meeting.put(file)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.troubles).toEqual([])
    expect(meeting.peer.file).toEqual(file)
  })

  it.each([100, 5000])(
    'where Metadata cannot be there before EOF, another EOF behind it ends the stall (%i octets)',
    octets => {
      const meeting = new Meeting('sender', new CfdpPy070Receiver(), {
        dialect: 'cfdp-py',
        weather: ({ kind, from, nth }) =>
          kind === 'metadata' && from === 'us' && nth === 1 ? 'drop' : 'pass',
      })
      const file = content(octets)
      meeting.put(file)
      expect(meeting.runToEnd()).toBe(true)
      expect(conditionsOf(meeting)).toEqual([0])
      expect(meeting.peer.troubles).toContain('Metadata during deferred repair')
      expect(meeting.peer.file).toEqual(file)
    },
  )
})

/** The source handler. */
class CfdpPySender extends SendingPuppet {
  eofAcknowledged = false
  concluded: PduOf<'finished'> | undefined
  isSending = false
  #eofsLeft = 2

  override begin(): void {
    this.send(this.metadata({ closureRequested: true }))
    this.sendAll([1000])
    this.send(this.eof())
    this.#awaitAck()
  }

  hear({ header, pdu }: Heard): void {
    if (header.sequence !== this.header.sequence) {
      this.troubles.push('a reply with an unexpected sequence number ends the thread')
      return
    }
    if (pdu.kind === 'ack-eof') this.eofAcknowledged = true
    if (pdu.kind === 'nak') {
      if (pdu.metadataRequested) this.send(this.metadata({ closureRequested: true }))
      for (const { from, to } of pdu.requests) this.send(this.data(from, to))
    }
    if (pdu.kind !== 'finished') return
    // Before ACK(EOF) it ignores Finished; and while it sends, one that cancels.
    if (!this.eofAcknowledged || this.isSending) return
    this.concluded = pdu
    this.send({ kind: 'ack-finished', condition: pdu.condition, status: 1 })
  }

  #awaitAck(): void {
    this.strings.later(10_000, () => {
      if (this.eofAcknowledged || this.#eofsLeft === 0) return
      this.#eofsLeft -= 1
      this.send(this.eof())
      this.#awaitAck()
    })
  }
}

describe('from cfdp-py, which sends', () => {
  it('it sets the closure bit in class 2 too: Finished is acknowledged and the end is the same', () => {
    const meeting = new Meeting('receiver', new CfdpPySender(), { dialect: 'cfdp-py' })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(meeting.peer.file)
    expect(meeting.us.count('finished')).toBe(1)
  })

  it('it ignores Finished before ACK(EOF): when that was lost, its next EOF gets both again', () => {
    const meeting = new Meeting('receiver', new CfdpPySender(), {
      dialect: 'cfdp-py',
      weather: ({ kind, from, nth }) => (kind === 'ack-eof' && from === 'us' && nth === 1 ? 'drop' : 'pass'),
    })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.concluded).toMatchObject({ condition: 0, delivery: 0 })
  })

  it('0.7.0 ignores Finished(cancel) while it sends: it is said until it is heard', () => {
    const peer = new CfdpPySender()
    peer.isSending = true
    const meeting = new Meeting('receiver', peer, {
      dialect: 'cfdp-py',
      weather: ({ pdu }) => (pdu?.kind === 'file-data' && pdu.offset === 1000 ? 'drop' : 'pass'),
    })
    meeting.run(15)
    meeting.ask('cancel')
    meeting.run(5000)
    peer.isSending = false
    expect(meeting.runToEnd()).toBe(true)
    expect(peer.concluded).toMatchObject({ condition: 15 })
    expect(meeting.delivered).toBeUndefined()
  })

  it('a reply to a transaction that is over ends its thread: once it begins another, we say no more of the last', () => {
    class Twice extends CfdpPySender {
      next(): void {
        this.header = { ...HEADER, sequence: 2n as never }
        this.eofAcknowledged = false
        this.begin()
      }
    }
    const peer = new Twice()
    const meeting = new Meeting('receiver', peer, {
      dialect: 'cfdp-py',
      weather: ({ kind, from, nth }) =>
        kind === 'ack-finished' && from === 'peer' && nth === 1 ? 'drop' : 'pass',
    })
    expect(meeting.runUntil(() => peer.concluded !== undefined)).toBe(true)
    peer.next()
    expect(meeting.runToEnd(2n)).toBe(true)
    meeting.run(120_000)
    expect(peer.troubles).toEqual([])
    expect(meeting.report()?.ending).toMatchObject({ condition: 0, delivery: 0 })
  })

  it('metadata-only comes without EOF: it is complete with its Metadata, and an EOF behind it is acknowledged', () => {
    class WithoutFile extends CfdpPySender {
      override begin(): void {
        this.send(this.metadata({ sourceName: '', destinationName: '', fileSize: 0 }))
        this.eofAcknowledged = true
      }
    }
    const peer = new WithoutFile()
    const meeting = new Meeting('receiver', peer, { dialect: 'cfdp-py' })
    expect(meeting.runToEnd()).toBe(true)
    expect(peer.concluded).toMatchObject({ condition: 0, fileStatus: 3 })
    class WithEof extends WithoutFile {
      override begin(): void {
        super.begin()
        this.eofAcknowledged = false
        this.send({ kind: 'eof', condition: 0, checksum: 0, fileSize: 0 })
      }
    }
    const later = new WithEof()
    const second = new Meeting('receiver', later, { dialect: 'cfdp-py' })
    expect(second.runToEnd()).toBe(true)
    expect(later.concluded).toMatchObject({ condition: 0, fileStatus: 3 })
  })

  it('metadata-only without EOF, from a peer not known for it: inactivity completes it and is no fault', () => {
    class WithoutFile extends CfdpPySender {
      override begin(): void {
        this.send(this.metadata({ sourceName: '', destinationName: '', fileSize: 0 }))
      }
    }
    const meeting = new Meeting('receiver', new WithoutFile(), {
      remote: { inactivityTimeout: 10_000 as Millis, finAckLimit: 0, finAckTimeout: 1000 as Millis },
    })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 0, delivery: 0, fileStatus: 3 })
    expect(meeting.us.faults()).not.toContain(8)
  })

  it('its EOF(cancel) has the sum of the whole file and no fault location: it is acknowledged and not compared', () => {
    class Cancels extends CfdpPySender {
      override begin(): void {
        this.send(this.metadata())
        this.send(this.data(0))
        this.send(this.eof(15, { fileSize: 500 }))
      }
    }
    const meeting = new Meeting('receiver', new Cancels(), { dialect: 'cfdp-py' })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 15, byPeer: true })
    expect(meeting.us.faults()).toEqual([])
    meeting.run(100)
    expect(meeting.peer.eofAcknowledged).toBe(true)
  })
})
