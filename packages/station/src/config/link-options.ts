/** The options of links, and the bad weather that may be put on one. */
import { LINK_TYPES } from '@skyferry/api'
import type { SecondaryHeader } from '@skyferry/octets'
import { bothWays, CALM, KNOBS, type Patch, parseKnob, parseOutages, type Weather } from '@skyferry/sim'
import { parseUnsigned, suggestion, UnitError } from '@skyferry/units'
import { asMap, writeField } from './composite-types.ts'
import type { Apids, ImpairmentConfig, KnobTexts, LinkConfig } from './configuration.ts'
import type { Table, ValueType } from './option-table.ts'
import type { Problems } from './problems.ts'
import {
  count,
  FLAG,
  inline,
  LISTEN,
  NAME,
  oneOf,
  PEER,
  RATE,
  refuseType,
  scalar,
  size,
  text,
  yamlText,
} from './value-types.ts'
import type { Tree, TreeMap } from './yaml-tree.ts'

/** Octets of the largest UDP datagram over IPv4. */
export const UDP_OCTETS_MAX = 65_507
/** Octets of the headers of UDP and IPv4. */
const UDP_OVERHEAD = 28

/** Types that will exist, and do not yet. */
export const COMING_LINKS: readonly string[] = ['zmq', 'csp', 'kiss', 'serial', 'can', 'cdp']

const IMPAIRMENT_WORDS = 'a map of knobs (loss: 5%, delay: 40ms …), perhaps with there and back'

/** Knobs as `skyferry link emulate` has them; those of `there` and `back` count more than those for both. */
const IMPAIRMENT: ValueType<ImpairmentConfig> = {
  what: IMPAIRMENT_WORDS,
  read: (tree, problems) => {
    const map = asMap(tree, IMPAIRMENT_WORDS, problems)
    if (map === undefined) return undefined
    const direction = (name: 'there' | 'back'): KnobTexts => {
      const entry = map.entries.get(name)
      const inner = entry === undefined ? undefined : asMap(entry.value, 'a map of knobs', problems)
      return inner === undefined ? NO_KNOBS : readKnobs(inner, [], problems)
    }
    const seedTree = map.entries.get('seed')?.value
    const seed = seedTree === undefined ? undefined : SEED.read(seedTree, problems)
    const both = readKnobs(map, ['seed', 'there', 'back'], problems)
    return {
      ...(seed === undefined ? {} : { seed }),
      both,
      there: direction('there'),
      back: direction('back'),
    }
  },
  write: ({ seed, both, there, back }) => {
    const lines = [...(seed === undefined ? [] : [`seed: ${seed}`]), ...writeKnobs(both)]
    for (const [name, texts] of [
      ['there', there],
      ['back', back],
    ] as const) {
      const inner = writeKnobs(texts)
      if (inner.length > 0) lines.push(...writeField(name, { kind: 'block', lines: inner }))
    }
    return lines.length === 0 ? inline('{}') : { kind: 'block', lines }
  },
}
const SEED = count(0, 2 ** 32 - 1)
const NO_KNOBS: KnobTexts = { knobs: new Map(), outages: [] }

function readKnobs(map: TreeMap, others: readonly string[], problems: Problems): KnobTexts {
  const knobs = new Map<string, string>()
  const outages: string[] = []
  for (const [name, { place, value }] of map.entries) {
    if (others.includes(name)) continue
    if (name === 'outages') {
      outages.push(...readOutages(value, problems))
    } else if (!Object.hasOwn(KNOBS, name)) {
      const known = [...Object.keys(KNOBS), 'outages', ...others]
      problems.error('config-unknown-option', place, value.path, `is not a knob: ${suggestion(name, known)}`)
    } else if (value.kind !== 'scalar' || value.value === null) {
      refuseType(value, `${KNOBS[name]!.description}`, problems)
    } else if (isRead(value, problems, () => parseKnob(name, value.text))) {
      knobs.set(name, value.text)
    }
  }
  return { knobs, outages }
}

function readOutages(tree: Tree, problems: Problems): string[] {
  const items = tree.kind === 'list' ? tree.items : undefined
  const texts = items?.map(each => (each.kind === 'scalar' ? each.text : ''))
  if (texts === undefined) {
    refuseType(tree, 'a list of FROM-TO, counted from the start ([10s-20s, 60s-70s])', problems)
    return []
  }
  return isRead(tree, problems, () => parseOutages(texts)) ? texts : []
}

function isRead(tree: Tree, problems: Problems, parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
    problems.error('config-bad-value', tree.place, tree.path, error.message)
    return false
  }
}

function writeKnobs({ knobs, outages }: KnobTexts): string[] {
  const lines = [...knobs].map(([name, value]) => `${name}: ${yamlText(value)}`)
  return outages.length === 0 ? lines : [...lines, `outages: [${outages.map(yamlText).join(', ')}]`]
}

