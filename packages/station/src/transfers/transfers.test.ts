import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TransferState } from '@skyferry/api'
import { afterEach, describe, expect, it } from 'vitest'
import type { Carrier, LiveView } from './carrier.ts'
import { type NewTransfer, NO_PDUS } from './transfer-row.ts'
import { TransferStore } from './transfer-store.ts'
import { Transfers } from './transfers.ts'

const made: string[] = []
afterEach(() => {
  for (const directory of made.splice(0)) fs.rmSync(directory, { recursive: true })
})

function directory(): string {
  const path_ = fs.mkdtempSync(path.join(os.tmpdir(), 'skyferry-transfers-'))
  made.push(path_)
  return path_
}

const ROW: NewTransfer = {
  service: 'cfdp0',
  protocol: 'cfdp',
  direction: 'upload',
  protocolId: '11:1',
  local: { id: '11', name: 'ground' },
  remote: { id: '5', name: 'craft' },
  bucket: 'up',
  object: 'a.bin',
  remotePath: 'a.bin',
  class: 2,
  closure: false,
  state: 'queued',
  size: 100,
  octets: 0,
  created: 1000,
  started: null,
  ended: null,
  reason: null,
  pdus: NO_PDUS,
}

function carrier(view: Partial<LiveView> = {}): Carrier {
  const whole: LiveView = {
    state: 'running',
    size: 100,
    octets: 0,
    gaps: 0,
    reason: null,
    explanation: 'Sends file data.',
    pdus: NO_PDUS,
    remotePath: 'a.bin',
  }
  return {
    name: 'cfdp0',
    look: () => ({ ...whole, ...view }),
    missing: () => ({ ranges: [], count: 0 }),
    arriving: () => undefined,
    act: () => undefined,
    retry: () => 'no',
  }
}

async function open(folder: string, clock = { nowMs: 0 }, troubles: string[] = []) {
  const store = await TransferStore.open(folder, () => 'stamp')
  return {
    store,
    transfers: new Transfers(
      store,
      () => clock.nowMs,
      reason => troubles.push(reason),
    ),
  }
}

describe('the list of transfers', () => {
  it('gives ids that rise and are never used twice, across lives', async () => {
    const folder = directory()
    const first = await open(folder)
    expect([first.transfers.begin(ROW), first.transfers.begin(ROW)]).toEqual([1, 2])
    first.transfers.drop(2)
    first.store.close()
    const second = await open(folder)
    expect(second.transfers.begin(ROW)).toBe(3)
    second.store.close()
  })

  it('keeps the order of creation when the clock is set back', async () => {
    const { transfers, store } = await open(directory())
    for (const created of [5000, 3000, 9000]) transfers.begin({ ...ROW, created })
    const created = transfers.list({}, 10, undefined).transfers.map(each => Date.parse(each.created))
    expect(created).toEqual([9000, 5000, 5000])
    store.close()
  })

  it('finds ended ones by every filter', async () => {
    const { transfers, store } = await open(directory())
    const rows: Partial<NewTransfer>[] = [
      { created: 1000, bucket: 'one', object: 'x/one.bin' },
      { created: 2000, direction: 'download', remote: { id: '7', name: null } },
      { created: 3000, service: 'cfdp1' },
      { created: 4000 },
    ]
    const states: TransferState[] = ['completed', 'failed', 'cancelled', 'completed']
    for (const [index, row] of rows.entries()) {
      transfers.end(transfers.begin({ ...ROW, ...row }), { state: states[index]!, reason: null })
    }
    const ids = (filter: Parameters<typeof transfers.list>[0]): string[] =>
      transfers.list(filter, 10, undefined).transfers.map(({ id }) => id)
    const at = (ms: number): string => new Date(ms).toISOString()
    expect(ids({})).toEqual(['4', '3', '2', '1'])
    expect(ids({ state: ['completed'] })).toEqual(['4', '1'])
    expect(ids({ state: ['running'] })).toEqual([])
    expect(ids({ bucket: 'one' })).toEqual(['1'])
    expect(ids({ object: 'one' })).toEqual(['1'])
    expect(ids({ direction: 'download' })).toEqual(['2'])
    expect(ids({ remote: '7' })).toEqual(['2'])
    expect(ids({ remote: 'craft' })).toEqual(['4', '3', '1'])
    expect(ids({ service: 'cfdp1' })).toEqual(['3'])
    expect(ids({ since: at(2000), until: at(4000) })).toEqual(['3', '2'])
    expect(ids({ since: at(9000) })).toEqual([])
    expect(transfers.endedCounts()).toEqual({ completed: 2, failed: 1, cancelled: 1 })
    store.close()
  })

  it('lets go of ended ones that are too old or too many, never of open ones', async () => {
    const { transfers, store } = await open(directory())
    const open_ = transfers.begin(ROW)
    const clock = [1, 2, 3, 4]
    for (const _ of clock) transfers.end(transfers.begin(ROW), { state: 'completed', reason: null })
    expect(store.retain(undefined, 3)).toBe(1)
    expect(transfers.list({}, 10, undefined).transfers.map(({ id }) => id)).toEqual(['5', '4', '3', '1'])
    expect(store.retain(1, undefined)).toBe(3)
    expect(transfers.list({}, 10, undefined).transfers.map(({ id }) => id)).toEqual([String(open_)])
    store.close()
  })

  it('tells of what changes, and only of that; rates are those of the last seconds', async () => {
    const clock = { nowMs: 0 }
    const { transfers, store } = await open(directory(), clock)
    const view = { octets: 0 }
    transfers.join({ ...carrier(), look: () => ({ ...carrier().look(ROW as never)!, ...view }) })
    const told: string[] = []
    const stop = transfers.listen(({ id, octets, rate }) => told.push(`${id} ${octets} ${rate}`))
    transfers.begin(ROW)
    for (const octets of [0, 0, 1000, 2000]) {
      view.octets = octets
      transfers.sample()
      clock.nowMs += 1000
    }
    expect(told).toEqual(['1 0 0', '1 0 0', '1 1000 4000', '1 2000 5333'])
    stop()
    view.octets = 3000
    transfers.sample()
    expect(told).toHaveLength(4)
    store.close()
  })

  it('goes on when it cannot be written, and says so once', async () => {
    const folder = directory()
    const troubles: string[] = []
    const { transfers, store } = await open(folder, { nowMs: 0 }, troubles)
    transfers.join(carrier())
    store.close()
    const id = transfers.begin(ROW)
    transfers.update(id, { object: 'b.bin' })
    expect(transfers.row(id)).toMatchObject({ object: 'b.bin' })
    expect(troubles).toEqual(['the list of transfers is closed'])
  })
})
