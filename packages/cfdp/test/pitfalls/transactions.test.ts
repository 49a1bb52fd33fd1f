/** Mistakes about what a transaction keeps, ends, acknowledges and costs. */
import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import type { SequenceNumber } from '../../src/index.ts'
import { content, FIRST, lose, loseAll, TwoEntities } from '../engine/two-entities.ts'
import { Meeting } from '../peers/meeting.ts'
import { HEADER, type Heard, METADATA, SendingPuppet } from '../peers/puppet.ts'

const FILE = content(3500)

class Speaker extends SendingPuppet {
  readonly story: (speaker: Speaker) => void

  constructor(story: (speaker: Speaker) => void, file = FILE) {
    super(file)
    this.story = story
  }

  override begin(): void {
    this.story(this)
  }

  hear({ pdu }: Heard): void {
    if (pdu.kind === 'finished') this.send({ kind: 'ack-finished', condition: pdu.condition, status: 2 })
  }

  /** With 64-bit fields and a size that nobody knew beforehand. */
  unbounded(): void {
    this.header = { ...HEADER, largeFile: true }
    this.send(this.metadata({ fileSize: 0 }))
    this.sendAll()
    this.strings.later(1000, () => this.send(this.eof()))
  }

  empty(): void {
    this.send(this.metadata({ fileSize: 0 }))
    this.send({ kind: 'eof', condition: 0, checksum: 0, fileSize: 0 })
  }

  /** A second Metadata that says everything otherwise, in the middle. */
  changesItsMind(): void {
    this.send(this.metadata())
    this.send(this.data(0))
    this.send(this.metadata({ fileSize: 7, destinationName: 'other.bin', checksumType: 3 }))
    this.sendAll([0])
    this.send(this.eof())
  }

  cancelsUnheard(): void {
    this.send(this.eof(15, { faultLocation: this.header.source }))
    this.strings.later(1000, () => this.send(this.data(0)))
  }

  /** One octet at every other place. */
  sparse(count: number): void {
    for (let index = 1; index <= count; index++) this.send(this.data(2 * index, 2 * index + 1))
  }

  floods(count: number): void {
    for (let index = 1; index <= count; index++) {
      this.header = { ...HEADER, sequence: BigInt(index) as SequenceNumber }
      this.send(this.data(0))
    }
  }
}

describe('a size of 0 in Metadata', () => {
  it('is an unbounded file where the large file flag is set: its size comes with EOF and is unknown before', () => {
    const meeting = new Meeting('receiver', new Speaker(speaker => speaker.unbounded()))
    meeting.run(500)
    expect(meeting.report()).toMatchObject({ octets: FILE.length, size: undefined })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()).toMatchObject({ size: FILE.length, ending: { condition: 0 } })
    expect(meeting.delivered).toEqual(FILE)
  })

  it('is an empty file where it is not', () => {
    const meeting = new Meeting('receiver', new Speaker(speaker => speaker.empty()))
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.report()?.size).toBe(0)
    expect(meeting.delivered).toEqual(new Uint8Array(0))
  })
})

describe('Metadata that comes again', () => {
  it('changes nothing, whatever it says now', () => {
    const meeting = new Meeting('receiver', new Speaker(speaker => speaker.changesItsMind()))
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(FILE)
    expect([...meeting.us.filestore.files.keys()]).toEqual(['file.bin'])
    expect(meeting.us.told.filter(what => what.kind === 'metadata-recv')).toHaveLength(1)
  })
})

describe('an acknowledgement', () => {
  it('of EOF(No error) that comes late does not acknowledge EOF(cancel)', () => {
    const world = new TwoEntities({ weather: flight => (flight.pdu.kind === 'ack-eof' ? 'hold' : 'pass') })
    world.b.holdsBack = 'whole'
    world.put(FILE)
    world.run(100)
    expect(world.held).toHaveLength(1)
    world.weather = loseAll('eof')
    world.ask('a', 'cancel')
    world.run(20)
    world.releaseHeld()
    world.run(20)
    expect(world.state('a')).toBe('cancelling')
  })

  it('of a Finished with another condition does not acknowledge ours', () => {
    const world = new TwoEntities({ weather: loseAll('ack-finished') })
    world.put(FILE)
    expect(world.runUntil(() => world.state('b') === 'awaiting-finished-ack')).toBe(true)
    world.inject('b', HEADER, { kind: 'ack-finished', condition: 15, status: 2 })
    expect(world.state('b')).toBe('awaiting-finished-ack')
    world.inject('b', HEADER, { kind: 'ack-finished', condition: 0, status: 2 })
    expect(world.state('b')).toBe('ended')
  })
})

