import type { Millis } from '@skyferry/engine'
import { bothWays } from '@skyferry/sim'
import { describe, expect, it } from 'vitest'
import {
  answerTurns,
  type CdpError,
  type Closing,
  type Conversation,
  type HostOptions,
  NotControllerError,
  PayloadTooLargeError,
} from '../../src/index.ts'
import { text, words } from '../duo.ts'
import { Table } from './table.ts'

const echo = (conversation: Conversation): void => {
  answerTurns(conversation, turn => turn.payloads.map(payload => text(words(payload).toUpperCase()))).catch(
    () => {},
  )
}

function talking(
  options: Partial<HostOptions<string>> = {},
  weather = bothWays({ delayMs: 5 }),
): { table: Table; conversation: Conversation } {
  const table = new Table(weather)
  table.host('server', { onConnection: echo, ...options })
  return { table, conversation: table.host('client').connect('server') }
}

describe('a conversation', () => {
  it('answers requests, and keeps the boundaries of payloads', async () => {
    const { table, conversation } = talking()
    const turn = await table.play(conversation.request([text('a'), text(''), text('bc')], { ack: true }))
    expect(turn.payloads.map(words)).toEqual(['A', '', 'BC'])
    expect(words(turn.bytes())).toBe('ABC')
    expect(turn.ended).toBe('control')
    expect(words((await table.play(conversation.request(text('again')))).bytes())).toBe('AGAIN')
    conversation.halt()
    expect(await conversation.closed).toMatchObject({ reason: 'local-halt', verified: true })
  })

  it('hands the payloads of the answer over as they come; the loop ends with control (CDP-96)', async () => {
    const { table, conversation } = talking()
    const heard: string[] = []
    const talk = async (): Promise<void> => {
      await conversation.send(text('x'))
      await conversation.give(text('y'))
      expect(conversation.hasControl).toBe(false)
      for await (const payload of conversation) heard.push(words(payload))
    }
    await table.play(talk())
    expect(heard).toEqual(['X', 'Y'])
    expect(conversation.hasControl).toBe(true)
  })

  it('throws from the loop when the connection breaks within a turn (CDP-96)', async () => {
    const { table, conversation } = talking({
      // It sends, and never gives control back.
      onConnection: server => {
        ;(async () => {
          for await (const turn of server.turns()) await server.send(turn.bytes(), { ack: true })
        })().catch(() => {})
      },
    })
    await table.play(conversation.give(text('a')))
    const reading = (async () => {
      for await (const _ of conversation) conversation.halt()
    })()
    await expect(table.play(reading)).rejects.toMatchObject({ reason: 'local-halt' })
  })

  it('rejects a request that takes too long, and halts (CDP-97)', async () => {
    const { table, conversation } = talking({ onConnection: () => {} })
    await expect(
      table.play(conversation.request(text('a'), { timeout: 2000 as Millis })),
    ).rejects.toMatchObject({
      reason: 'timeout',
    })
    expect(table.clock.now()).toBeCloseTo(2000, -2)
    expect((await conversation.closed).reason).toBe('local-halt')
  })

  it('rejects a request that is aborted, and halts (CDP-97)', async () => {
    const { table, conversation } = talking({ onConnection: () => {} })
    const abort = new AbortController()
    table.clock.at(300 as Millis, () => abort.abort('enough'))
    await expect(table.play(conversation.request(text('a'), { signal: abort.signal }))).rejects.toMatchObject(
      {
        reason: 'aborted',
        cause: 'enough',
      },
    )
    expect((await conversation.closed).reason).toBe('local-halt')
  })

  it('waits when the window is full, and keeps the order (CDP-98)', async () => {
    const { table, conversation } = talking()
    const payloads = Array.from({ length: 600 }, (_, index) => text(`p${index}`))
    const turn = await table.play(conversation.request(payloads))
    expect(turn.payloads.map(words)).toEqual(payloads.map((_, index) => `P${index}`))
  })

  it('fulfils `send` with ack when it is acknowledged, and `flush` when everything is', async () => {
    const { table, conversation } = talking()
    await table.play(conversation.send(text('a'), { ack: true }))
    expect(table.clock.now()).toBe(10)
    await table.play(conversation.send(text('b')))
    await table.play(conversation.flush())
    expect(table.clock.now()).toBe(220)
  })

  it('refuses a handler, and what is too large (CDP-9, CDP-19)', async () => {
    const { table, conversation } = talking({ onConnection: () => {} })
    await expect(conversation.send(new Uint8Array(1199))).rejects.toBeInstanceOf(PayloadTooLargeError)
    await table.play(conversation.give(new Uint8Array(1198)))
    await expect(conversation.send(text('b'))).rejects.toBeInstanceOf(NotControllerError)
    await expect(conversation.request(text('b'))).rejects.toBeInstanceOf(NotControllerError)
  })

  it('queues a request until control is back', async () => {
    const { table, conversation } = talking()
    await conversation.give(text('a'))
    const second = conversation.request(text('b'), { queue: true })
    await table.play(second)
    expect(words((await second).payloads.at(-1)!)).toBe('B')
  })

  it.each<[string, (conversation: Conversation) => Promise<Closing>, Partial<HostOptions<string>>, string]>([
    ['CloseAndHalt', conversation => conversation.close(), {}, 'answered'],
    ['LongHalt', conversation => conversation.close(text('bye')), {}, 'verified'],
    [
      'a Close that the application answers late',
      conversation => conversation.close(),
      { onClose: async () => 'ack' as const },
      'verified',
    ],
    [
      'a Close answered by a Close',
      conversation => conversation.close(text('bye')),
      { settings: { longHalt: 'close' as const } },
      'verified',
    ],
  ])('closes: %s', async (_, close, options, reason) => {
    const { table, conversation } = talking(options)
    await table.play(conversation.request(text('a')))
    const closing = await table.play(close(conversation))
    expect(closing.reason).toBe(reason)
  })

  it('carries random payloads, and a last payload with a Halt', async () => {
    const heard: string[] = []
    const { table, conversation } = talking({
      onConnection: server => {
        server.onRandom = data => heard.push(`random ${words(data)}`)
        ;(async () => {
          for await (const turn of server.turns()) heard.push(`${turn.ended} ${words(turn.bytes())}`)
        })().catch((error: CdpError) => heard.push(error.reason))
      },
    })
    conversation.sendRandom(text('ping'))
    conversation.halt(text('last'))
    await table.wait(1000)
    expect(heard).toEqual(['random ping', 'closed last'])
  })

  it('gets through a network that loses every third datagram', async () => {
    // With the defaults one connection in twenty would be given up in 30 s: five waits of 1 to 16 s, all in vain.
    const settings = { giveUpAfter: 0 as Millis, maxRetries: 0, rtoMax: 2000 as Millis }
    const table = new Table(bothWays({ loss: 0.33, delayMs: 20, reordering: 0.1, reorderingMs: 50 }))
    table.host('server', { onConnection: echo, settings })
    const conversation = table.host('client', { settings }).connect('server')
    for (let round = 0; round < 10; round++) {
      const payloads = Array.from({ length: 20 }, (_, index) => text(`r${round}p${index}`))
      const turn = await table.play(conversation.request(payloads))
      expect(words(turn.bytes())).toBe(payloads.map(words).join('').toUpperCase())
    }
    expect((await table.play(conversation.close(text('bye')))).reason).toBe('verified')
  })

  it('pauses a peer that sends faster than it is read (section 9.6)', async () => {
    const payloads = Array.from({ length: 1000 }, (_, index) => text(`${index}`))
    const { table, conversation } = talking({
      onConnection: server => {
        answerTurns(server, () => payloads).catch(() => {})
      },
    })
    await table.play(conversation.give(text('go')))
    await table.wait(20_000)
    const read: string[] = []
    const reading = (async () => {
      for await (const payload of conversation) read.push(words(payload))
    })()
    await table.play(reading)
    expect(read).toEqual(payloads.map(words))
  })

  it('proves its address to a server that asks for a cookie (CDP-108, CDP-91)', async () => {
    const sign = (of: string): Uint8Array =>
      Uint8Array.from(
        { length: 8 },
        (_, index) => (of.length * 31 + index * 7 + of.charCodeAt(of.length - 1)) & 0xff,
      )
    const table = new Table()
    const big = Array.from({ length: 50 }, () => new Uint8Array(1000))
    table.host('server', {
      validation: 'cookie',
      sign,
      onConnection: server => void answerTurns(server, () => big).catch(() => {}),
    })
    const conversation = table.host('client').connect('server', { answersChallenges: true })
    const turn = await table.play(conversation.request(text('a')))
    expect(turn.payloads).toHaveLength(50)
  })
})
