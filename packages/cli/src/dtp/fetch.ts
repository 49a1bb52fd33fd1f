/** One session at work for `get` and `resume`: told, followed, and ended by an interrupt without being lost. */
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Client,
  DtpClient,
  type Outcome,
  type PeerName,
  type Session,
  type SessionOptions,
  type SessionState,
  type SessionTerms,
} from '@skyferry/dtp'
import type { Millis } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'
import { FileSinks, loadSession, sessionFilesOf, sessionStore } from '@skyferry/station'
import { sha256Of } from '../cfdp/digest.ts'
import { onInterrupt } from '../interrupts.ts'
import type { Output } from '../output/output.ts'
import { RateMeter } from '../output/rate-meter.ts'
import { CommandError, Exit } from '../usage.ts'
import { openDtpHost } from './host.ts'
import type { GetPlan, ResumePlan } from './plan.ts'

const LOOK_MS = 200

/** Fetches; a session that stands beside the file already, and is about the same, goes on. @throws {CommandError} */
export async function get(plan: GetPlan, output: Output): Promise<Exit> {
  const folder = plan.file === undefined ? mkdtempSync(join(tmpdir(), 'skyferry-dtp-')) : undefined
  const file = plan.file ?? join(folder!, 'payload')
  try {
    const kept = plan.file === undefined ? undefined : saved(file)
    if (kept !== undefined && !isSame(kept, plan)) {
      const text = `beside ${file} stands a session of another payload; resume that, remove it, or write elsewhere`
      throw new CommandError('bad-session', text, Exit.Usage)
    }
    const { mtuOctets, throughput, idleMs, peer } = plan.terms
    const changes = defined({ mtuOctets, throughput, idleMs, peer })
    return await run(plan, file, peer ?? kept?.terms.peer, output, (client, options) =>
      kept === undefined
        ? client.get({ ...plan.terms, sink: file }, options)
        : client.load(kept, { ...options, changes }),
    )
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** Goes on with the session that stands beside a file. @throws {CommandError} */
export async function resume(plan: ResumePlan, output: Output): Promise<Exit> {
  const state = saved(plan.file)
  if (state === undefined) {
    const { session, meta } = sessionFilesOf(plan.file)
    throw new CommandError('no-session', `there is neither ${session} nor ${meta}`, Exit.Usage)
  }
  const peer = plan.changes.peer ?? state.terms.peer
  return await run(plan, plan.file, peer, output, (client, options) =>
    client.load(state, { ...options, changes: plan.changes }),
  )
}

function saved(file: string): SessionState | undefined {
  const state = loadSession(file, randomInt(1, 2 ** 31))
  if (state === undefined || !isFault(state)) return state
  const { session } = sessionFilesOf(file)
  const text = `what is kept of ${file} cannot be used (${state.code}); remove ${session} or .meta to begin anew`
  throw new CommandError('bad-session', text, Exit.Usage)
}

/** Without what was not given: it stays as it was. */
function defined(
  terms: { readonly [Name in keyof SessionTerms]?: SessionTerms[Name] | undefined },
): Partial<SessionTerms> {
  return Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined))
}

/** The same payload of the same server: everything else may be changed on the way. */
function isSame({ terms }: SessionState, plan: GetPlan): boolean {
  const { server, payload, wanted = [] } = plan.terms
  return (
    terms.server === server &&
    JSON.stringify(terms.payload) === JSON.stringify(payload) &&
    JSON.stringify(terms.wanted) === JSON.stringify(wanted)
  )
}

