/** Every cell of the tables: each state takes any datagrams, wishes and times, and then waits for something to come, or is over. */
import type { Millis } from '@skyferry/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RECEIVE_TABLE } from '../../src/connection/core.ts'
import { Connection } from '../../src/index.ts'
import { Duo, text } from '../duo.ts'

/** How a connection comes to stand in each state. */
const WAYS: Readonly<Record<string, () => { connection: Connection; now: Millis }>> = {
  silent: () => ({ connection: new Connection(5000 as Millis, 0 as Millis), now: 0 as Millis }),
  controlling: () => stand(duo => duo.send('client', 'a') === 0 && duo.settle(), 'client'),
  yielding: () => stand(duo => duo.ask('client', 'a').says('client'), 'client'),
  handling: () => stand(duo => duo.send('client', 'a') === 0 && duo.settle(), 'server'),
  closing: () => stand(duo => [duo.client.close(), duo.says('client')], 'client'),
  'asked-to-close': () => stand(duo => [duo.client.close(), duo.settle()], 'server', { answersClose: false }),
  'close-wait': () =>
    stand(duo => [duo.client.close(text('x')), duo.settle(from => from === 'client')], 'server'),
  closed: () => stand(duo => [duo.client.halt(), duo.settle()], 'server'),
}

function stand(
  way: (duo: Duo) => unknown,
  end: 'client' | 'server',
  settings: { answersClose?: boolean } = {},
): { connection: Connection; now: Millis } {
  const duo = new Duo(settings)
  way(duo)
  return { connection: duo[end], now: duo.now }
}

const datagram = fc.oneof(
  fc.uint8Array({ maxLength: 6 }),
  fc
    .tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 5 }))
    .map(([flag, id]) => new Uint8Array([flag << 4, id, 65])),
)
type Act = (connection: Connection, now: Millis) => unknown
const act: fc.Arbitrary<Act> = fc.oneof(
  datagram.map(
    (octets): Act =>
      (connection, now) =>
        connection.receive(octets, now),
  ),
  fc.constantFrom<Act>(
    (connection, now) => connection.send(text('b'), {}, now),
    (connection, now) => connection.send(text('b'), { give: true, ack: true }, now),
    (connection, now) => connection.sendRandom(text('r'), now),
    (connection, now) => connection.close(text('c'), now),
    (connection, now) => connection.answerClose('ack', now),
    (connection, now) => connection.answerClose('halt', now),
    (connection, now) => connection.check(now),
    (connection, now) => connection.halt(undefined, now),
    (connection, now) => connection.halt(text('h'), now),
  ),
)

describe('a connection', () => {
  it('can be brought into every state', () => {
    expect(Object.keys(WAYS)).toEqual(Object.keys(RECEIVE_TABLE))
    for (const [state, way] of Object.entries(WAYS)) expect(way().connection.state).toBe(state)
  })

  it.each(Object.keys(WAYS))('%s takes anything, and then sleeps', state => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(act, fc.constantFrom(0, 1, 150, 3000, 40_000)), { maxLength: 8 }),
        steps => {
          const { connection, now: start } = WAYS[state]!()
          let now = start
          for (const [does, ms] of steps) {
            does(connection, now)
            now = (now + ms) as Millis
            connection.tick(now)
            let sent = 0
            while (connection.poll(now) !== undefined) expect((sent += 1)).toBeLessThan(1000)
            while (connection.event() !== undefined);
            expect(connection.nextTimeout()).toBeGreaterThan(now)
            if (connection.isClosed) expect(connection.nextTimeout()).toBe(Infinity)
          }
        },
      ),
      { numRuns: 400 },
    )
  })
})
