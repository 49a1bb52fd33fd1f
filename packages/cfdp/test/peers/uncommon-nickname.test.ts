/** uncommon-nickname+cfdp, a C++ codec of parts: what it writes is all that can be met. */
import { describe, expect, it } from 'vitest'
import type { Header } from '../../src/index.ts'
import { content } from '../engine/two-entities.ts'
import { Meeting } from './meeting.ts'
import { HEADER, type Heard, octetsOf, ReceivingPuppet, SendingPuppet } from './puppet.ts'

const FILE = content(2000)

/** A transfer around its EOF, which has a CRC of four octets where there is one. */
class NicknameSender extends SendingPuppet {
  readonly crc: boolean

  constructor(crc: boolean) {
    super(FILE)
    this.crc = crc
  }

  override begin(): void {
    const header: Header = { ...this.header, crc: this.crc }
    this.say(header, this.metadata())
    for (let from = 0; from < FILE.length; from += this.segment) this.say(header, this.data(from))
    const eof = octetsOf({ ...HEADER, crc: false }, this.eof())
    if (!this.crc) return this.strings.send(eof)
    const bytes = Uint8Array.from([...eof, 1, 2, 3, 4])
    bytes[0] = bytes[0]! | 0x02
    bytes[2] = bytes[2]! + 4
    this.strings.send(bytes)
  }

  hear({ pdu }: Heard): void {
    if (pdu.kind === 'finished') this.say(this.header, { kind: 'ack-finished', condition: 0, status: 2 })
  }
}

describe('from uncommon-nickname, which sends', () => {
  it('a CRC of four octets is not the CRC of a PDU: it is dropped, counted and not answered', () => {
    const meeting = new Meeting('receiver', new NicknameSender(true))
    meeting.run(5000)
    expect(meeting.dropped('bad-crc')).toBe(1)
    expect(meeting.us.count('ack-eof')).toBe(0)
    expect(meeting.delivered).toBeUndefined()
  })

  it('without a CRC its EOF is an EOF', () => {
    const meeting = new Meeting('receiver', new NicknameSender(false))
    expect(meeting.runToEnd()).toBe(true)
    expect(meeting.delivered).toEqual(FILE)
  })
})

/** It knows a Keep Alive by its length: four octets of progress, or eight. */
class NicknameReceiver extends ReceivingPuppet {
  hear(heard: Heard): void {
    if (heard.header.source === heard.header.destination) this.troubles.push('source is destination')
    if (heard.pdu.kind === 'metadata') this.reply(heard, { kind: 'keep-alive', progress: 700 })
    if (heard.pdu.kind === 'eof') this.reply(heard, { kind: 'ack-eof', condition: 0, status: 1 })
  }
}

describe('towards uncommon-nickname, which receives', () => {
  it('source and destination are never one: a Put to ourselves is refused where we are no remote entity', () => {
    const meeting = new Meeting('sender', new NicknameReceiver())
    const request = { kind: 'put', destination: HEADER.source } as const
    expect(meeting.us.entity.request(request, meeting.now)).toMatchObject({ kind: 'refused' })
    meeting.put(FILE)
    meeting.run(1000)
    expect(meeting.peer.troubles).toEqual([])
    expect(meeting.report()?.state).toBe('awaiting-finished')
  })
})
