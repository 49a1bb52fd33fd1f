/** OpenC3+openc3-cosmos-cfdp, the Ruby microservice of COSMOS. */
import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import type { Header } from '../../src/index.ts'
import { content } from '../engine/two-entities.ts'
import { conditionsOf, Meeting, type Passing } from './meeting.ts'
import { HEADER, type Heard, ReceivingPuppet, SendingPuppet } from './puppet.ts'

const FILE = content(5000)
const drops =
  (from: 'us' | 'peer', kind: string, ...nths: readonly number[]) =>
  (passing: Passing): 'pass' | 'drop' =>
    passing.from === from && passing.kind === kind && nths.includes(passing.nth) ? 'drop' : 'pass'

/** What both of its ends do with a datagram before anything else. */
function isRefused({ header, bytes }: Heard): boolean {
  const announced = 4 + 2 * header.entityIdLength + header.sequenceLength + bytes[1]! * 256 + bytes[2]!
  // The last two octets of the buffer are the CRC, whatever the data field says.
  return !header.crc || bytes.length !== announced
}

class CosmosReceiver extends ReceivingPuppet {
  #first: Heard | undefined
  #askedUpTo = 0
  #finished = false
  #isKeepingAlive = false
  idConflicts = 0
  unanswered = 0

  hear(heard: Heard): void {
    if (isRefused(heard)) return void this.troubles.push('PDU without CRC')
    const { pdu } = heard
    if (pdu.kind === 'metadata') {
      if (this.metadata !== undefined) this.idConflicts += 1
      this.metadata ??= pdu
      this.#first ??= heard
      this.#keepAlive(heard)
      return
    }
    if (this.#first === undefined) {
      // File Data before Metadata raises; directives of unknown transactions are dropped.
      if (pdu.kind === 'file-data') this.troubles.push('file data before Metadata')
      return
    }
    if (pdu.kind === 'file-data') {
      this.store(pdu)
      if (this.eof !== undefined) this.#consider(heard)
    }
    if (pdu.kind === 'prompt') this.#answerPrompt(heard)
    if (pdu.kind === 'ack-finished') this.#finished = true
    if (pdu.kind !== 'eof') return
    this.reply(heard, { kind: 'ack-eof', condition: pdu.condition, status: 1 })
    if (pdu.condition !== 0) return
    this.eof = pdu
    this.#askedUpTo = 0
    this.#consider(heard)
  }

  /** Only before EOF; and nothing when its scope would be empty, which advances with every NAK. */
  #answerPrompt(heard: Heard): void {
    if (this.eof !== undefined || this.held.highest === this.#askedUpTo) this.unanswered += 1
    else this.#nak(heard, this.held.highest)
  }

  #keepAlive(heard: Heard): void {
    if (this.#isKeepingAlive || heard.header.mode === 'unacknowledged') return
    this.#isKeepingAlive = true
    const beat = (): void => {
      if (this.eof !== undefined) return
      this.reply(heard, { kind: 'keep-alive', progress: this.held.highest })
      this.strings.later(5, beat)
    }
    this.strings.later(5, beat)
  }

