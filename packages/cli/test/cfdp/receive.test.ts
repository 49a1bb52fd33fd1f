import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ConditionCode,
  DeliveryCode,
  FileStatus,
  type Indication,
  type TransactionReport,
} from '@skyferry/cfdp'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { RawReceiveOptions } from '../../src/cfdp/options.ts'
import { runReceive } from '../../src/cfdp/receive.ts'
import { parseReceive } from '../../src/cfdp/receive-plan.ts'
import { Exit } from '../../src/usage.ts'
import { FakeWorld, reportOf } from './fake-ports.ts'

const folder = mkdtempSync(join(tmpdir(), 'skyferry-receive-'))
afterAll(() => rmSync(folder, { recursive: true }))
const dir = join(folder, 'files')

const base: RawReceiveOptions = { local: '5', dir, listen: '127.0.0.1:0', peer: '127.0.0.1:5111' }
const receive = (world: FakeWorld, raw: Partial<RawReceiveOptions> = {}): Promise<void> =>
  world.start(runReceive(parseReceive({ ...base, ...raw }), world.ports))

let world = new FakeWorld()
beforeEach(() => {
  world = new FakeWorld()
})

const report = (sequence: bigint, change: Partial<TransactionReport> = {}): TransactionReport => {
  const whole = reportOf('receiver', sequence, { state: 'receiving', ...change })
  world.reports.set(`receiver 11:${sequence}`, whole)
  return whole
}

function finish(
  sequence: bigint,
  condition: ConditionCode = ConditionCode.NoError,
  state = 'ended',
): Promise<void> {
  const isComplete = condition === ConditionCode.NoError
  const whole = report(sequence, { state, octets: isComplete ? 1000 : 10 })
  const what: Indication = {
    kind: 'transaction-finished',
    role: 'receiver',
    transaction: whole.transaction,
    condition,
    delivery: isComplete ? DeliveryCode.Complete : DeliveryCode.Incomplete,
    fileStatus: isComplete ? FileStatus.Retained : FileStatus.DiscardedDeliberately,
    responses: [],
    ...(isComplete ? { name: `file-${sequence}` } : {}),
    report: whole,
  }
  return world.indicate(what)
}

describe('cfdp receive', () => {
  it('tells each end with the digest and path of the file, and exits after --count of them', async () => {
    await receive(world, { count: '2' })
    await finish(1n)
    expect(world.exit).toBeUndefined()
    await finish(2n)
    await world.pass(100)
    expect(world.said.results.map(each => [each.transaction, each.path, each.sha256])).toEqual([
      ['11:1', join(dir, 'file-1'), `sha256 of ${join(dir, 'file-1')}`],
      ['11:2', join(dir, 'file-2'), `sha256 of ${join(dir, 'file-2')}`],
    ])
    expect(world.exit).toBe(Exit.Done)
  })

  it('goes on without --count', async () => {
    await receive(world)
    for (let sequence = 1n; sequence <= 20n; sequence++) await finish(sequence)
    await world.pass(60_000)
    expect(world.said.results).toHaveLength(20)
    expect(world.exit).toBeUndefined()
  })

  it('exits 1 when one of them failed', async () => {
    await receive(world, { count: '2' })
    await finish(1n, ConditionCode.FileChecksumFailure)
    await finish(2n)
    await world.pass(100)
    expect(world.said.results[0]).toMatchObject({
      state: 'failed',
      reason: 'file checksum failure',
      path: null,
      sha256: null,
    })
    expect(world.exit).toBe(Exit.Failed)
  })

  it('stays until the last Finished is acknowledged', async () => {
    await receive(world, { count: '1' })
    await finish(1n, ConditionCode.NoError, 'awaiting-finished-ack')
    await world.pass(30_000)
    expect(world.exit).toBeUndefined()
    report(1n, { state: 'ended' })
    await world.pass(100)
    expect(world.exit).toBe(Exit.Done)
  })

  it('does not stay for a sender that is gone', async () => {
    await receive(world, { count: '1' })
    await finish(1n, ConditionCode.NoError, 'awaiting-finished-ack')
    await world.pass(61_000)
    expect(world.said.events.at(-1)).toMatchObject({ code: 'end-unacknowledged' })
    expect(world.exit).toBe(Exit.Done)
  })

  it('listens to the remote entities it is told to, or to any', async () => {
    await receive(world, { remote: ['11', '0x0c'] })
    expect(world.plan?.remotes).toEqual([11n, 12n])
    const other = new FakeWorld()
    await receive(other)
    expect(other.plan?.remotes).toEqual([])
  })

  it('makes its folder, and names --dir when it cannot', async () => {
    writeFileSync(join(folder, 'in-the-way'), '')
    const plan = parseReceive({ ...base, dir: join(folder, 'in-the-way') })
    await expect(runReceive(plan, world.ports)).rejects.toThrow(/^--dir: .*in-the-way/)
  })
})

