/** The DTP commands with real nodes. */
import { Client, DtpClient, InfoError, MemorySinks } from '@skyferry/dtp'
import { formatSize } from '../formats.ts'
import { openOutput } from '../output/open.ts'
import type { Output } from '../output/output.ts'
import { progressLines } from '../output/progress-lines.ts'
import { textOutput } from '../output/text.ts'
import { CommandError, Exit } from '../usage.ts'
import { get, resume } from './fetch.ts'
import { NO_STORE, openDtpHost } from './host.ts'
import type { RawServeOptions, RawSessionOptions } from './options.ts'
import { type InfoPlan, parseGet, parseInfo, parseResume, parseServe } from './plan.ts'
import { serve } from './serve.ts'

type Operands = readonly (string | readonly string[] | undefined)[]

export async function getCommand(operands: Operands, options: object): Promise<Exit> {
  const raw = options as RawSessionOptions
  const plan = parseGet(operands[0] as string | undefined, raw)
  return await told(raw.json, output => get(plan, output), plan.follows)
}

export async function resumeCommand(operands: Operands, options: object): Promise<Exit> {
  const raw = options as RawSessionOptions
  const plan = parseResume(operands[0] as string | undefined, raw)
  return await told(raw.json, output => resume(plan, output), plan.follows)
}

export async function infoCommand(operands: Operands, options: object): Promise<Exit> {
  const raw = options as RawSessionOptions
  const plan = parseInfo(operands[0] as string | undefined, raw)
  return await told(raw.json, output => info(plan, output))
}

export async function serveCommand(_operands: Operands, options: object): Promise<Exit> {
  const raw = options as RawServeOptions
  const plan = parseServe(raw)
  return await told(raw.json, output => serve(plan, output))
}

/** How large is it? @throws {CommandError} where nobody says */
async function info({ csp, server, payloadId }: InfoPlan, output: Output): Promise<Exit> {
  const host = await openDtpHost(csp)
  const engine = new Client({ sinks: new MemorySinks(), random: host.random, now: host.now() })
  const client = new DtpClient(engine, host.over(NO_STORE as never))
  try {
    const octets = await client.info(server, payloadId)
    output.finding({
      type: 'payload',
      fields: { server, payload: payloadId, octets },
      text: `payload ${payloadId} of node ${server}: ${octets} octets (${formatSize(octets)})`,
    })
    return Exit.Done
  } catch (error) {
    if (!(error instanceof InfoError)) throw error
    const exit = error.why === 'refused' ? Exit.Failed : Exit.Unreachable
    throw new CommandError('no-size', error.message, exit, error)
  } finally {
    await host.close()
  }
}

/** @param follows stdout is for the data: every word goes to stderr */
async function told(
  json: boolean | undefined,
  act: (output: Output) => Promise<Exit>,
  follows = false,
): Promise<Exit> {
  const output = follows ? besideData() : await openOutput(json ?? false)
  try {
    return await act(output)
  } finally {
    output.close()
  }
}

function besideData(): Output {
  const { stdout, stderr } = process
  // Whoever reads us may leave first: that ends the telling, not the transfer.
  stdout.on('error', () => {})
  stderr.on('error', () => {})
  return textOutput(
    stderr,
    progressLines(stderr, () => performance.now()),
  )
}
