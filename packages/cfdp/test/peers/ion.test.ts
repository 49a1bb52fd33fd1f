/** nasa-jpl+ION-DTN: class 1 only. */
import { describe, expect, it } from 'vitest'
import { content } from '../engine/two-entities.ts'
import { Meeting } from './meeting.ts'
import { type Heard, octetsOf, ReceivingPuppet, SendingPuppet } from './puppet.ts'

const FILE = content(3500)
const CLASS_1 = { mode: 'unacknowledged' } as const
const CLOSED = { ...CLASS_1, closureRequested: true } as const

class IonReceiver extends ReceivingPuppet {
  fileExists = false

  hear(heard: Heard): void {
    const { pdu, header, bytes } = heard
    if (header.mode === 'acknowledged') return this.#finish(heard, 3)
    if (pdu.kind === 'metadata') {
      this.metadata = pdu
      this.#checkRequests(bytes)
    }
    if (pdu.kind === 'file-data') this.store(pdu)
    if (pdu.kind === 'ack-finished') this.troubles.push('an acknowledgement in class 1')
    if (pdu.kind !== 'eof') return
    // The datagram counts, not the data field; an EOF without error has nothing behind the size.
    if (pdu.condition === 0 && bytes.length !== 12 + 10) this.troubles.push('malformed EOF')
    this.eof = pdu
    if (pdu.condition === 0 && this.isWhole) this.#finish(heard, this.fileExists ? 4 : 0)
  }

  /** A filestore request needs the second name, empty where there is one file, and nothing behind it. */
  #checkRequests(bytes: Uint8Array): void {
    const at = bytes.findIndex((octet, index) => index > 12 && octet === 0x10 && bytes[index - 2] === 0)
    if (at < 0) return
    const length = bytes[at - 1]!
    const second = at + 1 + 1 + bytes[at + 1]!
    if (second + 1 + bytes[second]! !== at + length)
      this.troubles.push('a filestore request without second name')
  }

  /** Without fault location, whatever happened. */
  #finish(heard: Heard, condition: 0 | 3 | 4): void {
    if (condition === 0 && this.metadata?.closureRequested !== true) return
    this.reply(heard, {
      kind: 'finished',
      condition,
      delivery: condition === 0 ? 0 : 1,
      fileStatus: condition === 0 ? 2 : 1,
      responses: [],
    })
  }
}

const refusal = (request: object, remote: object = {}): string => {
  const reply = new Meeting('sender', new IonReceiver(), { dialect: 'ion', remote }).tryPut(FILE, request)
  return reply.kind === 'refused' ? reply.reason : 'accepted'
}

describe('towards ION, which receives', () => {
  it('it knows class 1 only: class 2 is refused at the Put, and class 1 is what is sent when nothing is said', () => {
    expect(refusal({ mode: 'acknowledged' })).toMatch(/class 1 only/)
    const meeting = new Meeting('sender', new IonReceiver(), { dialect: 'ion' })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(100)
    expect(meeting.peer.file).toEqual(FILE)
    expect(meeting.peer.heard.every(({ header }) => header.mode === 'unacknowledged')).toBe(true)
  })

  it('class 2 is an invalid transmission mode to it: a sender not told of that learns it from Finished', () => {
    const meeting = new Meeting('sender', new IonReceiver())
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 3, delivery: 1 })
  })

  it('it refuses an EOF without error that has a fault location: ours has none', () => {
    const meeting = new Meeting('sender', new IonReceiver(), { dialect: 'ion' })
    meeting.put(FILE, CLOSED)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.troubles).toEqual([])
    expect(meeting.report()?.ending).toMatchObject({ condition: 0, delivery: 0 })
  })

  it('a file that exists is a filestore rejection, without fault location: the condition is told', () => {
    const peer = new IonReceiver()
    peer.fileExists = true
    const meeting = new Meeting('sender', peer, { dialect: 'ion' })
    meeting.put(FILE, CLOSED)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 4, delivery: 1, fileStatus: 1 })
  })

  it('a filestore request on one file has an empty second name there: it is written so', () => {
    const meeting = new Meeting('sender', new IonReceiver(), { dialect: 'ion' })
    meeting.putNothing({ ...CLASS_1, filestoreRequests: [{ action: 1, firstName: 'old.txt' }] })
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(100)
    expect(meeting.peer.troubles).toEqual([])
    expect(meeting.peer.metadata?.options).toHaveLength(1)
    const plain = new Meeting('sender', new IonReceiver())
    plain.putNothing({ ...CLASS_1, filestoreRequests: [{ action: 1, firstName: 'old.txt' }] })
    plain.run(100)
    expect(plain.peer.troubles).toEqual(['a filestore request without second name'])
  })

  it('it keeps a size in 32 bits and knows no CRC-32: the checksum is refused at the Put', () => {
    expect(refusal({ ...CLASS_1, checksumType: 3 })).toMatch(/checksum of type 3/)
    expect(refusal({ ...CLASS_1, checksumType: 2 })).toBe('accepted')
  })

  it('the datagram counts, not the data field: each of ours ends with its data field', () => {
    const meeting = new Meeting('sender', new IonReceiver(), { dialect: 'ion' })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    for (const { bytes } of meeting.us.sent) expect(bytes.length).toBe(12 + bytes[1]! * 256 + bytes[2]!)
  })

  it('metadata-only ends with an EOF of zeros', () => {
    const meeting = new Meeting('sender', new IonReceiver(), { dialect: 'ion' })
    meeting.putNothing({ ...CLASS_1, messages: [Uint8Array.of(1)] })
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(100)
    expect(meeting.peer.of('eof')).toMatchObject([{ condition: 0, checksum: 0, fileSize: 0 }])
  })
})

