/** The tools: what each asks, and how the answers read. They are handed a node to ask with. */
import {
  type AskOptions,
  askFreeBuffers,
  askFreeMemory,
  askIdent,
  askInterface,
  askPing,
  askProcesses,
  askUptime,
  type CspAddress,
  decodeCmp,
  type Identity,
  type InterfaceCounters,
  readProcesses,
  readU32,
  type Transact,
} from '@skyferry/csp'
import { isFault } from '@skyferry/octets'
import { formatDuration, formatSize } from '../formats.ts'
import type { Output } from '../output/output.ts'
import { CommandError, Exit } from '../usage.ts'
import type { Answer, CspTools } from './ports.ts'

/** Whom to ask, how, and how long to wait. */
export type Question = Omit<AskOptions, 'collects'>

export interface PingPlan {
  readonly octets: number
  readonly count: number
  readonly intervalMs: number
}

export async function ping(
  plan: PingPlan,
  question: Question,
  tools: CspTools,
  output: Output,
): Promise<Exit> {
  let answered = 0
  let sent = 0
  while (sent < plan.count && !tools.isInterrupted) {
    if (sent > 0) await tools.pause(plan.intervalMs)
    sent += 1
    const [answer] = await tools.ask(askPing(question, plan.octets))
    const fields = { node: question.to, count: sent, octets: plan.octets }
    if (answer === undefined) {
      output.finding({
        type: 'ping',
        fields: { ...fields, state: 'timeout' },
        text: `${question.to}: no answer in ${formatDuration(question.timeoutMs)}`,
      })
      continue
    }
    answered += 1
    const ms = Number(answer.roundTripMs.toFixed(3))
    output.finding({
      type: 'ping',
      fields: { ...fields, state: 'answered', milliseconds: ms },
      text: `${answer.from}: ${plan.octets} octets in ${ms} ms`,
    })
  }
  output.finding({
    type: 'pings',
    fields: { node: question.to, sent, answered },
    text: `${sent} sent, ${answered} answered`,
  })
  if (tools.isInterrupted) return Exit.Interrupted
  return answered > 0 ? Exit.Done : Exit.Unreachable
}

/** Every node that answers: more than one does to a broadcast. */
export async function ident(
  question: Question,
  isBroadcast: boolean,
  tools: CspTools,
  output: Output,
): Promise<Exit> {
  const answers = await tools.ask(askIdent({ ...question, collects: isBroadcast }))
  for (const { from, payload } of answers) tellIdentity(from, identityIn(payload), output)
  return heard(answers, question, tools)
}

export async function processes(question: Question, tools: CspTools, output: Output): Promise<Exit> {
  // libcsp 1.6 may need several packets for its list.
  const answers = await tools.ask(askProcesses({ ...question, collects: true }))
  const text = answers.map(({ payload }) => readProcesses(payload)).join('')
  if (answers.length > 0)
    output.finding({ type: 'processes', fields: { node: question.to, text }, text: text.trimEnd() })
  return heard(answers, question, tools)
}

/** What gives one number, how it is asked for and how it reads. */
export type NumberName = 'memfree' | 'bufs' | 'uptime'

const NUMBERS = {
  memfree: { ask: askFreeMemory, unit: 'octets', say: (value: number) => `${formatSize(value)} free` },
  bufs: { ask: askFreeBuffers, unit: 'buffers', say: (value: number) => `${value} buffers free` },
  uptime: {
    ask: askUptime,
    unit: 'seconds',
    say: (value: number) => `up for ${formatDuration(value * 1000)}`,
  },
} as const

/** Free memory, free buffers, uptime: one number each. */
export async function number(
  what: NumberName,
  question: Question,
  tools: CspTools,
  output: Output,
): Promise<Exit> {
  const { ask, unit, say } = NUMBERS[what]
  const answers = await tools.ask((ask as (options: AskOptions) => Transact)(question))
  for (const { from, payload } of answers) {
    const value = readU32(payload)
    if (value === undefined) continue
    output.finding({ type: what, fields: { node: from, [unit]: value }, text: `${from}: ${say(value)}` })
  }
  return heard(answers, question, tools)
}

