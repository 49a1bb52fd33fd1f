/** cfdp-py, behind our peer.py, as one end of an exchange. Loss happens in here, in both directions. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = name => fileURLToPath(new URL(name, import.meta.url))
const PYTHON = here('.venv/bin/python')

/** What it lacks on this machine, and the command that brings it; undefined when it can run. */
export function lacking() {
  if (existsSync(PYTHON)) return undefined
  const create = 'python3 -m venv interop/cfdp-py/.venv'
  const fill = "interop/cfdp-py/.venv/bin/pip install cfdp-py==0.7.0 'fastcrc<0.4'"
  return { why: 'interop/cfdp-py/.venv is not there', enable: `${create} && ${fill}` }
}

/** Short timers and patient limits: the library's own (10 s, two expiries) make a lossy run slow and mostly fatal. */
const TIMERS = [
  ...['--ack-timeout', '0.5', '--ack-limit', '20', '--nak-timeout', '0.5', '--nak-limit', '20'],
  ...['--check-timeout', '2', '--check-limit', '3'],
]

export function sender(exchange) {
  const { file, target, mode } = exchange
  const kind = ['--class', mode === 'class 2' ? '2' : '1', ...(mode === 'closure' ? ['--closure'] : [])]
  const options = ['--checksum', exchange.checksum, ...(exchange.crc ? ['--crc'] : [])]
  return program(exchange, 'sender', 'receiver', ['send', file, '--to', target, ...kind, ...options])
}

export function receiver(exchange) {
  return program(exchange, 'receiver', 'sender', ['receive', '--dir', exchange.dir, '--count', '1'])
}

function program(exchange, self, other, args) {
  const { ids, ports } = exchange
  const impaired = exchange.impaired === self
  const loss = impaired ? ['--loss', `${exchange.loss}`, '--seed', `${exchange.seed}`] : []
  const drop = impaired ? exchange.drop.flatMap(kind => ['--drop', kind]) : []
  return {
    command: PYTHON,
    args: [
      ...[here('peer.py'), ...args, ...loss, ...drop, ...TIMERS],
      ...['--listen', `127.0.0.1:${ports[self]}`, '--peer', `127.0.0.1:${ports[other]}`],
      ...['--local-id', `${ids[self]}`, '--remote-id', `${ids[other]}`],
      ...['--id-width', `${exchange.idWidth}`, '--sequence-width', `${exchange.sequenceWidth}`],
      ...['--max-packet', `${exchange.pduSize}`, '--give-up', `${exchange.giveUpSeconds}`],
      ...['--linger', `${exchange.lingerSeconds}`],
    ],
  }
}
