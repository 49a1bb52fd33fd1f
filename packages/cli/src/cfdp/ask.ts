/** `cfdp proxy-put`, `listing`, `status`, `suspend`, `resume`: one request to a remote user, and its answer. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  conditionName,
  DeliveryCode,
  type FilestoreResponse,
  type TransactionId,
  transactionKey,
  transactionStatusName,
  type UserIndication,
} from '@skyferry/cfdp'
import { formatDuration, formatForeign } from '../formats.ts'
import { CommandError, Exit } from '../usage.ts'
import type { AskPlan } from './ask-plan.ts'
import { Endings } from './endings.ts'
import type { Outcome } from './outcome.ts'
import type { CfdpPorts } from './ports.ts'
import { resultOf } from './result.ts'
import { Session, type Stop } from './session.ts'
import { whereabouts } from './whereabouts.ts'

/** How long a file that has come waits for the answer that it has been sent. */
const LATE_ANSWER_MS = 30_000
/** How long the end of everything under way is waited for, once the answer is here. */
const LINGER_MS = 30_000
const CANCEL_MS = 5000

/** @returns the status of the process */
export async function runAsk(plan: AskPlan, ports: CfdpPorts): Promise<Exit> {
  const scratch = plan.dir === undefined ? mkdtempSync(join(tmpdir(), 'skyferry-')) : undefined
  const directory = scratch ?? folder(plan.dir!)
  const answer = new Answer(plan)
  const session = await Session.open(
    {
      host: { ...plan.engine, directory, remotes: [plan.request.to] },
      role: 'receiver',
      expectsAnswers: true,
      watches: report => report.role === 'receiver',
      told: what => answer.hear(what),
    },
    ports,
    new Endings(),
  )
  try {
    const { host } = session
    const { text, fields } = whereabouts(plan.engine, host)
    ports.output.event({ code: 'listening', text, fields })
    const reply = host.ask(plan.request)
    if (reply.kind === 'refused') throw new CommandError('refused', reply.reason, Exit.Failed)
    const request = reply.transaction
    answer.expect(request)
    session.begin(transactionKey(request))
    const stop = await Promise.race([answer.came.then(() => undefined), session.stopped])
    if (stop === undefined && answer.lacksWord) await session.until(() => !answer.lacksWord, LATE_ANSWER_MS)
    const { outcome, exit } =
      stop === undefined ? answer.verdict : await stopEarly(stop, request, plan, session)
    if (stop === undefined) answer.show(ports)
    await tell(request, outcome, answer, directory, session, ports)
    if (stop === undefined) await Promise.race([linger(session), session.stopped])
    return exit
  } finally {
    await session.close()
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true })
  }
}

interface Verdict {
  readonly outcome: Outcome
  readonly exit: Exit
}

/** What has come in answer to one request. */
class Answer {
  readonly came: Promise<void>
  readonly #plan: AskPlan
  #request: TransactionId | undefined
  #word: UserIndication | undefined
  #file: Extract<UserIndication, { kind: 'proxied-put' }> | undefined
  #settle: () => void = () => {}

  constructor(plan: AskPlan) {
    this.#plan = plan
    this.came = new Promise(settle => {
      this.#settle = settle
    })
  }

  expect(request: TransactionId): void {
    this.#request = request
  }

  hear(what: UserIndication): void {
    if (this.#request === undefined || transactionKey(what.request) !== transactionKey(this.#request)) return
    if (what.kind === 'carried-out' || what.kind === 'refused') return
    if (what.kind === 'proxied-put') this.#file = what
    else this.#word = what
    if (this.#file !== undefined || !this.#plan.awaitsFile || !this.#isGood) this.#settle()
  }

  /** The file is here; how its sender saw that is not. */
  get lacksWord(): boolean {
    return this.#word === undefined
  }

  /** Name of the file in our folder. */
  get name(): string | undefined {
    return this.#file?.name
  }

  get transaction(): TransactionId | undefined {
    return this.#file?.transaction
  }

  get responses(): readonly FilestoreResponse[] {
    return this.#word?.kind === 'proxy-put-response' ? this.#word.responses : []
  }

  get verdict(): Verdict {
    const reason = this.#failure
    return reason === undefined
      ? { outcome: { state: 'completed', reason: null }, exit: Exit.Done }
      : { outcome: { state: 'failed', reason }, exit: Exit.Failed }
  }

  get #isGood(): boolean {
    return this.#wordFailure === undefined
  }

  get #failure(): string | undefined {
    const file = this.#file
    if (file === undefined) return this.#wordFailure
    const isWhole = file.condition === 0 && file.delivery === DeliveryCode.Complete
    return isWhole ? undefined : `the file did not arrive: ${conditionName(file.condition)}`
  }