describe('EOF(cancel) of a transaction that nobody knows', () => {
  it('is acknowledged and opens nothing, nor does what it overtook', () => {
    const meeting = new Meeting('receiver', new Speaker(speaker => speaker.cancelsUnheard()))
    meeting.run(5000)
    expect(meeting.us.sent.map(({ pdu }) => pdu)).toEqual([{ kind: 'ack-eof', condition: 15, status: 0 }])
    expect([...meeting.us.entity.reports()]).toEqual([])
    expect(meeting.dropped('cancelled-before')).toBe(1)
  })
})

describe('timers', () => {
  it.each(['a', 'b'] as const)('of %s stand still while it is suspended, and are gone at its end', name => {
    const world = new TwoEntities({
      weather: loseAll('file-data'),
      remote: {
        inactivityTimeout: 60_000 as Millis,
        nakTimeout: 1000 as Millis,
        eofAckTimeout: 1000 as Millis,
      },
    })
    world.put(FILE)
    world.run(100)
    expect(world[name].entity.deadline()).toBeLessThan(Infinity)
    expect(world.ask(name, 'suspend')).toBe('accepted')
    expect(world[name].entity.deadline()).toBe(Infinity)
    expect(world.ask(name, 'resume')).toBe('accepted')
    world.weather = () => 'pass'
    expect(world.ask(name, 'cancel')).toBe('accepted')
    expect(world.runToEnd()).toBe(true)
    const sent = [world.a.sent.length, world.b.sent.length]
    world.run(9 * 60_000)
    expect([world.a.sent.length, world.b.sent.length]).toEqual(sent)
    expect([...world.a.faults(), ...world.b.faults()]).toEqual([])
  })
})

describe('filestore requests', () => {
  it('of a transaction that was cancelled are not carried out', () => {
    const world = new TwoEntities({ weather: lose('file-data') })
    world.put(FILE, { filestoreRequests: [{ action: 1, firstName: 'precious.bin' }] })
    world.b.filestore.files.set('precious.bin', FILE)
    world.b.holdsBack = 'whole'
    world.run(15)
    world.ask('b', 'cancel', FIRST)
    expect(world.runToEnd()).toBe(true)
    const finished = world.b.sent.find(({ pdu }) => pdu.kind === 'finished')?.pdu
    expect(finished).toMatchObject({ condition: 15, responses: [{ status: 15 }] })
    expect(world.b.filestore.files.has('precious.bin')).toBe(true)
  })
})

describe('what a stranger can make us keep', () => {
  it('is so many receptions: further ones are dropped and counted, and the open ones go on', () => {
    const meeting = new Meeting('receiver', new Speaker(speaker => speaker.floods(1000)), {
      local: { maxOpenReceptions: 50 },
    })
    meeting.run(15)
    expect([...meeting.us.entity.reports()]).toHaveLength(50)
    expect(meeting.dropped('too-many-receptions')).toBe(950)
  })

  it('is so many gaps: file data that would open another is dropped, and asked for when there is room', () => {
    const file = content(1000)
    const meeting = new Meeting('receiver', new Speaker(speaker => speaker.sparse(400), file), {
      local: { maxGaps: 100 },
      remote: { immediateNak: false },
    })
    meeting.run(100)
    expect(meeting.report()?.gaps).toBeLessThanOrEqual(101)
    expect(meeting.report()?.octets).toBe(100)
  })

  it('is a file of so many octets: a larger one, announced or sent, is a file size error', () => {
    for (const fileSize of [5000, 0]) {
      const world = new TwoEntities({ local: { maxFileSize: 3000 } })
      world.inject('b', HEADER, { ...METADATA, fileSize })
      if (fileSize === 0) world.inject('b', HEADER, { kind: 'file-data', offset: 2999, data: content(2) })
      world.settle()
      expect(world.b.faults()).toEqual([6])
      expect(world.report('b')?.ending).toMatchObject({ condition: 6, delivery: 1 })
    }
  })
})
