/** dariol83/ccsds, the Java entity: the most complete class 2 peer. */
import { describe, expect, it } from 'vitest'
import type { ConditionCode, Header, PduOf, SequenceNumber } from '../../src/index.ts'
import { content } from '../engine/two-entities.ts'
import { conditionsOf, Meeting, type Passing } from './meeting.ts'
import { HEADER, type Heard, octetsOf, ReceivingPuppet, SendingPuppet } from './puppet.ts'

const FILE = content(5000)
const drops =
  (from: 'us' | 'peer', kind: string, ...nths: readonly number[]) =>
  (passing: Passing): 'pass' | 'drop' =>
    passing.from === from && passing.kind === kind && nths.includes(passing.nth) ? 'drop' : 'pass'

class JavaReceiver extends ReceivingPuppet {
  #finished = false

  hear(heard: Heard): void {
    const { pdu } = heard
    switch (pdu.kind) {
      case 'metadata':
        if (pdu.options.some(option => option.tlv === 'unknown')) this.troubles.push('unknown TLV')
        this.metadata = pdu
        if (pdu.checksumType !== 0 && pdu.checksumType !== 15) return this.#refuseChecksum(heard)
        break
      case 'file-data':
        this.store(pdu)
        break
      case 'eof':
        return this.#takeEof(heard, pdu)
      case 'prompt':
        return this.#nak(heard)
      case 'ack-finished':
        this.#finished = true
        return
    }
    if (this.isWhole) this.#finish(heard)
  }

  /** A cancellation is acknowledged as active and gets no Finished; with an error it needs its fault location. */
  #takeEof(heard: Heard, eof: PduOf<'eof'>): void {
    if (eof.condition !== 0 && eof.faultLocation === undefined)
      this.troubles.push('EOF without fault location')
    this.reply(heard, { kind: 'ack-eof', condition: eof.condition, status: 1 })
    if (eof.condition !== 0) return
    this.eof = eof
    if (this.isWhole) this.#finish(heard)
    else this.#nak(heard)
  }

  #finish(heard: Heard): void {
    if (this.#finished) return
    this.reply(heard, { kind: 'finished', condition: 0, delivery: 0, fileStatus: 2, responses: [] })
  }

  /** Condition 11, incomplete, retained, nothing behind it. */
  #refuseChecksum(heard: Heard): void {
    const header: Header = { ...heard.header, direction: 'to-sender' }
    const finished = { kind: 'finished', condition: 11, delivery: 1, fileStatus: 2, responses: [] } as const
    const bytes = octetsOf(header, finished)
    expect([...bytes.slice(-2)]).toEqual([0x05, 0xb6])
    this.strings.send(bytes)
  }

  /** Groups of four requests that all claim the same scope, which starts where the contiguous part ends. */
  #nak(heard: Heard): void {
    const end = this.eof?.fileSize ?? this.held.highest
    const gaps = this.held.gapsWithin(0, end)
    const prefix = gaps[0]?.from ?? end
    const scope = { from: prefix, to: end }
    if (this.metadata === undefined) {
      const metadataScope = { from: prefix, to: prefix }
      this.reply(heard, { kind: 'nak', scope: metadataScope, metadataRequested: true, requests: [] })
    }
    for (let index = 0; index < gaps.length; index += 4) {
      const requests = gaps.slice(index, index + 4)
      this.reply(heard, { kind: 'nak', scope, metadataRequested: false, requests })
    }
    if (gaps.length === 0) this.reply(heard, { kind: 'nak', scope, metadataRequested: false, requests: [] })
    else if (this.eof !== undefined) this.strings.later(2000, () => this.isWhole || this.#nak(heard))
  }
}

describe('towards dariol83/ccsds, which receives', () => {
  it('its NAKs come in groups of four with one scope: no group takes back what another asked for', () => {
    const meeting = new Meeting('sender', new JavaReceiver(), {
      dialect: 'dariol83',
      remote: { maxPduSize: 300 },
      weather: drops('us', 'file-data', 1, 3, 5, 7, 9, 11, 13, 15, 17),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.peer.file).toEqual(FILE)
    expect(meeting.report()?.pdus.resent).toBe(9)
  })

  it('it asks for Metadata with an empty scope at the contiguous part: it is resent', () => {
    const meeting = new Meeting('sender', new JavaReceiver(), {
      dialect: 'dariol83',
      weather: drops('us', 'metadata', 1),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.file).toEqual(FILE)
  })

  it('it answers a Prompt from where its contiguous part ends: a windowed sender finishes all the same', () => {
    const meeting = new Meeting('sender', new JavaReceiver(), {
      remote: { pace: 'window' },
      weather: drops('us', 'file-data', 7, 50, 51),
    })
    const file = content(200_000)
    meeting.put(file)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.file).toEqual(file)
  })

  it('it needs a fault location in an EOF with an error: ours has one, and what it sends back is the end', () => {
    const meeting = new Meeting('sender', new JavaReceiver(), {
      dialect: 'dariol83',
      weather: ({ kind, from }) => (from === 'us' && kind === 'file-data' ? 'drop' : 'pass'),
    })
    meeting.put(FILE)
    meeting.run(15)
    meeting.ask('cancel')
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.troubles).toEqual([])
    expect(meeting.report()?.ending).toMatchObject({ condition: 15 })
  })

  it('a checksum it cannot compute is condition 11 with an incomplete file: that is no arrival', () => {
    const meeting = new Meeting('sender', new JavaReceiver())
    meeting.put(FILE, { checksumType: 3 })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()).toMatchObject({
      ending: { condition: 11, delivery: 1, fileStatus: 2 },
      safeOctets: 0,
    })
    const told = new Meeting('sender', new JavaReceiver(), { dialect: 'dariol83' })
    expect(told.tryPut(FILE, { checksumType: 3 })).toMatchObject({ kind: 'refused' })
  })
})

