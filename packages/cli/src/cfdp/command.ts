/** The commands of `cfdp` with the real world plugged in. */

import { onInterrupt } from '../interrupts.ts'
import { openOutput } from '../output/open.ts'
import type { Output } from '../output/output.ts'
import type { Exit } from '../usage.ts'
import { type AboutVerb, type AskPlan, parseAbout, parseListing, parseProxyPut } from './ask-plan.ts'
import { sha256Of } from './digest.ts'
import { openLedger } from './ledger.ts'
import type { RawAskOptions, RawProxyPutOptions, RawReceiveOptions, RawSendOptions } from './options.ts'
import type { CfdpPorts } from './ports.ts'
import { parseReceive } from './receive-plan.ts'
import { parseSend } from './send-plan.ts'

export async function sendCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawSendOptions
  const plan = parseSend(operands[0] as string | undefined, raw, Date.now())
  const { runSend } = await import('./send.ts')
  return withPorts(raw.json, ports => runSend(plan, ports))
}

export async function receiveCommand(_operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawReceiveOptions
  const plan = parseReceive(raw, Date.now())
  const { runReceive } = await import('./receive.ts')
  return withPorts(raw.json, ports => runReceive(plan, ports))
}

export async function proxyPutCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawProxyPutOptions
  const [place, name] = operands as [string, string | undefined]
  return ask(parseProxyPut(place, name, raw, Date.now()), raw.json)
}

export async function listingCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawAskOptions
  return ask(parseListing(operands[0] as string, raw, Date.now()), raw.json)
}

/** `status`, `suspend`, `resume`: about one transaction at a remote entity. */
export function aboutCommand(
  verb: AboutVerb,
): (operands: readonly unknown[], options: object) => Promise<Exit> {
  return async (operands, options) => {
    const raw = options as RawAskOptions
    const [entity, transaction] = operands as [string, string]
    return ask(parseAbout(verb, entity, transaction, raw, Date.now()), raw.json)
  }
}

async function ask(plan: AskPlan, json: boolean | undefined): Promise<Exit> {
  const { runAsk } = await import('./ask.ts')
  return withPorts(json, ports => runAsk(plan, ports))
}

async function withPorts(json: boolean | undefined, run: (ports: CfdpPorts) => Promise<Exit>): Promise<Exit> {
  const output = await openOutput(json ?? false)
  try {
    return await run(await realPorts(output))
  } finally {
    output.close()
  }
}

async function realPorts(output: Output): Promise<CfdpPorts> {
  const { openHost } = await import('./host.ts')
  return {
    output,
    ticker: {
      now: () => performance.now(),
      every: (milliseconds, call) => {
        const timer = setInterval(call, milliseconds)
        return () => clearInterval(timer)
      },
    },
    open: openHost,
    ledger: openLedger,
    digest: sha256Of,
    onInterrupt,
  }
}
