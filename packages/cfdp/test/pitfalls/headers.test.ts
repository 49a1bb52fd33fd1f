/** Mistakes about headers: ids, widths, directions, flags, and whose transaction a PDU belongs to. */
import { type Millis, Random, type Slot } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import {
  decodePdu,
  Entity,
  type EntityId,
  type Header,
  LOCAL_DEFAULTS,
  MemoryFilestore,
  REMOTE_DEFAULTS,
} from '../../src/index.ts'
import { content, lose, TwoEntities } from '../engine/two-entities.ts'
import { Meeting } from '../peers/meeting.ts'
import { HEADER, type Heard, octetsOf, SendingPuppet, sumOf } from '../peers/puppet.ts'
import { octetsOf as fromHex, malformed } from '../vectors/vectors.ts'

const FILE = content(3500)

describe('the header of what we send', () => {
  it.each([false, true])(
    'has the ids, widths and flags of its transaction from first to last (CRC %s)',
    crc => {
      const world = new TwoEntities({
        remote: { crcOnTransmit: crc, entityIdLength: 3, sequenceLength: 5, pace: 'window' },
        weather: flight => (lose('metadata')(flight) === 'drop' ? 'drop' : lose('file-data')(flight)),
      })
      world.put(FILE)
      expect(world.runToEnd()).toBe(true)
      const headers = [...world.a.sent, ...world.b.sent].map(({ header }) => header)
      const { direction: _, ...common } = headers[0]!
      expect(common).toMatchObject({ source: 1n, destination: 2n, crc, entityIdLength: 3, sequenceLength: 5 })
      for (const header of headers) expect(header).toMatchObject(common)
      expect(new Set(world.a.sent.map(({ header }) => header.direction))).toEqual(new Set(['to-receiver']))
      expect(new Set(world.b.sent.map(({ header }) => header.direction))).toEqual(new Set(['to-sender']))
    },
  )
})

/** Says what it is told to, and listens. */
class Speaker extends SendingPuppet {
  readonly story: (speaker: Speaker) => void

  constructor(story: (speaker: Speaker) => void) {
    super(FILE)
    this.story = story
  }

  override begin(): void {
    this.story(this)
  }

  hear({ pdu, header }: Heard): void {
    if (pdu.kind === 'finished')
      this.say({ ...header, direction: 'to-receiver' }, { kind: 'ack-finished', condition: 0, status: 2 })
  }

  metadataAnd(data: Partial<Header>, eof: Partial<Header> = {}): void {
    this.send(this.metadata())
    for (let from = 0; from < FILE.length; from += this.segment) this.send(this.data(from), data)
    this.send(this.eof(), eof)
  }
}

describe('the header of what we hear', () => {
  it('names the same transaction in any width: ids are numbers', () => {
    const wide = { entityIdLength: 8, sequenceLength: 1 }
    const meeting = new Meeting(
      'receiver',
      new Speaker(speaker => speaker.metadataAnd(wide, { entityIdLength: 3 })),
    )
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(FILE)
    expect([...meeting.us.entity.reports()]).toHaveLength(1)
  })

  it.each<Partial<Header>>([{ mode: 'unacknowledged' }, { crc: true }, { largeFile: true }])(
    'never changes its flags within a transaction: a PDU with %j is not of it',
    changed => {
      const story = (speaker: Speaker): void => {
        // A good CRC is worth more than none: that way round it would be the first that was damaged.
        if (changed.crc === true) speaker.header = { ...HEADER, crc: true }
        speaker.metadataAnd(changed.crc === true ? { crc: false } : changed)
      }
      const meeting = new Meeting('receiver', new Speaker(story))
      meeting.run(1000)
      expect(meeting.dropped('header-changed')).toBe(7)
      expect(meeting.report()?.octets).toBe(0)
    },
  )

  it('names the source too: two senders may have the same sequence number', () => {
    const filestore = new MemoryFilestore()
    const now = 1000 as Millis
    const remote = (id: bigint) => ({ ...REMOTE_DEFAULTS.patient, id: id as EntityId, address: 'any' })
    const entity = new Entity<string>({
      local: { ...LOCAL_DEFAULTS, ids: [2n as EntityId] },
      remotes: [remote(1n), remote(3n)],
      filestore,
      random: new Random(1),
      now,
    })
    const files = [content(1001), content(1002)]
    const hear = (index: number, make: (header: Header) => Uint8Array): void => {
      entity.receive(make({ ...HEADER, source: (1n + 2n * BigInt(index)) as EntityId }), 'any', now)
    }
    const metadata = { kind: 'metadata', closureRequested: false, checksumType: 0, options: [] } as const
    for (const index of [0, 1]) {
      const name = `file-${index}`
      const fileSize = files[index]!.length
      hear(index, header =>
        octetsOf(header, { ...metadata, fileSize, sourceName: name, destinationName: name }),
      )
    }
    for (const index of [0, 1])
      hear(index, header => octetsOf(header, { kind: 'file-data', offset: 0, data: files[index]! }))
    for (const index of [0, 1]) {
      const file = files[index]!
      const eof = { kind: 'eof', condition: 0, checksum: sumOf(file), fileSize: file.length } as const
      hear(index, header => octetsOf(header, eof))
    }
    const bytes = new Uint8Array(2048)
    const slot: Slot<string> = { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
    let kept = 0
    const sources: bigint[] = []
    for (let turn = 0; turn < 10; turn++) {
      while (entity.record() !== undefined) kept += 1
      entity.stored(kept, now)
      while (entity.transmit(slot, now)) {
        const decoded = decodePdu(bytes.subarray(0, slot.length))
        if (!isFault(decoded) && decoded.pdu.kind === 'finished') sources.push(decoded.header.source)
      }
    }
    expect(filestore.files.get('file-0')).toEqual(files[0])
    expect(filestore.files.get('file-1')).toEqual(files[1])
    expect(sources).toEqual([1n, 3n])
  })
})

describe('what is no PDU', () => {
  it('is dropped and counted, never answered, and ends nothing: the transfer around it goes on', () => {
    const bad = malformed.filter(({ scope, kind }) => scope === 'pdu' && kind === 'syntax')
    expect(bad.length).toBeGreaterThan(30)
    const story = (speaker: Speaker): void => {
      for (const { hex } of bad) speaker.strings.send(fromHex(hex))
      speaker.metadataAnd({})
      for (const { hex } of bad) speaker.strings.send(fromHex(hex))
    }
    const meeting = new Meeting('receiver', new Speaker(story))
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(FILE)
    expect(meeting.us.kinds()).toEqual(['ack-eof', 'finished'])
    const dropped = [...meeting.us.entity.dropped.values()].reduce((sum, count) => sum + count, 0)
    expect(dropped).toBe(2 * bad.length)
  })
})