describe('cfdp receive, interrupted', () => {
  it('cancels what is under way and exits 130', async () => {
    await receive(world)
    report(1n)
    report(2n)
    report(3n, { state: 'ended' })
    await world.interrupt()
    expect(world.requests).toMatchObject([
      { kind: 'cancel', transaction: { sequence: 1n } },
      { kind: 'cancel', transaction: { sequence: 2n } },
    ])
    await finish(1n, ConditionCode.CancelRequestReceived)
    await finish(2n, ConditionCode.CancelRequestReceived)
    await world.pass(100)
    expect(world.said.results.map(each => [each.state, each.reason])).toEqual([
      ['cancelled', 'interrupted'],
      ['cancelled', 'interrupted'],
    ])
    expect(world.exit).toBe(Exit.Interrupted)
  })

  it('exits at once when nothing is under way', async () => {
    await receive(world)
    await world.interrupt()
    expect(world.exit).toBe(Exit.Interrupted)
    expect(world.said.results).toEqual([])
  })

  it('tells of a cancellation that nobody acknowledged', async () => {
    await receive(world)
    report(1n)
    await world.interrupt()
    await world.pass(5100)
    expect(world.said.results).toMatchObject([{ transaction: '11:1', state: 'cancelled' }])
    expect(world.exit).toBe(Exit.Interrupted)
  })
})

describe('cfdp receive, repeated with its state', () => {
  const finishRecord = (sequence: number) =>
    ({
      transaction: `11:${sequence}`,
      role: 'receiver',
      kind: 'finish',
      ending: { condition: 0, delivery: 0, fileStatus: 2, name: `file-${sequence}` },
    }) as const

  it('tells and counts an end that the killed run could not tell', async () => {
    world.restored = [finishRecord(1)]
    report(1n, { state: 'ended' })
    await receive(world, { count: '1' })
    await world.pass(100)
    expect(world.said.results).toMatchObject([
      { transaction: '11:1', state: 'completed', path: join(dir, 'file-1') },
    ])
    expect(world.exit).toBe(Exit.Done)
  })

  it('counts what the killed run told and the journal has forgotten', async () => {
    world.ledgerLines.push('told receiver 11:1')
    await receive(world, { count: '2' })
    await finish(2n)
    await world.pass(100)
    expect(world.exit).toBe(Exit.Done)
    expect(world.ledgerLines.at(-1)).toBe('end receiver')
  })

  it('neither tells nor counts what a run that came to its end has told', async () => {
    world.restored = [finishRecord(1)]
    world.ledgerLines.push('told receiver 11:1', 'end receiver')
    report(1n, { state: 'ended' })
    await receive(world, { count: '1' })
    await world.pass(100)
    expect(world.said.results).toEqual([])
    expect(world.exit).toBeUndefined()
  })

  it('says which receptions go on', async () => {
    report(3n, { octets: 512 })
    await receive(world)
    expect(world.said.events.at(-1)).toMatchObject({ code: 'resumed', transaction: '11:3' })
  })
})

describe('cfdp receive from a silent peer', () => {
  it('gives up with open receptions as failed', async () => {
    await receive(world, { giveUp: '10s' })
    report(1n, { pdus: { sent: 0, received: 5, resent: 0 } })
    await world.pass(11_000)
    expect(world.said.results).toMatchObject([
      { transaction: '11:1', state: 'failed', reason: 'nothing heard from the peer for 10 s' },
    ])
    expect(world.exit).toBe(Exit.Failed)
  })

  it('gives up with nothing at all as a peer that cannot be reached', async () => {
    await receive(world, { giveUp: '10s' })
    await world.pass(11_000)
    expect(world.exit).toBe(Exit.Unreachable)
  })
})
