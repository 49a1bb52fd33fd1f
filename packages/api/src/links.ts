/** Links: what they are, what went over them, how they are steered. */
import { type Problem, problem, readObject } from './validate.ts'

/** How PDUs travel, as `--encapsulation` and a configuration name it; those with `listen` in their name are called. */
export const LINK_TYPES = [
  'udp',
  'tcp',
  'tcp-listen',
  'space-packet',
  'space-packet-tcp',
  'space-packet-tcp-listen',
] as const
export type LinkType = (typeof LINK_TYPES)[number]

export interface LinkStatus {
  readonly name: string
  /** `emulated`: behind bad weather of our own making. */
  readonly type: LinkType | 'emulated'
  /** `down`: commanded down; nothing is sent, what is heard is dropped. */
  readonly state: 'up' | 'down'
  /** Whether a stream has its connection; null: this is no stream. Without one, what is to be sent waits. */
  readonly connected: boolean | null
  /** Where it is heard; null: a stream that calls, and is not connected. */
  readonly listen: string | null
  readonly peer: string | null
  readonly service: string | null
  /** Bit/s it is paced at; null: as fast as it goes. */
  readonly rateLimit: number | null
  /** Bit/s over the last seconds. */
  readonly rateOut: number
  readonly rateIn: number
  readonly datagramsOut: number
  readonly datagramsIn: number
  readonly octetsOut: number
  readonly octetsIn: number
  readonly errors: number
  /** Datagrams that arrived and were no packet of ours, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** The file that is being recorded (pcap). */
  readonly capture: string | null
  /** Of emulated links. */
  readonly impairment: Impairment | null
}

/** What an emulated link does to datagrams, in both directions. Shares are 0 to 1. */
export interface Impairment {
  /** Bit/s; null: as fast as they come. */
  readonly rate: number | null
  readonly delayMs: number
  readonly jitterMs: number
  readonly loss: number
  readonly duplication: number
  readonly reordering: number
  readonly corruption: number
}

/** Begins a capture, or ends it: null. */
export interface CaptureRequest {
  /** A name in the station's folder of captures. */
  readonly file: string | null
}

export function readCaptureRequest(value: unknown): CaptureRequest | Problem {
  return readObject(value, ['file'], reader => ({
    file: reader.required('file', reader.orNull(fileName)),
  }))
}

/** No path: whoever may steer a link may not write just anywhere. */
function fileName(value: unknown): string | Problem {
  return typeof value === 'string' && /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(value)
    ? value
    : problem('is no name of a file: letters, digits, dots, dashes and underscores')
}

export type ImpairmentPatch = Partial<Impairment>

const DAY_MS = 86_400_000

export function readImpairmentPatch(value: unknown): ImpairmentPatch | Problem {
  const names = ['rate', 'delayMs', 'jitterMs', 'loss', 'duplication', 'reordering', 'corruption']
  return readObject(value, names, reader => {
    const share = reader.number(0, 1)
    const time = reader.number(0, DAY_MS)
    return {
      ...reader.given('rate', reader.orNull(reader.number(1, 1e12))),
      ...reader.given('delayMs', time),
      ...reader.given('jitterMs', time),
      ...reader.given('loss', share),
      ...reader.given('duplication', share),
      ...reader.given('reordering', share),
      ...reader.given('corruption', share),
    }
  })
}
