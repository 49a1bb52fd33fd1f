/** The real host: a CSP node on its links. */
import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { freemem, hostname } from 'node:os'
import {
  CSP_REFUSALS,
  type CspIndication,
  CspNode,
  type CspReply,
  type CspRequest,
  type Framing,
  framingOf,
  HmacKey,
  type InterfaceSettings,
  type NodeOptions,
  SERVICE_DEFAULTS,
  type TransactionId,
  zmqTopics,
} from '@skyferry/csp'
import { type Clock, drive, type Link, Random, type Store } from '@skyferry/engine'
import {
  bundle,
  connectTcp,
  kissLink,
  LinkError,
  listenTcp,
  type Member,
  openTty,
  realClock,
  udpLink,
  wallClockMs,
  zmqLink,
} from '@skyferry/link'
import { onInterrupt } from '../interrupts.ts'
import { CommandError, Exit } from '../usage.ts'
import type { CspPlan, LinkPlan } from './plan.ts'
import type { Answer, CspTools } from './ports.ts'

/** As in csh: 2048 octets of payload with its trailers, and the header, and a prefix. */
const MTU_OCTETS = 2048 + 8

export interface RunningNode {
  readonly node: CspNode
  /** Names of the interfaces, in the order of the links. */
  readonly interfaces: readonly string[]
  request(request: CspRequest): CspReply
  close(): Promise<void>
}

/** Nothing of a node outlives its process. */
const NO_STORE: Store<never> = { keep: () => {}, open: () => {} }

/** A link of a node, by the name of the interface on it. */
export type OpenMember = Member & { readonly framing: Framing; readonly closed: Promise<void> }

/** Opens every link of a plan. @throws {CommandError} when one cannot be had */
export async function openMembers(plan: CspPlan, clock: Clock): Promise<readonly OpenMember[]> {
  const members: OpenMember[] = []
  try {
    for (const link of plan.links) {
      const name = `${link.kind.slice(0, 4).replace('-', '').toUpperCase()}${members.length}`
      // What passes through is for others: who joins several links takes everything.
      const opened = await openLink(link, plan, clock, plan.links.length > 1)
      const framing = link.kind === 'zmq' ? framingOf(plan.zmqLayout, plan.version) : 'plain'
      members.push({ name, link: opened as unknown as Link<never>, framing, closed: opened.closed })
    }
  } catch (error) {
    for (const { link } of members) link.close()
    throw error instanceof LinkError ? unusable(error) : error
  }
  return members
}

/** Who a node is. @throws {CommandError} when its key cannot be read */
export function nodeOptionsOf(plan: CspPlan, members: readonly OpenMember[], clock: Clock): NodeOptions {
  return {
    version: plan.version,
    interfaces: members.map(
      ({ name, framing }): InterfaceSettings => ({
        name,
        address: plan.address,
        netmask: plan.netmask,
        isDefault: true,
        framing,
      }),
    ),
    hmacKey: plan.hmacKeyFile === undefined ? undefined : readKey(plan.hmacKeyFile),
    random: new Random(randomInt(2 ** 47)),
    now: clock.now(),
    services: {
      ...SERVICE_DEFAULTS,
      identity: { ...SERVICE_DEFAULTS.identity, hostname: hostname() },
      host: { ...SERVICE_DEFAULTS.host, freeMemoryOctets: freemem, clock: wallClock },
    },
  }
}

/**
 * @param extra settings beyond identity and links, such as the bridge
 * @throws {CommandError} when a link cannot be had
 */
export async function runNode(
  plan: CspPlan,
  indicate: (what: CspIndication) => void,
  extra: (names: readonly string[]) => Partial<NodeOptions> = () => ({}),
): Promise<RunningNode> {
  const clock = realClock()
  const members = await openMembers(plan, clock)
  const names = members.map(({ name }) => name)
  const node = new CspNode({ ...nodeOptionsOf(plan, members, clock), ...extra(names) })
  const link = bundle(members, name => node.isWaiting(name))
  const driven = drive(node, { link, store: NO_STORE, clock, indicate })
  return {
    node,
    interfaces: names,
    request: request => driven.request(request),
    close: async () => {
      driven.stop()
      await Promise.all(members.map(({ closed }) => closed))
    },
  }
}

async function openLink(
  plan: LinkPlan,
  { version, address, netmask, zmqLayout }: CspPlan,
  clock: Clock,
  takesAll: boolean,
) {
  const options = { version, mtuOctets: MTU_OCTETS }
  switch (plan.kind) {
    case 'udp':
      return await udpLink({ listen: plan.listen, peer: plan.peer, mtuOctets: MTU_OCTETS, clock })
    case 'zmq':
      return await zmqLink({
        publish: plan.publish,
        subscribe: plan.subscribe,
        topics: takesAll ? [new Uint8Array(0)] : zmqTopics({ address, netmask }, version, zmqLayout),
        mtuOctets: MTU_OCTETS,
      })
    case 'kiss-tty':
      return kissLink(openTty(plan.path), options)
    case 'kiss-tcp':
      return kissLink(await connectTcp(plan.to), options)
    case 'kiss-listen':
      return kissLink(await listenTcp(plan.at), options)
  }
}

/** Runs `act` with a node that asks questions, and closes it. */
export async function withTools(plan: CspPlan, act: (tools: CspTools) => Promise<Exit>): Promise<Exit> {
  const open = new Map<
    TransactionId,
    { readonly answers: Answer[]; done(answers: Answer[]): void; all: boolean }
  >()
  const running = await runNode(plan, what => {
    if (what.kind !== 'reply' && what.kind !== 'timeout') return
    const asked = open.get(what.transaction)
    if (what.kind === 'reply') asked?.answers.push(what)
    if (what.kind === 'reply' && asked?.all === true) return
    open.delete(what.transaction)
    asked?.done(asked.answers)
  })
  let isInterrupted = false
  onInterrupt(() => {
    isInterrupted = true
    for (const { done, answers } of open.values()) done(answers)
    open.clear()
  })
  try {
    return await act({
      ask: request => {
        const reply = running.request(request)
        if (reply.kind === 'refused') {
          throw new CommandError(reply.reason, CSP_REFUSALS[reply.reason], Exit.Unreachable)
        }
        if (reply.kind !== 'transacting') return Promise.resolve([])
        return new Promise(done => {
          open.set(reply.transaction, { answers: [], done, all: request.collects ?? false })
        })
      },
      pause: ms => new Promise(resolve => setTimeout(resolve, ms)),
      get isInterrupted() {
        return isInterrupted
      },
    })
  } finally {
    await running.close()
  }
}

function wallClock(): { seconds: number; nanoseconds: number } {
  const ms = wallClockMs()
  return { seconds: Math.floor(ms / 1000), nanoseconds: Math.floor((ms % 1000) * 1e6) }
}

/** The key string, without the line break that an editor ends a file with. @throws {CommandError} */
export function readKey(path: string): HmacKey {
  try {
    return new HmacKey(readFileSync(path, 'utf8').replace(/\r?\n$/, ''))
  } catch (error) {
    throw new CommandError('unreadable', `--hmac-key-file: ${(error as Error).message}`, Exit.Usage, error)
  }
}

const NOT_THERE: ReadonlySet<string> = new Set(['unreachable', 'handshake-failed', 'host-not-found'])

export function unusable(error: LinkError): CommandError {
  const exit = NOT_THERE.has(error.code) ? Exit.Unreachable : Exit.Usage
  return new CommandError(error.code, `--link: ${error.message}`, exit, error)
}
