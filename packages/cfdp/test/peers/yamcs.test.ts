/** yamcs+yamcs, the Java service, and the spacecraft simulator that comes with it. */
import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import type { ConditionCode, PduOf, Range } from '../../src/index.ts'
import { content } from '../engine/two-entities.ts'
import { conditionsOf, Meeting, type Passing } from './meeting.ts'
import { type Heard, octetsOf, ReceivingPuppet, SendingPuppet, withField } from './puppet.ts'

const FILE = content(5000)
const CLOSED = { mode: 'unacknowledged', closureRequested: true } as const
const drops =
  (from: 'us' | 'peer', kind: string, ...nths: readonly number[]) =>
  (passing: Passing): 'pass' | 'drop' =>
    passing.from === from && passing.kind === kind && nths.includes(passing.nth) ? 'drop' : 'pass'

class YamcsReceiver extends ReceivingPuppet {
  #lastNak = -Infinity
  finishedAcknowledged = false
  #finishedsLeft = 6
  isSuspended = false
  /** What it says when it gives up, and when. */
  givesUp: ConditionCode | undefined
  /** The simulator has the mode bit wrong in its replies. */
  readonly isSimulator: boolean

  constructor(isSimulator = false) {
    super()
    this.isSimulator = isSimulator
  }

  hear(heard: Heard): void {
    const { pdu, header } = heard
    if (header.largeFile) return void this.troubles.push('large file: dropped with an event')
    if (heard.bytes[1]! * 256 + heard.bytes[2]! < 2) return void this.troubles.push('data field too short')
    switch (pdu.kind) {
      case 'metadata':
        if (pdu.checksumType !== 0 && pdu.checksumType !== 15) this.troubles.push('unsupported checksum')
        this.metadata = pdu
        break
      case 'file-data':
        this.store(pdu)
        break
      case 'eof':
        this.#takeEof(heard, pdu)
        break
      case 'ack-finished':
        this.finishedAcknowledged = true
        return
      default:
        // Prompt is ignored.
        return
    }
    if (this.eof !== undefined) this.#consider(heard)
  }

  #takeEof(heard: Heard, eof: PduOf<'eof'>): void {
    if (heard.header.mode === 'acknowledged')
      this.#answer(heard, { kind: 'ack-eof', condition: eof.condition, status: 1 })
    // A cancellation completes it, without Finished.
    if (eof.condition === 0) this.eof = eof
  }

  #consider(heard: Heard): void {
    // The bug of issue 956: what arrived while it was suspended is not looked at on Resume.
    if (this.isSuspended) return
    if (this.givesUp !== undefined) return this.#finish(heard, this.givesUp)
    if (this.isWhole) return this.#finish(heard, 0)
    if (heard.header.mode === 'acknowledged') this.#nak(heard)
  }

  /** At most one in a NAK timeout; the scope is the hull of the requests, Metadata first. */
  #nak(heard: Heard): void {
    const { now } = this.strings
    if (now - this.#lastNak < 5000) return
    this.#lastNak = now
    const requests = this.held.gapsWithin(0, this.eof!.fileSize, 61)
    const scope = { from: requests[0]?.from ?? 0, to: requests.at(-1)?.to ?? 0 }
    this.#answer(heard, { kind: 'nak', scope, metadataRequested: this.metadata === undefined, requests })
    this.strings.later(5000, () => {
      if (!this.isWhole) this.#nak(heard)
    })
  }

  #finish(heard: Heard, condition: ConditionCode): void {
    const isClosed = heard.header.mode === 'acknowledged' || this.metadata?.closureRequested === true
    if (!isClosed || this.finishedAcknowledged || this.#finishedsLeft === 0) return
    this.#finishedsLeft -= 1
    const header = { ...heard.header, direction: 'to-sender', crc: false } as const
    // Delivery is "complete" on error too, the status then "discarded", and bit 3 is set.
    const fileStatus = condition === 0 ? 2 : 0
    const finished = { kind: 'finished', condition, delivery: 0, fileStatus, responses: [] } as const
    const bytes = withField(octetsOf(this.#own(header), finished), ([code, outcome]) => [code!, outcome! | 8])
    this.strings.send(bytes)
    this.strings.later(10_000, () => this.#finish(heard, condition))
  }

  /** It verifies a CRC and never makes one. */
  #answer(heard: Heard, pdu: Parameters<ReceivingPuppet['say']>[1]): void {
    this.reply(heard, pdu, { crc: false, ...(this.isSimulator ? { mode: 'unacknowledged' as const } : {}) })
  }

  #own(header: Heard['header']): Heard['header'] {
    return this.isSimulator ? { ...header, mode: 'unacknowledged' } : header
  }
}

