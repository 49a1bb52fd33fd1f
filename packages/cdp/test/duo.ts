/** Two connections, one network of which the test decides everything, and a clock that the test moves. */
import type { Millis } from '@skyferry/engine'
import { toHex } from '@skyferry/octets'
import { expect } from 'vitest'
import { Connection, type ConnectionEvent, isRefused, type PayloadId, type Settings } from '../src/index.ts'

export const text = (words: string): Uint8Array => new TextEncoder().encode(words)
export const words = (octets: Uint8Array): string => new TextDecoder().decode(octets)

export type End = 'client' | 'server'

export class Duo {
  now: Millis = 0 as Millis
  readonly client: Connection
  readonly server: Connection

  constructor(settings: Partial<Settings> = {}, serverSettings: Partial<Settings> = settings) {
    this.client = new Connection('controller', this.now, settings)
    this.server = new Connection('handler', this.now, serverSettings)
  }

  /** The next datagram of one end, as hexadecimal digits; undefined when it has nothing to say. */
  says(end: End): string | undefined {
    const datagram = this[end].poll(this.now)
    return datagram === undefined ? undefined : toHex(datagram)
  }

  /** One line of a transcript: `> 20 00 "hi"`, `x< 80 01` (lost), `> * 00 01 "b"`; an empty datagram is `< -`. */
  line(line: string): this {
    const { from, isLost, octets } = parseLine(line)
    expect(this.says(from), line).toBe(toHex(octets))
    if (!isLost) this.give(from === 'client' ? 'server' : 'client', octets)
    return this
  }

  /** Lines of a transcript, `;` between them. */
  lines(transcript: string): this {
    for (const line of transcript.split(';')) this.line(line.trim())
    return this
  }

  /** Puts a datagram into one end's ear, whoever sent it. */
  give(end: End, octets: Uint8Array): this {
    this[end].receive(octets, this.now)
    return this
  }

  /** The same, written as in a transcript. */
  hear(line: string): this {
    const { from, octets } = parseLine(line)
    return this.give(from === 'client' ? 'server' : 'client', octets)
  }

  /** Nothing more to say on either side. */
  quiet(): this {
    expect([this.says('client'), this.says('server')]).toEqual([undefined, undefined])
    return this
  }

  wait(ms: number): this {
    this.now = (this.now + ms) as Millis
    this.client.tick(this.now)
    this.server.tick(this.now)
    return this
  }

  /** Moves the clock to what one end waits for, and lets only that end know. */
  timer(end: End): this {
    const due = this[end].nextTimeout()
    expect(due).toBeLessThan(Infinity)
    this.now = Math.max(this.now, due) as Millis
    this[end].tick(this.now)
    return this
  }

  send(
    end: End,
    payload: string,
    options: { readonly ack?: boolean; readonly give?: boolean } = {},
  ): PayloadId {
    const id = this[end].send(text(payload), options, this.now)
    if (isRefused(id)) throw new Error(`refused: ${id.reason}`)
    return id
  }

  ask(end: End, payload: string): this {
    this.send(end, payload, { give: true })
    return this
  }

  /** Everything one end has to tell its application. */
  events(end: End): ConnectionEvent[] {
    const told: ConnectionEvent[] = []
    for (let event = this[end].event(); event !== undefined; event = this[end].event()) told.push(event)
    return told
  }

  /** Payloads delivered at one end so far, as text. */
  payloads(end: End): string[] {
    return this.events(end).flatMap(event => (event.kind === 'payload' ? [words(event.data)] : []))
  }

  /** Both ends talk until neither has anything to say; `passes` may lose a datagram. */
  settle(passes: (from: End, datagram: Uint8Array) => boolean = () => true): this {
    for (let isTalking = true; isTalking; ) {
      isTalking = false
      for (const from of ['client', 'server'] as const) {
        for (let said = this[from].poll(this.now); said !== undefined; said = this[from].poll(this.now)) {
          isTalking = true
          if (passes(from, said)) this.give(from === 'client' ? 'server' : 'client', said)
        }
      }
    }
    return this
  }

  /** Goes from deadline to deadline until `holds`, or `limitMs` has passed. */
  run(holds: () => boolean, limitMs: number, passes?: (from: End, datagram: Uint8Array) => boolean): boolean {
    const until = this.now + limitMs
    for (;;) {
      this.settle(passes)
      if (holds()) return true
      const next = Math.min(this.client.nextTimeout(), this.server.nextTimeout())
      if (next > until) return false
      this.wait(next - this.now)
    }
  }
}

function parseLine(line: string): { from: End; isLost: boolean; octets: Uint8Array } {
  const match = /^(x?)([<>]) ?(?:\* )?(-|[0-9a-f ]+)?(?:"(.*)")?$/.exec(line.trim())
  if (match === null) throw new Error(`not a line of a transcript: ${line}`)
  const [, lost, arrow, hex = '', quoted = ''] = match
  const header =
    hex === '-' ? [] : Array.from(hex.replaceAll(' ', '').matchAll(/../g), ([pair]) => parseInt(pair, 16))
  return {
    from: arrow === '>' ? 'client' : 'server',
    isLost: lost === 'x',
    octets: new Uint8Array([...header, ...text(quoted)]),
  }
}
