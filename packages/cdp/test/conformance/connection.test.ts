/** Items of reference section 23 about one connection, by number. Transcripts, vectors and the API have files of their own. */
import type { Millis } from '@skyferry/engine'
import { Random } from '@skyferry/engine'
import { toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import { RECEIVE_TABLE } from '../../src/connection/core.ts'
import { TIMER_TABLE, TIMERS } from '../../src/connection/timer-table.ts'
import { WISH_TABLE } from '../../src/connection/wish-table.ts'
import { Connection, DEFAULTS, decode, flawOf, isRefused, type Message } from '../../src/index.ts'
import { Duo, text, words } from '../duo.ts'

const NO_PACE = { mdl: 0 as Millis }

/** Everything one end says now. */
function allSaid(duo: Duo, end: 'client' | 'server'): string[] {
  const said: string[] = []
  for (let hex = duo.says(end); hex !== undefined; hex = duo.says(end)) said.push(hex)
  return said
}

const closing = (duo: Duo, end: 'client' | 'server'): unknown =>
  duo.events(end).find(({ kind }) => kind === 'closed')

describe('the tables', () => {
  it('have a cell for every state and event', () => {
    const states = Object.keys(RECEIVE_TABLE)
    expect(Object.keys(WISH_TABLE)).toEqual(states)
    expect(Object.keys(TIMER_TABLE)).toEqual(states)
    for (const row of Object.values(RECEIVE_TABLE)) expect(Object.keys(row)).toHaveLength(9)
    for (const row of Object.values(TIMER_TABLE)) expect(Object.keys(row).sort()).toEqual([...TIMERS].sort())
  })
})

describe('ids', () => {
  it('CDP-11, 12: begin at 0, and go on in the answer', () => {
    const duo = new Duo()
    expect(duo.send('client', 'a', { give: true })).toBe(0)
    duo.settle()
    expect(duo.send('server', 'b')).toBe(1)
  })

  it('CDP-13: go round in both roles, with payloads outstanding across the wrap', () => {
    const duo = new Duo({ ...NO_PACE, inboxPayloads: 10_000 })
    let sent = 0
    for (let turn = 0; sent < 9000; turn++) {
      const end = turn % 2 === 0 ? 'client' : 'server'
      for (let left = 7; left > 0; left--) {
        expect(duo.send(end, `${sent}`, { give: left === 1 })).toBe(sent % 4096)
        sent += 1
      }
      duo.settle()
    }
    const heard = [...duo.payloads('server'), ...duo.payloads('client')]
      .map(Number)
      .sort((one, other) => one - other)
    expect(heard).toEqual(Array.from({ length: sent }, (_, index) => index))
  })

  it.each([
    [0, 'accepted'],
    [1, 'kept'],
    [255, 'kept'],
    [256, 'dropped'],
    [0x7ff, 'dropped'],
    [0x800, 'old'],
    [0xfff, 'old'],
  ])('CDP-14: %i ahead is %s', (ahead, fate) => {
    const duo = new Duo()
    duo.give('server', new Uint8Array([0x10, 0, 65]))
    allSaid(duo, 'server')
    const id = (1 + ahead) & 0xfff
    duo.give('server', new Uint8Array([id >> 8, id & 0xff, 66]))
    const said = allSaid(duo, 'server')
    expect(said).toEqual(fate === 'kept' || fate === 'dropped' ? ['9001'] : [])
    expect(duo.payloads('server')).toEqual(fate === 'accepted' ? ['A', 'B'] : ['A'])
    expect(duo.server.snapshot().early.map(([early]) => early)).toEqual(fate === 'kept' ? [id] : [])
  })

  it('CDP-15: never more than the window outstanding, and windows that cannot be are refused', () => {
    const duo = new Duo({ window: 5 })
    for (let sent = 0; sent < 5; sent++) duo.send('client', '')
    expect(duo.client.canSend()).toBe(false)
    expect(duo.client.send(text(''))).toEqual({ kind: 'refused', reason: 'window-full' })
    expect(flawOf({ ...DEFAULTS, window: 2048 })).toMatch(/window/)
    expect(flawOf({ ...DEFAULTS, window: 2047, reorder: 2046 })).toBeUndefined()
    expect(flawOf({ ...DEFAULTS, reorder: 2047 })).toMatch(/reorder/)
    expect(() => new Connection('controller', 0 as Millis, { window: 0 })).toThrow(/window/)
  })

  it('CDP-16: not more ids in a lifetime than the age rule allows', () => {
    const duo = new Duo({ window: 2047, reorder: 255, mdl: 1000 as Millis, inboxPayloads: 10_000 })
    const limit = 4095 - 2047 - 255
    const times: number[] = []
    for (let passed = 0; passed < 5000; passed += 10) {
      while (duo.client.canSend(duo.now)) {
        duo.send('client', '', { ack: true })
        duo.settle()
        times.push(duo.now)
      }
      duo.wait(10)
      duo.events('server')
    }
    expect(times.length).toBeGreaterThan(3 * limit)
    for (let index = limit; index < times.length; index++) {
      expect(times[index]! - times[index - limit]!).toBeGreaterThanOrEqual(1000)
    }
  })

  it('CDP-17: random payloads take none', () => {
    const duo = new Duo()
    duo.client.sendRandom(text('r'))
    expect(duo.send('client', 'a')).toBe(0)
    expect(allSaid(duo, 'client')).toEqual(['6072', '000061'])
  })
})

describe('roles and sending', () => {
  it('CDP-18, 19: a handler cannot send', () => {
    const duo = new Duo()
    expect([duo.client.role, duo.server.role]).toEqual(['controller', 'handler'])
    expect(duo.server.send(text('a'))).toMatchObject({ reason: 'not-controller' })
    expect(duo.server.sendRandom(text('a'))).toMatchObject({ reason: 'not-controller' })
    expect(duo.server.close()).toMatchObject({ reason: 'not-controller' })
    duo.quiet()
  })

  it('CDP-20, 21, 22: several payloads in a turn; control passes with the G payload accepted in order', () => {
    const duo = new Duo()
    duo.send('client', 'a')
    duo.send('client', 'b')
    duo.send('client', 'c', { give: true })
    expect(duo.client.send(text('d'))).toMatchObject({ reason: 'not-controller' })
    const [a, b, c] = allSaid(duo, 'client')
    duo.hear(`> ${c}`).hear(`> ${a}`)
    expect(duo.server.role).toBe('handler')
    duo.hear(`> ${b}`)
    expect(duo.server.role).toBe('controller')
    expect(duo.events('server').map(({ kind }) => kind)).toEqual(['payload', 'payload', 'payload', 'control'])
  })

  it('CDP-23: I by request, every half window, and after an expiry', () => {
    const duo = new Duo()
    for (let sent = 0; sent < 10; sent++) duo.send('client', '')
    // cwnd is 10: every fifth.
    expect(allSaid(duo, 'client').map(hex => hex[0])).toEqual([
      '0',
      '0',
      '0',
      '0',
      '1',
      '0',
      '0',
      '0',
      '0',
      '1',
    ])
    const other = new Duo()
    other.send('client', '')
    allSaid(other, 'client')
    other.timer('client').line('> * 10 00').line('< 80 00')
    other.send('client', '')
    other.line('> 10 01')
  })

  it('CDP-24, 25, 26: an expiry repeats the newest as it was but for I, until it is acknowledged', () => {
    const duo = new Duo()
    duo.send('client', 'a')
    duo.send('client', 'b', { give: true })
    duo.lines('x> 00 00 "a"; x> 20 01 "b"')
    for (let round = 0; round < 3; round++) duo.timer('client').line('x> * 30 01 "b"').quiet()
  })

  it('CDP-27: Close is repeated unchanged; Halt with payload never, and only when nothing is outstanding', () => {
    const duo = new Duo()
    duo.send('client', 'a')
    duo.line('> 00 00 "a"')
    expect(duo.client.halt(text('bye'))).toMatchObject({ reason: 'outstanding' })
    duo.client.close()
    duo.line('x> 50 01').timer('client').line('x> * 50 01')
    const other = new Duo()
    other.client.halt(text('bye'))
    other.line('> 40 00 "bye"').quiet()
    expect(other.client.nextTimeout()).toBe(Infinity)
    expect(other.payloads('server')).toEqual(['bye'])
  })

  it('CDP-28: Ack, Resend, repeats, new payloads, heartbeat, in this order; a Halt before all', () => {
    const duo = new Duo()
    duo.ask('client', 'q').settle()
    duo.send('server', 'a')
    duo.send('server', 'b')
    allSaid(duo, 'server')
    duo.send('server', 'c')
    duo.hear('> 90 01').hear('> 30 00 "q"').hear('> d0 00')
    expect(allSaid(duo, 'server').map(hex => hex.slice(0, 4))).toEqual(['8000', '0001', '1002', '0003'])
    duo.hear('> 30 00 "q"')
    duo.server.halt()
    expect(allSaid(duo, 'server')).toEqual(['f0'])
  })
})

describe('acks', () => {
  it('CDP-30: one of the id that asked, before any answer', () => {
    const duo = new Duo()
    duo.send('client', 'a', { ack: true, give: true })
    duo.line('> 30 00 "a"')
    duo.send('server', 'b')
    duo.lines('< 80 00; < 00 01 "b"')
  })

  it('CDP-31: takes everything up to it; others are ignored', () => {
    const duo = new Duo()
    for (const payload of 'abc') duo.send('client', payload)
    allSaid(duo, 'client')
    duo.hear('< 80 01')
    expect(duo.client.outstanding).toBe(1)
    for (const foreign of ['80 01', '80 03', '8f ff']) duo.hear(`< ${foreign}`)
    expect(duo.client.outstanding).toBe(1)
  })

  it('CDP-32, 57: is accepted by a controller, which ignores payloads it has not reached', () => {
    const duo = new Duo()
    duo.send('client', 'a')
    allSaid(duo, 'client')
    duo.hear('< 00 05 "x"').hear('< 80 00').quiet()
    expect(duo.client.outstanding).toBe(0)
    expect(duo.payloads('client')).toEqual([])
  })

  it('CDP-33, 34: what is old and asks is answered with the latest id accepted, unless nothing was', () => {
    const duo = new Duo()
    duo.hear('> 1f ff')
    expect(allSaid(duo, 'server')).toEqual([])
    duo.hear('> 00 00').hear('> 00 01').hear('> 00 00').quiet()
    duo.hear('> 10 00').line('< 80 01').quiet()
  })

  it('CDP-35: an in-order payload acknowledges everything, an early one nothing', () => {
    const duo = new Duo()
    duo.ask('client', 'a')
    allSaid(duo, 'client')
    duo.hear('< 00 02 "early"')
    expect([duo.client.outstanding, duo.client.role]).toEqual([1, 'yielding'])
    duo.hear('< 00 01 "due"')
    expect([duo.client.outstanding, duo.client.role]).toEqual([0, 'handler'])
    expect(duo.payloads('client')).toEqual(['due', 'early'])
  })

  it('CDP-36: one for a batch, of the highest id that asked', () => {
    const duo = new Duo()
    for (const line of ['> 10 00', '> 10 01', '> 00 02']) duo.hear(line)
    expect(allSaid(duo, 'server')).toEqual(['8001'])
  })

  it('CDP-37: after ackDelay in control without a payload, one; none if there was a payload', () => {
    const silent = new Duo()
    silent.ask('client', 'a').settle().wait(100).line('< 80 00').quiet().wait(5000).quiet()
    const quick = new Duo()
    quick.ask('client', 'a').settle().wait(50)
    quick.send('server', 'b')
    quick.settle().wait(60)
    expect(allSaid(quick, 'server')).toEqual([])
  })

  it('CDP-38: none for what a full inbox drops; a heartbeat, and later the payload', () => {
    const duo = new Duo({}, { inboxPayloads: 1 })
    duo.send('client', 'a')
    duo.send('client', 'b', { ack: true })
    duo.lines('> 00 00 "a"; > 10 01 "b"; < -').quiet()
    expect(duo.payloads('server')).toEqual(['a'])
    duo.timer('client').lines('> * 10 01 "b"; < 80 01')
    expect(duo.payloads('server')).toEqual(['b'])
  })
})

describe('resend and reordering', () => {
  it('CDP-39, 40: one for the batch, and none for a gap that the batch fills; once per hold', () => {
    const duo = new Duo()
    duo.hear('> 00 01').hear('> 00 02')
    expect(allSaid(duo, 'server')).toEqual(['9000'])
    duo.hear('> 00 03')
    expect(allSaid(duo, 'server')).toEqual([])
    duo.wait(100).hear('> 00 04')
    expect(allSaid(duo, 'server')).toEqual(['9000'])
    const other = new Duo()
    other.hear('> 00 01').hear('> 00 00')
    expect(allSaid(other, 'server')).toEqual([])
  })

  it.each([
    [255, ['0', '1', '2']],
    [0, ['0']],
  ])(
    'CDP-41, 42: with a span of %i early payloads are kept or dropped, and never twice',
    (reorder, delivered) => {
      const duo = new Duo({ reorder })
      duo.hear('> 00 01 "1"').hear('> 00 02 "2"').hear('> 00 01 "1"').hear('> 00 00 "0"')
      expect(duo.payloads('server')).toEqual(delivered)
    },
  )

  it('CDP-43, 44, 46: repeats from there on, the newest with I, acknowledges what precedes; once per round trip', () => {
    const duo = new Duo()
    for (const payload of 'abcd') duo.send('client', payload)
    allSaid(duo, 'client')
    duo.hear('< 90 01')
    expect(allSaid(duo, 'client')).toEqual(['000162', '000263', '100364'])
    expect(duo.client.outstanding).toBe(3)
    duo.hear('< 90 01').hear('< 90 00').hear('< 90 04').quiet()
    duo.wait(100).hear('< 90 01')
    expect(allSaid(duo, 'client')).toHaveLength(3)
  })

  it('CDP-45: is honoured while yielding', () => {
    const duo = new Duo()
    duo.send('client', 'a')
    duo.ask('client', 'b')
    allSaid(duo, 'client')
    duo.hear('< 90 00')
    expect(allSaid(duo, 'client')).toEqual(['000061', '300162'])
  })

  it('CDP-47: early payloads are let go when control is gained', () => {
    const duo = new Duo()
    duo.hear('> 00 02 "x"').hear('> 20 00 "a"')
    expect(duo.server.role).toBe('controller')
    expect(duo.server.snapshot().early).toEqual([])
    expect(duo.payloads('server')).toEqual(['a'])
  })

  it('CDP-48: a handler that drops early payloads, like the reference, gets 1000 payloads in order at 5 % loss', () => {
    const random = new Random(48)
    const client = new Connection('controller', 0 as Millis, NO_PACE)
    const heard: number[] = []
    let now = 0 as Millis
    let sent = 0
    while (heard.length < 1000 && now < 600_000) {
      const answers: Uint8Array[] = []
      while (sent < 1000 && client.canSend(now)) client.send(text(`${sent++}`), { ack: sent === 1000 }, now)
      for (let said = client.poll(now); said !== undefined; said = client.poll(now)) {
        const message = decode(said) as Message
        if (message.kind !== 'payload' || random.chance(0.05)) continue
        const due = heard.length & 0xfff
        if (message.id === due) {
          heard.push(Number(words(message.data)))
          if (message.flag === 1) answers.push(new Uint8Array([0x80 | (message.id >> 8), message.id & 0xff]))
        } else if (((message.id - due) & 0xfff) < 0x800)
          answers.push(new Uint8Array([0x90 | (due >> 8), due & 0xff]))
        else if (message.id === ((due - 1) & 0xfff) && message.flag === 1)
          answers.push(new Uint8Array([0x80 | (message.id >> 8), message.id & 0xff]))
      }
      now = (now + 5) as Millis
      for (const answer of answers) if (!random.chance(0.05)) client.receive(answer, now)
      if (answers.length === 0) now = Math.max(now, client.nextTimeout()) as Millis
      client.tick(now)
      while (client.event() !== undefined);
    }
    expect(heard).toEqual(Array.from({ length: 1000 }, (_, index) => index))
  })
})

describe('control transfer', () => {
  it('CDP-55: a lost Resend is provoked again by the repeat', () => {
    const duo = new Duo()
    duo.send('client', 'a')
    duo.ask('client', 'b')
    duo.lines('x> 00 00 "a"; > 20 01 "b"; x< 90 00').timer('client')
    duo.lines('> * 30 01 "b"; < 90 00; > * 00 00 "a"; > * 30 01 "b"')
    expect(duo.server.role).toBe('controller')
  })

  it('CDP-58: random payloads reach a handler and a yielding side, not a controller', () => {
    const duo = new Duo()
    duo.hear('< 60 "x"')
    duo.ask('client', 'a')
    allSaid(duo, 'client')
    duo.hear('< 60 "y"').hear('> 60 "z"')
    expect(duo.events('client')).toEqual([{ kind: 'random', data: text('y') }])
    expect(duo.events('server')).toEqual([{ kind: 'random', data: text('z') }])
    expect(duo.client.role).toBe('yielding')
  })

  it('CDP-60: 10 000 random conversations through loss, duplication and reordering: once, in order, one controller', () => {
    for (let seed = 0; seed < 10_000; seed++) converse(seed)
  })
})

/** A short conversation over a network that holds back, loses and doubles up to eight datagrams. */
function converse(seed: number): void {
  const random = new Random(seed)
  const settings = {
    ...NO_PACE,
    reorder: random.pick([0, 1, 255]),
    window: random.pick([1, 3, 255]),
    giveUpAfter: 0 as Millis,
    maxRetries: 0,
    idle: 0 as Millis,
  }
  const duo = new Duo(settings)
  const flight: { to: 'client' | 'server'; octets: Uint8Array }[] = []
  let sent = 0
  const heard: number[] = []
  let turn = 0
  for (
    let step = 0;
    step < 3000 && (turn < 6 || flight.length > 0 || duo.client.outstanding + duo.server.outstanding > 0);
    step++
  ) {
    for (const [from, to] of [
      ['client', 'server'],
      ['server', 'client'],
    ] as const) {
      if (turn < 6 && duo[from].canSend(duo.now) && random.chance(0.5)) {
        const give = random.chance(0.5)
        duo.send(from, `${sent++}`, { give, ack: random.chance(0.2) })
        if (give) turn += 1
      }
      for (let said = duo[from].poll(duo.now); said !== undefined; said = duo[from].poll(duo.now)) {
        if (random.chance(0.8) && flight.length < 8) flight.push({ to, octets: said })
        if (random.chance(0.1) && flight.length < 8) flight.push({ to, octets: said })
      }
    }
    if (flight.length > 0 && random.chance(0.8)) {
      const [{ to, octets }] = flight.splice(random.whole(0, flight.length), 1) as [(typeof flight)[number]]
      duo.give(to, octets)
    } else
      duo.wait(
        Math.max(1, Math.min(duo.client.nextTimeout(), duo.server.nextTimeout(), duo.now + 500) - duo.now),
      )
    for (const end of ['client', 'server'] as const) heard.push(...duo.payloads(end).map(Number))
    expect([duo.client.role, duo.server.role]).not.toEqual(['controller', 'controller'])
  }
  expect({ seed, heard }).toEqual({ seed, heard: Array.from({ length: sent }, (_, index) => index) })
}

describe('timers', () => {
  it('CDP-61: 1000 ms before a sample, then by RFC 6298 and clamped', () => {
    const duo = new Duo()
    expect(duo.client.stats.rto).toBe(1000)
    duo.send('client', '', { ack: true })
    const [payload] = allSaid(duo, 'client')
    duo.wait(400).hear(`> ${payload}`).line('< 80 00')
    expect(duo.client.stats).toMatchObject({ srtt: 400, rto: 1200 })
    const slow = new Connection('controller', 0 as Millis, {
      rtoMin: 5000 as Millis,
      rtoInitial: 1000 as Millis,
    })
    expect(slow.stats.rto).toBe(1000)
  })

  it('CDP-62: no sample from repeated ids; implied acks only lower the estimate', () => {
    const duo = new Duo()
    duo.send('client', '', { ack: true })
    allSaid(duo, 'client')
    duo.timer('client').line('> * 10 00').line('< 80 00')
    expect(duo.client.stats.srtt).toBeUndefined()
    const other = new Duo()
    other.send('client', '', { ack: true })
    const [payload] = allSaid(other, 'client')
    other.wait(50).hear(`> ${payload}`).line('< 80 00')
    other.ask('client', 'q').settle().wait(90)
    other.ask('server', 'slow').settle()
    expect(other.client.stats.srtt).toBe(50)
  })

  it('CDP-63: backoff doubles, up to rtoMax', () => {
    const duo = new Duo({
      giveUpAfter: 0 as Millis,
      maxRetries: 0,
      rtoMax: 8000 as Millis,
      idle: 0 as Millis,
      keepalive: 0 as Millis,
    })
    duo.send('client', '', { ack: true })
    allSaid(duo, 'client')
    const waits: number[] = []
    for (let round = 0; round < 6; round++) {
      const before = duo.now
      duo.timer('client')
      allSaid(duo, 'client')
      waits.push(duo.now - before)
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 8000, 8000])
    // The ack of a repeat is no sample: the wait stays for one more try.
    duo.hear('> 00 00').hear('< 80 00')
    expect(duo.client.stats.rto).toBe(8000)
    duo.send('client', '')
    duo.line('> 10 01').line('< 80 01')
    expect(duo.client.stats.rto).toBe(200)
  })

  it('CDP-64: a give without I is allowed the peer its ackDelay', () => {
    const duo = new Duo()
    duo.ask('client', 'q')
    allSaid(duo, 'client')
    expect(duo.client.nextTimeout()).toBe(1100)
    const other = new Duo()
    other.send('client', 'q', { give: true, ack: true })
    allSaid(other, 'client')
    expect(other.client.nextTimeout()).toBe(1000)
  })

  it('CDP-65: gives up after silence; a peer that is heard postpones it', () => {
    const duo = new Duo()
    duo.send('client', '')
    allSaid(duo, 'client')
    while (!duo.client.isClosed) {
      duo.timer('client')
      if (!duo.client.isClosed) allSaid(duo, 'client')
    }
    expect(duo.now).toBe(31_000)
    expect(allSaid(duo, 'client')).toEqual(['f0'])
    expect(closing(duo, 'client')).toMatchObject({ reason: 'timeout', unacked: 1 })

    const heard = new Duo()
    heard.send('client', '')
    allSaid(heard, 'client')
    while (!heard.client.isClosed) {
      heard.timer('client').hear('< -')
      allSaid(heard, 'client')
    }
    expect(heard.now).toBeGreaterThan(300_000)
    expect(closing(heard, 'client')).toMatchObject({ reason: 'stall' })
  })

  it('CDP-66: nothing outstanding, no timer', () => {
    const duo = new Duo({ idle: 0 as Millis, keepalive: 0 as Millis })
    expect(duo.client.nextTimeout()).toBe(Infinity)
    duo.send('client', '', { ack: true })
    allSaid(duo, 'client')
    expect(duo.client.nextTimeout()).toBe(1000)
    duo.hear('< 80 00')
    expect(duo.client.nextTimeout()).toBe(Infinity)
  })

  it('CDP-67: heartbeats in silence, and never an answer to one', () => {
    const duo = new Duo()
    duo.send('client', '', { ack: true })
    duo.settle()
    duo.wait(24_999)
    duo.quiet()
    duo.wait(1).line('> -')
    expect(allSaid(duo, 'server')).toEqual([])
    duo.wait(20_000)
    duo.send('client', '', { ack: true })
    duo.settle().wait(20_000).quiet()
  })

  it('CDP-68: idle closes in every role, and any datagram postpones it', () => {
    const duo = new Duo({ keepalive: 0 as Millis })
    duo.ask('client', 'q').settle()
    duo.wait(100).settle().wait(100_000).hear('< -').hear('> -').wait(119_999)
    expect([duo.client.isClosed, duo.server.isClosed]).toEqual([false, false])
    duo.wait(1)
    expect([closing(duo, 'client'), closing(duo, 'server')]).toMatchObject([
      { reason: 'idle' },
      { reason: 'idle' },
    ])
    expect([allSaid(duo, 'client'), allSaid(duo, 'server')]).toEqual([['f0'], ['f0']])
  })

  it('CDP-69: cwnd limits the first burst, halves once per window, is 1 after an expiry', () => {
    const duo = new Duo()
    for (let sent = 0; sent < 10; sent++) duo.send('client', '')
    expect(duo.client.canSend()).toBe(false)
    allSaid(duo, 'client')
    duo.hear('< 90 00')
    expect(duo.client.stats.cwnd).toBe(5)
    allSaid(duo, 'client')
    duo.wait(200).hear('< 90 00')
    expect(duo.client.stats.cwnd).toBe(5)
    while (duo.client.stats.expiries === 0) duo.timer('client')
    expect(duo.client.stats.cwnd).toBe(1)
  })
})

