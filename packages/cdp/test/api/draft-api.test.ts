/** The draft's interfaces, one test per method. */
import type { Millis } from '@skyferry/engine'
import { toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import {
  type CdpServerController,
  type CdpServerHandler,
  type CdpTimeout,
  Connection,
  type DatagramTransmitter,
  DraftConnection,
  DraftFullDuplex,
  DraftServer,
  type HalfDuplexReceiver,
  type HalfDuplexSender,
  retryPolicy,
} from '../../src/index.ts'
import { text, words } from '../duo.ts'

/** A wire between two transmitters that keeps what went over it. */
class Wire implements DatagramTransmitter {
  readonly #in: Uint8Array[] = []
  readonly sent: string[] = []
  other: Wire | undefined

  Send(datagram: Uint8Array): void {
    this.sent.push(toHex(datagram))
    if (this.other !== undefined) this.other.#in.push(datagram)
  }

  DatagramAvailable(): boolean {
    return this.#in.length > 0
  }

  Receive(): Uint8Array | undefined {
    return this.#in.shift()
  }
}

function wires(): [Wire, Wire] {
  const [one, other] = [new Wire(), new Wire()]
  one.other = other
  other.other = one
  return [one, other]
}

class Listener implements HalfDuplexReceiver {
  readonly heard: string[] = []
  sender: HalfDuplexSender | undefined

  GotPayload(payload: Uint8Array): void {
    this.heard.push(words(payload))
  }

  GotTransmissionControl(sender: HalfDuplexSender): void {
    this.sender = sender
  }
}

class Handler implements CdpServerHandler {
  readonly calls: string[] = []
  closing: 'close' | 'halt' = 'halt'

  Payload(datagram: Uint8Array, offset: number, length: number): void {
    this.calls.push(`payload ${words(datagram.subarray(offset, offset + length))}`)
  }

  RandomPayload(datagram: Uint8Array, offset: number, length: number): void {
    this.calls.push(`random ${words(datagram.subarray(offset, offset + length))}`)
  }

  GotControl(controller: CdpServerController): { buffer: Uint8Array; requestImmediateAck: boolean } {
    this.calls.push('control')
    controller.Send(text('..one..'), 2, 3, false)
    return { buffer: text('two'), requestImmediateAck: true }
  }

  Close(): 'close' | 'halt' {
    this.calls.push('close')
    return this.closing
  }

  Halt(): void {
    this.calls.push('halt')
  }
}

let time = 0 as Millis
const now = (): Millis => time

function setUp(): {
  client: DraftConnection
  server: DraftServer
  handler: Handler
  up: Wire
  down: Wire
  pump(): void
} {
  time = 0 as Millis
  const [up, down] = wires()
  const handler = new Handler()
  const client = new DraftConnection(new Connection('controller', now()), up, now)
  const server = new DraftServer(
    new Connection('handler', now(), { answersClose: false }),
    handler,
    down,
    now,
  )
  const pump = (): void => {
    for (let round = 0; round < 4; round++) {
      server.pump()
      client.pump()
    }
  }
  return { client, server, handler, up, down, pump }
}

describe('HalfDuplexSender', () => {
  it('Send', () => {
    const { client, handler, up, pump } = setUp()
    client.Send(text('hi'))
    pump()
    expect(up.sent).toEqual(['00006869'])
    expect(handler.calls).toEqual(['payload hi'])
  })
})

describe('HalfDuplexTransmitter2 and HalfDuplexReceiver', () => {
  it('SendAndGiveUpTransmissionControl, GotPayload, GotTransmissionControl: the HTTP example of the draft', () => {
    const { client, handler, down, pump } = setUp()
    const listener = new Listener()
    client.SendAndGiveUpTransmissionControl(text('GET / HTTP/1.1'), listener)
    expect(() => client.Send(text('more'))).toThrow(/only the controller/)
    pump()
    expect(handler.calls).toEqual(['payload GET / HTTP/1.1', 'control'])
    expect(listener.heard).toEqual(['one', 'two'])
    expect(listener.sender).toBe(client)
    expect(down.sent).toEqual(['00016f6e65', '300274776f'])
  })

  it('Receive', () => {
    const { client, pump } = setUp()
    const [first, second] = [new Listener(), new Listener()]
    client.SendAndGiveUpTransmissionControl(text('q'), first)
    client.Receive(second)
    pump()
    expect([first.heard, second.heard]).toEqual([[], ['one', 'two']])
  })
})

describe('CdpServerHandler', () => {
  it('Payload and GotControl, whose answer gives control back', () => {
    const { client, handler, down, pump } = setUp()
    client.SendAndGiveControl(text('xxGETxx'), 2, 3, true)
    pump()
    expect(handler.calls).toEqual(['payload GET', 'control'])
    expect(down.sent).toContain('300274776f')
  })

  it('RandomPayload', () => {
    const { client, handler, pump } = setUp()
    client.RandomPayload(text('ping'))
    pump()
    expect(handler.calls).toEqual(['random ping'])
  })

  it.each([
    ['halt', 'f0'],
    ['close', '8000'],
  ] as const)('Close: the application decides to %s', (closing, answer) => {
    const { client, handler, down, pump } = setUp()
    handler.closing = closing
    client.Close(text('bye'))
    pump()
    expect(handler.calls).toEqual(['payload bye', 'close', 'halt'])
    expect(down.sent).toEqual([answer])
  })

  it('Halt', () => {
    const { client, handler, up, pump } = setUp()
    client.Send(text('a'))
    client.Halt()
    pump()
    expect(up.sent.at(-1)).toBe('f0')
    expect(handler.calls).toEqual(['payload a', 'halt'])
  })
})

describe('CdpServerController', () => {
  it('Send takes a part of a buffer, and asks for an ack', () => {
    const { client, up } = setUp()
    client.Send(text('..abc..'), 2, 3, true)
    expect(up.sent).toEqual(['1000616263'])
  })
})

describe('CdpTimeout', () => {
  const asked: number[][] = []
  const timeout: CdpTimeout = {
    InitialRetryTimeout: () => 5000,
    RetryOrTimeout: (...context) => {
      asked.push(context)
      return context[0] < 3 ? 1000 : 0
    },
  }

  it('InitialRetryTimeout and RetryOrTimeout replace the timer (CDP-70)', () => {
    const connection = new Connection('controller', 0 as Millis, { retry: retryPolicy(timeout) })
    connection.send(text('a'), { ack: true })
    connection.poll(0 as Millis)
    expect(connection.nextTimeout()).toBe(5000)
    const sent: string[] = []
    for (let due = connection.nextTimeout(); !connection.isClosed; due = connection.nextTimeout()) {
      connection.tick(due)
      for (let said = connection.poll(due); said !== undefined; said = connection.poll(due))
        sent.push(`${due} ${toHex(said)}`)
    }
    expect(sent).toEqual(['5000 100061', '6000 100061', '7000 f0'])
    expect(asked).toEqual([
      [1, 5000, 5000],
      [2, 6000, 1000],
      [3, 7000, 1000],
    ])
  })
})

describe('DatagramTransmitter', () => {
  it('Send, DatagramAvailable and Receive: a heartbeat is an empty datagram', () => {
    const { client, up, down } = setUp()
    client.Heartbeat()
    expect(up.sent).toEqual([''])
    expect(down.DatagramAvailable()).toBe(true)
    expect(down.Receive()).toHaveLength(0)
    expect(down.DatagramAvailable()).toBe(false)
  })
})

describe('FullDuplex', () => {
  it('Send and Receive, at the cost of control handed back and forth', () => {
    time = 0 as Millis
    const [up, down] = wires()
    const one = new DraftFullDuplex(new Connection('controller', now()), up, now)
    const other = new DraftFullDuplex(new Connection('handler', now()), down, now)
    one.Send(text('from one'))
    other.Send(text('from other'))
    expect(words(other.Receive()!)).toBe('from one')
    expect(words(one.Receive()!)).toBe('from other')
    expect(one.Receive()).toBeUndefined()
    // Control is with one, which has nothing to say: other cannot speak before it passes.
    other.Send(text('more'))
    expect(one.Receive()).toBeUndefined()
    one.pass()
    other.pump()
    expect(words(one.Receive()!)).toBe('more')
    expect(up.sent).toHaveLength(2)
  })
})
