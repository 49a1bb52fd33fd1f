/** Mistakes about NAKs: what they ask for, how often, and what is resent. */
import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import type { Pdu } from '../../src/index.ts'
import { content, TwoEntities } from '../engine/two-entities.ts'
import { Meeting } from '../peers/meeting.ts'
import { type Heard, ReceivingPuppet, SendingPuppet } from '../peers/puppet.ts'

const FILE = content(5000)

/** Asks for one thing after EOF, and says nothing more. */
class Asker extends ReceivingPuppet {
  readonly nak: Omit<Extract<Pdu, { kind: 'nak' }>, 'kind'>
  #eofs = 0

  constructor(nak: Omit<Extract<Pdu, { kind: 'nak' }>, 'kind'>) {
    super()
    this.nak = nak
  }

  hear(heard: Heard): void {
    if (heard.pdu.kind !== 'eof' || this.#eofs++ > 0) return
    this.reply(heard, { kind: 'ack-eof', condition: 0, status: 1 })
    this.strings.later(1000, () => this.reply(heard, { kind: 'nak', ...this.nak }))
  }
}

function resentFor(nak: Asker['nak']): Pdu[] {
  const meeting = new Meeting('sender', new Asker(nak))
  meeting.put(FILE)
  meeting.run(500)
  const sent = meeting.us.sent.length
  meeting.run(60_000)
  return meeting.us.sent.slice(sent).map(({ pdu }) => pdu)
}

const scope = { from: 0, to: 5000 }

describe('a segment request', () => {
  it('ends before its end: exactly those octets are resent, wherever segments begin', () => {
    for (const [from, to] of [
      [10, 20],
      [1000, 1017],
      [0, 1],
      [4999, 5000],
    ] as const) {
      const resent = resentFor({ scope, metadataRequested: false, requests: [{ from, to }] })
      const octets = resent.flatMap(pdu => (pdu.kind === 'file-data' ? [...pdu.data] : []))
      expect(resent.every(pdu => pdu.kind === 'file-data' && pdu.offset >= from)).toBe(true)
      expect(octets).toEqual([...FILE.subarray(from, to)])
    }
  })

  it('of 0-0 is for Metadata, and for no octet of the file', () => {
    const resent = resentFor({ scope, metadataRequested: true, requests: [] })
    expect(resent.map(({ kind }) => kind)).toEqual(['metadata'])
  })

  it('beyond the file, outside the scope, twice or overlapping, is served as far as there is a file, once', () => {
    const requests = [
      { from: 4000, to: 9000 },
      { from: 4500, to: 5000 },
      { from: 4000, to: 4500 },
      { from: 7000, to: 8000 },
    ]
    const resent = resentFor({ scope: { from: 0, to: 100 }, metadataRequested: false, requests })
    const octets = resent.flatMap(pdu => (pdu.kind === 'file-data' ? [...pdu.data] : []))
    expect(octets).toEqual([...FILE.subarray(4000)])
  })

  it('is not followed by another EOF: only its own timer repeats that', () => {
    const requests = [{ from: 0, to: 5000 }]
    expect(resentFor({ scope, metadataRequested: true, requests }).map(({ kind }) => kind)).not.toContain(
      'eof',
    )
  })
})

describe('immediate NAKs on a link with a long round trip', () => {
  it('ask for each gap about once in a round trip, and hardly anything is resent twice', () => {
    const file = content(1_000_000)
    let lost = 0
    const world = new TwoEntities({
      latency: 300,
      // A segment every 4 ms: a round trip holds 150 of them, and a gap every 40.
      remote: { pace: 2_000_000, lightTime: 300 as Millis },
      weather: ({ pdu, nth }) => {
        if (pdu.kind !== 'file-data' || nth % 10 !== 3 || nth > 900) return 'pass'
        lost += 1
        return 'drop'
      },
    })
    world.put(file)
    expect(world.runToEnd()).toBe(true)
    expect(Buffer.compare(world.delivered!, file)).toBe(0)
    expect(lost).toBe(90)
    // A round trip holds fifteen NAKs, each of which states the gaps of the last: a storm would be fifteen times as many.
    expect(world.report('a')?.pdus.resent).toBeLessThan(2 * lost)
    expect(world.b.count('nak')).toBeLessThanOrEqual(lost + 5)
  })
})

/** Resends one segment for each NAK, whatever it asks for. */
class Sluggish extends SendingPuppet {
  override begin(): void {
    this.send(this.metadata())
    this.sendAll([0, 500, 1000, 1500, 2000, 2500])
    this.send(this.eof())
  }

  hear({ pdu }: Heard): void {
    if (pdu.kind === 'nak' && pdu.requests.length > 0) this.send(this.data(pdu.requests[0]!.from))
    if (pdu.kind === 'finished') this.send({ kind: 'ack-finished', condition: 0, status: 2 })
  }
}

describe('the limit on NAKs', () => {
  it('counts from the last NAK that brought something: a slow repair is no fault', () => {
    const meeting = new Meeting('receiver', new Sluggish(), {
      remote: { nakLimit: 2, nakTimeout: 1000 as Millis, immediateNak: false },
    })
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.us.faults()).toEqual([])
    expect(meeting.us.count('nak')).toBeGreaterThan(4)
    expect(meeting.delivered).toEqual(meeting.peer.file)
  })
})
