/** nasa+CF, the file delivery application of the core Flight System. */
import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import type { EntityId, Header, PduOf, SequenceNumber } from '../../src/index.ts'
import { content } from '../engine/two-entities.ts'
import { conditionsOf, Meeting, type Passing } from './meeting.ts'
import { HEADER, type Heard, Puppet, ReceivingPuppet, SendingPuppet } from './puppet.ts'

const FILE = content(3500)
const SHORT = { entityIdLength: 1, sequenceLength: 1 }
const CLOSED = { mode: 'unacknowledged', closureRequested: true } as const
const loses =
  (kind: string, ...nths: readonly number[]) =>
  (passing: Passing): 'pass' | 'drop' =>
    passing.from === 'us' && passing.kind === kind && nths.includes(passing.nth) ? 'drop' : 'pass'

function narrow(header: Header): Partial<Header> {
  const octets = (value: bigint): number => Math.max(1, Math.ceil(value.toString(16).length / 2))
  const entityIdLength = Math.max(octets(header.source), octets(header.destination))
  return { entityIdLength, sequenceLength: octets(header.sequence) }
}

/** The receiving side. */
class CfReceiver extends ReceivingPuppet {
  override readonly readsAs = { closureBitMask: 0x80 } as const
  #finishedsLeft = 4
  #finished = false
  isHeldOver = true

  get isFinished(): boolean {
    return this.#finished
  }

  hear(heard: Heard): void {
    const { pdu, header, bytes } = heard
    if (header.largeFile || header.crc) return void this.troubles.push('refused: large file or CRC')
    if (header.entityIdLength > 4 || header.sequenceLength > 4)
      return void this.troubles.push('refused: width')
    switch (pdu.kind) {
      case 'metadata':
        this.metadata = pdu
        if (pdu.checksumType !== 0) this.troubles.push('the sum is modular all the same')
        return
      case 'file-data':
        // What follows the data field in the packet goes to the file too.
        if (bytes.length !== 12 + 4 + pdu.data.length) this.troubles.push('padding in the file')
        return this.store(pdu)
      case 'eof':
        return this.#takeEof(heard, pdu)
      case 'ack-finished':
        this.#finished = true
        return
      default:
        // Prompts are ignored.
        return
    }
  }

  #takeEof(heard: Heard, eof: PduOf<'eof'>): void {
    if (!this.isHeldOver) return
    const isAcknowledged = heard.header.mode === 'acknowledged'
    if (isAcknowledged) this.#reply(heard, { kind: 'ack-eof', condition: eof.condition, status: 1 })
    if (eof.condition !== 0) return
    this.eof = eof
    if (this.metadata !== undefined && this.metadata.fileSize !== eof.fileSize)
      this.troubles.push('sizes differ')
    this.#check(heard)
  }

  #check(heard: Heard): void {
    if (this.isWhole) return this.#finish(heard)
    if (heard.header.mode === 'unacknowledged' || this.eof === undefined) return
    // The scope is always 0-0; without Metadata that alone is asked for; there is room for 58 requests.
    const metadataRequested = this.metadata === undefined
    const requests = metadataRequested ? [] : this.held.gapsWithin(0, this.eof.fileSize, 58)
    this.#reply(heard, { kind: 'nak', scope: { from: 0, to: 0 }, metadataRequested, requests })
    this.strings.later(3000, () => this.#check(heard))
  }

  #finish(heard: Heard): void {
    const isClosed = heard.header.mode === 'acknowledged' || this.metadata?.closureRequested === true
    if (!isClosed || this.#finished || this.#finishedsLeft === 0) return
    this.#finishedsLeft -= 1
    this.#reply(heard, { kind: 'finished', condition: 0, delivery: 0, fileStatus: 2, responses: [] })
    if (heard.header.mode === 'acknowledged') this.strings.later(3000, () => this.#finish(heard))
  }

  /** Ids and sequence numbers are as short as their values. */
  #reply(heard: Heard, pdu: Parameters<ReceivingPuppet['say']>[1]): void {
    this.reply(heard, pdu, narrow(heard.header))
  }
}

