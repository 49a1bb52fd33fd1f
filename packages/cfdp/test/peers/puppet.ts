/**
 * A peer as a puppet: it does what one implementation in the field is known to do, by hand, and nothing else. It is
 * not our engine with a switch; it shares with it only the codec, and utters octets where that would be too correct.
 */
import type { Millis } from '@skyferry/engine'
import { modularSum, RangeSet } from '@skyferry/octets'
import {
  type ConditionCode,
  type EntityId,
  encodePdu,
  type Header,
  type Pdu,
  type PduKind,
  type PduOf,
  type SequenceNumber,
} from '../../src/index.ts'
import type { DecodeDialect, EncodeDialect } from '../../src/pdu/dialect.ts'
import { content } from '../engine/two-entities.ts'

/** A PDU that reached the puppet. */
export interface Heard {
  readonly at: Millis
  readonly bytes: Uint8Array
  readonly header: Header
  readonly pdu: Pdu
}

/** What a puppet may do to the world. */
export interface Strings {
  readonly now: Millis
  send(bytes: Uint8Array): void
  later(milliseconds: number, act: () => void): void
}

export abstract class Puppet {
  readonly heard: Heard[] = []
  /** What would have been an exception, a dead thread or a corrupt file in the real peer. */
  readonly troubles: string[] = []
  strings!: Strings
  /** How it reads what we write for it. */
  readonly readsAs: DecodeDialect = {}

  /** A datagram arrived; `bytes` is its own. */
  abstract hear(heard: Heard): void

  /** Moves first; a receiver has nothing to say. */
  begin(): void {}

  of<K extends PduKind>(kind: K): PduOf<K>[] {
    return this.heard.flatMap(({ pdu }) => (pdu.kind === kind ? [pdu as unknown as PduOf<K>] : []))
  }

  protected say(header: Header, pdu: Pdu, dialect: EncodeDialect = {}): void {
    this.strings.send(octetsOf(header, pdu, dialect))
  }
}

/** A puppet that keeps a file, as the peers that we send to do. */
export abstract class ReceivingPuppet extends Puppet {
  readonly held: RangeSet = new RangeSet()
  file: Uint8Array = new Uint8Array(0)
  metadata: PduOf<'metadata'> | undefined
  eof: PduOf<'eof'> | undefined

  protected get isWhole(): boolean {
    return this.metadata !== undefined && this.eof !== undefined && this.held.octets === this.eof.fileSize
  }

  protected store({ offset, data }: PduOf<'file-data'>): void {
    const end = offset + data.length
    if (end > this.file.length) {
      const grown = new Uint8Array(end)
      grown.set(this.file)
      this.file = grown
    }
    this.file.set(data, offset)
    if (data.length > 0) this.held.add(offset, end)
  }

  /** With the header of what is answered, turned round. */
  protected reply(to: Heard, pdu: Pdu, changes: Partial<Header> = {}, dialect: EncodeDialect = {}): void {
    this.say({ ...to.header, direction: 'to-sender', segmentationControl: false, ...changes }, pdu, dialect)
  }
}

/** A puppet that has a file to send to entity 2, which is us. */
export abstract class SendingPuppet extends Puppet {
  readonly file: Uint8Array
  readonly segment: number = 500
  header: Header = HEADER

  constructor(file: Uint8Array = content(3500)) {
    super()
    this.file = file
  }

  protected metadata(changes: Partial<PduOf<'metadata'>> = {}): PduOf<'metadata'> {
    return { ...METADATA, fileSize: this.file.length, ...changes }
  }

  protected data(from: number, to: number = from + this.segment): PduOf<'file-data'> {
    return { kind: 'file-data', offset: from, data: this.file.slice(from, Math.min(to, this.file.length)) }
  }

  protected eof(condition: ConditionCode = 0, changes: Partial<PduOf<'eof'>> = {}): PduOf<'eof'> {
    return { kind: 'eof', condition, checksum: sumOf(this.file), fileSize: this.file.length, ...changes }
  }

  protected send(pdu: Pdu, changes: Partial<Header> = {}, dialect: EncodeDialect = {}): void {
    this.say({ ...this.header, ...changes }, pdu, dialect)
  }

  /** Every segment once, but those that `without` names. */
  protected sendAll(without: readonly number[] = []): void {
    for (let from = 0; from < this.file.length; from += this.segment) {
      if (!without.includes(from)) this.send(this.data(from))
    }
  }
}

export const HEADER: Header = {
  version: 1,
  direction: 'to-receiver',
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

export const METADATA: PduOf<'metadata'> = {
  kind: 'metadata',
  closureRequested: false,
  checksumType: 0,
  fileSize: 0,
  sourceName: 'file.bin',
  destinationName: 'file.bin',
  options: [],
}

export function octetsOf(header: Header, pdu: Pdu, dialect: EncodeDialect = {}): Uint8Array {
  const bytes = new Uint8Array(65_536)
  const length = encodePdu(header, pdu, bytes, undefined, dialect)
  if (length === 0) throw new Error('a puppet says what fits')
  return bytes.slice(0, length)
}

/** A PDU with octets added or changed in its data field, and the length that goes with it. */
export function withField(bytes: Uint8Array, change: (field: number[]) => number[]): Uint8Array {
  const headerOctets = 7 + 2 * ((bytes[3]! >> 4) & 7) + (bytes[3]! & 7)
  const field = change([...bytes.subarray(headerOctets)])
  const changed = Uint8Array.from([...bytes.subarray(0, headerOctets), ...field])
  changed[1] = field.length >> 8
  changed[2] = field.length & 0xff
  return changed
}

export function sumOf(file: Uint8Array): number {
  return modularSum(file, new DataView(file.buffer, file.byteOffset, file.length), 0, file.length, 0)
}
