/** ASU-cubesat+cfdp-rs, the Rust daemon library. */
import { describe, expect, it } from 'vitest'
import { encodePdu, type PduOf } from '../../src/index.ts'
import { content } from '../engine/two-entities.ts'
import { conditionsOf, Meeting } from './meeting.ts'
import { type Heard, octetsOf, ReceivingPuppet, SendingPuppet, withField } from './puppet.ts'

const FILE = content(3500)
const OWN_FORM = { faultLocationLengthMinusOne: true } as const
const CLOSED = { mode: 'unacknowledged', closureRequested: true } as const

/** The receiving machine. */
class AsuReceiver extends ReceivingPuppet {
  override readonly readsAs = OWN_FORM
  #header: string | undefined
  #finishedsLeft = 5
  finishedAcknowledged = false

  hear(heard: Heard): void {
    this.#checkWidths(heard)
    this.#checkCanonical(heard)
    const { pdu, header } = heard
    switch (pdu.kind) {
      case 'metadata':
        if (pdu.checksumType !== 0 && pdu.checksumType !== 15)
          this.troubles.push('unknown checksum: decode error')
        this.metadata = pdu
        break
      case 'file-data':
        this.store(pdu)
        break
      case 'eof':
        return this.#takeEof(heard, pdu)
      case 'ack-finished':
        this.finishedAcknowledged = true
        return
      case 'prompt':
        return this.#nak(heard)
    }
    if (this.isWhole && header.mode === 'acknowledged') this.#finish(heard, 0)
  }

  /** U8(1) is not U16(1): an id of another width is another entity. */
  #checkWidths({ bytes }: Heard): void {
    const widths = bytes[3]! & 0x77
    const names = `${widths} ${bytes.subarray(4, 7 + 2 * (widths >> 4) + (widths & 7))}`
    this.#header ??= names
    if (names !== this.#header) this.troubles.push('an id of another width')
  }

  /** The CRC is checked by encoding again what was decoded. */
  #checkCanonical({ header, pdu, bytes }: Heard): void {
    const again = new Uint8Array(bytes.length + 64)
    const length = encodePdu(header, pdu, again, undefined, { ...OWN_FORM, emptySecondNameLv: true })
    if (`${again.subarray(0, length)}` !== `${bytes}`) this.troubles.push(`${pdu.kind} is not canonical`)
  }

  #takeEof(heard: Heard, eof: PduOf<'eof'>): void {
    const isAcknowledged = heard.header.mode === 'acknowledged'
    // Its transaction status is always "undefined".
    if (isAcknowledged) this.reply(heard, { kind: 'ack-eof', condition: eof.condition, status: 0 })
    if (eof.condition !== 0) {
      if (eof.faultLocation === undefined) this.troubles.push('an EOF with an error needs its fault location')
      // It answers a cancellation with one of its own, which has no fault location.
      return this.#finish(heard, eof.condition)
    }
    this.eof = eof
    if (this.isWhole) return this.#finish(heard, 0)
    if (isAcknowledged) this.#nak(heard)
  }

  #finish(heard: Heard, condition: PduOf<'eof'>['condition']): void {
    const isClosed = heard.header.mode === 'acknowledged' || this.metadata?.closureRequested === true
    if (!isClosed || this.finishedAcknowledged || this.#finishedsLeft === 0) return
    this.#finishedsLeft -= 1
    const delivery = condition === 0 ? 0 : 1
    this.reply(heard, { kind: 'finished', condition, delivery, fileStatus: 2, responses: [] })
    // Class 1 with closure too: repeated until it is acknowledged.
    this.strings.later(1000, () => this.#finish(heard, condition))
  }

  /** The scope is the hull of the requests. */
  #nak(heard: Heard): void {
    const requests = this.held.gapsWithin(0, this.eof?.fileSize ?? this.held.highest)
    const metadataRequested = this.metadata === undefined
    const scope = { from: requests[0]?.from ?? 0, to: requests.at(-1)?.to ?? 0 }
    this.reply(heard, { kind: 'nak', scope, requests, metadataRequested })
  }
}