describe('towards cFS CF, which receives', () => {
  it('it asks for closure with bit 0x80: we ask so too, and it answers', () => {
    const meeting = new Meeting('sender', new CfReceiver(), { dialect: 'cf' })
    meeting.put(FILE, CLOSED)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.metadata?.closureRequested).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 0, delivery: 0, fileStatus: 2 })
  })

  it('the standard bit means nothing to it: without the dialect closure never comes, and that is said', () => {
    const meeting = new Meeting('sender', new CfReceiver(), {
      remote: { checkTimeout: 1000 as Millis, checkLimit: 1 },
    })
    meeting.put(FILE, CLOSED)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.file).toEqual(FILE)
    expect(meeting.us.faults()).toEqual([10])
  })

  it('its NAKs have the scope 0-0 and come only after EOF: every request is served', () => {
    const meeting = new Meeting('sender', new CfReceiver(), {
      dialect: 'cf',
      weather: loses('file-data', 2, 5),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.peer.file).toEqual(FILE)
    expect(meeting.us.count('file-data')).toBe(Math.ceil(FILE.length / 496) + 2)
  })

  it('a scope of 0-0 is no answer to a Prompt, which it ignores: a window is not opened by it', () => {
    const meeting = new Meeting('sender', new CfReceiver(), {
      remote: { pace: 'window', maxPduSize: 512 },
      weather: loses('file-data', 3, 70),
    })
    const file = content(100_000)
    meeting.put(file)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.peer.file).toEqual(file)
    expect(meeting.us.told.some(what => what.kind === 'notice' && what.code === 'window-learned')).toBe(false)
  })

  it('without Metadata it asks for that alone, and for data afterwards: both are resent', () => {
    const meeting = new Meeting('sender', new CfReceiver(), {
      dialect: 'cf',
      weather: passing =>
        loses('metadata', 1)(passing) === 'drop' ? 'drop' : loses('file-data', 3)(passing),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.file).toEqual(FILE)
    expect(meeting.us.count('metadata')).toBe(2)
  })

  it('more gaps than its 58 requests are served NAK by NAK', () => {
    const meeting = new Meeting('sender', new CfReceiver(), {
      dialect: 'cf',
      weather: ({ kind, from, nth }) =>
        from === 'us' && kind === 'file-data' && nth <= 200 && nth % 2 === 0 ? 'drop' : 'pass',
    })
    const file = content(99_000)
    meeting.put(file)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.file).toEqual(file)
  })

  it('its replies have ids and sequence numbers as short as their values: they are ours all the same', () => {
    const meeting = new Meeting('sender', new CfReceiver(), {
      dialect: 'cf',
      local: { firstSequence: 0x123456n as SequenceNumber },
    })
    meeting.put(FILE)
    expect(meeting.runToEnd(0x123456n)).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.dropped('unknown-transaction')).toBe(0)
  })

  it('what follows a data field in the packet goes to the file: nothing does', () => {
    const meeting = new Meeting('sender', new CfReceiver(), { dialect: 'cf' })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.troubles).toEqual([])
  })

  it('it refuses large files, CRCs and wide ids, and sums modular whatever Metadata says: so does our Put', () => {
    const reasons = (remote: object, request: object = {}, file = FILE): string => {
      const meeting = new Meeting('sender', new CfReceiver(), { dialect: 'cf', remote })
      if (file !== FILE) {
        const { openSource } = meeting.us.filestore
        meeting.us.filestore.openSource = name =>
          Object.assign(openSource.call(meeting.us.filestore, name), { size: 2 ** 32 })
      }
      const reply = meeting.tryPut(file, request)
      return reply.kind === 'refused' ? reply.reason : 'accepted'
    }
    expect(reasons({ crcOnTransmit: true })).toMatch(/CRC/)
    expect(reasons({ entityIdLength: 8 })).toMatch(/ids of 8 octets/)
    expect(reasons({}, { checksumType: 3 })).toMatch(/checksum of type 3/)
    expect(reasons({}, {}, content(1))).toMatch(/4294967295/)
    expect(reasons({})).toBe('accepted')
  })

  it('a receiver that ends without the acknowledgement of EOF(cancel) costs its limit, and is then abandoned', () => {
    const peer = new CfReceiver()
    const meeting = new Meeting('sender', peer, {
      dialect: 'cf',
      remote: { eofAckLimit: 3, eofAckTimeout: 3000 as Millis },
      weather: loses('file-data', 1, 2, 3, 4, 5, 6, 7, 8),
    })
    meeting.put(FILE)
    meeting.run(50)
    peer.isHeldOver = false
    meeting.ask('cancel')
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ abandoned: true })
    expect(meeting.us.count('eof')).toBe(1 + 4)
  })

  it('it holds a transaction over for twice its timer and then is silent: a lost Finished ends by our inactivity', () => {
    const peer = new CfReceiver()
    const meeting = new Meeting('sender', peer, {
      dialect: 'cf',
      remote: { inactivityTimeout: 60_000 as Millis, senderFaultHandlers: { 8: 'cancel' } },
      weather: ({ kind, from }) => (from === 'peer' && kind === 'finished' ? 'drop' : 'pass'),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.us.faults()[0]).toBe(8)
  })
})

