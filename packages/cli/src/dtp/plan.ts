/** What a DTP command is to do, understood from options. Pure. */
import { DIALECT_NAMES, type GetTerms, type PeerName, type SessionTerms } from '@skyferry/dtp'
import { type CspPlan, parseCsp, parseNode, requireLinks } from '../csp/plan.ts'
import { parseCount, parseDuration, parseRate, parseSize } from '../units.ts'
import { oneOf, option, UsageError } from '../usage.ts'
import type { RawServeOptions, RawSessionOptions } from './options.ts'

export interface SessionPlan {
  readonly csp: CspPlan
  /** The file that the payload goes to; undefined for stdout alone. */
  readonly file: string | undefined
  readonly follows: boolean
  readonly giveUpMs: number | undefined
}

export interface GetPlan extends SessionPlan {
  /** Without the sink, which is the file. */
  readonly terms: Omit<GetTerms, 'sink'>
}

export interface ResumePlan extends SessionPlan {
  readonly file: string
  /** Terms that differ from those of the session. */
  readonly changes: Partial<SessionTerms>
}

export interface ServePlan {
  readonly csp: CspPlan
  readonly payloads: ReadonlyMap<number, string>
  readonly mtuMax: number
  /** Octets per second. */
  readonly throughputMax: number
  readonly count: number
}

const PEERS: readonly PeerName[] = ['libdtp', 'skyferry', 'satdeploy']
const MTU_MAX = 2048

/** @throws {UsageError} naming the option */
export function parseGet(payload: string | undefined, raw: RawSessionOptions): GetPlan {
  const csp = linked(raw)
  const server = option('--server', raw.server, text => parseNode(text, csp))
  if (server === undefined) throw new UsageError('--server is missing: the address of the server')
  const memory = option('--memory', raw.memory, parseMemory)
  if ((payload === undefined) === (memory === undefined))
    throw new UsageError('say what to fetch: the id of a payload, or --memory')
  const ref = memory ?? { kind: 'id' as const, id: parseCount(payload!, 0, 255) }
  const usual = ref.kind === 'id' ? `payload-${ref.id}` : `memory-${ref.address}`
  const file = raw.output === '-' ? undefined : (raw.output ?? usual)
  const dialect = option('--dialect', raw.dialect, text => oneOf(text, DIALECT_NAMES)) ?? 'D2c'
  const ranges = (raw.range ?? []).map(text => option('--range', text, parseRange)!)
  return {
    ...sessionPlan(raw, csp, file),
    file,
    terms: {
      server,
      payload: ref,
      dialect,
      wanted: merged(ranges),
      crc32: option('--crc', raw.crc, parseCrc) ?? null,
      ...tuning(raw),
    },
  }
}

/** @throws {UsageError} naming the option */
export function parseResume(file: string | undefined, raw: RawSessionOptions): ResumePlan {
  if (file === undefined) throw new UsageError('FILE is missing: the file whose transfer is to go on')
  const csp = linked(raw)
  // Whoever names the session means the file that it stands beside.
  const target = file.replace(/\.(?:meta|session)$/, '')
  return { ...sessionPlan(raw, csp, target), file: target, changes: tuning(raw) }
}

/** @throws {UsageError} naming the option */
export function parseServe(raw: RawServeOptions): ServePlan {
  const payloads = new Map((raw.payload ?? []).map(text => option('--payload', text, parsePayload)!))
  if (payloads.size === 0)
    throw new UsageError('--payload is missing; write an id and a file, as in 1=image.raw')
  return {
    csp: linked(raw),
    payloads,
    mtuMax: option('--mtu', raw.mtu, text => parseCount(text, 9, MTU_MAX)) ?? MTU_MAX,
    throughputMax: option('--throughput-max', raw.throughputMax, parseThroughput) ?? Infinity,
    count: option('--count', raw.count, text => parseCount(text, 1)) ?? Infinity,
  }
}

export interface InfoPlan {
  readonly csp: CspPlan
  readonly server: number
  readonly payloadId: number
}

