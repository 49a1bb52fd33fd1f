/** `dtp serve`: payloads for whoever asks, until interrupted. */
import { DtpServer, PayloadRegistry, Server } from '@skyferry/dtp'
import { filePayload } from '@skyferry/station'
import { onInterrupt } from '../interrupts.ts'
import type { Output } from '../output/output.ts'
import { CommandError, Exit } from '../usage.ts'
import { NO_STORE, openDtpHost } from './host.ts'
import type { ServePlan } from './plan.ts'

/** @throws {CommandError} when a link or a file cannot be had */
export async function serve(plan: ServePlan, output: Output): Promise<Exit> {
  const payloads = new PayloadRegistry()
  for (const [id, file] of plan.payloads) {
    const payload = filePayload(file)
    if (payload === undefined)
      throw new CommandError('unreadable', `--payload: ${file} cannot be read`, Exit.Usage)
    payload.close()
    // Opened for every request: a file is sent as it is then.
    payloads.add(id, () => filePayload(file))
  }
  const host = await openDtpHost(plan.csp)
  const { mtuMax, throughputMax } = plan
  const done = new Promise<Exit>(resolve => {
    let left = plan.count
    onInterrupt(() => resolve(Exit.Interrupted))
    process.once('SIGTERM', () => resolve(Exit.Done))
    new DtpServer(new Server({ payloads, settings: { mtuMax, throughputMax } }), host.over(NO_STORE), {
      started: ({ node, payloadId, octets }) => {
        if (octets === 0) return
        output.event({
          code: 'sending',
          text: `sends ${octets} octets of payload ${payloadId} to node ${node}`,
          fields: { node, payload: payloadId, octets },
        })
      },
      ended: ({ node, why, sent }) => {
        if (sent === 0 && why === 'sent') return
        output.event({
          code: 'sent',
          text: `node ${node}: ${why}, ${sent} datagrams`,
          fields: { node, why, sent },
        })
        // The last datagram has been handed to its link, and has to leave it.
        if (why === 'sent' && --left === 0) setTimeout(() => resolve(Exit.Done), LEAVE_MS)
      },
      refused: ({ node, why }) =>
        output.event({
          code: 'refused',
          text: `refused a request of node ${node}: ${why}`,
          fields: { node, why },
        }),
    })
    output.event({
      code: 'listening',
      text: `node ${plan.csp.address} serves ${[...plan.payloads.keys()].join(', ')}`,
      fields: { address: plan.csp.address, payloads: [...plan.payloads.keys()] },
    })
  })
  const exit = await done
  await host.close()
  return exit
}

const LEAVE_MS = 500