/** Takes five receptions at a time; what would open a sixth is dropped. */
class CfChannel extends Puppet {
  readonly receptions: Map<bigint, CfReceiver> = new Map()
  turnedAway = 0

  hear(heard: Heard): void {
    const { sequence } = heard.header
    const known = this.receptions.get(sequence)
    const open = [...this.receptions.values()].filter(({ isFinished }) => !isFinished)
    if (known === undefined && open.length >= 5) {
      this.turnedAway += 1
      return
    }
    const reception = known ?? new CfReceiver()
    reception.strings = this.strings
    this.receptions.set(sequence, reception)
    reception.hear(heard)
  }
}

describe('towards a channel of cFS CF', () => {
  it('it takes five receptions at a time: those it turned away are repaired from their EOF', () => {
    const meeting = new Meeting('sender', new CfChannel(), { dialect: 'cf', remote: { pace: 200_000 } })
    for (let count = 0; count < 8; count++) meeting.put(FILE)
    for (let sequence = 1n; sequence <= 8n; sequence++) expect(meeting.runToEnd(sequence)).toBe(true)
    expect(meeting.peer.turnedAway).toBeGreaterThan(0)
    expect(conditionsOf(meeting)).toEqual(Array(8).fill(0))
    for (const { file } of meeting.peer.receptions.values()) expect(file).toEqual(FILE)
  })
})

/** The sending side. */
class CfSender extends SendingPuppet {
  override header: Header = { ...HEADER, ...SHORT }
  readonly story: (cf: CfSender) => void
  readonly answers: string[] = []

  constructor(story: (cf: CfSender) => void, file = FILE) {
    super(file)
    this.story = story
  }

  override begin(): void {
    this.story(this)
  }

  hear({ pdu, header }: Heard): void {
    this.answers.push(pdu.kind)
    if (header.mode !== this.header.mode) this.troubles.push('another mode: dropped')
    const { entityIdLength, sequenceLength } = this.header
    if (header.entityIdLength !== entityIdLength || header.sequenceLength !== sequenceLength)
      this.troubles.push('other widths')
    if (pdu.kind === 'nak') {
      if (pdu.metadataRequested) this.send(this.metadata())
      for (const { from, to } of pdu.requests) {
        for (let at = from; at < to; at += 480) this.send(this.data(at, Math.min(to, at + 480)))
      }
    }
    if (pdu.kind === 'finished' && this.header.mode === 'acknowledged') {
      this.send({ kind: 'ack-finished', condition: pdu.condition, status: 2 })
    }
  }

  whole(without: readonly number[] = [], closure = false): void {
    this.send(this.metadata({ closureRequested: closure }), {}, { closureBitMask: 0x80 })
    for (let from = 0; from < this.file.length; from += 480) {
      if (!without.includes(from)) this.send(this.data(from, from + 480))
    }
    this.send(this.eof())
  }

  /** Full size and sum, whatever was sent; its own id as the place of the fault. */
  cancel(condition: 7 | 15): void {
    this.send(this.eof(condition, { faultLocation: this.header.source }))
  }
}