describe('towards ASU cfdp-rs, which receives', () => {
  it.each([1, 2, 4, 8])(
    'it compares ids with their width: every PDU has %i octets from first to last',
    width => {
      const meeting = new Meeting('sender', new AsuReceiver(), {
        dialect: 'asu-cfdp-rs',
        remote: { entityIdLength: width },
        weather: ({ kind, nth, from }) =>
          from === 'us' && kind === 'metadata' && nth === 1 ? 'drop' : 'pass',
      })
      meeting.put(FILE)
      expect(meeting.runToEnd()).toBe(true)
      expect(meeting.peer.troubles).toEqual([])
      expect(meeting.peer.file).toEqual(FILE)
    },
  )

  it('its NAK has the hull of its requests for a scope: what is asked for is resent', () => {
    const meeting = new Meeting('sender', new AsuReceiver(), {
      dialect: 'asu-cfdp-rs',
      weather: ({ kind, nth }) => (kind === 'file-data' && (nth === 2 || nth === 4) ? 'drop' : 'pass'),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.peer.file).toEqual(FILE)
  })

  it('it answers Prompts with such a NAK, of 0-0 when nothing is missing: a windowed sender finishes', () => {
    const meeting = new Meeting('sender', new AsuReceiver(), {
      remote: { pace: 'window' },
      weather: ({ kind, nth }) => (kind === 'file-data' && (nth === 3 || nth === 100) ? 'drop' : 'pass'),
    })
    const file = content(200_000)
    meeting.put(file)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(Buffer.compare(meeting.peer.file, file)).toBe(0)
  })

  it('its acknowledgements say "undefined": they acknowledge all the same', () => {
    const meeting = new Meeting('sender', new AsuReceiver(), { dialect: 'asu-cfdp-rs' })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.us.count('eof')).toBe(1)
  })

  it('a fault location has a length octet one less than its length: a cancellation is written so', () => {
    const meeting = new Meeting('sender', new AsuReceiver(), {
      dialect: 'asu-cfdp-rs',
      weather: ({ kind }) => (kind === 'file-data' ? 'drop' : 'pass'),
    })
    meeting.put(FILE)
    meeting.run(15)
    meeting.ask('cancel')
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.troubles).toEqual([])
    expect(meeting.peer.of('eof').at(-1)).toMatchObject({ condition: 15, faultLocation: 1n })
  })

  it('it answers EOF(cancel) with Finished(cancel): that is acknowledged after our end too', () => {
    const meeting = new Meeting('sender', new AsuReceiver(), {
      dialect: 'asu-cfdp-rs',
      weather: ({ kind, from, nth }) =>
        kind === 'file-data' || (from === 'us' && kind === 'ack-finished' && nth === 1) ? 'drop' : 'pass',
    })
    meeting.put(FILE)
    meeting.run(15)
    meeting.ask('cancel')
    expect(meeting.runUntil(() => meeting.peer.finishedAcknowledged)).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 15 })
    expect(meeting.us.finished()).toHaveLength(1)
  })

  it('with closure it repeats Finished in class 1 until that is acknowledged, which we do', () => {
    const meeting = new Meeting('sender', new AsuReceiver(), {
      dialect: 'asu-cfdp-rs',
      weather: ({ kind, from, nth }) =>
        from === 'us' && kind === 'ack-finished' && nth === 1 ? 'drop' : 'pass',
    })
    meeting.put(FILE, CLOSED)
    expect(meeting.runUntil(() => meeting.peer.finishedAcknowledged)).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 0, delivery: 0 })
    expect(meeting.us.finished()).toHaveLength(1)
    meeting.run(10_000)
    expect(meeting.us.count('ack-finished')).toBe(2)
  })

  it('what it has forms of its own for, requests and overrides, is refused at the Put, and so are other checksums', () => {
    const meeting = new Meeting('sender', new AsuReceiver(), { dialect: 'asu-cfdp-rs' })
    const refusal = (request: object) => {
      const reply = meeting.tryPut(FILE, request)
      return reply.kind === 'refused' ? reply.reason : undefined
    }
    expect(refusal({ filestoreRequests: [{ action: 1, firstName: 'a' }] })).toMatch(/filestore request/)
    expect(refusal({ faultHandlerOverrides: [{ condition: 5, handler: 3 }] })).toMatch(/override/)
    expect(refusal({ checksumType: 3 })).toMatch(/checksum/)
    expect(refusal({ checksumType: 15 })).toBeUndefined()
  })

  it('it checks a CRC by encoding again: what we write with one is canonical', () => {
    const meeting = new Meeting('sender', new AsuReceiver(), {
      dialect: 'asu-cfdp-rs',
      remote: { crcOnTransmit: true },
      weather: ({ kind, nth }) => (kind === 'file-data' && nth === 2 ? 'drop' : 'pass'),
    })
    meeting.put(FILE, { messages: [Uint8Array.of(1, 2, 3)] })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.troubles).toEqual([])
  })

  it('it reads an old datagram again when a short or empty one comes: none leaves here', () => {
    const meeting = new Meeting('sender', new AsuReceiver(), { dialect: 'asu-cfdp-rs' })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    for (const { bytes, header } of meeting.us.sent) {
      const announced = 4 + 2 * header.entityIdLength + header.sequenceLength + bytes[1]! * 256 + bytes[2]!
      expect(bytes).toHaveLength(announced)
    }
  })
})