describe('towards Yamcs, which receives', () => {
  it('it sends one NAK in five seconds, with the hull of its requests: all of them are served', () => {
    const meeting = new Meeting('sender', new YamcsReceiver(), {
      dialect: 'yamcs',
      weather: drops('us', 'file-data', 2, 4),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.peer.file).toEqual(FILE)
    expect(meeting.us.count('file-data')).toBe(5 + 2)
    expect(meeting.peer.troubles).toEqual([])
  })

  it('it verifies a CRC and never makes one: its replies without are accepted by a sender that writes them', () => {
    const meeting = new Meeting('sender', new YamcsReceiver(), {
      dialect: 'yamcs',
      remote: { crcOnTransmit: true },
      weather: drops('us', 'file-data', 2),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.peer.heard.every(({ header }) => header.crc)).toBe(true)
  })

  it('with an error its Finished says "complete" all the same, and has bit 3 set: that is no delivery', () => {
    const peer = new YamcsReceiver()
    peer.givesUp = 7
    const meeting = new Meeting('sender', peer, { dialect: 'yamcs' })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 7, delivery: 1, fileStatus: 0 })
    expect(meeting.us.finished()[0]).toMatchObject({ delivery: 1 })
  })

  it('in class 1 it repeats Finished until that is acknowledged: it is, again when the first was lost', () => {
    const meeting = new Meeting('sender', new YamcsReceiver(), {
      dialect: 'yamcs',
      weather: drops('us', 'ack-finished', 1),
    })
    meeting.put(FILE, CLOSED)
    expect(meeting.runUntil(() => meeting.peer.finishedAcknowledged)).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    meeting.run(60_000)
    expect(meeting.us.count('ack-finished')).toBe(2)
  })

  it('in class 1 Finished is acknowledged after a restart that forgot the transaction too', () => {
    const meeting = new Meeting('sender', new YamcsReceiver(), {
      dialect: 'yamcs',
      weather: drops('us', 'ack-finished', 1),
    })
    meeting.put(FILE, CLOSED)
    expect(meeting.runToEnd()).toBe(true)
    meeting.us.restart(meeting.now, [])
    expect(meeting.runUntil(() => meeting.peer.finishedAcknowledged)).toBe(true)
  })

  it('to a peer not known for it Finished is not acknowledged in class 1', () => {
    const meeting = new Meeting('sender', new YamcsReceiver())
    meeting.put(FILE, CLOSED)
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(60_000)
    expect(meeting.us.count('ack-finished')).toBe(0)
  })

  it('a cancellation completes it without Finished: the acknowledgement of EOF is the end', () => {
    const meeting = new Meeting('sender', new YamcsReceiver(), {
      dialect: 'yamcs',
      weather: ({ kind, from }) => (from === 'us' && kind === 'file-data' ? 'drop' : 'pass'),
    })
    meeting.put(FILE)
    meeting.run(15)
    meeting.ask('cancel')
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 15 })
  })

  it('an EOF that came while it was suspended is never followed by a NAK (issue 956): our inactivity ends it', () => {
    const peer = new YamcsReceiver()
    peer.isSuspended = true
    const meeting = new Meeting('sender', peer, {
      dialect: 'yamcs',
      remote: { inactivityTimeout: 10_000 as Millis, senderFaultHandlers: { 8: 'cancel' } },
      weather: drops('us', 'file-data', 2),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.us.faults()[0]).toBe(8)
    expect(meeting.us.count('eof')).toBe(2)
  })

  it('it ignores Prompts: a windowed sender doubts its window and goes on by rate', () => {
    const meeting = new Meeting('sender', new YamcsReceiver(), { remote: { pace: 'window' } })
    const file = content(200_000)
    meeting.put(file)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.file).toEqual(file)
    expect(meeting.us.told.some(what => what.kind === 'notice' && what.code === 'rate-assumed')).toBe(true)
  })

  it('large files are dropped there and other checksums refused: so are the Puts', () => {
    const meeting = new Meeting('sender', new YamcsReceiver(), { dialect: 'yamcs' })
    expect(meeting.tryPut(FILE, { checksumType: 3 })).toMatchObject({ kind: 'refused' })
    const { openSource } = meeting.us.filestore
    meeting.us.filestore.openSource = name =>
      Object.assign(openSource.call(meeting.us.filestore, name), { size: 2 ** 32 })
    expect(meeting.tryPut(FILE)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/4294967295/),
    })
  })

  it('its simulator answers class 2 with the unacknowledged bit: the replies count', () => {
    const weather = drops('us', 'file-data', 2)
    const meeting = new Meeting('sender', new YamcsReceiver(true), { dialect: 'yamcs', weather })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    const strict = new Meeting('sender', new YamcsReceiver(true), {
      dialect: 'yamcs',
      remote: { requireEqualMode: true, eofAckLimit: 1, eofAckTimeout: 1000 as Millis },
      weather: drops('us', 'file-data', 2),
    })
    strict.put(FILE)
    expect(strict.runToEnd()).toBe(true)
    expect(strict.us.faults()[0]).toBe(1)
    expect(strict.dropped('header-changed')).toBeGreaterThan(0)
  })

  it('its simulator loses a fifth of the data and half of the EOFs: the file arrives', () => {
    const meeting = new Meeting('sender', new YamcsReceiver(true), {
      dialect: 'yamcs',
      weather: ({ kind, from, nth }) =>
        from === 'us' && ((kind === 'file-data' && nth % 5 === 0) || (kind === 'eof' && nth % 2 === 1))
          ? 'drop'
          : 'pass',
    })
    const file = content(60_000)
    meeting.put(file)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.file).toEqual(file)
  })
})

