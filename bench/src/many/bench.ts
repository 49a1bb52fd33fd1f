/** `many`: what a PDU costs a receiver beside 10 000 idle open receptions against beside none. */
import {
  Entity,
  type EntityId,
  encodePdu,
  FileDataTemplate,
  type Filestore,
  type Header,
  LOCAL_DEFAULTS,
  REMOTE_DEFAULTS,
  type SequenceNumber,
} from '@skyferry/cfdp'
import { type Millis, Random } from '@skyferry/engine'
import { type Bench, countOf } from '../bench.ts'
import { slotOf } from '../repair/solo.ts'

const NOW = 1000 as Millis
const OCTETS = 1008
const PDUS = 200_000
const LOCAL = 2n as EntityId
/** Takes everything and keeps nothing: only the engine is measured. */
const NOWHERE: Filestore = {
  openSource: () => ({ kind: 'rejected', code: 'does-not-exist', reason: 'nothing is here' }),
  openTarget: () => ({
    read: () => undefined,
    write: () => undefined,
    place: name => ({ kind: 'placed', name }),
    discard: () => {},
    close: () => {},
  }),
}

export const bench: Bench = {
  name: 'many',
  options: { open: { type: 'string' }, runs: { type: 'string' } },
  help: ['--open 10000   idle open receptions', '--runs 5       of each measurement, in turn'],
  async run(values, say) {
    const open = countOf(values, 'open', 10_000)
    const runs = countOf(values, 'runs', 5)
    const few: number[] = []
    const many: number[] = []
    for (let run = 0; run <= runs; run++) {
      const alone = nsPerPdu(receiverWith(0))
      const beside = nsPerPdu(receiverWith(open))
      // The first of each warms up.
      if (run > 0) few.push(alone)
      if (run > 0) many.push(beside)
    }
    const one = few.toSorted((a, b) => a - b)[few.length >> 1]!
    say.figure({ case: '1 open', figure: 'receive, look for work', unit: 'ns/PDU', samples: few })
    say.figure({
      case: `${open.toLocaleString('en-US')} open`,
      figure: 'receive, look for work',
      unit: 'ns/PDU',
      samples: many,
      baseline: { name: '1 open', value: one },
    })
  },
}

function headerOf(sequence: number): Header {
  return {
    version: 1,
    direction: 'to-receiver',
    mode: 'acknowledged',
    crc: false,
    largeFile: false,
    segmentationControl: false,
    entityIdLength: 2,
    sequenceLength: 4,
    source: 1n as EntityId,
    sequence: BigInt(sequence) as SequenceNumber,
    destination: LOCAL,
  }
}

/** An entity with so many receptions open, none of which has anything to do but to wait for its sender. */
function receiverWith(open: number): Entity<string> {
  const entity = new Entity<string>({
    local: { ...LOCAL_DEFAULTS, ids: [LOCAL], maxOpenReceptions: open + 1 },
    remotes: [
      {
        ...REMOTE_DEFAULTS.patient,
        id: 1n as EntityId,
        address: undefined,
        inactivityTimeout: 3_600_000 as Millis,
        pace: 'link',
      },
    ],
    filestore: NOWHERE,
    random: new Random(1),
    now: NOW,
  })
  const datagram = new Uint8Array(64)
  for (let sequence = 2; sequence < open + 2; sequence++) {
    const length = encodePdu(
      headerOf(sequence),
      {
        kind: 'metadata',
        closureRequested: false,
        checksumType: 15,
        fileSize: 100,
        sourceName: 'a',
        destinationName: 'a',
        options: [],
      },
      datagram,
    )
    entity.receive(datagram.subarray(0, length), 'peer', NOW)
  }
  settle(entity, 0)
  return entity
}

function settle(entity: Entity<string>, kept: number): number {
  let count = kept
  while (entity.record() !== undefined) count += 1
  entity.stored(count, NOW)
  while (entity.indication() !== undefined);
  return count
}

/** File data of one reception, as a host drives it: receive, then ask for what is to be sent and when to wake. */
function nsPerPdu(entity: Entity<string>): number {
  const datagram = new Uint8Array(OCTETS + 16)
  const template = new FileDataTemplate(headerOf(1))
  const slot = slotOf(2048)
  let deadlines = 0
  const before = process.hrtime.bigint()
  for (let pdu = 0; pdu < PDUS; pdu++) {
    const at = template.begin(datagram, pdu * OCTETS, OCTETS)
    const length = template.end(datagram, at + OCTETS)
    entity.receive(datagram.subarray(0, length), 'peer', NOW)
    while (entity.transmit(slot, NOW));
    while (entity.record() !== undefined);
    if (entity.deadline() > NOW) deadlines += 1
  }
  const elapsed = Number(process.hrtime.bigint() - before)
  if (deadlines === 0) throw new Error('a reception that waits has a deadline')
  return elapsed / PDUS
}
