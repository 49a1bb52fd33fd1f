/** `cfdp send`: one transaction, from Put to its end. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { isWhole, type PutRequest, type TransactionReport, transactionKey } from '@skyferry/cfdp'
import { formatDuration } from '../formats.ts'
import { CommandError, Exit, UsageError } from '../usage.ts'
import { type Ended, Endings } from './endings.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import type { CfdpPorts } from './ports.ts'
import { resultOf } from './result.ts'
import { findEarlier } from './resume.ts'
import type { SendPlan } from './send-plan.ts'
import { Session, type Stop } from './session.ts'
import { whereabouts } from './whereabouts.ts'

/** Nobody lingers longer than this for a peer that repeats its Finished. */
const LINGER_MS = 30_000
/** A peer that is given up on is told so once; nobody waits for its answer. */
const FAREWELL_MS = 500

/** How the command ends. */
interface Verdict {
  readonly outcome: Outcome
  readonly exit: Exit
}

/** @returns the status of the process */
export async function runSend(plan: SendPlan, ports: CfdpPorts): Promise<Exit> {
  const path = plan.file === undefined ? null : sourcePath(plan.file)
  const ledger = ports.ledger('sender', plan.engine.state)
  let key = ''
  const session = await Session.open(
    {
      host: { ...plan.engine, directory: undefined, remotes: [plan.to] },
      role: 'sender',
      expectsAnswers: answers(plan),
      watches: report => transactionKey(report.transaction) === key,
    },
    ports,
    new Endings(),
  )
  try {
    key = begin(plan, path, session, ports, each => ledger.isClosed(each))
    session.begin(key)
    const end = session.endings.of('sender', key).then(ended => ({ kind: 'ended', ended }) as const)
    const first = await Promise.race([end, session.stopped])
    const { outcome, exit } =
      first.kind === 'ended' ? verdict(first.ended) : await stopEarly(first, key, plan, session)
    const ended = session.endings.get('sender', key)
    if (ended === undefined) session.observe()
    else session.lookBack(ended)
    if (outcome.state === 'completed' && !answers(plan)) {
      const text = 'class 1 without closure: everything was sent, nobody says whether it arrived'
      ports.output.event({ code: 'unacknowledged', text, transaction: key })
    }
    const report = ended?.report ?? session.host.report(key, 'sender')
    const seconds = session.secondsOf(key)
    const sha256 = outcome.state === 'completed' && path !== null ? await ports.digest(path) : null
    ports.output.result(resultOf(key, outcome, report, ended?.responses ?? [], seconds, { path, sha256 }))
    if (ended !== undefined) {
      ledger.note(key)
      if (answersFinished(plan) && isWhole(ended.ending)) {
        await Promise.race([linger(session, report, plan), session.stopped])
      }
      ledger.end()
    }
    return exit
  } finally {
    await session.close()
  }
}

/** Is a repeated Finished to be acknowledged? */
function answersFinished({ mode, closureRequested, engine }: SendPlan): boolean {
  return mode === 'acknowledged' || (closureRequested && engine.remote.ackFinishedInClass1)
}

/** @throws {UsageError} when there is no such file */
function sourcePath(file: string): string {
  const path = resolve(file)
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new UsageError(`FILE: there is no '${file}'`)
  if (!stat.isFile())
    throw new UsageError(`FILE: '${file}' is ${stat.isDirectory() ? 'a directory' : 'not a regular file'}`)
  return path
}

function answers(plan: SendPlan): boolean {
  return plan.mode === 'acknowledged' || plan.closureRequested
}

/** Goes on with the transaction of an earlier run, or begins one. @returns its key */
function begin(
  plan: SendPlan,
  path: string | null,
  session: Session,
  ports: CfdpPorts,
  isClosed: (key: string) => boolean,
): string {
  const { host, endings } = session
  ports.output.event({
    code: 'listening',
    ...whereabouts(plan.engine, host),
  })
  const source = path === null ? undefined : { name: path, stamp: host.stampOf(path) ?? '' }
  const earlier = findEarlier(plan, source, host.restored, isClosed)
  if (earlier !== undefined) {
    const { key, ending } = earlier
    const how = ending === undefined ? 'goes on' : 'ended before its end was told'
    ports.output.event({
      code: 'resumed',
      text: `transaction ${key} of an earlier run ${how}`,
      transaction: key,
    })
    if (ending !== undefined) {
      const responses = ending.responses ?? []
      endings.add({ key, role: 'sender', ending, responses, report: host.report(key, 'sender') })
    }
    return key
  }
  const reply = host.request(putRequest(plan, path ?? undefined))
  if (reply.kind === 'accepted') return transactionKey(reply.transaction)
  const reason = reply.kind === 'refused' ? reply.reason : 'it was no Put'
  throw new CommandError('refused', reason, Exit.Failed)
}

function putRequest(plan: SendPlan, sourceName: string | undefined): PutRequest {
  return {
    kind: 'put',
    destination: plan.to,
    ...(sourceName === undefined ? {} : { sourceName }),
    ...(plan.destinationName === undefined ? {} : { destinationName: plan.destinationName }),
    mode: plan.mode,
    closureRequested: plan.closureRequested,
    messages: plan.messages,
    filestoreRequests: plan.filestoreRequests,
  }
}

function verdict(ended: Ended): Verdict {
  const outcome = outcomeOf('sender', ended.ending, 'by-peer')
  return { outcome, exit: outcome.state === 'completed' ? Exit.Done : Exit.Failed }
}

/** The transaction has not ended and is not waited for any longer. */
async function stopEarly(stop: Stop, key: string, plan: SendPlan, session: Session): Promise<Verdict> {
  switch (stop.kind) {
    case 'interrupted': {
      await session.cancel([key])
      const ended = session.endings.get('sender', key)
      const outcome: Outcome =
        ended === undefined
          ? { state: 'cancelled', reason: 'interrupted; the peer has not acknowledged the cancellation' }
          : outcomeOf('sender', ended.ending, 'by-us')
      return { outcome, exit: Exit.Interrupted }
    }
    case 'gave-up': {
      // With a journal it is only this run that gives up: the command, repeated, goes on.
      if (plan.engine.state === undefined) await session.cancel([key], FAREWELL_MS)
      const waited = formatDuration(plan.engine.giveUp)
      return stop.everHeard
        ? failed(`nothing heard from the peer for ${waited}`, Exit.Failed)
        : failed(`the peer cannot be reached: nothing heard for ${waited}`, Exit.Unreachable)
    }
  }
}

function failed(reason: string, exit: Exit): Verdict {
  return { outcome: { state: 'failed', reason }, exit }
}

/**
 * Stays to acknowledge a Finished that comes again because our acknowledgement was lost: longer where the link
 * lost something already. A peer that never gets it would wait, or give up on a file that is there.
 */
async function linger(
  session: Session,
  report: TransactionReport | undefined,
  plan: SendPlan,
): Promise<void> {
  const roundTripMs = Math.max(report?.roundTripMs ?? 0, 2 * plan.engine.remote.lightTime)
  // A peer that is not ours may take its time to repeat a Finished whose acknowledgement was lost.
  const isForeign = plan.engine.dialect !== 'standard'
  const isLossy = isForeign || report === undefined || report.pdus.resent > 0
  const quietMs = isLossy ? Math.max(3000, 8 * roundTripMs) : Math.max(200, 2 * roundTripMs)
  await session.quiet(quietMs, LINGER_MS)
}
