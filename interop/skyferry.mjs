/** Our own command line as one end of an exchange. */
import { fileURLToPath } from 'node:url'

/** Ours as built here, or another build that the environment names. */
export const BIN =
  process.env.SKYFERRY_BIN ?? fileURLToPath(new URL('../packages/cli/bin/skyferry.js', import.meta.url))

/** What both ends of ours are told besides; a peer with habits has a dialect. */
const dialect = exchange => (exchange.dialect === undefined ? [] : ['--dialect', exchange.dialect])

/** `skyferry cfdp send` for this exchange. */
export function sender(exchange) {
  const { file, target, ids, ports, mode } = exchange
  return program('send', [
    file,
    ...['--local', `${ids.sender}`, '--to', `${ids.receiver}:${target}`],
    ...places(exchange, ports.sender, ports.receiver, 'tcp'),
    ...['--class', mode === 'class 2' ? '2' : '1', ...(mode === 'closure' ? ['--closure'] : [])],
    ...['--checksum', exchange.checksum, ...(exchange.crc ? ['--crc'] : [])],
    ...['--pdu-size', `${exchange.pduSize}`],
    ...['--entity-id-length', `${exchange.idWidth}`, '--sequence-length', `${exchange.sequenceWidth}`],
    ...['--give-up', `${exchange.giveUpSeconds}s`, ...dialect(exchange)],
    ...(exchange.rate === undefined ? [] : ['--rate', exchange.rate]),
    ...(exchange.capture === undefined ? [] : ['--capture', exchange.capture]),
  ])
}

/** `skyferry cfdp receive` for this exchange, one transaction. */
export function receiver(exchange) {
  const { ids, ports } = exchange
  return program('receive', [
    ...['--local', `${ids.receiver}`, '--remote', `${ids.sender}`, '--dir', exchange.dir, '--count', '1'],
    ...places(exchange, ports.receiver, ports.sender, 'tcp-listen'),
    ...['--pdu-size', `${exchange.pduSize}`, '--give-up', `${exchange.giveUpSeconds}s`, ...dialect(exchange)],
    ...(exchange.capture === undefined ? [] : ['--capture', exchange.capture]),
  ])
}

/** Encapsulation and addresses; over a stream the sender calls, and each end has one address. */
function places({ encapsulation }, own, other, role) {
  const listen = ['--listen', `127.0.0.1:${own}`]
  const peer = ['--peer', `127.0.0.1:${other}`]
  if (encapsulation === undefined) return [...listen, ...peer]
  if (!encapsulation.endsWith('tcp')) return ['--encapsulation', encapsulation, ...listen, ...peer]
  const name = encapsulation.replace(/tcp$/, role)
  return ['--encapsulation', name, ...(role === 'tcp' ? peer : listen)]
}

function program(action, args) {
  return { command: process.execPath, args: [BIN, 'cfdp', action, ...args, '--json'] }
}
