import { describe, expect, it } from 'vitest'
import { standard } from '../../../../conformance/cfdp-standard.ts'
import { type ChecksumType, ConditionCode, type Pdu } from '../../src/index.ts'
import { content, FILE, loseSegments, pdusOf, REPLY, SEGMENT, seconds, slow, yamcs } from './yamcs-world.ts'

const TO_RECEIVER = { ...REPLY, direction: 'to-receiver' } as const
const NAMES = { sourceName: 'file.bin', destinationName: 'file.bin' }
const METADATA: Pdu = {
  kind: 'metadata',
  closureRequested: false,
  checksumType: 15,
  fileSize: 4,
  ...NAMES,
  options: [],
}
const data = (offset: number, ...octets: number[]): Pdu => ({
  kind: 'file-data',
  offset,
  data: Uint8Array.of(...octets),
})
const eof = (fileSize: number, checksum = 0): Pdu => ({ kind: 'eof', condition: 0, checksum, fileSize })

/** A receiver that is sent these PDUs, one after the other, by nobody who answers. */
function receiverOf(...pdus: readonly Pdu[]): ReturnType<typeof yamcs> {
  const world = yamcs()
  for (const pdu of pdus) world.inject('b', TO_RECEIVER, pdu)
  world.settle()
  return world
}

describe('what arrives', () => {
  it(standard('data-before-metadata'), () => {
    const world = receiverOf(data(0, 1, 2), data(2, 3, 4), METADATA, eof(4))
    expect(world.delivered).toEqual(Uint8Array.of(1, 2, 3, 4))
    // Asked for at once, since Metadata alone is missing.
    expect(pdusOf(world.b, 'nak').every(nak => nak.requests.length === 0)).toBe(true)
  })

  it(standard('metadata-repeated'), () => {
    const other: Pdu = { ...METADATA, destinationName: 'other.bin', fileSize: 9 } as Pdu
    const world = receiverOf(METADATA, data(0, 1, 2), other, METADATA, data(2, 3, 4), eof(4))
    expect(world.delivered).toEqual(Uint8Array.of(1, 2, 3, 4))
    expect(world.b.told.filter(what => what.kind === 'metadata-recv')).toHaveLength(1)
  })

  it(standard('eof-repeated'), () => {
    const world = receiverOf(METADATA, data(0, 1, 2), eof(4), eof(2), eof(3))
    expect(world.state('b')).toBe('awaiting-missing-data')
    expect(world.b.count('ack-eof')).toBeGreaterThan(0)
    world.inject('b', TO_RECEIVER, data(2, 3, 4))
    world.settle()
    expect(world.delivered).toEqual(Uint8Array.of(1, 2, 3, 4))
    expect(world.b.told.filter(what => what.kind === 'eof-recv')).toHaveLength(1)
  })

  it(standard('file-size-error'), () => {
    for (const pdus of [
      [METADATA, data(0, 1, 2), eof(4), data(3, 4, 5)],
      [METADATA, data(0, 1, 2, 3, 4), eof(2)],
    ]) {
      const world = receiverOf(...pdus)
      expect(world.b.faults()).toEqual([ConditionCode.FileSizeError])
      expect(pdusOf(world.b, 'finished')).toMatchObject([{ condition: 6, delivery: 1, faultLocation: 2n }])
      expect(world.delivered).toBeUndefined()
    }
  })

  it(standard('checksum-failure'), () => {
    const modular: Pdu = { ...METADATA, checksumType: 0 } as Pdu
    const world = receiverOf(modular, data(0, 1, 2, 3, 4), eof(4, 0x01020305))
    expect(world.b.faults()).toEqual([ConditionCode.FileChecksumFailure])
    expect(pdusOf(world.b, 'finished')).toMatchObject([{ condition: 5, delivery: 1 }])
    expect(world.delivered).toBeUndefined()
    expect(receiverOf(modular, data(0, 1, 2, 3, 4), eof(4, 0x01020304)).delivered).toBeDefined()
  })

  it(standard('checksum-modular'), () => {
    // Two words and a bit, in pieces that are not aligned, backwards, with an overlap.
    const modular: Pdu = { ...METADATA, checksumType: 0, fileSize: 9 } as Pdu
    const sum = (0x01020304 + 0x05060708 + 0x09000000) >>> 0
    const world = receiverOf(modular, data(7, 8, 9), data(3, 4, 5, 6, 7, 8), data(0, 1, 2, 3, 4), eof(9, sum))
    expect(world.delivered).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9))
  })

  it.each<ChecksumType>([0, 1, 2, 3, 15])(`${standard('checksum-types')} (%i)`, checksumType => {
    const world = yamcs({ weather: loseSegments([2, 5]) })
    world.put(FILE, { checksumType })
    expect(world.runToEnd()).toBe(true)
    expect(pdusOf(world.a, 'metadata')[0]!.checksumType).toBe(checksumType)
    expect(world.delivered).toEqual(FILE)
    expect(world.report('a')?.ending).toMatchObject({ condition: 0, delivery: 0 })
  })

  it(standard('unbounded-file'), () => {
    const world = yamcs()
    const large = { ...TO_RECEIVER, largeFile: true }
    const unbounded: Pdu = { ...METADATA, fileSize: 0 } as Pdu
    world.inject('b', large, unbounded)
    for (const offset of [0, 3]) world.inject('b', large, data(offset, 1, 2, 3))
    world.settle()
    expect(world.report('b')).toMatchObject({ size: undefined, octets: 6 })
    world.inject('b', large, eof(6))
    world.settle()
    expect(world.delivered).toEqual(Uint8Array.of(1, 2, 3, 1, 2, 3))
  })

  it(standard('options-order'), () => {
    const world = yamcs()
    const [message, flowLabel] = [Uint8Array.of(7, 7), Uint8Array.of(9)]
    const request = { action: 0, firstName: 'new.bin' } as const
    const override = { condition: 7, handler: 4 } as const
    world.put(FILE, {
      messages: [message],
      filestoreRequests: [request],
      faultHandlerOverrides: [override],
      flowLabel,
    })
    world.settle()
    expect(pdusOf(world.a, 'metadata')[0]!.options.map(({ tlv }) => tlv)).toEqual([
      'fault-handler-override',
      'message-to-user',
      'filestore-request',
      'flow-label',
    ])
    expect(world.runToEnd()).toBe(true)
  })
})

