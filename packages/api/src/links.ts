/** Links: what they are, what went over them, how they are steered. */
import { type Problem, readObject } from './validate.ts'

export interface LinkStatus {
  readonly name: string
  readonly type: 'udp' | 'emulated'
  /** `down`: commanded down; nothing is sent, what is heard is dropped. */
  readonly state: 'up' | 'down'
  readonly listen: string
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