  #consider(heard: Heard): void {
    if (this.#finished) return
    if (!this.isWhole) {
      if (this.#askedUpTo < this.eof!.fileSize) this.#nak(heard, this.eof!.fileSize)
      return
    }
    if (heard.header.mode === 'unacknowledged' && this.metadata?.closureRequested !== true) return
    this.reply(heard, { kind: 'finished', condition: 0, delivery: 0, fileStatus: 2, responses: [] })
  }

  /** As many PDUs as it takes, a request or two each; the scope advances. */
  #nak(heard: Heard, to: number): void {
    const gaps = this.held.gapsWithin(this.#askedUpTo, to)
    for (let index = 0; index < gaps.length; index += 2) {
      const requests = gaps.slice(index, index + 2)
      const upTo = index + 2 < gaps.length ? requests.at(-1)!.to : to
      const scope = { from: this.#askedUpTo, to: upTo }
      this.reply(heard, { kind: 'nak', scope, metadataRequested: false, requests })
      this.#askedUpTo = upTo
    }
    this.#askedUpTo = to
  }
}

describe('towards OpenC3 COSMOS, which receives', () => {
  it('it refuses PDUs without a CRC: every one of ours has one, in class 2 as in class 1 with closure', () => {
    for (const request of [{}, { mode: 'unacknowledged', closureRequested: true }] as const) {
      const meeting = new Meeting('sender', new CosmosReceiver(), { dialect: 'openc3' })
      meeting.put(FILE, request)
      expect(meeting.runToEnd()).toBe(true)
      expect(conditionsOf(meeting)).toEqual([0])
      expect(meeting.peer.troubles).toEqual([])
      expect(meeting.peer.file).toEqual(FILE)
    }
  })

  it('a lost Metadata is asked for by nobody there: it goes again before an EOF that was not answered', () => {
    const meeting = new Meeting('sender', new CosmosReceiver(), {
      dialect: 'openc3',
      weather: drops('us', 'metadata', 1),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.peer.file).toEqual(FILE)
    expect(meeting.peer.idConflicts).toBe(0)
  })

  it('Metadata that it has already is an id conflict, logged and dropped: the transfer goes on', () => {
    const meeting = new Meeting('sender', new CosmosReceiver(), {
      dialect: 'openc3',
      weather: drops('peer', 'ack-eof', 1),
      remote: { eofAckTimeout: 15 as Millis },
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    meeting.run(100)
    expect(meeting.peer.idConflicts).toBeGreaterThan(0)
  })

  it('its NAKs come in several PDUs whose scope advances: none takes back what another asked for', () => {
    const meeting = new Meeting('sender', new CosmosReceiver(), {
      dialect: 'openc3',
      remote: { maxPduSize: 300 },
      weather: drops('us', 'file-data', 2, 4, 6, 8, 10, 12, 14),
    })
    meeting.put(FILE)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.file).toEqual(FILE)
  })

  it('Keep Alives come all the time until EOF: they tell progress and are not answered', () => {
    const meeting = new Meeting('sender', new CosmosReceiver(), {
      dialect: 'openc3',
      remote: { pace: 100_000 },
    })
    meeting.put(FILE)
    expect(meeting.runUntil(() => (meeting.report()?.safeOctets ?? 0) > 1000)).toBe(true)
    expect(meeting.runToEnd()).toBe(true)
    expect(new Set(meeting.us.kinds())).toEqual(new Set(['metadata', 'file-data', 'eof', 'ack-finished']))
  })

  it('it answers no Prompt after EOF, nor one with nothing new: a windowed sender finishes all the same', () => {
    const meeting = new Meeting('sender', new CosmosReceiver(), {
      remote: { crcOnTransmit: true, pace: 'window' },
      weather: drops('us', 'file-data', 5, 90),
    })
    const file = content(200_000)
    meeting.put(file)
    expect(meeting.runToEnd()).toBe(true)
    expect(conditionsOf(meeting)).toEqual([0])
    expect(meeting.peer.file).toEqual(file)
    expect(meeting.peer.unanswered).toBeGreaterThan(0)
  })

  it('metadata-only has an EOF of zeros', () => {
    const meeting = new Meeting('sender', new CosmosReceiver(), { dialect: 'openc3' })
    meeting.putNothing()
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.peer.of('eof')).toMatchObject([{ checksum: 0, fileSize: 0 }])
  })
})

class CosmosSender extends SendingPuppet {
  override header: Header = { ...HEADER, crc: true, entityIdLength: 1, sequenceLength: 1 }
  readonly story: (cosmos: CosmosSender) => void
  concluded = false
  faults: number[] = []

  constructor(story: (cosmos: CosmosSender) => void) {
    super(FILE)
    this.story = story
  }

  override begin(): void {
    this.story(this)
  }

  hear(heard: Heard): void {
    if (isRefused(heard)) return void this.troubles.push('PDU without CRC')
    const { pdu } = heard
    if (pdu.kind === 'nak') {
      if (pdu.metadataRequested) this.send(this.metadata())
      for (const { from, to } of pdu.requests) {
        for (let at = from; at < to; at += this.segment)
          this.send(this.data(at, Math.min(to, at + this.segment)))
      }
    }
    if (pdu.kind !== 'finished') return
    this.concluded = true
    if (this.header.mode === 'acknowledged')
      this.send({ kind: 'ack-finished', condition: pdu.condition, status: 2 })
  }

  whole(closureRequested = false, without: readonly number[] = []): void {
    this.send(this.metadata({ closureRequested }))
    this.sendAll(without)
    this.send(this.eof())
  }

  /** Waits the check interval for Finished, which is all the patience it has. */
  waits(): void {
    this.strings.later(600_000, () => {
      if (!this.concluded) this.faults.push(10)
    })
  }

  cancel(): void {
    this.send(this.eof(15))
  }
}

describe('from OpenC3 COSMOS, which sends', () => {
  it('it refuses replies without a CRC: ours have one wherever its own have', () => {
    const meeting = new Meeting('receiver', new CosmosSender(cosmos => cosmos.whole(false, [1000, 2000])), {
      dialect: 'openc3',
    })
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(100)
    expect(meeting.delivered).toEqual(FILE)
    expect(meeting.peer.troubles).toEqual([])
    expect(meeting.peer.concluded).toBe(true)
  })

  it('so has the acknowledgement of a cancellation that nobody here knows', () => {
    const meeting = new Meeting('receiver', new CosmosSender(cosmos => cosmos.cancel()), {
      dialect: 'openc3',
    })
    meeting.run(1000)
    expect(meeting.us.kinds()).toEqual(['ack-eof'])
    expect(meeting.peer.troubles).toEqual([])
  })

  it('a PDU of its that lost its CRC flag is not its own', () => {
    const story = (cosmos: CosmosSender): void => {
      cosmos.header = { ...cosmos.header, crc: false }
      cosmos.whole()
    }
    const meeting = new Meeting('receiver', new CosmosSender(story), { dialect: 'openc3' })
    meeting.run(1000)
    expect(meeting.us.kinds()).toEqual([])
    expect(meeting.dropped('crc-missing')).toBeGreaterThan(0)
  })

  it('its default is class 1 with closure and ids of one octet: it gets its Finished within the check interval', () => {
    const story = (cosmos: CosmosSender): void => {
      cosmos.header = { ...cosmos.header, mode: 'unacknowledged' }
      cosmos.whole(true)
      cosmos.waits()
    }
    const meeting = new Meeting('receiver', new CosmosSender(story), { dialect: 'openc3' })
    expect(meeting.runToEnd()).toBe(true)
    meeting.run(700_000)
    expect(meeting.us.kinds()).toEqual(['finished'])
    expect(meeting.peer.faults).toEqual([])
    expect(meeting.delivered).toEqual(FILE)
  })

  it('a version 0 entity has no closure bit and another Finished: it is spoken to in version 0 where that is set', () => {
    const story = (cosmos: CosmosSender): void => {
      cosmos.header = { ...cosmos.header, version: 0 }
      cosmos.whole(false, [1000])
    }
    const meeting = new Meeting('receiver', new CosmosSender(story), {
      dialect: 'openc3',
      remote: { protocolVersion: 0 },
    })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(FILE)
    expect(new Set(meeting.us.sent.map(({ header }) => header.version))).toEqual(new Set([0]))
    const strict = new Meeting('receiver', new CosmosSender(story), { dialect: 'openc3' })
    strict.run(1000)
    expect(strict.us.kinds()).toEqual([])
    expect(strict.dropped('bad-version')).toBeGreaterThan(0)
  })

  it('a reception of version 0 goes on in version 0 after a restart', () => {
    const story = (cosmos: CosmosSender): void => {
      cosmos.header = { ...cosmos.header, version: 0 }
      cosmos.whole(false, [1000])
    }
    const meeting = new Meeting('receiver', new CosmosSender(story), {
      dialect: 'openc3',
      remote: { protocolVersion: 0 },
      weather: drops('us', 'nak', 1, 2, 3),
    })
    meeting.run(12)
    meeting.us.restart(meeting.now)
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(FILE)
    expect(new Set(meeting.us.sent.map(({ header }) => header.version))).toEqual(new Set([0]))
  })

  it('towards version 0 no closure, no other checksum and no large file can be said: such a Put is refused', () => {
    const meeting = new Meeting('sender', new CosmosReceiver(), { remote: { protocolVersion: 0 } })
    expect(meeting.tryPut(FILE, { checksumType: 3 })).toMatchObject({ kind: 'refused' })
    expect(meeting.tryPut(FILE, { mode: 'unacknowledged', closureRequested: true })).toMatchObject({
      kind: 'refused',
    })
    expect(meeting.tryPut(FILE)).toMatchObject({ kind: 'accepted' })
    meeting.settle()
    expect(new Set(meeting.us.sent.map(({ header }) => header.version))).toEqual(new Set([0]))
  })
})
