import { FilestoreAction, NOTHING_ALLOWED } from '@skyferry/cfdp'
import { minutes, seconds, type WorldPlan, weatherFrom, world } from '@skyferry/sim'
import { Pair } from './pair.ts'
import type { Parcel } from './parcel.ts'
import type { Party } from './party.ts'
import { INBOX } from './simulated-filestore.ts'
import { spread, termsFrom } from './terms.ts'

const A = FilestoreAction
const BEGINNING = Uint8Array.from({ length: 700 }, (_, index) => index & 0xff)

/** Each file comes with requests that would show it if one were carried out twice, or not at all. */
export const filestoreRequests: WorldPlan = world(
  'cfdp/filestore-requests',
  'files with filestore requests, each carried out once whatever dies',
  run => {
    const weather = weatherFrom(run.seed)
    const pair = new Pair(run, weather, random => {
      // Requests need room in Metadata, and responses in Finished.
      const terms = termsFrom(random, weather, { maxPduSizeMin: 200 })
      const allow = { ...NOTHING_ALLOWED, filestore: true }
      return { ...terms, remote: { ...terms.remote, allow } }
    })
    const { sky, earth, craft } = pair
    const random = sky.chance('story')
    const stormMs = spread(random, 200, minutes(1))
    sky.restarts([earth.node, craft.node], { most: 4, withinMs: stormMs })
    const parcels: Parcel[] = []
    for (let left = random.whole(1, 3); left > 0; left--) {
      const parcel = withRequests(pair.parcel())
      for (const name of ['log', 'old', 'from']) furnish(craft, name + parcel.name)
      parcels.push(parcel)
      pair.send(parcel, earth, craft, random.chance(0.7) ? 0 : random.whole(0, stormMs))
    }

    sky.storm(stormMs + seconds(random.whole(0, 30)))
    pair.clear()

    if (pair.terms.profile === 'patient') pair.expectDelivered()
    for (const parcel of parcels) {
      const flaw = flawOf(pair, parcel)
      if (flaw !== undefined)
        sky.fail('each filestore request is carried out once', `${parcel.name}: ${flaw}`)
    }
    pair.expectForgotten()
  },
)

function withRequests(parcel: Parcel): Parcel {
  const { name } = parcel
  return {
    ...parcel,
    requests: [
      { action: A.AppendFile, firstName: `log${name}`, secondName: name },
      { action: A.RenameFile, firstName: `from${name}`, secondName: `to${name}` },
      { action: A.CreateFile, firstName: `new${name}` },
      { action: A.DeleteFile, firstName: `old${name}` },
      { action: A.AppendFile, firstName: `log${name}`, secondName: name },
      { action: A.ReplaceFile, firstName: `new${name}`, secondName: `to${name}` },
    ],
  }
}

/** A file at the destination before anything happens, which no power loss harms. */
function furnish({ node: { disk } }: Party, name: string): void {
  const path = `${INBOX}/${name}`
  disk.create(path).write(0, BEGINNING)
  disk.sync(path)
  disk.syncDirectory(INBOX)
}

/** All of it, or nothing: what there is must be what the responses say. */
function flawOf(pair: Pair, parcel: Parcel): string | undefined {
  const { name, content } = parcel
  const consignment = pair.consignmentOf(parcel)
  if (consignment === undefined) return undefined
  const { craft } = pair
  const finish = craft.journal(consignment.key, 'receiver').findLast(record => record.kind === 'finish')
  if (finish === undefined || finish.ending.condition !== 0) return undefined
  const statuses = finish.ending.responses?.map(({ status }) => status)
  if (statuses?.join() !== '0,0,0,0,0,0') return `the responses are ${statuses?.join()}`
  const { disk } = craft.node
  const log = disk.read(`${INBOX}/log${name}`)
  if (log?.length !== BEGINNING.length + 2 * content.length) return `the log has ${log?.length} octets`
  for (const [at, part] of [
    [0, BEGINNING],
    [BEGINNING.length, content],
    [BEGINNING.length + content.length, content],
  ] as const) {
    if (!part.every((octet, index) => log[at + index] === octet)) return `the log differs from ${at} on`
  }
  if (disk.read(`${INBOX}/new${name}`)?.join() !== BEGINNING.join())
    return 'what was replaced is not as it should be'
  if (disk.size(`${INBOX}/from${name}`) !== undefined) return 'what was renamed has its old name still'
  if (disk.size(`${INBOX}/old${name}`) !== undefined) return 'what was deleted is there'
  return undefined
}