describe('repair', () => {
  it(standard('in-flight'), () => {
    const remote = { nakReplace: false, lightTime: seconds(3) }
    const world = slow({ weather: loseSegments([1]), latency: 3000, remote })
    world.put(FILE)
    expect(world.runUntil(() => world.a.count('file-data') > 8)).toBe(true)
    const { requests, scope } = pdusOf(world.b, 'nak')[0]!
    // The same again, as a peer says it that has not yet had what was just resent.
    for (let times = 0; times < 5; times++) {
      world.inject('a', REPLY, { kind: 'nak', scope, metadataRequested: false, requests })
    }
    world.runToEnd()
    expect(world.delivered).toEqual(FILE)
    expect(pdusOf(world.a, 'file-data').filter(({ offset }) => offset === SEGMENT)).toHaveLength(2)
  })

  it(standard('nak-sequence'), () => {
    const lost = [...Array(100).keys()].map(number => 2 * number + 1)
    const world = yamcs({
      weather: loseSegments(lost),
      remote: { immediateNak: false, nakRestate: false, nakReplace: false },
    })
    const file = content(201 * SEGMENT)
    world.put(file)
    world.run(1000)
    const naks = pdusOf(world.b, 'nak')
    expect(naks.map(({ requests }) => requests.length)).toEqual([61, 39])
    expect(naks[0]!.scope.from).toBe(0)
    expect(naks[1]!.scope).toEqual({ from: naks[0]!.scope.to, to: file.length })
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toEqual(file)
  })

  it(standard('nak-prompted'), () => {
    const world = receiverOf(METADATA, data(0, 1, 2), { kind: 'prompt', response: 'nak' })
    expect(pdusOf(world.b, 'nak')).toEqual([
      { kind: 'nak', scope: { from: 0, to: 2 }, metadataRequested: false, requests: [] },
    ])
  })
})

describe('Cancel', () => {
  it(standard('cancel-sender'), () => {
    const world = slow()
    world.put(FILE)
    world.run(1200)
    expect(world.ask('a', 'cancel')).toBe('accepted')
    expect(world.runToEnd()).toBe(true)
    // Octets sent so far, and who cancelled.
    expect(pdusOf(world.a, 'eof')).toMatchObject([
      { condition: 15, fileSize: 3 * SEGMENT, faultLocation: 1n },
    ])
    expect(pdusOf(world.b, 'ack-eof')).toMatchObject([{ condition: 15 }])
    expect(world.b.count('finished')).toBe(0)
    expect(world.report('b')?.ending).toMatchObject({ condition: 15, byPeer: true })
  })

  it(standard('cancel-receiver'), () => {
    const world = slow()
    world.put(FILE)
    world.run(1200)
    expect(world.ask('b', 'cancel')).toBe('accepted')
    expect(world.runToEnd()).toBe(true)
    expect(pdusOf(world.b, 'finished')).toMatchObject([{ condition: 15, delivery: 1, faultLocation: 2n }])
    expect(pdusOf(world.a, 'ack-finished')).toMatchObject([{ condition: 15 }])
    expect(world.a.count('eof')).toBe(0)
  })

  it(standard('cancel-ignores'), () => {
    const sender = slow({ weather: ({ from }) => (from === 'b' ? 'drop' : 'pass') })
    sender.put(FILE)
    sender.run(1200)
    sender.ask('a', 'cancel')
    sender.settle()
    const sent = sender.a.count('file-data')
    const requests = [{ from: 0, to: SEGMENT }]
    sender.inject('a', REPLY, {
      kind: 'nak',
      scope: { from: 0, to: SEGMENT },
      metadataRequested: true,
      requests,
    })
    sender.run(seconds(2))
    expect(sender.a.count('file-data')).toBe(sent)
    expect(sender.a.count('metadata')).toBe(1)
    expect(sender.state('a')).toBe('cancelling')
    const receiver = slow({ weather: ({ from }) => (from === 'b' ? 'drop' : 'pass') })
    receiver.put(FILE)
    receiver.run(1200)
    receiver.ask('b', 'cancel')
    receiver.run(seconds(5))
    expect(receiver.b.kinds()).toContain('finished')
    expect(receiver.b.kinds()).not.toContain('nak')
    expect(receiver.delivered).toBeUndefined()
  })

  it.each(['discard', 'retain'] as const)(`${standard('incomplete-data')} (%s)`, incompleteFile => {
    for (const name of ['a', 'b'] as const) {
      const world = slow({ b: { incompleteFile } })
      world.put(FILE)
      world.run(1200)
      world.ask(name, 'cancel')
      world.runToEnd()
      const fileStatus = incompleteFile === 'retain' ? 2 : 0
      expect(world.report('b')?.ending).toMatchObject({ condition: 15, delivery: 1, fileStatus })
      expect(world.b.filestore.incoming.size).toBe(incompleteFile === 'retain' ? 1 : 0)
    }
  })
})
