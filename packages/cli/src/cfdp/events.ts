/** Indications as words for an operator. */
import { conditionName, type Indication, transactionKey, type UserIndication } from '@skyferry/cfdp'
import { formatForeign, formatSize } from '../formats.ts'
import type { Event } from '../output/lines.ts'

/** What is worth saying of an indication; the end of a transaction is told by its result. */
export function describeIndication(what: Indication): Event[] {
  const transaction = transactionKey(what.transaction)
  const event = (code: string, text: string): Event => ({ code, text, transaction })
  switch (what.kind) {
    case 'transaction':
      return [event('started', 'the transaction begins')]
    case 'eof-sent':
      return [event('eof-sent', 'everything has been sent once')]
    case 'metadata-recv': {
      const name = what.destinationName === '' ? 'a transaction without a file' : what.destinationName
      const text = `receiving ${name} (${formatSize(what.fileSize)}) from entity ${what.source}`
      return [event('receiving', text), ...what.messages.map(each => event('message', describeMessage(each)))]
    }
    case 'eof-recv':
      return [event('eof-received', 'the sender has sent everything once')]
    case 'suspended':
      return [event('suspended', `suspended: ${conditionName(what.condition)}`)]
    case 'resumed':
      return [event('suspension-ended', 'goes on after its suspension')]
    case 'fault':
      return [event('fault', `${conditionName(what.condition)}: ${what.reason}`)]
    case 'notice':
      return [event(what.code, what.text)]
    case 'abandoned':
    case 'transaction-finished':
    case 'report':
      return []
  }
}

/** Text when it reads as text, else hexadecimal. */
/** What a remote user has us do, or may not. */
export function describeUserOperation(what: UserIndication): Event[] {
  if (what.kind !== 'carried-out' && what.kind !== 'refused') return []
  const transaction = transactionKey(what.request)
  const text = formatForeign(`entity ${what.from} ${what.text}`)
  const fields = { operation: what.operation, entity: String(what.from) }
  return [
    what.kind === 'refused'
      ? { code: 'refused', text, transaction, fields }
      : { code: 'asked', text, transaction, fields },
  ]
}

function describeMessage(octets: Uint8Array): string {
  const text = new TextDecoder().decode(octets)
  if (/^[\P{C}\t\n]*$/u.test(text) && !text.includes('\uFFFD')) return text
  return `hex:${Array.from(octets, octet => octet.toString(16).padStart(2, '0')).join('')}`
}