describe('closing', () => {
  it('CDP-72, 73, 74: the application may take its time; a repeated Close is answered meanwhile, and again after', () => {
    const duo = new Duo({ answersClose: false })
    duo.client.close(text('bye'))
    duo.line('> 50 00 "bye"')
    expect(duo.events('server').map(({ kind }) => kind)).toEqual(['payload', 'close-asked'])
    duo.timer('client').lines('> * 50 00 "bye"; < -')
    duo.server.answerClose('ack')
    duo.line('x< 80 00').timer('client').lines('> * 50 00 "bye"; < 80 00; x> f0')
    expect(closing(duo, 'client')).toMatchObject({ reason: 'verified', verified: true })
    duo.timer('server')
    expect(closing(duo, 'server')).toMatchObject({ reason: 'clean', unacked: 0 })
    duo.quiet()
  })

  it('CDP-75: Halt with payload is delivered, and answered by nothing', () => {
    const duo = new Duo()
    duo.hear('> 40 00 "bye"').quiet()
    expect(duo.events('server')).toMatchObject([
      { kind: 'payload' },
      { kind: 'closed', reason: 'peer-halt-with-payload' },
    ])
  })

  it('CDP-76, 78: a Halt is reported with what is unknown, and answered by nothing', () => {
    const duo = new Duo()
    duo.send('client', 'a')
    duo.send('client', 'b')
    allSaid(duo, 'client')
    duo.hear('< f0').quiet()
    expect(closing(duo, 'client')).toMatchObject({
      reason: 'peer-halt',
      unacked: 2,
      midTurn: true,
      verified: false,
    })
    expect(duo.client.nextTimeout()).toBe(Infinity)
  })

  it.each(['< 50 00', '< 50 01'])('CDP-77: an empty Close (%s) is the Ack of ours', answer => {
    const duo = new Duo()
    duo.client.close()
    allSaid(duo, 'client')
    duo.hear(answer)
    expect(allSaid(duo, 'client')).toEqual(['f0'])
    expect(closing(duo, 'client')).toMatchObject({ reason: 'verified' })
  })

  it('longHalt "close": our handler answers with a Close, as the first revision says, and again if it was lost', () => {
    const duo = new Duo({}, { longHalt: 'close' })
    duo.client.close(text('bye'))
    duo.lines('> 50 00 "bye"; x< 50 01').timer('client').lines('> * 50 00 "bye"; < 50 01; > f0').quiet()
    expect([closing(duo, 'client'), closing(duo, 'server')]).toMatchObject([
      { reason: 'verified' },
      { reason: 'clean' },
    ])
  })

  it('CDP-79: an early Close waits for its turn', () => {
    const duo = new Duo()
    duo.send('client', 'a')
    duo.client.close()
    duo.lines('x> 00 00 "a"; > 50 01; < 90 00')
    expect(duo.server.phase).toBe('open')
    duo.lines('> * 00 00 "a"; < f0')
  })

  it('haltGuard: a Halt is believed only when nothing else is heard after a probe (section 15)', () => {
    const spoofed = new Duo({ haltGuard: true })
    spoofed.ask('client', 'a').settle()
    spoofed.ask('server', 'b').settle()
    spoofed.ask('client', 'c').settle()
    spoofed.hear('< f0').line('> 30 02 "c"').line('< 80 02').wait(10_000)
    expect(spoofed.client.isClosed).toBe(false)
    const meant = new Duo({ haltGuard: true })
    meant.ask('client', 'a').settle().hear('< f0')
    allSaid(meant, 'client')
    meant.wait(5000)
    expect(closing(meant, 'client')).toMatchObject({ reason: 'peer-halt' })
  })
})

