/**
 * Our endpoint in the place of the reference's (CDP-100 to 102), on its recorded exchanges: what its client sent is
 * played to our server, and what people sent its server is played to ours. The live program is not needed.
 */
import type { Millis, Slot } from '@skyferry/engine'
import { toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import { Connection, Endpoint, type Indication } from '../../src/index.ts'
import { type Exchange, exchanges, octetsOf } from '../vectors/vectors.ts'

const named = (prefix: string): Exchange[] => exchanges.filter(({ name }) => name.startsWith(prefix))

/** Plays one side's datagrams to our server: what it answers, and what it tells. */
function play({ steps }: Exchange): { answers: string[]; told: Indication<string>[] } {
  const endpoint = new Endpoint<string>({ keyOf: address => address, now: 0 as Millis, listens: true })
  const bytes = new Uint8Array(65_507)
  const slot: Slot<string> = { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
  const answers: string[] = []
  const told: Indication<string>[] = []
  let now = 0 as Millis
  for (const { direction, hex, network } of steps) {
    if (direction !== 'client to server' || hex === undefined || network === 'lost') continue
    now = (now + 200) as Millis
    for (let times = network === 'delivered twice' ? 2 : 1; times > 0; times--)
      endpoint.receive(octetsOf(hex), 'peer', now)
    while (endpoint.transmit(slot, now)) answers.push(toHex(slot.bytes.subarray(0, slot.length)))
    for (let what = endpoint.indication(); what !== undefined; what = endpoint.indication()) told.push(what)
  }
  return { answers, told }
}

describe('the client program of the reference, each of its datagrams lost in turn (CDP-101)', () => {
  it.each(named('cat-').map(exchange => [exchange.name, exchange] as const))('%s', (_, exchange) => {
    const { answers, told } = play(exchange)
    const text = new TextDecoder()
    const payloads = told.flatMap(what => (what.kind === 'payload' ? [text.decode(what.data)] : []))
    expect(payloads.map(payload => /first|second|normal/.exec(payload)?.[0])).toEqual([
      'first',
      'second',
      'normal',
    ])
    // The ack that it waits for has the very id that asked.
    expect(answers).toContain('8002')
    expect(new Set(answers)).toEqual(new Set(answers.filter(answer => /^(8002|900[0-2]|f0)$/.test(answer))))
  })
})

/** Where our server answers otherwise than the reference's, and why. Everything else is answered octet for octet. */
const OTHERWISE: Readonly<Record<string, readonly [answers: readonly string[], why: string]>> = {
  'server-give-noack-echo': [[], 'its application answers with a payload; here none is at work'],
  'server-give-withack-echo': [['8000'], 'the same'],
  'server-give-echo-then-next-id': [
    [],
    'the same; and a controller acknowledges nothing that it has not reached (D18)',
  ],
  'server-give-empty': [[], 'the same'],
  'server-give-noresponse-then-client-sends': [[], 'it does not check the role of the sender (D18)'],
  'server-give-multi': [[], 'its application answers'],
  'server-resp-unacked-dup-request': [
    ['8000'],
    'a repeated request is acknowledged: the answer may have been lost (section 10.4)',
  ],
  'server-short-payload-header': [
    [],
    'a violation by a stranger opens nothing, and is answered by nothing (5.2)',
  ],
  'server-short-give': [[], 'the same'],
  'server-flag7': [[], 'the same'],
  'server-flag7-2bytes': [[], 'the same'],
  'server-flagD-check': [
    ['f0', '8000'],
    'CheckConnection of a stranger is answered by Halt (later revision)',
  ],
  'server-halt-with-payload': [['f0'], 'it has no tombstones (D24)'],
  'server-close': [['8000'], 'a Close with a payload is acknowledged, so that its sender knows (section 11)'],
  'server-close-ackpolicy': [['8000'], 'it ends its process'],
  'server-dup-older': [
    ['8000', '8001', '8002', '8002', '8002'],
    'whatever is old and asks is answered (section 8)',
  ],
  'server-window-edge-7ff': [
    ['f0'],
    'an id this far ahead belongs to a connection that no longer exists (5.2)',
  ],
  'server-window-edge-800': [['f0'], 'the same'],
  'server-dup-fff': [['f0'], 'it acknowledges what it never received'],
}

describe('what people sent to the server of the reference', () => {
  const all = named('server-').filter(({ steps }) => steps.every(({ hex }) => hex !== undefined))

  it.each(all.map(exchange => [exchange.name, exchange] as const))('%s', (name, exchange) => {
    const theirs = exchange.steps
      .filter(({ direction }) => direction === 'server to client')
      .map(({ hex }) => hex)
    const [expected] = OTHERWISE[name] ?? [theirs]
    expect(play(exchange).answers).toEqual(expected)
  })

  it('names no exchange that is not there', () => {
    expect(Object.keys(OTHERWISE).filter(name => !all.some(each => each.name === name))).toEqual([])
  })
})

describe('our client in front of the recorded answers (CDP-100, CDP-102)', () => {
  it('takes the answer of a server that was given control: its id is that of the give and one', () => {
    const { steps } = exchanges.find(({ name }) => name === 'server-give-multi')!
    const client = new Connection('controller', 0 as Millis)
    client.send(octetsOf('6869'), { give: true })
    expect(toHex(client.poll(0 as Millis)!)).toBe(steps[0]!.hex)
    for (const { hex } of steps.slice(1)) client.receive(octetsOf(hex!), 1 as Millis)
    const ids: number[] = []
    for (let event = client.event(); event !== undefined; event = client.event()) {
      if (event.kind === 'payload') ids.push(event.id)
    }
    expect(ids).toEqual([1, 2, 3])
  })
})
