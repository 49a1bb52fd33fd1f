/** Two entities with the settings of the service our users know, to the letter; only the pace is the harness's. */
import type { Millis } from '@skyferry/engine'
import {
  type ConditionCode,
  type EntityId,
  type Header,
  type Pdu,
  REMOTE_DEFAULTS,
  type RemoteSettings,
  type SequenceNumber,
} from '../../src/index.ts'
import { content, type End, type Name, TwoEntities, type Weather } from '../engine/two-entities.ts'

export { content, type Flight, lose, loseAll, type Name } from '../engine/two-entities.ts'

/** Seven segments of the default PDU size, and a bit. */
export const FILE: Uint8Array = content(3500)
/** File data octets of a PDU of 512: 512 − 12 of header − 4 of offset. */
export const SEGMENT = 496

export const seconds = (count: number): Millis => (count * 1000) as Millis

export interface Setting {
  readonly remote?: Partial<RemoteSettings<Name>>
  readonly a?: Partial<RemoteSettings<Name>>
  readonly b?: Partial<RemoteSettings<Name>>
  readonly weather?: Weather
  readonly latency?: number
}

/** Both ends as `class: org.yamcs.cfdp.CfdpService` has them, and what a test changes. */
export function yamcs(setting: Setting = {}): TwoEntities {
  return new TwoEntities({
    ...setting,
    remote: { ...REMOTE_DEFAULTS.yamcs, pace: 'link', ...setting.remote },
  })
}

/** The same, sending one PDU each half second: slow enough to act in the middle of a file. */
export function slow(setting: Setting = {}): TwoEntities {
  return yamcs({ ...setting, remote: { pace: 8192, ...setting.remote } })
}

/** The segments with these numbers, from 0, are lost the first `times` they are sent. */
export function loseSegments(numbers: readonly number[], times = 1): Weather {
  const seen = new Map<number, number>()
  return ({ pdu }) => {
    if (pdu.kind !== 'file-data' || !numbers.includes(pdu.offset / SEGMENT)) return 'pass'
    const count = (seen.get(pdu.offset) ?? 0) + 1
    seen.set(pdu.offset, count)
    return count <= times ? 'drop' : 'pass'
  }
}

/** When each PDU of one kind left, in milliseconds since the first of them. */
export function departures(end: End, kind: Pdu['kind']): number[] {
  const times = end.sent.filter(flight => flight.pdu.kind === kind).map(flight => flight.at)
  return times.map(time => time - times[0]!)
}

export function pdusOf<K extends Pdu['kind']>(end: End, kind: K): Extract<Pdu, { kind: K }>[] {
  return end.sent.flatMap(({ pdu }) => (pdu.kind === kind ? [pdu as Extract<Pdu, { kind: K }>] : []))
}

/** The header of what the receiver of the first transaction sends. */
export const REPLY: Header = {
  version: 1,
  direction: 'to-sender',
  mode: 'acknowledged',
  crc: false,
  largeFile: false,
  segmentationControl: false,
  entityIdLength: 2,
  sequenceLength: 4,
  source: 1n as EntityId,
  sequence: 1n as SequenceNumber,
  destination: 2n as EntityId,
}

/** A Finished as a receiver sends it that met this condition. */
export function finishedWith(condition: ConditionCode): Pdu {
  return {
    kind: 'finished',
    condition,
    delivery: 1,
    fileStatus: 0,
    responses: [],
    faultLocation: 2n as EntityId,
  }
}
