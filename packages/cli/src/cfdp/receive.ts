/** `cfdp receive`: takes what arrives, until enough transactions have ended or somebody interrupts. */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { transactionKey } from '@skyferry/cfdp'
import { formatDuration, formatSize } from '../formats.ts'
import { CommandError, Exit } from '../usage.ts'
import { type Ended, Endings } from './endings.ts'
import { endedReceptionsOf } from './past.ts'
import type { CfdpPorts } from './ports.ts'
import type { ReceivePlan } from './receive-plan.ts'
import { resultOf } from './result.ts'
import { Session, type Stop } from './session.ts'
import { Tally } from './tally.ts'
import { Silence } from './watch.ts'
import { whereabouts } from './whereabouts.ts'

/** How long a silent peer may keep us waiting for its acknowledgement of the last Finished. */
const LAST_ACK_MS = 60_000
/** A peer that is given up on is told so once; nobody waits for its answer. */
const FAREWELL_MS = 500

/** @returns the status of the process */
export async function runReceive(plan: ReceivePlan, ports: CfdpPorts): Promise<Exit> {
  const dir = receiveFolder(plan.dir)
  const ledger = ports.ledger('receiver', plan.engine.state)
  const tally = new Tally(dir, plan.count, ports, ledger)
  // A restored entity may speak before it can be asked anything: its words wait for the session.
  let hear = (ended: Ended): unknown => early.push(ended)
  const early: Ended[] = []
  const session = await Session.open(
    {
      host: { ...plan.engine, directory: dir, remotes: plan.remotes },
      role: 'receiver',
      expectsAnswers: true,
      watches: report => report.role === 'receiver',
    },
    ports,
    new Endings(ended => {
      if (ended.role === 'receiver') hear(ended)
    }),
  )
  try {
    let cancelled: 'by-us' | 'by-peer' = 'by-peer'
    hear = ended => {
      if (!ledger.isClosed(ended.key)) tally.add(ended, session, cancelled)
    }
    for (const ended of early) hear(ended)
    welcome(plan, dir, session, ports)
    const stop = await Promise.race([tally.reached, session.stopped])
    if (stop === undefined) {
      await Promise.race([lastAcknowledgement(plan, session, tally, ports), session.stopped])
      // What a killed run told already counts at once; it is told again all the same.
      await tally.told
      return tally.anyFailed ? Exit.Failed : Exit.Done
    }
    if (stop.kind === 'interrupted') cancelled = 'by-us'
    const exit = await stopEarly(stop, plan, session, ports)
    await tally.told
    return exit
  } finally {
    ledger.end()
    await session.close()
  }
}

/** @throws {CommandError} when the folder is not there and cannot be made */
function receiveFolder(dir: string): string {
  const folder = resolve(dir)
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new CommandError(
      'folder',
      `--dir: '${dir}' cannot be used: ${(error as Error).message}`,
      Exit.Usage,
      error,
    )
  }
  return folder
}

/** Says where we are, what earlier runs left, and tells the ends that nobody was told of. */
function welcome(plan: ReceivePlan, dir: string, session: Session, ports: CfdpPorts): void {
  const { host, endings } = session
  const { text, fields } = whereabouts(plan.engine, host)
  ports.output.event({ code: 'listening', text: `${text}, files go to ${dir}`, fields })
  const over = endedReceptionsOf(host.restored)
  for (const [key, ending] of over) {
    const responses = ending.responses ?? []
    endings.add({ key, role: 'receiver', ending, responses, report: host.report(key, 'receiver') })
  }
  for (const report of host.reports()) {
    const key = transactionKey(report.transaction)
    if (report.role !== 'receiver' || over.has(key)) continue
    const text = `transaction ${key} of an earlier run goes on: ${formatSize(report.octets)} are here`
    ports.output.event({ code: 'resumed', text, transaction: key, fields: { octets: report.octets } })
  }
}

/** Stays until the senders of what was told know of its end, as long as they are heard. */
async function lastAcknowledgement(
  plan: ReceivePlan,
  session: Session,
  tally: Tally,
  ports: CfdpPorts,
): Promise<void> {
  const silence = new Silence(ports.ticker.now())
  const limitMs = Math.min(plan.engine.giveUp, LAST_ACK_MS)
  // What was asked of us is answered by transactions of ours.
  const answers = (): boolean =>
    [...session.host.reports()].every(each => each.role !== 'sender' || each.state === 'ended')
  const isSettled = (): boolean => [...tally.keys].every(key => session.isSettled(key)) && answers()
  await session.until(
    () => isSettled() || silence.observe(session.host.reports(), ports.ticker.now()) >= limitMs,
    Infinity,
  )
  if (isSettled()) return
  const text = `the sender has not acknowledged the end, and nothing is heard of it for ${formatDuration(limitMs)}`
  ports.output.event({ code: 'end-unacknowledged', text })
}

/** Receptions that have not ended are not waited for any longer. */
async function stopEarly(stop: Stop, plan: ReceivePlan, session: Session, ports: CfdpPorts): Promise<Exit> {
  const open = [...session.host.reports()]
    .filter(report => report.role === 'receiver')
    .map(report => transactionKey(report.transaction))
    .filter(key => session.endings.get('receiver', key) === undefined && !session.isSettled(key))
  const state = stop.kind === 'interrupted' ? 'cancelled' : 'failed'
  const { reason, exit } = explain(stop, plan)
  if (stop.kind === 'interrupted') await session.cancel(open)
  // With a journal it is only this run that gives up: the command, repeated, goes on.
  else if (stop.kind === 'gave-up' && plan.engine.state === undefined) await session.cancel(open, FAREWELL_MS)
  for (const key of open) {
    if (session.endings.get('receiver', key) !== undefined) continue
    const report = session.host.report(key, 'receiver')
    const nothing = { path: null, sha256: null }
    ports.output.result(resultOf(key, { state, reason }, report, [], session.secondsOf(key), nothing))
  }
  return exit
}

function explain(stop: Stop, plan: ReceivePlan): { readonly reason: string; readonly exit: Exit } {
  switch (stop.kind) {
    case 'interrupted':
      return { reason: 'interrupted; the peer has not acknowledged the cancellation', exit: Exit.Interrupted }
    case 'gave-up': {
      const waited = formatDuration(plan.engine.giveUp)
      return stop.everHeard
        ? { reason: `nothing heard from the peer for ${waited}`, exit: Exit.Failed }
        : { reason: `the peer cannot be reached: nothing heard for ${waited}`, exit: Exit.Unreachable }
    }
  }
}