class JavaSender extends SendingPuppet {
  readonly story: (java: JavaSender) => void
  #forgotten = false
  concluded = 0

  constructor(story: (java: JavaSender) => void) {
    super(FILE)
    this.story = story
  }

  override begin(): void {
    this.story(this)
  }

  hear({ pdu, header }: Heard): void {
    if (header.sequenceLength !== this.header.sequenceLength) this.troubles.push('another width')
    if (pdu.kind === 'nak') {
      if (pdu.metadataRequested) this.send(this.metadata())
      for (const { from, to } of pdu.requests) this.send(this.data(from, to))
    }
    if (pdu.kind !== 'finished') return
    if (pdu.condition !== 0 && pdu.condition !== 11 && pdu.faultLocation === undefined)
      this.troubles.push('Finished without fault location')
    this.concluded += 1
    // A transaction it has forgotten is acknowledged as undefined.
    this.send({ kind: 'ack-finished', condition: pdu.condition, status: this.#forgotten ? 0 : 2 })
  }

  forget(): void {
    this.#forgotten = true
  }

  whole(sequence: bigint = 1n, sequenceLength = 1): void {
    this.header = { ...HEADER, sequence: sequence as SequenceNumber, sequenceLength, entityIdLength: 1 }
    this.send(this.metadata())
    this.sendAll([1000])
    this.send(this.eof())
  }

  /** With the second name that it needs for one file too. */
  request(): void {
    const options = [{ tlv: 'filestore-request' as const, action: 1 as const, firstName: 'old.txt' }]
    const metadata = this.metadata({ sourceName: '', destinationName: '', fileSize: 0, options })
    this.send(metadata, {}, { emptySecondNameLv: true })
    this.send({ kind: 'eof', condition: 0, checksum: 0, fileSize: 0 })
  }
}

describe('from dariol83/ccsds, which sends', () => {
  it.each([
    [1n, 1],
    [255n, 1],
    [256n, 2],
    [65_536n, 3],
  ])(
    'sequence numbers are as wide as their values, %s in %i octets: replies mirror it',
    (sequence, octets) => {
      const meeting = new Meeting('receiver', new JavaSender(java => java.whole(sequence, octets)), {
        dialect: 'dariol83',
      })
      expect(meeting.runToEnd(sequence)).toBe(true)
      expect(meeting.delivered).toEqual(FILE)
      expect(meeting.peer.troubles).toEqual([])
    },
  )

  it('a transaction it has forgotten is acknowledged as undefined: that acknowledges our Finished', () => {
    const story = (java: JavaSender): void => {
      java.whole()
      java.forget()
    }
    const meeting = new Meeting('receiver', new JavaSender(story), { dialect: 'dariol83' })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.us.count('finished')).toBe(1)
  })

  it('it needs a fault location in a Finished with an error: ours has one', () => {
    const meeting = new Meeting('receiver', new JavaSender(java => java.whole()), {
      dialect: 'dariol83',
      weather: ({ pdu, from }) =>
        from === 'peer' && pdu?.kind === 'file-data' && pdu.offset === 1000 ? 'drop' : 'pass',
    })
    meeting.run(15)
    meeting.ask('cancel')
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.concluded).toBe(1)
    expect(meeting.peer.troubles).toEqual([])
    expect(meeting.report()?.ending).toMatchObject({ condition: 15 satisfies ConditionCode })
  })

  it('requests and responses on one file have a second name there: both are in its form', () => {
    const meeting = new Meeting('receiver', new JavaSender(java => java.request()), { dialect: 'dariol83' })
    expect(meeting.runToEnd()).toBe(true)
    const finished = meeting.us.sent.find(({ pdu }) => pdu.kind === 'finished')!
    expect(finished.pdu).toMatchObject({ responses: [{ firstName: 'old.txt' }] })
    expect([...finished.bytes.slice(-2)]).toEqual([0, 0])
    expect(finished.bytes.at(-3)).toBe('t'.charCodeAt(0))
  })

  it('it finds transactions by sequence number alone: ours with the numbers of its own are not taken for them', () => {
    // Both ends have a transaction 1, each its own; what we say about ours does not touch what it sends.
    const meeting = new Meeting('receiver', new JavaSender(java => java.whole()), { dialect: 'dariol83' })
    meeting.us.filestore.files.set('ours.bin', FILE)
    const put = { kind: 'put', destination: HEADER.source, sourceName: 'ours.bin' } as const
    expect(meeting.us.entity.request(put, meeting.now).kind).toBe('accepted')
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(FILE)
  })
})