  get #wordFailure(): string | undefined {
    const word = this.#word
    switch (word?.kind) {
      case 'unasked':
        return `the request did not get through: ${conditionName(word.condition)}`
      case 'proxy-put-response':
        if (word.condition !== 0)
          return `the remote entity could not send it: ${conditionName(word.condition)}`
        return word.delivery === DeliveryCode.Complete ? undefined : 'the file did not arrive whole'
      case 'directory-listing':
        return word.succeeded ? undefined : 'the remote entity cannot list it'
      case 'remote-status-report':
        return word.succeeded
          ? undefined
          : `the remote entity has no report of it: ${transactionStatusName(word.status)}`
      case 'remote-suspend':
        return word.suspended ? undefined : `it is not suspended there: ${transactionStatusName(word.status)}`
      case 'remote-resume': {
        const isActive = !word.suspended && word.status === 1
        return isActive ? undefined : `it does not go on there: ${transactionStatusName(word.status)}`
      }
      default:
        return undefined
    }
  }

  /** What was asked for, on stdout. */
  show({ output }: CfdpPorts): void {
    const word = this.#word
    if (word?.kind === 'directory-listing') {
      for (const { name, isDirectory, size, changedMs } of word.entries) {
        const changed = changedMs === undefined ? null : new Date(changedMs).toISOString()
        const fields = { name, directory: isDirectory, size: size ?? null, changed }
        output.finding({ type: 'entry', fields, text: formatForeign(name) + (isDirectory ? '/' : '') })
      }
    } else if (word?.kind === 'remote-status-report' && word.succeeded) {
      const fields = {
        about: transactionKey(word.about),
        status: transactionStatusName(word.status),
        report: word.text,
      }
      output.finding({
        type: 'status',
        fields,
        text: word.text.trimEnd().split('\n').map(formatForeign).join('\n'),
      })
    } else if (word?.kind === 'remote-suspend' || word?.kind === 'remote-resume') {
      const about = transactionKey(word.about)
      const status = transactionStatusName(word.status)
      const text = `${about} is ${status}${word.suspended ? ', suspended' : ''}`
      output.finding({ type: 'suspension', fields: { about, suspended: word.suspended, status }, text })
    }
  }
}

async function tell(
  request: TransactionId,
  outcome: Outcome,
  answer: Answer,
  directory: string,
  session: Session,
  ports: CfdpPorts,
): Promise<void> {
  const { name, transaction, responses } = answer
  const path = name === undefined ? null : resolve(directory, name)
  const sha256 = path === null || outcome.state !== 'completed' ? null : await ports.digest(path)
  const key = transactionKey(request)
  const report =
    transaction === undefined
      ? session.host.report(key, 'sender')
      : session.host.report(transactionKey(transaction), 'receiver')
  ports.output.result(resultOf(key, outcome, report, responses, session.secondsOf(key), { path, sha256 }))
}

/** The request is not waited for any longer. */
async function stopEarly(
  stop: Stop,
  request: TransactionId,
  plan: AskPlan,
  session: Session,
): Promise<Verdict> {
  if (stop.kind === 'interrupted') {
    if (plan.request.kind === 'proxy-put') {
      session.host.ask({ kind: 'proxy-put-cancel', to: plan.request.to, request })
      await session.until(() => session.isIdle, CANCEL_MS)
    }
    const key = transactionKey(request)
    if (session.host.report(key, 'sender')?.state !== 'ended') await session.cancel([key], CANCEL_MS)
    return { outcome: { state: 'cancelled', reason: 'interrupted' }, exit: Exit.Interrupted }
  }
  const waited = formatDuration(plan.engine.giveUp)
  const reason = stop.everHeard
    ? `no answer: nothing heard from the peer for ${waited}`
    : `the peer cannot be reached: nothing heard for ${waited}`
  return { outcome: { state: 'failed', reason }, exit: stop.everHeard ? Exit.Failed : Exit.Unreachable }
}

/** Stays until both ends know of every end. */
async function linger(session: Session): Promise<void> {
  await session.until(() => session.isIdle, LINGER_MS)
  await session.quiet(200, LINGER_MS)
}

/** @throws {CommandError} when the folder is not there and cannot be made */
function folder(dir: string): string {
  const path = resolve(dir)
  try {
    mkdirSync(path, { recursive: true })
    return path
  } catch (error) {
    const text = `--dir: '${dir}' cannot be used: ${(error as Error).message}`
    throw new CommandError('folder', text, Exit.Usage, error)
  }
}
