/** `cdp listen`, `cdp connect` and `cdp decode` with the real world plugged in. */
import type { Conversation } from '@skyferry/cdp'
import { decodeCommand } from '../decode/command.ts'
import { onInterrupt } from '../interrupts.ts'
import { openOutput } from '../output/open.ts'
import type { Output } from '../output/output.ts'
import { CommandError, Exit } from '../usage.ts'
import { answerTurn, type Mode, sendAll, takeAll, type Voice } from './cat.ts'
import { type CatPlan, parseCat, type RawCatOptions } from './plan.ts'

/** How long a client's socket outlives its connection, to answer late datagrams (section 14). */
const LINGER_MS = 1000

export async function listenCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const plan = parseCat('listen', operands[0] as string, options as RawCatOptions)
  return await withUdp(plan, async world => {
    const result = new Promise<Exit>((resolve, reject) => {
      let isTaken = false
      world.open(conversation => {
        // One peer, like the tool this one is named after; others find it taken.
        if (isTaken) {
          conversation.halt()
          return
        }
        isTaken = true
        serve(plan.mode, conversation, world)
          .catch(error => failed(error, world))
          .then(resolve, reject)
      })
    })
    return await result
  })
}

export async function connectCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const plan = parseCat('connect', operands[0] as string, options as RawCatOptions)
  return await withUdp(plan, async world => {
    const { voice } = world
    const conversation = world.connect()
    try {
      await sendAll(conversation, voice, { mode: plan.mode, byLine: plan.byLine })
      if (plan.mode === 'exchange') await takeAll(conversation, voice)
      const closing = conversation.isClosed ? await conversation.closed : await conversation.close()
      const exit = exitFor(closing.reason)
      tellEnd(exit, closing.reason, world)
      await new Promise(resolve => setTimeout(resolve, LINGER_MS))
      return exit
    } catch (error) {
      return failed(error, world)
    }
  })
}

export async function cdpDecodeCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  return await decodeCommand([['cdp', ...(operands[0] as readonly string[])]], options)
}

interface World {
  readonly output: Output
  readonly isJson: boolean
  readonly voice: Voice
  open(onConnection: (conversation: Conversation) => void): void
  connect(): Conversation
}

async function withUdp(plan: CatPlan, run: (world: World) => Promise<Exit>): Promise<Exit> {
  const { LinkError } = await import('@skyferry/link')
  const { runCdpOverUdp } = await import('./over-udp.ts')
  const output = await openOutput(plan.isJson)
  let onConnection: (conversation: Conversation) => void = () => {}
  const { listen, peer } = plan
  try {
    const cdp = await runCdpOverUdp({
      listen,
      settings: plan.settings,
      ...(peer === undefined ? {} : { peer }),
      ...(plan.validation === undefined ? {} : { validation: plan.validation }),
      ...(peer === undefined ? { onConnection: conversation => onConnection(conversation) } : {}),
    })
    const { host, link } = cdp
    if (peer === undefined) {
      output.event({ code: 'listening', text: `listening on ${link.local.host}:${link.local.port}` })
    }
    let isInterrupted = false
    onInterrupt(() => {
      isInterrupted = true
      host.shut()
      // Whatever waited for a peer that never came.
      setTimeout(() => process.exit(Exit.Interrupted), 500).unref()
    })
    try {
      const exit = await run({
        output,
        isJson: plan.isJson,
        voice: voiceOf(output, plan.isJson),
        open: call => {
          onConnection = call
        },
        connect: () => host.connect(link.peer!, { answersChallenges: plan.answersChallenges }),
      })
      return isInterrupted ? Exit.Interrupted : exit
    } finally {
      await cdp.stop()
    }
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    const exit = error.code === 'host-not-found' ? Exit.Unreachable : Exit.Usage
    throw new CommandError(error.code, error.message, exit, error)
  } finally {
    output.close()
  }
}

async function serve(mode: Mode, conversation: Conversation, world: World): Promise<Exit> {
  if (mode === 'exchange') await answerTurn(conversation, world.voice)
  else await takeAll(conversation, world.voice)
  const closing = await conversation.closed
  return tellEnd(closing.midTurn ? Exit.Failed : Exit.Done, closing.reason, world)
}

function voiceOf(output: Output, isJson: boolean): Voice {
  return {
    input: process.stdin,
    payload: data => {
      if (!isJson) process.stdout.write(data)
      else {
        const hex = Buffer.from(data).toString('hex')
        output.finding({ type: 'payload', fields: { octets: data.length, hex }, text: '' })
      }
    },
  }
}

/** With --json the last line is the result; else stdout is for the payloads alone. */
function tellEnd(exit: Exit, reason: string, { output, isJson }: World, text = reason): Exit {
  output.event({ code: 'closed', text: `the connection is closed: ${text}` })
  if (isJson) {
    const state = exit === Exit.Done ? 'completed' : 'failed'
    output.finding({ type: 'result', fields: { state, reason }, text: '' })
  }
  return exit
}

function exitFor(reason: string): Exit {
  if (reason === 'verified' || reason === 'answered' || reason === 'clean') return Exit.Done
  return reason === 'timeout' ? Exit.Unreachable : Exit.Failed
}

function failed(error: unknown, world: World): Exit {
  const { reason, message } = error as { reason?: string; message: string }
  // Not an end of the connection, but a mistake of ours.
  if (reason === undefined) throw error
  return tellEnd(
    reason === 'timeout' ? Exit.Unreachable : Exit.Failed,
    reason,
    world,
    `${reason} (${message})`,
  )
}