async function run(
  plan: GetPlan | ResumePlan,
  file: string,
  peer: PeerName | undefined,
  output: Output,
  begin: (client: DtpClient, options: SessionOptions) => Session,
): Promise<Exit> {
  const sinks = new FileSinks()
  const host = await openDtpHost(plan.csp, peer)
  const store = sessionStore(plan.file, sinks, error =>
    output.event({ code: `store-${error.code}`, text: error.message }),
  )
  const settings = plan.giveUpMs === undefined ? {} : { giveUpMs: plan.giveUpMs as Millis }
  const engine = new Client({ sinks, random: host.random, now: host.now(), settings })
  const client = new DtpClient(engine, host.over(store))
  // What stood there before may have been longer.
  const session = begin(client, { hooks: { sized: total => cut(file, total) } })
  if (session.report.octets > 0)
    output.event({
      code: 'resumed',
      text: `goes on with ${session.report.octets} octets held`,
      transaction: file,
    })
  const began = performance.now()
  const looking = look(session, file, output)
  const interrupted = new Promise<'interrupted'>(resolve => onInterrupt(() => resolve('interrupted')))
  const following = plan.follows ? follow(session, interrupted) : Promise.resolve()
  const how = await Promise.race([session.done, interrupted])
  await Promise.race([following, interrupted])
  looking()
  // The server hears that it may stop, and what has arrived becomes a record.
  if (how === 'interrupted') session.pause()
  const { report } = session
  await host.close()
  await store.close()
  sinks.close()
  if (plan.file !== undefined && report.octets === 0 && how !== 'interrupted') removeEmpty(plan.file)
  const seconds = (performance.now() - began) / 1000
  const outcome: Outcome | undefined = how === 'interrupted' ? undefined : how
  const isComplete = outcome?.ending === 'complete'
  output.result({
    transaction: file,
    state: isComplete ? 'completed' : outcome === undefined ? 'cancelled' : 'failed',
    reason: isComplete ? null : (outcome?.reason ?? `interrupted; skyferry dtp resume ${file} goes on`),
    octets: report.octets,
    seconds,
    // Of a file with holes where nothing was wanted it would say nothing.
    sha256: isComplete && report.terms.wanted.length === 0 ? await sha256Of(file) : null,
    path: plan.file ?? null,
    pdus: { sent: report.rounds, received: report.datagrams, resent: report.redundantDatagrams },
  })
  if (outcome === undefined) return Exit.Interrupted
  if (isComplete) return Exit.Done
  return outcome.ending === 'gave-up' && report.datagrams === 0 ? Exit.Unreachable : Exit.Failed
}

function cut(file: string, total: number): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > total) truncateSync(file, total)
}

/** Nothing came of it: nothing is left of it, unless the file was there before with something in it. */
function removeEmpty(file: string): void {
  const { session, meta } = sessionFilesOf(file)
  rmSync(session, { force: true })
  rmSync(meta, { force: true })
  if (statSync(file, { throwIfNoEntry: false })?.size === 0) rmSync(file)
}

/** Tells of progress and of waits. @returns what ends it */
function look(session: Session, file: string, output: Output): () => void {
  const meter = new RateMeter()
  let lastWord = ''
  const once = (): void => {
    const { octets, total, gaps, waitingFor, state } = session.report
    meter.add(octets, performance.now())
    output.progress({ transaction: file, octets, size: total ?? null, gaps, rate: meter.rate() })
    if (state === 'waiting' && waitingFor !== lastWord)
      output.event({ code: 'waiting', text: waitingFor, transaction: file })
    lastWord = state === 'waiting' ? waitingFor : ''
  }
  const timer = setInterval(once, LOOK_MS)
  return () => {
    clearInterval(timer)
    once()
  }
}

/** Writes the part without a hole to stdout, at the pace of whoever reads it. */
async function follow(session: Session, interrupted: Promise<unknown>): Promise<void> {
  try {
    for await (const { data } of session.inOrder()) {
      if (process.stdout.write(data)) continue
      await Promise.race([
        new Promise<void>(resolve => process.stdout.once('drain', () => resolve())),
        interrupted,
      ])
    }
  } catch (error) {
    // The outcome is told as a result.
    if (session.outcome === undefined) throw error
  }
}
