/** How the wire looked over the years (reference section 9): structures without a version, copied from memory. */
import type { OctetOrder } from './octet-order.ts'

/** `D2a-kb` is D2a before 2025-06-04, `D1-19` is D1 before 2025-04-09; `-be` is D2c from a big-endian host. */
export type DialectName = 'D1' | 'D1-19' | 'D2a' | 'D2a-kb' | 'D2b' | 'D2c' | 'D2c-be'

/** The layout of one dialect. Offsets and lengths in octets. */
export interface Dialect {
  readonly name: DialectName
  readonly order: OctetOrder
  /** Of a meta request. */
  readonly requestOctets: number
  /** Where the intervals begin, the last field of a request. */
  readonly intervalsAt: number
  /** How many there is room for. */
  readonly intervalsMax: number
  /** Before the data of a datagram: the offset, and from D2 on the session id. */
  readonly dataHeaderOctets: 4 | 8
  /** What one unit of the throughput field is, octets per second. Of "KB/s" only the name is known: taken as 1000. */
  readonly throughputUnit: 1 | 1000
  /** Where the keep-alive interval lies and how wide it is, if there is one. */
  readonly keepAlive: 'none' | 'u16' | 'u32-big-endian'
}

const D2: Omit<Dialect, 'name'> = {
  order: 'little',
  requestOctets: 80,
  intervalsAt: 16,
  intervalsMax: 8,
  dataHeaderOctets: 8,
  throughputUnit: 1,
  keepAlive: 'none',
}

/** Every dialect by its name; `D2c` is what the C library speaks today. */
export const DIALECTS: { readonly [Name in DialectName]: Dialect } = {
  D1: {
    ...D2,
    name: 'D1',
    requestOctets: 72,
    intervalsAt: 8,
    dataHeaderOctets: 4,
    throughputUnit: 1000,
  },
  'D1-19': {
    ...D2,
    name: 'D1-19',
    requestOctets: 160,
    intervalsAt: 8,
    intervalsMax: 19,
    dataHeaderOctets: 4,
    throughputUnit: 1000,
  },
  D2a: { ...D2, name: 'D2a' },
  'D2a-kb': { ...D2, name: 'D2a-kb', throughputUnit: 1000 },
  D2b: { ...D2, name: 'D2b', requestOctets: 84, intervalsAt: 20, keepAlive: 'u32-big-endian' },
  D2c: { ...D2, name: 'D2c', keepAlive: 'u16' },
  'D2c-be': { ...D2, name: 'D2c-be', order: 'big', keepAlive: 'u16' },
}

export const DIALECT_NAMES: readonly DialectName[] = Object.keys(DIALECTS) as DialectName[]

export function isDialectName(name: unknown): name is DialectName {
  return typeof name === 'string' && Object.hasOwn(DIALECTS, name)
}

/** Of a request by its length alone; 80 octets are D2c, which D2a is compatible with. */
export function dialectOfLength(octets: number): Dialect | undefined {
  switch (octets) {
    case 72:
      return DIALECTS.D1
    case 80:
      return DIALECTS.D2c
    case 84:
      return DIALECTS.D2b
    case 160:
      return DIALECTS['D1-19']
    default:
      return undefined
  }
}
