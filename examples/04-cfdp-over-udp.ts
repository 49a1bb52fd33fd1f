/** Yamcs' example `cfdp-udp`, both ends of it: PDUs as UDP datagrams, a file from the spacecraft (1) to the ground (2). */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type EntityId, LOCAL_DEFAULTS, REMOTE_DEFAULTS } from '@skyferry/cfdp'
import { runCfdpOverUdp } from '@skyferry/station'

const CRAFT = 1n as EntityId
const GROUND = 2n as EntityId
/** Where the example of Yamcs has them. */
const PORTS = { craft: 40_001, ground: 40_002 }

/**
 * @param folder  two directories must be in it: `ground` and `craft`
 * @returns where the ground has put the file
 */
export async function main(folder: string, content: Uint8Array, ports = PORTS): Promise<string> {
  writeFileSync(join(folder, 'craft', 'telemetry.bin'), content)
  const place = (end: keyof typeof PORTS) => ({ host: '127.0.0.1', port: ports[end] })
  const settings = { ...REMOTE_DEFAULTS.yamcs, maxPduSize: 512, address: undefined }
  const ground = await runCfdpOverUdp({
    local: { ...LOCAL_DEFAULTS, ids: [GROUND] },
    remotes: [{ ...settings, id: CRAFT }],
    directory: join(folder, 'ground'),
    listen: place('ground'),
    peer: place('craft'),
    indicate: () => {},
  })
  return new Promise((resolve, reject) => {
    const craft = runCfdpOverUdp({
      local: { ...LOCAL_DEFAULTS, ids: [CRAFT] },
      // The window finds the pace that the other end keeps up with.
      remotes: [{ ...settings, id: GROUND, pace: 'window' }],
      directory: join(folder, 'craft'),
      listen: place('craft'),
      peer: place('ground'),
      indicate: async what => {
        if (what.kind !== 'transaction-finished') return
        await Promise.all([(await craft).stop(), ground.stop()])
        resolve(join(folder, 'ground', 'telemetry.bin'))
      },
    })
    craft.then(
      ({ request }) =>
        request({
          kind: 'put',
          destination: GROUND,
          sourceName: 'telemetry.bin',
          destinationName: 'telemetry.bin',
        }),
      reject,
    )
  })
}
