/**
 * Yamcs' example `cfdp`, both ends of it: PDUs in CCSDS space packets that begin 17 FD C0 00, in a TCP stream. The ground is
 * entities 11 and 12, the spacecraft entity 5; it listens, as simulators do.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type EntityId, LOCAL_DEFAULTS, REMOTE_DEFAULTS } from '@skyferry/cfdp'
import { runCfdpOverSpacePackets, YAMCS_PACKETS } from '@skyferry/station'

const GROUND = 11n as EntityId
const SPARE = 12n as EntityId
const CRAFT = 5n as EntityId

/**
 * @param folder  two directories must be in it: `ground` and `craft`
 * @returns where the spacecraft has put the file
 */
export async function main(folder: string, content: Uint8Array): Promise<string> {
  writeFileSync(join(folder, 'ground', 'plan.txt'), content)
  const craft = await runCfdpOverSpacePackets({
    local: { ...LOCAL_DEFAULTS, ids: [CRAFT] },
    remotes: [GROUND, SPARE].map(id => ({ ...REMOTE_DEFAULTS.yamcs, id, address: undefined })),
    directory: join(folder, 'craft'),
    ...YAMCS_PACKETS,
    over: { type: 'tcp', role: { kind: 'server', listen: { host: '127.0.0.1', port: 0 } } },
    indicate: () => {},
  })
  return new Promise((resolve, reject) => {
    const ground = runCfdpOverSpacePackets({
      local: { ...LOCAL_DEFAULTS, ids: [GROUND, SPARE] },
      // Yamcs sleeps between PDUs; a stream needs no such thing, it takes no more than the other end reads.
      remotes: [{ ...REMOTE_DEFAULTS.yamcs, id: CRAFT, address: undefined, pace: 'link' }],
      directory: join(folder, 'ground'),
      ...YAMCS_PACKETS,
      over: { type: 'tcp', role: { kind: 'client', connect: craft.carrier.local! } },
      indicate: async what => {
        if (what.kind !== 'transaction-finished') return
        await Promise.all([(await ground).stop(), craft.stop()])
        resolve(join(folder, 'craft', 'uplinked.txt'))
      },
    })
    ground.then(
      ({ request }) =>
        request({ kind: 'put', destination: CRAFT, sourceName: 'plan.txt', destinationName: 'uplinked.txt' }),
      reject,
    )
  })
}