describe('from cFS CF, which sends', () => {
  it('it asks for closure with bit 0x80: it gets its Finished', () => {
    const story = (cf: CfSender): void => {
      cf.header = { ...cf.header, mode: 'unacknowledged' }
      cf.whole([], true)
    }
    const meeting = new Meeting('receiver', new CfSender(story), { dialect: 'cf' })
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(100)
    expect(meeting.peer.answers).toEqual(['finished'])
    const plain = new Meeting('receiver', new CfSender(story))
    expect(plain.runToEnd()).toBe(true)
    expect(plain.us.kinds()).toEqual([])
  })

  it.each([
    [1n, 1],
    [0x1234n, 2],
    [0x123456n, 3],
    [0x12345678n, 4],
  ])(
    'ids are as short as their values, 3 octets too: %s comes in %i and is answered so',
    (sequence, octets) => {
      const story = (cf: CfSender): void => {
        cf.header = { ...cf.header, sequence: sequence as SequenceNumber, sequenceLength: octets }
        cf.whole([480])
      }
      const meeting = new Meeting('receiver', new CfSender(story), { dialect: 'cf' })
      expect(meeting.runToEnd(sequence)).toBe(true)
      expect(meeting.delivered).toEqual(FILE)
      expect(meeting.peer.troubles).toEqual([])
    },
  )

  it('an id of 3 octets is mirrored, and is the same entity as in 2', () => {
    const story = (cf: CfSender): void => {
      cf.header = { ...cf.header, entityIdLength: 3 }
      cf.whole([480])
    }
    const meeting = new Meeting('receiver', new CfSender(story), { dialect: 'cf' })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(FILE)
    expect(meeting.peer.troubles).toEqual([])
  })

  it('its EOF(cancel) has the full size and sum: it is acknowledged, nothing is compared, nothing is kept', () => {
    const story = (cf: CfSender): void => {
      cf.whole([480, 960])
      cf.cancel(15)
    }
    const meeting = new Meeting('receiver', new CfSender(story), { dialect: 'cf' })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 15, byPeer: true })
    expect(meeting.us.faults()).toEqual([])
    expect(meeting.delivered).toBeUndefined()
  })

  it('it calls an exceeded EOF limit a NAK limit: the condition is acknowledged as it came', () => {
    const story = (cf: CfSender): void => {
      cf.whole([480])
      cf.cancel(7)
    }
    const meeting = new Meeting('receiver', new CfSender(story), { dialect: 'cf' })
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(100)
    expect(meeting.us.sent.filter(({ pdu }) => pdu.kind === 'ack-eof').map(({ pdu }) => pdu)).toContainEqual(
      expect.objectContaining({ condition: 7 }),
    )
    expect(meeting.report()?.ending).toMatchObject({ condition: 7 })
  })

  it('it drops what has another mode than its transaction: ours has the mode of its first PDU', () => {
    for (const mode of ['acknowledged', 'unacknowledged'] as const) {
      const story = (cf: CfSender): void => {
        cf.header = { ...cf.header, mode, destination: 2n as EntityId }
        cf.whole([], true)
      }
      const meeting = new Meeting('receiver', new CfSender(story), { dialect: 'cf' })
      expect(meeting.runToEnd()).toBe(true)
      meeting.run(100)
      expect(meeting.peer.answers).toContain('finished')
      expect(meeting.peer.troubles).toEqual([])
    }
  })

  it('a cancelled transaction that is suspended there says nothing until it is resumed: its data are kept meanwhile', () => {
    const meeting = new Meeting(
      'receiver',
      new CfSender(cf => {
        cf.whole([480])
        cf.strings.later(300_000, () => cf.cancel(15))
      }),
      {
        dialect: 'cf',
        weather: ({ pdu, from }) =>
          from === 'peer' && pdu?.kind === 'file-data' && pdu.offset === 480 ? 'drop' : 'pass',
      },
    )
    meeting.run(200_000)
    expect(meeting.report()?.state).toBe('awaiting-missing-data')
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.ending).toMatchObject({ condition: 15 })
  })
})