class YamcsSender extends SendingPuppet {
  readonly lost: readonly number[]
  readonly story: (yamcs: YamcsSender) => void
  /** The newest NAK's, and nothing else. */
  #list: readonly Range[] = []
  #firstPassDone = false
  concluded = false
  #eofs = 0

  constructor(story: (yamcs: YamcsSender) => void, file = FILE, lost: readonly number[] = []) {
    super(file)
    this.story = story
    this.lost = lost
  }

  override begin(): void {
    this.story(this)
  }

  hear({ pdu }: Heard): void {
    if (pdu.kind === 'nak') {
      this.#list = pdu.requests
      if (pdu.metadataRequested) this.send(this.metadata())
      if (this.#firstPassDone) this.strings.later(1, () => this.#serve())
    }
    if (pdu.kind !== 'finished') return
    this.concluded = true
    this.send({ kind: 'ack-finished', condition: pdu.condition, status: 2 })
  }

  class2(): void {
    this.send(this.metadata())
    this.sendAll(this.lost)
    this.#firstPassDone = true
    this.send(this.eof())
    this.#serve()
  }

  /** EOF is repeated until Finished comes. */
  closed(): void {
    this.header = { ...this.header, mode: 'unacknowledged' }
    this.send(this.metadata({ closureRequested: true }))
    this.sendAll()
    this.#repeatEof()
  }

  cancelled(): void {
    this.send(this.metadata())
    this.send(this.data(0))
    this.send(this.eof(15, { fileSize: 500, checksum: 1, faultLocation: this.header.source }))
  }

  #repeatEof(): void {
    if (this.concluded || this.#eofs === 6) return
    this.#eofs += 1
    this.send(this.eof())
    this.strings.later(3000, () => this.#repeatEof())
  }

  /** Original segments whose start lies in a request. */
  #serve(): void {
    const list = this.#list
    this.#list = []
    for (let at = 0; at < this.file.length; at += this.segment) {
      if (list.some(({ from, to }) => from <= at && at < to)) this.send(this.data(at))
    }
  }
}

const everyOther = (length: number): number[] =>
  Array.from({ length: Math.floor(length / 1000) }, (_, index) => 500 + 1000 * index)

describe('from Yamcs, which sends', () => {
  it('it knows only our newest NAK: each starts at the beginning of the file and is one PDU', () => {
    const file = content(200_000)
    const meeting = new Meeting(
      'receiver',
      new YamcsSender(yamcs => yamcs.class2(), file, everyOther(200_000)),
      {
        dialect: 'yamcs',
        remote: { maxPduSize: 512 },
      },
    )
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(file)
    const naks = meeting.us.sent.flatMap(({ pdu }) => (pdu.kind === 'nak' ? [pdu] : []))
    expect(naks.every(({ scope }) => scope.from === 0)).toBe(true)
    // 200 gaps, 61 requests in a NAK of 512 octets; how often gaps are restated before EOF does not count.
    const atOneTime = new Map<number, number>()
    for (const { at, pdu } of meeting.us.sent) {
      if (pdu.kind === 'nak') atOneTime.set(at, (atOneTime.get(at) ?? 0) + 1)
    }
    expect(Math.max(...naks.map(({ requests }) => requests.length))).toBe(61)
    const afterEof = [...atOneTime].slice(1)
    expect(afterEof.every(([, count]) => count === 1)).toBe(true)
  })

  it('a list in several NAKs, of which it knows the last, is made good by asking again', () => {
    const file = content(200_000)
    const meeting = new Meeting(
      'receiver',
      new YamcsSender(yamcs => yamcs.class2(), file, everyOther(200_000)),
      {
        remote: { maxPduSize: 512 },
      },
    )
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(file)
  })

  it('it resends a segment only if its start was asked for: requests begin and end where segments do', () => {
    const lost = [0, 1500, 2000, 4500]
    const meeting = new Meeting('receiver', new YamcsSender(yamcs => yamcs.class2(), FILE, lost), {
      dialect: 'yamcs',
    })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(FILE)
    for (const { pdu } of meeting.us.sent) {
      if (pdu.kind !== 'nak') continue
      for (const { from, to } of pdu.requests) expect([from % 500, to % 500]).toEqual([0, 0])
    }
  })

  it('in class 1 it repeats EOF until Finished comes: a lost one is sent again', () => {
    const meeting = new Meeting('receiver', new YamcsSender(yamcs => yamcs.closed()), {
      dialect: 'yamcs',
      weather: drops('us', 'finished', 1),
    })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.concluded).toBe(true)
    expect(meeting.delivered).toEqual(FILE)
    expect(meeting.us.finished()).toHaveLength(1)
    expect(meeting.us.count('finished')).toBeGreaterThanOrEqual(2)
  })

  it('in class 1, not known for it, it gets one Finished, and its repeated EOFs change nothing', () => {
    const meeting = new Meeting('receiver', new YamcsSender(yamcs => yamcs.closed()), {
      weather: drops('us', 'finished', 1),
    })
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(60_000)
    expect(meeting.us.kinds()).toEqual(['finished'])
    expect(meeting.us.finished()).toHaveLength(1)
  })

  it('its EOF(cancel) has the octets sent and its own id: it is acknowledged and is the end', () => {
    const meeting = new Meeting('receiver', new YamcsSender(yamcs => yamcs.cancelled()), { dialect: 'yamcs' })
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(10_000)
    expect(meeting.us.kinds()).toEqual(['ack-eof'])
    expect(meeting.us.faults()).toEqual([])
  })
})

