/** The sections of a configuration file: what stands at its outermost level. */
import { fieldsOf, listOf, mapOf } from './composite-types.ts'
import type { BucketConfig, HttpConfig, LinkConfig, StationConfig } from './configuration.ts'
import { COMING_LINKS, LINK } from './link-options.ts'
import { completed, type Table, type ValueType } from './option-table.ts'
import { BUCKET, COMING_BUCKETS, HTTP, STATION } from './station-options.ts'
import { NAME } from './value-types.ts'
import type { Tree } from './yaml-tree.ts'

/** A section whose reading waits for others is still a tree. */
export interface Sections {
  readonly station: StationConfig
  readonly http: HttpConfig
  readonly instance: string
  readonly buckets: readonly BucketConfig[]
  readonly links: readonly LinkConfig[]
  readonly streams: ReadonlyMap<string, string>
  readonly contacts?: Tree
  readonly services: readonly Tree[]
}

/** A map with a `type`, some of which are to come. */
function typed<Values>(what: string, table: Table<Values>, coming: readonly string[]): ValueType<Values> {
  const fields = fieldsOf(what, table)
  return {
    ...fields,
    read: (tree, problems) => {
      const type = tree.kind === 'map' ? tree.entries.get('type')?.value : undefined
      if (type?.kind !== 'scalar' || !coming.includes(type.text)) return fields.read(tree, problems)
      problems.error(
        'config-not-yet',
        type.place,
        type.path,
        `${what} of type ${type.text} comes with a later version`,
      )
      return undefined
    },
  }
}

/** What is understood, and printed, elsewhere: its meaning depends on other sections. */
function later(what: string): ValueType<Tree> {
  return { what, read: tree => tree, write: () => ({ kind: 'inline', text: '' }) }
}

/** A bucket of which only the name is said. */
export function bucketNamed(name: string): BucketConfig {
  return completed<BucketConfig>({ name }, BUCKET)
}

export const SECTIONS: Table<Sections> = {
  station: {
    type: fieldsOf('a map', STATION),
    usual: completed<StationConfig>({}, STATION),
    about: 'The station itself',
  },
  http: {
    type: fieldsOf('a map', HTTP),
    usual: completed<HttpConfig>({}, HTTP),
    about: 'Its API and console',
  },
  instance: { type: NAME, usual: 'ops', about: 'The name of the instance that the Yamcs API shows' },
  buckets: {
    type: listOf(typed('a bucket', BUCKET, COMING_BUCKETS)),
    usual: [bucketNamed('cfdpUp'), bucketNamed('cfdpDown')],
    usually: 'cfdpUp and cfdpDown',
    about: 'Where files are; buckets that services name and that are not here are made, as folders',
  },
  links: {
    type: listOf(typed('a link', LINK, COMING_LINKS), 256),
    usual: [],
    usually: 'none when there are `services`, else one on UDP, 127.0.0.1:5111 to 127.0.0.1:5222',
    about: 'What carries PDUs',
  },
  streams: {
    type: mapOf('a map from streams to links', key => key, NAME),
    usual: new Map(),
    usually: 'with one link, that one for every stream',
    about: 'Which link a stream of a service is',
  },
  contacts: {
    type: later('a file name, or a map'),
    usually: 'always in contact with everybody',
    about:
      'When remote entities can be reached: a file, or the same map here, from their names or ids to lists of windows ({ from: 2030-01-01T10:00:00Z, to: 2030-01-01T10:12:00Z })',
  },
  services: {
    type: listOf(later('a service'), 64),
    usual: [],
    usually:
      'none when there are `links`, else one of class cfdp, entity 11 (ground) talking to entity 5 (craft)',
    about: 'What transfers files',
  },
}
