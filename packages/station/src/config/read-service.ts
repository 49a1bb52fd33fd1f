/** One item of `services:`, from what is written to what holds. */
import { suggestion } from '@skyferry/units'
import { asMap } from './composite-types.ts'
import {
  type CfdpClass,
  type CfdpServiceConfig,
  type CfdpServiceOptions,
  type LinkConfig,
  YAMCS_CLASS,
} from './configuration.ts'
import { PROFILES } from './entity-options.ts'
import { completed, readGiven, type Table } from './option-table.ts'
import { type Place, Problems } from './problems.ts'
import {
  CFDP_CLASSES,
  COMING_SERVICES,
  IGNORED_SERVICE_OPTIONS,
  profileOf,
  SERVICE_LINK,
  SERVICE_NAME,
  serviceOptions,
} from './service-options.ts'
import { oneOf } from './value-types.ts'
import type { Tree, TreeEntry, TreeMap } from './yaml-tree.ts'

/** What a service may be tied to. */
export interface Ties {
  readonly links: readonly LinkConfig[]
  readonly streams: ReadonlyMap<string, string>
}

/** What stands beside the options: its class, and what is not an option of the engine. */
interface Outer {
  readonly name: string
  readonly link?: string
}

/** @returns undefined after reporting why the service cannot be used */
export function readService(tree: Tree, ties: Ties, problems: Problems): CfdpServiceConfig | undefined {
  const map = asMap(tree, 'a service: a map with a class', problems)
  if (map === undefined) return undefined
  const serviceClass = readClass(map, problems)
  if (serviceClass === undefined) return undefined
  const outerTable = outerOptions(serviceClass)
  const { outer, inner, place, path } = divide(map, outerTable, problems)
  const { name, link } = completed(readGiven(outer, map, outerTable, problems), outerTable)
  const table = serviceOptions(profileGiven(inner) ?? profileOf(serviceClass))
  const given = readGiven(inner, { path, place }, table, problems, IGNORED_SERVICE_OPTIONS)
  const options = completed(given, table)
  if (options.localEntities === undefined || options.remoteEntities === undefined) return undefined
  if (given.allowConcurrentFileOverwrites !== undefined) warnOfOverwriteCheck(inner, problems)
  // Without a link, which has been reported, the rest of the service can still be checked.
  const tied = link ?? linkOfStreams(options, serviceClass === 'cfdp', map, ties, problems) ?? ''
  if (link !== undefined) checkLink(link, map, ties, problems)
  const hasRate = ties.links.find(each => each.name === tied)?.rate !== undefined
  // One PDU every half second is what Yamcs does; a link that knows its rate knows better.
  const sleepBetweenPdus = options.sleepBetweenPdus ?? (hasRate ? 0 : 500)
  const service = { ...options, sleepBetweenPdus, class: serviceClass, name, link: tied }
  problems.cameFrom(service, map.path)
  return service
}

function readClass(map: TreeMap, problems: Problems): CfdpClass | undefined {
  const entry = map.entries.get('class')
  if (entry === undefined) {
    const text = `has no class; write class: ${YAMCS_CLASS} or class: cfdp`
    problems.error('config-missing', map.place, map.path, text)
    return undefined
  }
  const { place, path } = entry.value
  const written = entry.value.kind === 'scalar' ? entry.value.text : ''
  const found = CFDP_CLASSES.find(each => each === written)
  if (found !== undefined) return found
  const isComing = COMING_SERVICES.includes(written)
  const text = isComing
    ? `services of class ${written} come with a later version`
    : `'${written}' is not a class of services here: ${suggestion(written, CFDP_CLASSES)}`
  problems.error(isComing ? 'config-not-yet' : 'config-bad-value', place, path, text)
  return undefined
}

function outerOptions(serviceClass: CfdpClass): Table<Outer> {
  const name = SERVICE_NAME[serviceClass]
  return serviceClass === 'cfdp' ? { name, link: SERVICE_LINK } : ({ name } as Table<Outer>)
}