describe('conflicts and safety', () => {
  it('CDP-86, 88: three expiries with answers for another connection: out of step', () => {
    const duo = new Duo()
    for (let sent = 0; sent < 5; sent++) duo.send('client', '', { ack: true })
    duo.settle()
    duo.send('client', 'x')
    allSaid(duo, 'client')
    for (let round = 0; round < 3; round++) {
      expect(duo.client.isClosed).toBe(false)
      // A restarted server asks for what it takes for the beginning.
      duo.hear('< 90 00').timer('client')
      if (round < 2) allSaid(duo, 'client')
    }
    expect(closing(duo, 'client')).toMatchObject({ reason: 'out-of-step', unacked: 1 })
  })

  it('CDP-87: both started as controller', () => {
    const [one, other] = [
      new Connection('controller', 0 as Millis),
      new Connection('controller', 0 as Millis),
    ]
    one.send(text('a'))
    other.send(text('b'))
    one.receive(other.poll(0 as Millis)!, 0 as Millis)
    expect(toHex(one.poll(0 as Millis)!)).toBe('f0')
    for (;;) {
      const event = one.event()
      if (event?.kind === 'closed') {
        expect(event.reason).toBe('role-conflict')
        break
      }
    }
  })

  it('CDP-89, 90: flag 7 and cut-off payloads halt; unassigned flags are ignored', () => {
    for (const violation of ['> 70', '> 70 00', '> 00', '> 50']) {
      const duo = new Duo()
      duo.hear('> 00 00').hear(violation).line('< f0').quiet()
      expect(closing(duo, 'server')).toMatchObject({ reason: 'violation' })
    }
    const duo = new Duo()
    for (const unknown of ['> a0 00', '> b0 00', '> c0 00', '> e0 00', '> 80', '> 90', '> d0'])
      duo.hear(unknown)
    duo.quiet()
    expect(duo.server.isClosed).toBe(false)
    expect(duo.server.stats.unexplained).toBe(7)
  })

  it('the reset sequence: a Halt, silence, and then the first payload', () => {
    const connection = new Connection(10_500 as Millis, 0 as Millis)
    expect(isRefused(connection.send(text('a')))).toBe(true)
    expect(toHex(connection.poll(0 as Millis)!)).toBe('f0')
    connection.receive(new Uint8Array([0x20, 0x07]), 1000 as Millis)
    expect(toHex(connection.poll(1000 as Millis)!)).toBe('f0')
    connection.tick(10_500 as Millis)
    expect(connection.event()).toEqual({ kind: 'writable' })
    expect(connection.send(text('a'))).toBe(0)
  })
})
