/** CDP-99: what an idle connection costs. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Millis, Slot } from '@skyferry/engine'
import { expect, it } from 'vitest'
import { Endpoint } from '../../src/index.ts'

const COUNT = 10_000

it('CDP-99: 10 000 idle connections cost at most 1 KiB of heap each, and one deadline', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const endpoint = new Endpoint<string>({
    keyOf: address => address,
    now: 0 as Millis,
    listens: true,
    connectionsMax: COUNT,
  })
  const bytes = new Uint8Array(1200)
  const slot: Slot<string> = { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
  const peers = Array.from({ length: COUNT }, (_, index) => `192.0.2.1:${index}`)
  const used = (): number => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = used()
  for (const peer of peers) {
    // One exchange each: the peer asks, is answered, and acknowledges.
    endpoint.receive(new Uint8Array([0x20, 0, 65]), peer, 0 as Millis)
    for (let what = endpoint.indication(); what !== undefined; what = endpoint.indication()) {
      if (what.kind === 'control')
        endpoint.request(
          { kind: 'send', connection: what.connection, data: new Uint8Array([66]), give: true },
          0 as Millis,
        )
    }
    while (endpoint.transmit(slot, 0 as Millis));
    endpoint.receive(new Uint8Array([0x80, 1]), peer, 0 as Millis)
    while (endpoint.indication() !== undefined);
  }
  const each = (used() - before) / COUNT
  expect(endpoint.size).toBe(COUNT)
  expect(endpoint.deadline()).toBe(25_000)
  expect(each).toBeLessThan(1024)
  expect(each).toBeGreaterThan(100)
})