class IonSender extends SendingPuppet {
  readonly story: (ion: IonSender) => void

  constructor(story: (ion: IonSender) => void) {
    super(FILE)
    this.story = story
    this.header = { ...this.header, mode: 'unacknowledged' }
  }

  override begin(): void {
    this.story(this)
  }

  /** Of what travels toward a sender it takes only Finished. */
  hear({ pdu }: Heard): void {
    if (pdu.kind !== 'finished') this.troubles.push(`${pdu.kind} is not accepted`)
  }

  whole(closureRequested = true): void {
    this.send(this.metadata({ closureRequested }))
    this.sendAll()
    this.send(this.eof())
  }

  cancelled(): void {
    this.send(this.metadata({ closureRequested: true }))
    this.send(this.data(0))
    this.send(this.eof(15))
  }

  /** With an empty second name behind the only one. */
  request(): void {
    const metadata = this.metadata({
      sourceName: '',
      destinationName: '',
      fileSize: 0,
      closureRequested: true,
      options: [{ tlv: 'filestore-request', action: 1, firstName: 'a' }],
    })
    this.strings.send(octetsOf(this.header, metadata, { emptySecondNameLv: true }))
    this.send({ kind: 'eof', condition: 0, checksum: 0, fileSize: 0 })
  }

  padded(): void {
    for (const pdu of [this.metadata({ closureRequested: true }), this.eof()]) {
      const bytes = octetsOf(this.header, pdu)
      this.strings.send(Uint8Array.from([...bytes, 0, 0, 0]))
    }
    this.sendAll()
  }
}

describe('from ION, which sends', () => {
  it('of what travels toward it only Finished is accepted: that is all it gets', () => {
    const meeting = new Meeting('receiver', new IonSender(ion => ion.whole()), { dialect: 'ion' })
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(60_000)
    expect(meeting.us.kinds()).toEqual(['finished'])
    expect(meeting.peer.troubles).toEqual([])
    expect(meeting.delivered).toEqual(FILE)
  })

  it('its EOF(cancel) has no fault location: the transaction is cancelled all the same, without an answer', () => {
    const meeting = new Meeting('receiver', new IonSender(ion => ion.cancelled()), { dialect: 'ion' })
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(60_000)
    expect(meeting.report()?.ending).toMatchObject({ condition: 15, byPeer: true })
    expect(meeting.us.kinds()).toEqual([])
  })

  it('its filestore requests have an empty second name: they are read, and answered so', () => {
    const meeting = new Meeting('receiver', new IonSender(ion => ion.request()), { dialect: 'ion' })
    expect(meeting.runToEnd()).toBe(true)
    const finished = meeting.us.sent.find(({ pdu }) => pdu.kind === 'finished')!
    expect(finished.pdu).toMatchObject({ responses: [{ action: 1, firstName: 'a' }] })
    // Type, length, action and status, the name, an empty second name, an empty message.
    expect([...finished.bytes.subarray(12 + 2)]).toEqual([1, 5, expect.any(Number), 1, 0x61, 0, 0])
  })

  it('octets behind a data field, which it would take for data, are not ours to read', () => {
    const meeting = new Meeting('receiver', new IonSender(ion => ion.padded()), { dialect: 'ion' })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(FILE)
  })
})
