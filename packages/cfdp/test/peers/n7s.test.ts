/** n7space+n7s-cfdp, the C library over ASN.1: class 1 only. */
import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import type { EntityId, Header } from '../../src/index.ts'
import { content } from '../engine/two-entities.ts'
import { Meeting } from './meeting.ts'
import { HEADER, type Heard, octetsOf, ReceivingPuppet, SendingPuppet } from './puppet.ts'

const FILE = content(3500)
const CLASS_1 = { mode: 'unacknowledged' } as const
const MESSAGE = Uint8Array.of(1, 2, 3)

class N7sReceiver extends ReceivingPuppet {
  merged = 0
  done = 0
  #current: bigint | undefined

  hear(heard: Heard): void {
    const { pdu, header, bytes } = heard
    if (header.mode === 'acknowledged') return void this.troubles.push('class 2')
    if (header.largeFile || header.crc || header.segmentationControl)
      return void this.troubles.push('a bit is set')
    // Each id has the length that its value needs, and the header speaks of one.
    if (header.entityIdLength !== 1) return void this.troubles.push('ids of another width')
    this.#current ??= header.sequence
    if (this.#current !== header.sequence) this.merged += 1
    if (pdu.kind === 'metadata') {
      if (pdu.closureRequested) this.troubles.push('closure')
      if (bytes.length > 4096) this.troubles.push('too long')
      this.metadata = pdu
    }
    if (pdu.kind === 'file-data') this.store(pdu)
    if (pdu.kind !== 'eof') return
    // No Finished, whatever was requested.
    this.done += 1
    this.#current = undefined
  }
}

describe('towards n7s, which receives', () => {
  it('it knows class 1 only, ids of one width, no flag but that: this is what it gets when nothing is said', () => {
    const meeting = new Meeting('sender', new N7sReceiver(), { dialect: 'n7s' })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(100)
    expect(meeting.peer.troubles).toEqual([])
    expect(meeting.peer.file).toEqual(FILE)
  })

  it('it sends no Finished even where closure is requested: that is refused at the Put', () => {
    const meeting = new Meeting('sender', new N7sReceiver(), { dialect: 'n7s' })
    const reply = meeting.tryPut(FILE, { ...CLASS_1, closureRequested: true })
    expect(reply).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/closure/) })
  })

  it('a sender not told of that ends by the check limit, though the file is there', () => {
    const meeting = new Meeting('sender', new N7sReceiver(), {
      remote: { entityIdLength: 1, checkTimeout: 1000 as Millis, checkLimit: 2 },
    })
    meeting.put(FILE, { ...CLASS_1, closureRequested: true })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.us.faults()).toEqual([10])
    expect(meeting.peer.file).toEqual(FILE)
  })

  it('it keeps one receiving transaction: one is sent after the other', () => {
    const meeting = new Meeting('sender', new N7sReceiver(), { dialect: 'n7s', remote: { pace: 100_000 } })
    for (let count = 0; count < 3; count++) meeting.put(FILE)
    expect(meeting.runToEnd(3n)).toBe(true)
    meeting.run(1000)
    expect(meeting.peer.done).toBe(3)
    expect(meeting.peer.merged).toBe(0)
  })

  it.each([
    [{ mode: 'acknowledged' }, /class 1/],
    [{ ...CLASS_1, checksumType: 3 }, /checksum/],
    [{ ...CLASS_1, destinationName: 'x'.repeat(129) }, /128 octets/],
    [{ ...CLASS_1, messages: [MESSAGE, MESSAGE, MESSAGE] }, /2 messages/],
  ] as const)('what its types have no room for is refused at the Put: %j', (request, reason) => {
    const meeting = new Meeting('sender', new N7sReceiver(), { dialect: 'n7s' })
    expect(meeting.tryPut(FILE, request)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(reason),
    })
  })
})

class N7sSender extends SendingPuppet {
  override header: Header = { ...HEADER, mode: 'unacknowledged', entityIdLength: 1, sequenceLength: 1 }
  readonly story: (n7s: N7sSender) => void

  constructor(story: (n7s: N7sSender) => void) {
    super(FILE)
    this.story = story
  }

  override begin(): void {
    this.story(this)
  }

  hear({ pdu }: Heard): void {
    this.troubles.push(`${pdu.kind} is not understood`)
  }

  /** The data field length does not count the options of Metadata. */
  whole(): void {
    this.#metadataWithOptionsOutside()
    this.sendAll()
    this.send(this.eof())
  }

  cancelled(): void {
    this.send(this.metadata())
    this.send(this.data(0))
    this.send(this.eof(15))
  }

  withoutFile(): void {
    this.send(this.metadata({ sourceName: '', destinationName: '', fileSize: 0 }))
    this.send({ kind: 'eof', condition: 0, checksum: 0, fileSize: 0 })
  }

  /** Ids of 1 and 2 octets: the header says 2, the first has 1. */
  unequal(): void {
    const bytes = [
      ...octetsOf({ ...this.header, entityIdLength: 2, destination: 300n as EntityId }, this.eof()),
    ]
    bytes.splice(4, 1)
    this.strings.send(Uint8Array.from(bytes))
    this.strings.send(Uint8Array.from(bytes.slice(0, 6)))
  }

  #metadataWithOptionsOutside(): void {
    const options = [{ tlv: 'message-to-user' as const, value: MESSAGE }]
    const bytes = octetsOf(this.header, this.metadata({ options }))
    bytes[2] = bytes[2]! - 5
    this.strings.send(bytes)
  }
}

describe('from n7s, which sends', () => {
  it('its Metadata has the options behind the data field: they are read with it', () => {
    const meeting = new Meeting('receiver', new N7sSender(n7s => n7s.whole()), { dialect: 'n7s' })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(FILE)
    expect(meeting.us.told.find(what => what.kind === 'metadata-recv')).toMatchObject({ messages: [MESSAGE] })
    expect(meeting.peer.troubles).toEqual([])
  })

  it('from a peer not known for it they are octets behind a PDU: the file arrives, the message does not', () => {
    const meeting = new Meeting('receiver', new N7sSender(n7s => n7s.whole()))
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(FILE)
    expect(meeting.us.told.find(what => what.kind === 'metadata-recv')).toMatchObject({ messages: [] })
  })

  it('its EOF(cancel) has no fault location: the transaction is cancelled', () => {
    const meeting = new Meeting('receiver', new N7sSender(n7s => n7s.cancelled()), { dialect: 'n7s' })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 15, byPeer: true })
    expect(meeting.us.kinds()).toEqual([])
  })

  it('metadata-only ends with an EOF of zeros: it is complete', () => {
    const meeting = new Meeting('receiver', new N7sSender(n7s => n7s.withoutFile()), { dialect: 'n7s' })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 0, fileStatus: 3 })
  })

  it('ids of unequal width are no header: such PDUs are dropped and counted, and nothing is opened', () => {
    const meeting = new Meeting('receiver', new N7sSender(n7s => n7s.unequal()), { dialect: 'n7s' })
    meeting.run(1000)
    expect([...meeting.us.entity.reports()]).toEqual([])
    expect([...meeting.us.entity.dropped.values()].reduce((sum, count) => sum + count, 0)).toBe(2)
  })
})
