import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CfdpRecord,
  ConditionCode,
  DeliveryCode,
  type EntityId,
  encodePdu,
  FileStatus,
  type Indication,
  type SequenceNumber,
  type TransactionReport,
} from '@skyferry/cfdp'
import { toHex } from '@skyferry/octets'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { RawSendOptions } from '../../src/cfdp/options.ts'
import { runSend } from '../../src/cfdp/send.ts'
import { parseSend } from '../../src/cfdp/send-plan.ts'
import { CommandError, Exit } from '../../src/usage.ts'
import { FakeWorld, reportOf } from './fake-ports.ts'

const folder = mkdtempSync(join(tmpdir(), 'skyferry-send-'))
const file = join(folder, 'image.raw')
writeFileSync(file, 'octets')
afterAll(() => rmSync(folder, { recursive: true }))

const base: RawSendOptions = { local: '11', to: '5', listen: '127.0.0.1:0', peer: '127.0.0.1:5222' }
const send = (world: FakeWorld, raw: Partial<RawSendOptions> = {}): Promise<void> =>
  world.start(runSend(parseSend(file, { ...base, ...raw }, 0), world.ports))

function finished(report: TransactionReport, condition: ConditionCode = ConditionCode.NoError): Indication {
  return {
    kind: 'transaction-finished',
    role: report.role,
    transaction: report.transaction,
    condition,
    delivery: condition === ConditionCode.NoError ? DeliveryCode.Complete : DeliveryCode.Incomplete,
    fileStatus: FileStatus.Retained,
    responses: [],
    report,
  }
}

let world = new FakeWorld()
beforeEach(() => {
  world = new FakeWorld()
})

const codes = (): string[] => world.said.events.map(event => event.code)
const report = (change: Partial<TransactionReport> = {}): TransactionReport => {
  const whole = reportOf('sender', 1n, change)
  world.reports.set('sender 11:1', whole)
  return whole
}

describe('cfdp send', () => {
  it('puts the file, shows progress, and tells its end with the digest of our own file', async () => {
    await send(world)
    expect(world.requests).toMatchObject([
      { kind: 'put', destination: 5n, sourceName: file, destinationName: 'image.raw', mode: 'acknowledged' },
    ])
    report({ octets: 500 })
    await world.pass(200)
    const end = report({ octets: 1000, state: 'ended', pdus: { sent: 4, received: 2, resent: 0 } })
    await world.indicate(finished(end))
    expect(world.said.progress.map(each => each.octets)).toEqual([500, 1000])
    expect(world.said.results).toEqual([
      {
        transaction: '11:1',
        state: 'completed',
        reason: null,
        octets: 1000,
        seconds: 0.2,
        sha256: `sha256 of ${file}`,
        path: file,
        pdus: { sent: 4, received: 2, resent: 0 },
      },
    ])
    await world.pass(1000)
    expect(world.exit).toBe(Exit.Done)
    expect(world.stopped).toBe(true)
  })

  it('says where it listens, with the port in use', async () => {
    await send(world)
    expect(world.said.events[0]).toMatchObject({ code: 'listening', fields: { listen: '127.0.0.1:4321' } })
  })

  it('stays to acknowledge a repeated Finished, longer when the link lost something', async () => {
    await send(world)
    await world.indicate(finished(report({ state: 'ended', pdus: { sent: 9, received: 2, resent: 3 } })))
    await world.pass(2000)
    expect(world.exit).toBeUndefined()
    report({ state: 'ended', pdus: { sent: 10, received: 3, resent: 3 } })
    await world.pass(2500)
    expect(world.exit).toBeUndefined()
    await world.pass(2000)
    expect(world.exit).toBe(Exit.Done)
  })

  it('says that class 1 without closure is not acknowledged, and does not linger', async () => {
    await send(world, { class: '1' })
    await world.indicate(finished(report({ octets: 1000, state: 'ended' })))
    expect(codes()).toContain('unacknowledged')
    expect(world.exit).toBe(Exit.Done)
  })

  it('fails with the condition in words', async () => {
    await send(world)
    await world.indicate(finished(report({ state: 'ended' }), ConditionCode.NakLimitReached))
    expect(world.said.results[0]).toMatchObject({
      state: 'failed',
      reason: 'NAK limit reached',
      sha256: null,
    })
    expect(world.exit).toBe(Exit.Failed)
  })

  it('is cancelled when the other end cancels', async () => {
    await send(world)
    await world.indicate(finished(report({ state: 'ended' }), ConditionCode.CancelRequestReceived))
    expect(world.said.results[0]).toMatchObject({ state: 'cancelled', reason: 'cancelled by the receiver' })
    expect(world.exit).toBe(Exit.Failed)
  })

  it('ends with what the entity refuses, before any work', async () => {
    world.reply = () => ({ kind: 'refused', reason: 'names do not fit one PDU' })
    const plan = parseSend(file, base, 0)
    await expect(runSend(plan, world.ports)).rejects.toThrow(
      new CommandError('refused', 'names do not fit one PDU', 1),
    )
    expect(world.stopped).toBe(true)
  })

  it('refuses a file that is not there, and a folder, before it listens', async () => {
    await expect(runSend(parseSend(join(folder, 'none'), base, 0), world.ports)).rejects.toThrow(
      /^FILE: there is no/,
    )
    await expect(runSend(parseSend(folder, base, 0), world.ports)).rejects.toThrow(/^FILE: .* is a directory/)
    expect(world.plan).toBeUndefined()
  })

  it('receives nothing while it sends', async () => {
    await send(world)
    expect(world.plan?.directory).toBeUndefined()
    expect(world.plan?.remotes).toEqual([5n])
  })
})

