/** Wireshark's tshark reads captures of ours: every frame a whole CFDP PDU, and the kinds that must be there. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, listening, start } from './processes.mjs'
import { relay } from './relay.mjs'
import * as skyferry from './skyferry.mjs'

export const name = 'tshark'

/** What it lacks on this machine, and the command that brings it; undefined when it can run. */
export function lacking() {
  if (spawnSync('tshark', ['--version'], { stdio: 'ignore' }).status === 0) return undefined
  return { why: 'there is no tshark on the path', enable: 'apt-get install --no-install-recommends tshark' }
}

const ONE_WAY = ['metadata', 'file-data', 'eof']
const WITHOUT_LOSS = [...ONE_WAY, 'ack-eof', 'finished', 'ack-finished']
const CLASS_2 = [...WITHOUT_LOSS, 'nak']
const LIMIT_MS = 30_000
const DEFAULTS = {
  checksum: 'modular',
  crc: false,
  pduSize: 1024,
  idWidth: 2,
  sequenceWidth: 4,
  giveUpSeconds: 15,
  loseEvery: 0,
  target: 'target.bin',
  ids: { sender: 1, receiver: 2 },
}

/** `at` is the end that captures; `kinds` must all be seen by it. */
export function exchanges() {
  const list = [
    { mode: 'class 1', at: 'sender', kinds: ONE_WAY },
    { mode: 'closure', at: 'sender', kinds: [...ONE_WAY, 'finished'] },
    { mode: 'class 2', at: 'sender', kinds: CLASS_2, loseEvery: 9 },
    { mode: 'class 2', at: 'receiver', kinds: CLASS_2, loseEvery: 9 },
    { mode: 'class 2', at: 'sender', kinds: CLASS_2, loseEvery: 9, crc: true, idWidth: 8, sequenceWidth: 8 },
    { mode: 'class 2', at: 'sender', kinds: CLASS_2, loseEvery: 9, encapsulation: 'space-packet' },
    { mode: 'class 2', at: 'receiver', kinds: WITHOUT_LOSS, encapsulation: 'tcp' },
    { mode: 'class 2', at: 'sender', kinds: WITHOUT_LOSS, encapsulation: 'space-packet-tcp' },
  ]
  return list.map(each => ({ ...DEFAULTS, ...each, title: title({ ...DEFAULTS, ...each }) }))
}

export function legend() {
  return []
}

/** Runs one exchange between two of ours, and has tshark read what was captured. */
export async function run(exchange) {
  const folder = mkdtempSync(join(tmpdir(), 'skyferry-tshark-'))
  const started = performance.now()
  try {
    const capture = join(folder, 'capture.pcap')
    const { ports, complaints } = await transfer(exchange, folder, capture)
    if (complaints.length === 0) complaints.push(...judge(read(capture, ports), exchange))
    const seconds = (performance.now() - started) / 1000
    return { state: complaints.length === 0 ? 'passed' : 'failed', seconds, notes: complaints }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function transfer(exchange, folder, capture) {
  const file = join(folder, 'source.bin')
  const dir = join(folder, 'received')
  mkdirSync(dir)
  writeFileSync(file, randomBytes(30_000))
  const [sender, receiver, near, far] = await freePorts(4)
  // A stream loses nothing, and the relay carries none.
  const isStream = exchange.encapsulation?.endsWith('tcp') === true
  const link = await relay({ sender, receiver, near, far, loseEvery: exchange.loseEvery })
  const call = (end, ports) => ({
    ...exchange,
    file,
    dir,
    ports,
    capture: exchange.at === end ? capture : undefined,
  })
  try {
    const receiving = start(
      skyferry.receiver(call('receiver', { receiver, sender: isStream ? sender : far })),
      LIMIT_MS,
    )
    await listening(receiver, receiving)
    const sending = start(
      skyferry.sender(call('sender', { sender, receiver: isStream ? receiver : near })),
      LIMIT_MS,
    )
    const sent = await sending.ended
    if (sent.result === undefined) receiving.signal('SIGTERM')
    const ends = [sent, await receiving.ended]
    const complaints = ends
      .filter(end => end.status !== 0)
      .map(end => `ended with ${end.status}: ${end.stderr}`)
    return { ports: [sender, receiver], complaints }
  } finally {
    link.close()
  }
}

const FIELDS = [
  'frame.number',
  'frame.protocols',
  'cfdp.pdu_type',
  'cfdp.fdtype',
  'cfdp.dir_code_ack',
  'cfdp.crc_flag',
]
const DIRECTIVES = { 4: 'eof', 5: 'finished', 7: 'metadata', 8: 'nak', 9: 'prompt', 12: 'keep-alive' }
const ACKNOWLEDGED = { 4: 'ack-eof', 5: 'ack-finished' }

/**
 * What tshark makes of a capture of UDP datagrams.
 *
 * @param {number[]} ports UDP ports whose datagrams are PDUs
 * @returns {{ number: string, kind: string | undefined, crc: boolean, malformed: boolean }[]} one per frame
 */
export function read(capture, ports) {
  if (!existsSync(capture)) return []
  const decodeAs = ports.flatMap(port => ['-d', `udp.port==${port},cfdp`])
  const fields = [...FIELDS, '_ws.malformed', '_ws.expert.message'].flatMap(field => ['-e', field])
  const form = ['-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=f']
  const { status, stdout, stderr } = spawnSync('tshark', ['-r', capture, ...decodeAs, ...form, ...fields], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`tshark ended with ${status}: ${stderr}`)
  const rows = stdout.split('\n').filter(line => line !== '')
  return rows.map(line => {
    const [number, protocols, type, directive, acknowledged, crc, malformed, message] = line.split('\t')
    const isPdu = protocols.split(':').at(-1) === 'cfdp'
    const kind =
      type === '1' ? 'file-data' : directive === '6' ? ACKNOWLEDGED[acknowledged] : DIRECTIVES[directive]
    return { number, kind: isPdu ? kind : undefined, crc: crc === '1', malformed: malformed + message !== '' }
  })
}

/** What is wrong with a capture, one sentence each. */
export function judge(frames, { kinds, crc }) {
  if (frames.length === 0) return ['nothing was captured']
  const complaints = []
  const complain = (what, some) => {
    if (some.length > 0) complaints.push(`${what}: ${some.join(', ')}`)
  }
  const numbers = some =>
    some.slice(0, 10).map(frame => `frame ${frame.number} (${frame.kind ?? 'not CFDP'})`)
  complain('malformed', numbers(frames.filter(frame => frame.malformed)))
  complain('not a CFDP PDU', numbers(frames.filter(frame => frame.kind === undefined)))
  complain('CRC flag is wrong', numbers(frames.filter(frame => frame.crc !== crc)))
  complain(
    'never seen',
    kinds.filter(kind => !frames.some(frame => frame.kind === kind)),
  )
  return complaints
}

function title({ mode, at, loseEvery, crc, idWidth, encapsulation }) {
  const parts = [`capture at the ${at}, ${mode}`]
  if (loseEvery > 0) parts.push('with gaps')
  if (crc) parts.push('CRC')
  if (encapsulation !== undefined) parts.push(encapsulation)
  if (idWidth !== DEFAULTS.idWidth) parts.push(`ids of ${idWidth}`)
  return parts.join(', ')
}