/** What an impairment does to each direction of its link. */
export function weatherOf(link: Pick<LinkConfig, 'impairment' | 'overhead'>): Weather {
  const { impairment, overhead } = link
  if (impairment === undefined) return bothWays()
  const { both, there, back } = impairment
  const of = (texts: KnobTexts): Weather['there'] => {
    const outages = texts.outages.length > 0 ? texts.outages : both.outages
    return {
      ...CALM,
      overheadOctets: overhead,
      ...patchOf(both),
      ...patchOf(texts),
      outages: parseOutages(outages),
    }
  }
  return { there: of(there), back: of(back) }
}

function patchOf({ knobs }: KnobTexts): Patch {
  return Object.assign({}, ...[...knobs].map(([name, value]) => parseKnob(name, value))) as Patch
}

const APID_MAX = 0x7ff

const APIDS: ValueType<Apids> = scalar(
  'an APID, 0 to 2047, or SENT:HEARD (0x7fd, 0xc8:0xc2)',
  each => {
    const [sent, heard = sent, ...rest] = each.split(':')
    if (rest.length > 0) throw new UnitError(`'${each}' is not SENT:HEARD`)
    return { sent: parseApid(sent!), heard: parseApid(heard!) }
  },
  ({ sent, heard }) => yamlText(sent === heard ? hex(sent) : `${hex(sent)}:${hex(heard)}`),
)

const hex = (value: number): string => `0x${value.toString(16)}`

function parseApid(text: string): number {
  const apid = parseUnsigned(text)
  if (apid > BigInt(APID_MAX)) throw new UnitError(`'${text}' is above ${APID_MAX}, the last APID`)
  return Number(apid)
}

/** More than any mission has, and far less than a packet holds. */
const HEADER_OCTETS_MAX = 63

const PACKET_HEADER: ValueType<SecondaryHeader> = scalar(
  `none, cfs, or 1 to ${HEADER_OCTETS_MAX} octets in hexadecimal`,
  each => {
    if (each === 'none' || each === 'cfs') return each
    if (!/^(?:[0-9a-fA-F]{2}){1,63}$/.test(each)) {
      throw new UnitError(`'${each}' is not none, cfs or 1 to ${HEADER_OCTETS_MAX} octets in hexadecimal`)
    }
    return Uint8Array.from(each.match(/../g)!, pair => Number.parseInt(pair, 16))
  },
  each => (typeof each === 'string' ? each : JSON.stringify(Buffer.from(each).toString('hex'))),
)

export const LINK: Table<LinkConfig> = {
  name: { type: NAME, required: true, about: 'The name of the link' },
  type: {
    type: oneOf(LINK_TYPES, 'one of'),
    required: true,
    about:
      'How PDUs travel (docs/operating/links.md); what ends in `tcp` calls its peer, in `tcp-listen` is called',
  },
  listen: {
    type: LISTEN,
    usually: 'required but for a stream that calls, which has none',
    about: 'Where datagrams or calls come in; port 0 lets the system choose',
  },
  peer: {
    type: PEER,
    usually:
      'none: every remote entity has an `address` of its own, anybody may call; required for a stream that calls',
    about:
      'Where datagrams go, unless the remote entity has an address of its own; whom a stream calls; the host that alone may call',
  },
  rate: {
    type: RATE,
    usually: 'none: services set their own pace',
    about: 'What the medium carries, overhead counted; shared fairly by all transfers and never exceeded',
  },
  mtu: {
    type: size(64, UDP_OCTETS_MAX),
    usual: UDP_OCTETS_MAX,
    about: 'The largest datagram or space packet, the headers below it not counted',
  },
  overhead: {
    type: size(0, 1024),
    usual: UDP_OVERHEAD,
    about: 'What each datagram costs the medium besides its own octets; the usual is UDP over IPv4',
  },
  apid: {
    type: APIDS,
    usually: '0x7fd, registered for CFDP',
    about: 'Space packets: the APID of what we send, and of what we take if it is another',
  },
  packetType: {
    type: oneOf(['telecommand', 'telemetry'], 'one of'),
    usually: 'telecommand',
    about: 'Space packets: the type of what we send; both are taken',
  },
  packetHeader: {
    type: PACKET_HEADER,
    usually: 'none',
    about:
      "Space packets: the secondary header; NASA's core Flight System has its own, `cfs`; of octets their number is skipped in what is taken",
  },
  packetCrc: {
    type: FLAG,
    usually: 'false',
    about: 'Space packets: a CRC-16 at the end of each; what comes without a right one is dropped',
  },
  capture: {
    type: text('a file', 1024),
    usually: 'none',
    about: 'A pcap file in which every datagram is recorded',
  },
  impairment: {
    type: IMPAIRMENT,
    usually: 'none',
    about: 'Bad weather on this link, for rehearsals; knobs are those of `skyferry link emulate`',
  },
}