/** The options of the engine stand under `args`, or, in the native service, also beside the class. */
function divide(
  map: TreeMap,
  outerTable: Table<Outer>,
  problems: Problems,
): { outer: TreeMap['entries']; inner: TreeMap['entries']; place: Place; path: string } {
  const isNative = 'link' in outerTable
  const args = map.entries.get('args')
  const argsMap = args === undefined ? undefined : asMap(args.value, 'a map of options', problems)
  const outer = new Map<string, TreeEntry>()
  const inner = new Map<string, TreeEntry>(argsMap?.entries)
  const options = serviceOptions('yamcs')
  for (const [name, entry] of map.entries) {
    if (name === 'class' || name === 'args') continue
    const isInner = !Object.hasOwn(outerTable, name) && (isNative || Object.hasOwn(options, name))
    if (!isInner) {
      outer.set(name, entry)
    } else if (!isNative) {
      problems.error('config-unknown-option', entry.place, entry.value.path, 'belongs under args')
    } else if (inner.has(name)) {
      const line = inner.get(name)!.place.line
      problems.error(
        'config-duplicate',
        entry.place,
        entry.value.path,
        `stands under args too, in line ${line}`,
      )
    } else {
      inner.set(name, entry)
    }
  }
  const around = argsMap !== undefined && !isNative ? argsMap : map
  return { outer, inner, place: around.place, path: around.path }
}

/** Which profile the usual values come from; a wrong one is reported where all options are read. */
function profileGiven(entries: TreeMap['entries']): (typeof PROFILES)[number] | undefined {
  const entry = entries.get('profile')
  return entry === undefined ? undefined : oneOf(PROFILES, 'one of').read(entry.value, new Problems())
}

function warnOfOverwriteCheck(entries: TreeMap['entries'], problems: Problems): void {
  const entry = entries.get('allowConcurrentFileOverwrites')!
  const isChecked = entry.value.kind === 'scalar' && entry.value.value === true
  const meaning = isChecked
    ? 'a second upload to a destination is refused while the first is under way'
    : 'uploads to one destination are not checked'
  const text = `as its documentation says, and not as current Yamcs does, ${meaning}`
  problems.warn('overwrite-check', entry.place, entry.value.path, text)
}

function checkLink(link: string, map: TreeMap, { links }: Ties, problems: Problems): void {
  if (links.some(each => each.name === link) || problems.hasErrorWithin('links')) return
  const { place, path } = map.entries.get('link')!.value
  problems.error('config-unknown-reference', place, path, unknownLink(link, links))
}

export function unknownLink(link: string, links: readonly LinkConfig[]): string {
  if (links.length === 0) return `there is no link '${link}', nor any other; ${LINK_HINT}`
  return `there is no link '${link}': ${suggestion(
    link,
    links.map(each => each.name),
  )}`
}
const LINK_HINT =
  'add links: [{ name: cfdp, type: udp, listen: 127.0.0.1:5111, peer: 127.0.0.1:5222 }], with your own addresses'

/** The link that the two streams of a service are mapped to; with one link, that one. */
function linkOfStreams(
  { inStream, outStream }: Pick<CfdpServiceOptions, 'inStream' | 'outStream'>,
  isNative: boolean,
  map: TreeMap,
  { links, streams }: Ties,
  problems: Problems,
): string | undefined {
  const { place, path } = map
  const only = links.length === 1 ? links[0]!.name : undefined
  const [incoming, outgoing] = [inStream, outStream].map(stream => streams.get(stream) ?? only)
  if (incoming !== undefined && outgoing !== undefined) {
    if (incoming === outgoing) return incoming
    const text = `${inStream} is link ${incoming} and ${outStream} is link ${outgoing}; a service comes and goes by one link`
    problems.error('config-not-yet', place, path, text)
  } else if (!problems.hasErrorWithin('links') && !problems.hasErrorWithin('streams')) {
    const text = unlinked(
      isNative,
      [inStream, outStream],
      incoming === undefined ? inStream : outStream,
      links,
    )
    problems.error('config-missing', place, path, text)
  }
  return undefined
}

function unlinked(
  isNative: boolean,
  streams: readonly string[],
  stream: string,
  links: readonly LinkConfig[],
): string {
  const first = links[0]?.name
  if (first === undefined) {
    const needs = isNative ? 'it needs' : `its streams ${streams.join(' and ')} need`
    return `${needs} a link, and there is none; ${LINK_HINT}`
  }
  if (isNative) return `it does not say which of the ${links.length} links it uses; add link: ${first}`
  return `stream ${stream} is not mapped to one of the ${links.length} links; add streams: { ${stream}: ${first} }`
}