/** The sending machine. */
class AsuSender extends SendingPuppet {
  readonly story: (asu: AsuSender) => void
  readonly #widths: string

  constructor(story: (asu: AsuSender) => void) {
    super(FILE)
    this.story = story
    this.#widths = `${octetsOf(this.header, { kind: 'prompt', response: 'nak' }).subarray(3, 12)}`
  }

  override begin(): void {
    this.story(this)
  }

  hear({ pdu, bytes }: Heard): void {
    if (`${bytes.subarray(3, 12)}` !== this.#widths) this.troubles.push('a reply of another width')
    if (pdu.kind === 'nak') for (const { from, to } of pdu.requests) this.send(this.data(from, to))
    if (pdu.kind === 'finished' && this.header.mode === 'acknowledged') {
      this.send({ kind: 'ack-finished', condition: pdu.condition, status: 0 })
    }
  }

  whole(without: readonly number[] = []): void {
    this.send(this.metadata())
    this.sendAll(without)
    this.send(this.eof())
  }

  /** Full size and checksum, whatever was sent; the length octet of the fault location is one too small. */
  cancel(): void {
    this.send(this.eof(15, { faultLocation: this.header.source }), {}, OWN_FORM)
  }

  closed(): void {
    this.header = { ...this.header, mode: 'unacknowledged' }
    this.send(this.metadata({ closureRequested: true }))
    this.sendAll()
    this.send(this.eof())
  }

  /** A fault handler override without a length, as it writes them. */
  withOverride(): void {
    this.strings.send(withField(octetsOf(this.header, this.metadata()), field => [...field, 0x04, 0x01]))
  }
}

describe('from ASU cfdp-rs, which sends', () => {
  it('it compares ids with their width: our replies have the octets of its own PDUs', () => {
    const meeting = new Meeting('receiver', new AsuSender(asu => asu.whole([1000])), {
      dialect: 'asu-cfdp-rs',
    })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.troubles).toEqual([])
    expect(meeting.delivered).toEqual(FILE)
  })

  it('its EOF(cancel) has a fault location with a length one too small, and the full size: it is understood', () => {
    const story = (asu: AsuSender): void => {
      asu.whole([500, 1000])
      asu.cancel()
    }
    const meeting = new Meeting('receiver', new AsuSender(story), {
      dialect: 'asu-cfdp-rs',
      weather: ({ pdu }) => (pdu?.kind === 'eof' && pdu.condition === 0 ? 'drop' : 'pass'),
    })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 15, byPeer: true })
    expect(meeting.us.faults()).toEqual([])
    expect(meeting.delivered).toBeUndefined()
  })

  it('the same EOF(cancel), from a peer not known for it, is dropped and counted, and does no harm', () => {
    const meeting = new Meeting('receiver', new AsuSender(asu => asu.cancel()), {})
    meeting.run(1000)
    expect(meeting.us.kinds()).toEqual([])
    expect(meeting.dropped('trailing-bytes')).toBe(1)
  })

  it('with closure it ends right after EOF and logs a late Finished: it gets one and no more', () => {
    const meeting = new Meeting('receiver', new AsuSender(asu => asu.closed()), { dialect: 'asu-cfdp-rs' })
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(60_000)
    expect(meeting.us.kinds()).toEqual(['finished'])
    expect(meeting.delivered).toEqual(FILE)
  })

  it('a Metadata with its fault handler override cannot be read: it is dropped and counted, and asked for', () => {
    const story = (asu: AsuSender): void => {
      asu.withOverride()
      asu.whole()
    }
    const meeting = new Meeting('receiver', new AsuSender(story), {
      dialect: 'asu-cfdp-rs',
      weather: ({ kind, from }) => (kind === 'metadata' && from === 'peer' ? 'drop' : 'pass'),
    })
    meeting.run(5000)
    expect(meeting.dropped('truncated')).toBe(1)
    expect(meeting.us.sent.some(({ pdu }) => pdu.kind === 'nak' && pdu.metadataRequested)).toBe(true)
    expect(meeting.delivered).toBeUndefined()
  })
})
