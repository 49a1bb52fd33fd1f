/** The CSP commands with real nodes. */
import { CSP_DROPS, type CspDrop } from '@skyferry/csp'
import { onInterrupt } from '../interrupts.ts'
import { openOutput } from '../output/open.ts'
import type { Output } from '../output/output.ts'
import { parseCount, parseDuration } from '../units.ts'
import { Exit, option, UsageError } from '../usage.ts'
import { runNode, withTools } from './host.ts'
import type { RawCspOptions } from './options.ts'
import { type CspPlan, nodesAround, parseCsp, parseNode, parseNodes, requireLinks } from './plan.ts'
import type { CspTools } from './ports.ts'
import { ident, ifstat, type NumberName, number, ping, processes, type Question, scan } from './tools.ts'

interface RawToolOptions extends RawCspOptions {
  readonly timeout?: string
  readonly size?: string
  readonly count?: string
  readonly interval?: string
}

type Operands = readonly (string | readonly string[] | undefined)[]
type Command = (operands: Operands, options: object) => Promise<Exit>
type Tool = (question: Question, plan: CspPlan, tools: CspTools, output: Output) => Promise<Exit>

const TIMEOUT_MS = 1000
/** A ping of 100 octets with a header and a CRC fits the smallest packets there are. */
const PING_OCTETS = 100

/** A tool that asks one node. */
function asking(tool: (operands: Operands, raw: RawToolOptions, plan: CspPlan) => Tool): Command {
  return async (operands: Operands, options: object): Promise<Exit> => {
    const raw = options as RawToolOptions
    const plan = parseCsp(raw)
    requireLinks(plan, 1)
    const to = parseNode(operands[0] as string | undefined, plan)
    const act = tool(operands, raw, plan)
    return await told(raw, output =>
      withTools(plan, tools => act({ ...manner(raw, plan), to }, plan, tools, output)),
    )
  }
}

/** How to ask, and how long to wait. */
function manner(raw: RawToolOptions, plan: CspPlan): Omit<Question, 'to'> {
  const timeoutMs = option('--timeout', raw.timeout, parseDuration) ?? TIMEOUT_MS
  return { timeoutMs, crc32: plan.crc32, hmac: plan.hmacKeyFile !== undefined }
}

async function told(raw: RawCspOptions, act: (output: Output) => Promise<Exit>): Promise<Exit> {
  const output = await openOutput(raw.json ?? false)
  try {
    return await act(output)
  } finally {
    output.close()
  }
}

export const pingCommand: Command = asking((_operands, raw) => {
  const plan = {
    octets: option('--size', raw.size, text => parseCount(text, 0, 2040)) ?? PING_OCTETS,
    count: option('--count', raw.count, text => parseCount(text, 1)) ?? 4,
    intervalMs: option('--interval', raw.interval, parseDuration) ?? 1000,
  }
  return (question, _plan, tools, output) => ping(plan, question, tools, output)
})

export const identCommand: Command = asking((_operands, _raw, { version }) => {
  const everybody = version === 1 ? 31 : 16_383
  return (question, { netmask, address }, tools, output) => {
    const hosts = 2 ** ((version === 1 ? 5 : 14) - netmask)
    const isBroadcast =
      question.to === everybody || (netmask > 0 && question.to === address - (address % hosts) + hosts - 1)
    return ident(question, isBroadcast, tools, output)
  }
})

export const psCommand: Command = asking(
  () => (question, _plan, tools, output) => processes(question, tools, output),
)

export const numberCommand = (what: NumberName): Command =>
  asking(() => (question, _plan, tools, output) => number(what, question, tools, output))

export const ifstatCommand: Command = asking(operands => {
  const name = operands[1]
  if (typeof name !== 'string' || name.length > 10) {
    throw new UsageError('INTERFACE is missing: a name of at most 10 characters, as in ZMQ0')
  }
  return (question, _plan, tools, output) => ifstat(name, question, tools, output)
})

export async function scanCommand(operands: Operands, options: object): Promise<Exit> {
  const raw = options as RawToolOptions
  const plan = parseCsp(raw)
  requireLinks(plan, 1)
  const text = operands[0] as string | undefined
  const range = text === undefined ? nodesAround(plan) : parseNodes(text, plan)
  return await told(raw, output => withTools(plan, tools => scan(range, manner(raw, plan), tools, output)))
}

/** Joins two links until it is interrupted; also answers pings itself. */
export async function bridgeCommand(_operands: Operands, options: object): Promise<Exit> {
  const raw = options as RawCspOptions
  const plan = parseCsp(raw)
  requireLinks(plan, 2)
  if (plan.links.length > 2) throw new UsageError('--link: a bridge has two ends')
  return await told(raw, async output => {
    const running = await runNode(
      plan,
      () => {},
      names => ({
        bridge: names as unknown as readonly [string, string],
        // A hub gives back what the bridge has put there; it must not go round.
        deduplication: 'forwarded',
        deduplicationMs: 500,
      }),
    )
    const [one, other] = running.interfaces
    output.event({
      code: 'listening',
      text: `node ${plan.address} joins ${one} and ${other}`,
      fields: { address: plan.address, interfaces: running.interfaces },
    })
    const exit = await new Promise<Exit>(resolve => {
      onInterrupt(() => resolve(Exit.Interrupted))
      process.once('SIGTERM', () => resolve(Exit.Done))
    })
    for (const name of running.interfaces) {
      const counters = running.node.interfaceCounters(name)!
      output.finding({
        type: 'counters',
        fields: { interface: name, ...counters },
        text: `${name}  ${counters.rx} in, ${counters.tx} out, ${counters.drop} dropped`,
      })
    }
    for (const [why, count] of Object.entries(running.node.drops)) {
      output.finding({
        type: 'drops',
        fields: { reason: why, count },
        text: `${count} dropped: ${CSP_DROPS[why as CspDrop]}`,
      })
    }
    await running.close()
    return exit
  })
}