export async function ifstat(
  name: string,
  question: Question,
  tools: CspTools,
  output: Output,
): Promise<Exit> {
  const answers = await tools.ask(askInterface(question, name))
  for (const { from, payload } of answers) {
    const cmp = decodeCmp(payload)
    if (isFault(cmp) || cmp.code !== 'interface') continue
    output.finding({
      type: 'interface',
      fields: { node: from, interface: cmp.interface, ...cmp.counters },
      text: `${from} ${cmp.interface}\n${counterTable(cmp.counters)}`,
    })
  }
  if (answers.length === 0 && !tools.isInterrupted) {
    throw new CommandError(
      'no-answer',
      `${question.to} does not answer: it is not there, or has no interface '${name}'`,
      Exit.Unreachable,
    )
  }
  return heard(answers, question, tools)
}

/** As many at once as there are ports, with some to spare. */
const AT_ONCE = 32

/** Pings every address in the range, and asks those that answer who they are. */
export async function scan(
  range: { readonly from: number; readonly to: number },
  question: Omit<Question, 'to'>,
  tools: CspTools,
  output: Output,
): Promise<Exit> {
  let found = 0
  for (let first = range.from; first < range.to && !tools.isInterrupted; first += AT_ONCE) {
    const nodes = Array.from(
      { length: Math.min(AT_ONCE, range.to - first) },
      (_, index) => (first + index) as CspAddress,
    )
    const pings = await Promise.all(nodes.map(to => tools.ask(askPing({ ...question, to }, 0))))
    const there = nodes.filter((_, index) => pings[index]!.length > 0)
    const idents = await Promise.all(there.map(to => tools.ask(askIdent({ ...question, to }))))
    for (const [index, node] of there.entries()) {
      found += 1
      tellIdentity(node, identityIn(idents[index]![0]?.payload), output)
    }
  }
  output.finding({
    type: 'scan',
    fields: { from: range.from, to: range.to - 1, found },
    text: `${found} found from ${range.from} to ${range.to - 1}`,
  })
  return tools.isInterrupted ? Exit.Interrupted : found > 0 ? Exit.Done : Exit.Unreachable
}

function identityIn(payload: Uint8Array | undefined): Identity | undefined {
  const cmp = payload === undefined ? undefined : decodeCmp(payload)
  return cmp === undefined || isFault(cmp) || cmp.code !== 'ident' ? undefined : cmp.identity
}

function tellIdentity(node: CspAddress, identity: Identity | undefined, output: Output): void {
  const words =
    identity === undefined
      ? 'answers a ping, and says no more'
      : [identity.hostname, identity.model, identity.revision, identity.date, identity.time]
          .filter(word => word !== '')
          .join(', ')
  const { date, time, ...rest } = identity ?? { date: '', time: '' }
  // `time` is every line's own.
  const fields = identity === undefined ? {} : { ...rest, buildDate: date, buildTime: time }
  output.finding({
    type: 'ident',
    fields: { node, ...fields },
    text: `${String(node).padStart(5)}  ${words}`,
  })
}

function counterTable(counters: InterfaceCounters): string {
  return Object.entries(counters)
    .map(([name, value]) => `  ${name.padEnd(10)}${String(value).padStart(12)}`)
    .join('\n')
}

function heard(answers: readonly Answer[], { to, timeoutMs }: Question, tools: CspTools): Exit {
  if (tools.isInterrupted) return Exit.Interrupted
  if (answers.length > 0) return Exit.Done
  throw new CommandError(
    'no-answer',
    `${to} does not answer within ${formatDuration(timeoutMs)}`,
    Exit.Unreachable,
  )
}
