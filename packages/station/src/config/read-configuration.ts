/** A configuration file, from its text to what holds, with everything that is wrong or unwise about it. Pure but for the reading of other files. */
import { asMap } from './composite-types.ts'
import type { BucketConfig, Configuration, ServiceConfig } from './configuration.ts'
import { DEFAULT_LINKS_AND_SERVICES } from './default-configuration.ts'
import { completed, readGiven } from './option-table.ts'
import { Places } from './places.ts'
import { type Problem, Problems } from './problems.ts'
import { readContacts } from './read-contacts.ts'
import { readService } from './read-service.ts'
import { checkReferences } from './references.ts'
import { bucketNamed, SECTIONS } from './sections.ts'
import { findUnwise } from './unwise.ts'
import { readTree, type TreeMap } from './yaml-tree.ts'

export interface ReadOptions {
  /** What the file is called in messages. */
  readonly file: string
  /** Reads a file that the configuration names, by the name it has there; or says what is wrong with it. */
  readFile(path: string): string | { readonly wrong: string }
  /** The present, milliseconds since 1970: contact plans may be over. */
  readonly now: number
}

/** What became of it: a configuration that holds, perhaps unwise, or errors, and the warnings found on the way. */
export type Reading =
  | {
      readonly kind: 'configuration'
      readonly configuration: Configuration
      readonly warnings: readonly Problem[]
    }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }

/** @param text of the file; empty for none at all */
export function readConfiguration(text: string, options: ReadOptions): Reading {
  const problems = new Problems()
  const tree = readTree(text, options.file, problems)
  const written =
    tree === undefined ? undefined : asMap(tree, 'a map of sections (station, http, links …)', problems)
  if (written === undefined) return { kind: 'refused', problems: problems.list }
  const map = withDefaults(written)
  const sections = completed(readGiven(map.entries, map, SECTIONS, problems), SECTIONS)
  const { links, contacts: contactsTree, services: trees, ...others } = sections
  const contacts =
    contactsTree === undefined ? undefined : readContacts(contactsTree, options.readFile, problems)
  const ties = { links, streams: sections.streams }
  const services = trees.map(each => readService(each, ties, problems)).filter(each => each !== undefined)
  const configuration: Configuration = {
    ...others,
    links,
    buckets: allBuckets(sections.buckets, services),
    streams: allStreams(sections.streams, services),
    ...(contacts === undefined ? {} : { contacts }),
    services,
  }
  const places = new Places(problems, map)
  checkReferences(configuration, places)
  if (problems.hasErrors) return { kind: 'refused', problems: problems.list }
  findUnwise(configuration, sections.streams, places, options.now)
  return { kind: 'configuration', configuration, warnings: problems.list }
}

/** A file that says nothing of links and services means the usual ones. */
function withDefaults(map: TreeMap): TreeMap {
  if (map.entries.has('links') || map.entries.has('services')) return map
  const usual = readTree(DEFAULT_LINKS_AND_SERVICES, 'default', new Problems()) as TreeMap
  return { ...map, entries: new Map([...map.entries, ...usual.entries]) }
}

/** Buckets that services name are made, as folders. */
function allBuckets(
  declared: readonly BucketConfig[],
  services: readonly ServiceConfig[],
): readonly BucketConfig[] {
  const buckets = new Map(declared.map(bucket => [bucket.name, bucket]))
  const isDoubled = buckets.size < declared.length
  for (const { incomingBucket, localEntities, remoteEntities } of services) {
    for (const name of [incomingBucket, ...[...localEntities, ...remoteEntities].map(each => each.bucket)]) {
      if (name !== undefined && !buckets.has(name)) buckets.set(name, bucketNamed(name))
    }
  }
  return isDoubled ? declared : [...buckets.values()]
}

/** The streams that services use are mapped to the link of their service. */
function allStreams(
  declared: ReadonlyMap<string, string>,
  services: readonly ServiceConfig[],
): ReadonlyMap<string, string> {
  const streams = new Map(declared)
  for (const { class: serviceClass, inStream, outStream, link } of services) {
    if (serviceClass === 'cfdp' || link === '') continue
    for (const stream of [inStream, outStream]) if (!streams.has(stream)) streams.set(stream, link)
  }
  return streams
}