describe('cfdp send, interrupted', () => {
  it('after its result does not linger, and has still done its work', async () => {
    await send(world)
    await world.indicate(finished(report({ state: 'ended', pdus: { sent: 9, received: 2, resent: 3 } })))
    await world.interrupt()
    expect(world.exit).toBe(Exit.Done)
  })

  it('cancels towards the peer and exits 130 once that is acknowledged', async () => {
    await send(world)
    report({ state: 'cancelling' })
    await world.interrupt()
    expect(world.requests.at(-1)).toMatchObject({
      kind: 'cancel',
      transaction: { source: 11n, sequence: 1n },
    })
    expect(world.said.results).toEqual([])
    await world.indicate(finished(report({ state: 'ended' }), ConditionCode.CancelRequestReceived))
    await world.pass(100)
    expect(world.said.results[0]).toMatchObject({ state: 'cancelled', reason: 'interrupted' })
    expect(world.exit).toBe(Exit.Interrupted)
  })

  it('waits no longer than five seconds', async () => {
    await send(world)
    report({ state: 'cancelling' })
    await world.interrupt()
    await world.pass(4900)
    expect(world.exit).toBeUndefined()
    await world.pass(200)
    expect(world.said.results[0]).toMatchObject({ state: 'cancelled' })
    expect(world.said.results[0]?.reason).toMatch(/not acknowledged/)
    expect(world.exit).toBe(Exit.Interrupted)
  })
})

describe('cfdp send to a silent peer', () => {
  it('says what it waits for, ever more rarely', async () => {
    await send(world)
    report()
    await world.pass(60_000)
    const silent = world.said.events.filter(event => event.code === 'silent')
    expect(silent.map(event => event.text)).toEqual([
      'nothing heard for 5.0 s: the other end to answer',
      'nothing heard for 10 s: the other end to answer',
      'nothing heard for 20 s: the other end to answer',
      'nothing heard for 40 s: the other end to answer',
    ])
    expect(world.exit).toBeUndefined()
  })

  it('gives up a peer never heard of as one that cannot be reached', async () => {
    await send(world, { giveUp: '10s' })
    report()
    await world.pass(11_000)
    expect(world.said.results[0]).toMatchObject({ state: 'failed' })
    expect(world.said.results[0]?.reason).toMatch(/cannot be reached: nothing heard for 10 s/)
    expect(world.exit).toBe(Exit.Unreachable)
    expect(world.requests.at(-1)).toMatchObject({ kind: 'cancel' })
  })

  it('gives up a peer that went silent as a failed transfer', async () => {
    await send(world, { giveUp: '10s' })
    report({ pdus: { sent: 1, received: 1, resent: 0 } })
    await world.pass(9000)
    report({ pdus: { sent: 1, received: 2, resent: 0 } })
    await world.pass(9000)
    expect(world.exit).toBeUndefined()
    await world.pass(3000)
    expect(world.said.results[0]?.reason).toBe('nothing heard from the peer for 10 s')
    expect(world.exit).toBe(Exit.Failed)
  })

  it('leaves the transaction in the journal for a repeated command', async () => {
    await send(world, { giveUp: '10s', state: folder })
    report()
    await world.pass(11_000)
    expect(world.requests.map(request => request.kind)).toEqual(['put'])
    expect(world.exit).toBe(Exit.Unreachable)
  })

  it('says once that datagrams are dropped, and why', async () => {
    await send(world)
    report()
    world.dropped.set('not-our-entity', 1)
    await world.pass(200)
    world.dropped.set('not-our-entity', 2)
    await world.pass(1000)
    const dropped = world.said.events.filter(event => event.code === 'dropped')
    expect(dropped).toEqual([
      {
        code: 'dropped',
        text: 'datagrams are dropped: not-our-entity',
        fields: { reason: 'not-our-entity' },
      },
    ])
  })

  it('expects no word of a class 1 receiver', async () => {
    await send(world, { class: '1', giveUp: '10s' })
    report()
    await world.pass(60_000)
    expect(world.exit).toBeUndefined()
  })
})

