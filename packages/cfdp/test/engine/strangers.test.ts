/** Remote entities that no setting names, met with `anyRemote`. */
import { type Millis, Random, type Slot } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import {
  type CfdpRecord,
  decodePdu,
  Entity,
  type EntityId,
  encodePdu,
  type Header,
  LOCAL_DEFAULTS,
  MemoryFilestore,
  type Pdu,
  REMOTE_DEFAULTS,
  type SequenceNumber,
} from '../../src/index.ts'

const NOW = 1000 as Millis
const HEADER: Header = {
  version: 1,
  direction: 'to-receiver',
  mode: 'acknowledged',
  crc: false,
  largeFile: false,
  segmentationControl: false,
  entityIdLength: 2,
  sequenceLength: 4,
  source: 77n as EntityId,
  sequence: 1n as SequenceNumber,
  destination: 2n as EntityId,
}

function host(records: readonly CfdpRecord[] = []) {
  const entity = new Entity<string>({
    local: { ...LOCAL_DEFAULTS, ids: [2n as EntityId] },
    remotes: [],
    anyRemote: { ...REMOTE_DEFAULTS.patient, id: 0n as EntityId, address: undefined, pace: 'link' },
    filestore: new MemoryFilestore(),
    random: new Random(1),
    records,
    now: NOW,
  })
  const bytes = new Uint8Array(2048)
  const slot: Slot<string> = { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
  const hear = (pdu: Pdu, from: string): void => {
    const datagram = new Uint8Array(200)
    entity.receive(datagram.subarray(0, encodePdu(HEADER, pdu, datagram)), from, NOW)
  }
  /** Where each PDU goes. */
  const say = (): (string | undefined)[] => {
    const to: (string | undefined)[] = []
    while (entity.transmit(slot, NOW)) {
      decodePdu(slot.bytes.subarray(0, slot.length))
      to.push(slot.to)
    }
    return to
  }
  return { entity, hear, say }
}

const data = (offset: number): Pdu => ({ kind: 'file-data', offset, data: Uint8Array.of(1, 2, 3, 4) })

describe('a stranger', () => {
  it.each([
    ['file data', data(100)],
    ['a directive', { kind: 'prompt', response: 'nak' } as const],
  ])('is answered after a restart where it is next heard, by %s too', (_what, pdu) => {
    const before = host()
    before.hear(data(0), 'old:1')
    expect(new Set(before.say())).toEqual(new Set(['old:1']))
    const after = host(before.entity.snapshot())
    after.say()
    after.hear(pdu, 'new:2')
    const to = after.say()
    expect(to.length).toBeGreaterThan(0)
    expect(new Set(to)).toEqual(new Set(['new:2']))
  })

  it('keeps the place where it was heard: another that uses its id gets none of its answers', () => {
    const { hear, say } = host()
    hear(data(0), 'first:1')
    say()
    hear(data(100), 'thief:9')
    expect(new Set(say())).toEqual(new Set(['first:1']))
  })
})