describe('a sender whose peer says everything anew in each NAK', () => {
  it('resends what the newest one asks for, where its list replaces (the seed)', () => {
    class Restating extends ReceivingPuppet {
      hear(heard: Heard): void {
        const { pdu } = heard
        if (pdu.kind === 'metadata') this.metadata = pdu
        if (pdu.kind === 'file-data') this.store(pdu)
        if (pdu.kind === 'eof') {
          this.eof = pdu
          this.reply(heard, { kind: 'ack-eof', condition: 0, status: 1 })
          const all = { from: 0, to: pdu.fileSize }
          this.reply(heard, { kind: 'nak', scope: all, metadataRequested: false, requests: [all] })
          const last = { from: 4032, to: 5000 }
          this.reply(heard, { kind: 'nak', scope: all, metadataRequested: false, requests: [last] })
          const finished = {
            kind: 'finished',
            condition: 0,
            delivery: 0,
            fileStatus: 2,
            responses: [],
          } as const
          this.strings.later(5000, () => this.reply(heard, finished))
        }
      }
    }
    for (const [nakReplace, resent] of [
      [true, 1],
      [false, 5],
    ] as const) {
      const meeting = new Meeting('sender', new Restating(), { remote: { nakReplace, pace: 100_000 } })
      meeting.put(FILE)
      expect(meeting.runToEnd()).toBe(true)
      expect(meeting.report()?.pdus.resent).toBe(resent)
    }
  })
})