describe('cfdp send, repeated with its state', () => {
  const put = (
    change: { destination?: bigint; destinationName?: string; stamp?: string } = {},
  ): CfdpRecord => {
    const bytes = new Uint8Array(200)
    const header = {
      version: 1 as const,
      direction: 'to-receiver' as const,
      mode: 'acknowledged' as const,
      crc: false,
      largeFile: false,
      segmentationControl: false,
      entityIdLength: 2,
      sequenceLength: 4,
      source: 11n as EntityId,
      sequence: 7n as SequenceNumber,
      destination: (change.destination ?? 5n) as EntityId,
    }
    const length = encodePdu(
      header,
      {
        kind: 'metadata',
        closureRequested: false,
        checksumType: 0,
        fileSize: 6,
        sourceName: 'image.raw',
        destinationName: change.destinationName ?? 'image.raw',
        options: [],
      },
      bytes,
    )
    return {
      transaction: '11:7',
      role: 'sender',
      kind: 'put',
      metadata: toHex(bytes.subarray(0, length)),
      sourceName: file,
      size: 6,
      stamp: change.stamp ?? 'stamp-1',
      crc: false,
    }
  }
  const ended: CfdpRecord = {
    transaction: '11:7',
    role: 'sender',
    kind: 'ended',
    ending: { condition: 0, delivery: 0, fileStatus: 2 },
  }
  const cancelled: CfdpRecord = {
    transaction: '11:7',
    role: 'sender',
    kind: 'cancelled',
    condition: ConditionCode.CancelRequestReceived,
    progress: 0,
    checksum: 0,
  }

  it('goes on with its own transaction instead of putting another', async () => {
    world.restored = [put()]
    await send(world)
    expect(world.requests).toEqual([])
    expect(world.said.events.at(-1)).toMatchObject({ code: 'resumed', transaction: '11:7' })
    const end = reportOf('sender', 7n, { state: 'ended', octets: 1000 })
    await world.indicate(finished(end))
    expect(world.said.results[0]).toMatchObject({ transaction: '11:7', state: 'completed' })
  })

  it.each([
    ['another destination', { destination: 6n }],
    ['another name there', { destinationName: 'other' }],
    ['a file that has changed', { stamp: 'stamp-0' }],
  ])('puts a new one for %s', async (_what, change) => {
    world.restored = [put(change)]
    await send(world)
    expect(world.requests.map(request => request.kind)).toEqual(['put'])
  })

  it('goes on in class 2 whatever it says of closure, which is not sent then', async () => {
    world.restored = [put()]
    await send(world, { closure: true })
    expect(world.requests).toEqual([])
  })

  it('does not go on with what the operator cancelled', async () => {
    world.restored = [put(), cancelled]
    await send(world)
    expect(world.requests.map(request => request.kind)).toEqual(['put'])
  })

  it('tells an end that the killed run could not tell, and sends nothing', async () => {
    world.restored = [put(), ended]
    await send(world)
    await world.pass(5000)
    expect(world.requests).toEqual([])
    expect(world.said.results[0]).toMatchObject({
      transaction: '11:7',
      state: 'completed',
      sha256: `sha256 of ${file}`,
    })
    expect(world.exit).toBe(Exit.Done)
  })

  it('tells it again when the run that told it was killed before its own end', async () => {
    world.restored = [put(), ended]
    world.ledgerLines.push('told sender 11:7')
    await send(world)
    expect(world.said.results[0]).toMatchObject({ transaction: '11:7' })
  })

  it('puts a new one after a run that came to its end', async () => {
    world.restored = [put(), ended]
    world.ledgerLines.push('told sender 11:7', 'end sender')
    await send(world)
    expect(world.requests.map(request => request.kind)).toEqual(['put'])
  })

  it('notes what it told, and that it came to its end', async () => {
    world.restored = [put(), ended]
    await send(world)
    await world.pass(5000)
    expect(world.ledgerLines).toEqual(['told sender 11:7', 'end sender'])
  })
})

describe('cfdp send on a full disk', () => {
  it('says so and goes on: the journal is tried again', async () => {
    await send(world)
    report()
    await world.notice({ code: 'store-no-space', text: 'no space left on the disk' })
    expect(world.said.events.at(-1)).toMatchObject({
      code: 'store-no-space',
      text: 'no space left on the disk',
    })
    expect(world.exit).toBeUndefined()
  })
})
