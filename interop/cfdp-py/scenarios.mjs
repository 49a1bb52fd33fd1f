/** The exchanges with cfdp-py: which are asked for, how one runs, and when it counts as good. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, listening, pause, start } from '../processes.mjs'
import * as skyferry from '../skyferry.mjs'
import * as cfdpPy from './end.mjs'
import { KNOWN_DEFECTS } from './known-defects.mjs'

export const name = 'cfdp-py'
export const lacking = cfdpPy.lacking

const NOT_STARTED = { status: 'not started', lines: [], result: undefined, stderr: '' }
const LIMIT_MS = 30_000
const DEFAULTS = {
  mode: 'class 2',
  checksum: 'modular',
  crc: false,
  loss: 0,
  drop: [],
  octets: 20_000,
  pduSize: 1024,
  idWidth: 2,
  sequenceWidth: 4,
  giveUpSeconds: 10,
  lingerSeconds: 0.3,
  dialect: 'cfdp-py',
}

/**
 * All exchanges. `towards: 'cfdp-py'` sends the file to it, `'us'` lets it send. Loss is always in the foreign end, on
 * both directions.
 *
 * @param {{ selfTest: boolean }} options selfTest: cfdp-py at both ends, to try the harness itself
 */
export function exchanges({ selfTest }) {
  const list = []
  const both = parts => {
    for (const towards of ['cfdp-py', 'us']) list.push({ ...DEFAULTS, ...parts, towards, selfTest })
  }
  for (const mode of ['class 1', 'closure', 'class 2']) {
    for (const checksum of ['modular', 'crc32', 'crc32c', 'null']) {
      for (const crc of [false, true]) {
        both({ mode, checksum, crc })
        // What is lost in class 1 stays lost: nothing to expect there.
        if (mode === 'class 2') both({ mode, checksum, crc, loss: 0.05, octets: 65_537 })
      }
    }
  }
  for (const kind of [
    'metadata',
    'metadata:2',
    'file-data:3',
    'eof',
    'ack-eof',
    'nak',
    'finished',
    'ack-finished',
  ]) {
    // A NAK needs something to ask for; repeats of Finished must find the peer still there.
    const drop = kind === 'nak' ? ['file-data', 'nak'] : [kind]
    both({ drop, lingerSeconds: kind === 'ack-finished' ? 4 : DEFAULTS.lingerSeconds })
  }
  // Empty and of one segment: Metadata comes after EOF. Longer than a window: NAKs that answer no Prompt.
  for (const octets of [0, 100, 200_000]) both({ drop: ['metadata'], octets })
  for (const octets of [0, 1, 1003, 1004, 1005]) both({ octets })
  for (const octets of [0, 1]) both({ octets, mode: 'closure' })
  for (const idWidth of [1, 4, 8]) both({ idWidth })
  for (const sequenceWidth of [1, 2]) both({ sequenceWidth })
  if (!selfTest) {
    list.push({
      ...DEFAULTS,
      towards: 'cfdp-py',
      selfTest,
      octets: 200_000,
      rate: '200kbit/s',
      cancelAfterMs: 2000,
    })
  }
  return list.map((exchange, index) => ({ ...exchange, seed: index + 1, title: title(exchange) }))
}

/**
 * Runs one exchange to its end.
 *
 * @returns {Promise<{ state: 'passed' | 'known' | 'failed', seconds: number, notes: string[] }>}
 */
export async function run(exchange) {
  const folder = mkdtempSync(join(tmpdir(), 'skyferry-interop-'))
  const started = performance.now()
  try {
    const outcome = await transfer(exchange, folder)
    const seconds = (performance.now() - started) / 1000
    if (isGood(exchange, outcome)) return { state: 'passed', seconds, notes: [] }
    const defect = KNOWN_DEFECTS.find(each => each.explains(exchange, outcome))
    if (defect !== undefined) return { state: 'known', seconds, notes: [`known: ${defect.id}`] }
    return { state: 'failed', seconds, notes: describe(outcome) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What the known defects are called and say, for the table's legend. */
export function legend() {
  return KNOWN_DEFECTS.map(({ id, text }) => `${id}: ${text}`)
}

async function transfer(exchange, folder) {
  const file = join(folder, 'source.bin')
  const dir = join(folder, 'received')
  const target = 'target.bin'
  mkdirSync(dir)
  writeFileSync(file, randomBytes(exchange.octets))
  const [senderPort, receiverPort] = await freePorts(2)
  const [ends, impaired] = endsOf(exchange)
  const call = {
    ...exchange,
    ...{ file, dir, target, impaired },
    ids: { sender: 1, receiver: 2 },
    ports: { sender: senderPort, receiver: receiverPort },
  }
  const receiver = start(ends.receiver.receiver(call), LIMIT_MS)
  await listening(receiverPort, receiver)
  if (!receiver.alive()) {
    return { sender: NOT_STARTED, receiver: await receiver.ended, sameFile: false }
  }
  const sender = start(ends.sender.sender(call), LIMIT_MS)
  if (exchange.cancelAfterMs !== undefined) {
    await pause(exchange.cancelAfterMs)
    sender.signal('SIGINT')
  }
  const sent = await sender.ended
  // A sender that never got as far as a result leaves nothing to wait for.
  if (sent.result === undefined) receiver.signal('SIGTERM')
  const outcome = { sender: sent, receiver: await receiver.ended }
  return { ...outcome, sameFile: digest(file) === digest(join(dir, target)) }
}

/** Who sits where, and at which of the two the loss is. */
function endsOf({ towards, selfTest }) {
  const ours = selfTest ? cfdpPy : skyferry
  return towards === 'us'
    ? [{ sender: cfdpPy, receiver: ours }, 'sender']
    : [{ sender: ours, receiver: cfdpPy }, 'receiver']
}

function isGood(exchange, { sender, receiver, sameFile }) {
  if (exchange.cancelAfterMs !== undefined) {
    return (
      sender.status === 130 && sender.result?.state === 'cancelled' && receiver.result?.state === 'failed'
    )
  }
  const completed = end => end.status === 0 && end.result?.state === 'completed'
  return sameFile && completed(sender) && completed(receiver)
}

function describe({ sender, receiver, sameFile }) {
  const end = (role, { status, result, stderr }) =>
    [`${role}: ended with ${status}`, result === undefined ? 'no result' : JSON.stringify(result), stderr]
      .filter(part => part !== '')
      .join('\n    ')
  return [
    sameFile ? 'the file is the same' : 'the file differs',
    end('sender', sender),
    end('receiver', receiver),
  ]
}

function digest(file) {
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'no file'
}

function title(exchange) {
  const { towards, mode, checksum, crc, loss, drop, octets, idWidth, sequenceWidth, cancelAfterMs } = exchange
  return [
    towards === 'us' ? 'from cfdp-py' : 'to cfdp-py',
    mode,
    checksum,
    crc ? 'CRC' : '',
    `${octets} octets`,
    loss > 0 ? `loss ${loss * 100} %` : '',
    drop.length > 0 ? `lost: ${drop.join(', ')}` : '',
    idWidth === DEFAULTS.idWidth ? '' : `ids of ${idWidth}`,
    sequenceWidth === DEFAULTS.sequenceWidth ? '' : `sequence numbers of ${sequenceWidth}`,
    cancelAfterMs === undefined ? '' : 'cancelled half-way',
  ]
    .filter(part => part !== '')
    .join(', ')
}
