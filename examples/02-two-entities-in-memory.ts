/** A file from one entity to another, in one process: two engines, a cable, the one loop that drives them. */
import {
  Entity,
  type EntityId,
  type Indication,
  LOCAL_DEFAULTS,
  MemoryFilestore,
  REMOTE_DEFAULTS,
  type Reply,
  type Request,
} from '@skyferry/cfdp'
import { type Driven, drive, type Link, Random } from '@skyferry/engine'
import { memoryLinkPair, realClock } from '@skyferry/link'
import { volatileStore } from '@skyferry/station'

const EARTH = 1n as EntityId
const CRAFT = 2n as EntityId

/** @returns the octets as they arrived */
export async function main(content: Uint8Array): Promise<Uint8Array | undefined> {
  const [here, there] = memoryLinkPair({ defer: setImmediate })
  const earthFiles = new MemoryFilestore()
  const craftFiles = new MemoryFilestore()
  earthFiles.files.set('image.raw', content)

  return new Promise(resolve => {
    const craft = run(CRAFT, EARTH, craftFiles, there, () => {})
    const earth = run(EARTH, CRAFT, earthFiles, here, what => {
      if (what.kind !== 'transaction-finished') return
      earth.stop()
      craft.stop()
      resolve(craftFiles.files.get('copy.raw'))
    })
    earth.request({ kind: 'put', destination: CRAFT, sourceName: 'image.raw', destinationName: 'copy.raw' })
  })
}

function run(
  id: EntityId,
  other: EntityId,
  filestore: MemoryFilestore,
  link: Link<string>,
  indicate: (what: Indication) => void,
): Driven<Request, Reply> {
  const clock = realClock()
  const entity = new Entity<string>({
    local: { ...LOCAL_DEFAULTS, ids: [id] },
    remotes: [{ ...REMOTE_DEFAULTS.patient, id: other, address: undefined }],
    filestore,
    random: new Random(1),
    now: clock.now(),
  })
  return drive(entity, { link, store: volatileStore(), clock, indicate })
}