/** @throws {UsageError} naming the option */
export function parseInfo(payload: string | undefined, raw: RawSessionOptions): InfoPlan {
  const csp = linked(raw)
  const server = option('--server', raw.server, text => parseNode(text, csp))
  if (server === undefined) throw new UsageError('--server is missing: the address of the server')
  if (payload === undefined) throw new UsageError('PAYLOAD is missing: an id from 0 to 255')
  return { csp, server, payloadId: parseCount(payload, 0, 255) }
}

function linked(raw: RawSessionOptions | RawServeOptions): CspPlan {
  const csp = parseCsp(raw)
  requireLinks(csp, 1)
  return csp
}

function sessionPlan(
  raw: RawSessionOptions,
  csp: CspPlan,
  file: string | undefined,
): Omit<SessionPlan, 'file'> {
  const follows = file === undefined || raw.follow === true
  if (follows && raw.json === true)
    throw new UsageError('--json and data on stdout do not go together; leave out --json, or write to a file')
  return { csp, follows, giveUpMs: option('--give-up', raw.giveUp, parseDuration) }
}

function tuning(raw: RawSessionOptions): Partial<SessionTerms> {
  const mtuOctets = option('--mtu', raw.mtu, text => parseCount(text, 9, MTU_MAX))
  const throughput = option('--throughput', raw.throughput, parseThroughput)
  const idleMs = option('--idle', raw.idle, parseDuration)
  const peer = option('--peer', raw.peer, text => oneOf(text, PEERS))
  return {
    ...(mtuOctets === undefined ? {} : { mtuOctets }),
    ...(throughput === undefined ? {} : { throughput }),
    ...(idleMs === undefined ? {} : { idleMs: Math.max(1, Math.round(idleMs)) }),
    ...(peer === undefined ? {} : { peer }),
  }
}

/** Octets per second; a plain number is that, as C users write it. */
function parseThroughput(text: string): number {
  const octets = /^\d+$/.test(text) ? Number(text) : Math.floor(parseRate(text) / 8)
  if (octets < 1 || octets > 0xffff_ffff)
    throw new UsageError(`'${text}' is not from 1 octet to 4 GB per second`)
  return octets
}

/** `0-4096`, with units. */
function parseRange(text: string): readonly [number, number] {
  const [from, to, ...rest] = text.split('-')
  if (from === undefined || to === undefined || rest.length > 0)
    throw new UsageError(`'${text}' is not FROM-TO, as in 0-4096`)
  const range = [parseSize(from), parseSize(to)] as const
  if (range[1] <= range[0]) throw new UsageError(`'${text}' has no octets in it`)
  return range
}

/** Ascending and apart, as from, to, from, to … */
function merged(ranges: readonly (readonly [number, number])[]): number[] {
  const flat: number[] = []
  for (const [from, to] of [...ranges].sort((one, other) => one[0] - other[0])) {
    if (flat.length > 0 && from <= flat.at(-1)!) flat[flat.length - 1] = Math.max(flat.at(-1)!, to)
    else flat.push(from, to)
  }
  return flat
}

/** `0x1000,64KiB` */
function parseMemory(text: string): {
  readonly kind: 'memory'
  readonly address: string
  readonly size: number
} {
  const [address, size, ...rest] = text.split(',')
  const digits = /^0x([0-9a-f]{1,16})$/i.exec(address ?? '')?.[1]
  if (digits === undefined || size === undefined || rest.length > 0)
    throw new UsageError(`'${text}' is not ADDRESS,SIZE, as in 0x1000,64KiB`)
  return { kind: 'memory', address: digits.toLowerCase(), size: parseSize(size) }
}

function parseCrc(text: string): number {
  if (!/^(?:0x)?[0-9a-f]{1,8}$/i.test(text)) throw new UsageError(`'${text}' is not a CRC-32 in hexadecimal`)
  return Number.parseInt(text.replace(/^0x/i, ''), 16)
}

function parsePayload(text: string): readonly [number, string] {
  const [, id, file] = /^(\d+)=(.+)$/.exec(text) ?? []
  if (id === undefined || file === undefined)
    throw new UsageError(`'${text}' is not ID=FILE, as in 1=image.raw`)
  return [parseCount(id, 0, 255), file]
}
