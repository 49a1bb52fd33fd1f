/** The reserved messages that a transaction carries, sorted by what they are to its user. */
import { isFault } from '@skyferry/octets'
import type { PduDialect } from '../pdu/dialect.ts'
import type { PduOf } from '../pdu/model.ts'
import { transactionKey } from '../records.ts'
import type { ReservedKind, ReservedMessage } from './messages.ts'
import { decodeReservedMessage } from './messages-codec.ts'

/** Messages that ask for something; one of them counts per transaction. */
export type RequestKind =
  | 'proxy-put-request'
  | 'proxy-put-cancel'
  | 'directory-listing-request'
  | 'remote-status-report-request'
  | 'remote-suspend-request'
  | 'remote-resume-request'
export type AskingMessage = Extract<ReservedMessage, { kind: RequestKind }>

/** Messages that answer. */
export type AnswerKind =
  | 'proxy-put-response'
  | 'directory-listing-response'
  | 'remote-status-report-response'
  | 'remote-suspend-response'
  | 'remote-resume-response'
export type AnsweringMessage = Extract<ReservedMessage, { kind: AnswerKind }>

const ROLES: Readonly<Partial<Record<ReservedKind, 'asks' | 'answers'>>> = {
  'proxy-put-request': 'asks',
  'proxy-put-cancel': 'asks',
  'directory-listing-request': 'asks',
  'remote-status-report-request': 'asks',
  'remote-suspend-request': 'asks',
  'remote-resume-request': 'asks',
  'proxy-put-response': 'answers',
  'directory-listing-response': 'answers',
  'remote-status-report-response': 'answers',
  'remote-suspend-response': 'answers',
  'remote-resume-response': 'answers',
} satisfies Record<RequestKind, 'asks'> & Record<AnswerKind, 'answers'>

export interface UserMessages {
  /** Those that could be read, in order. */
  readonly all: readonly ReservedMessage[]
  readonly request: AskingMessage | undefined
  readonly answer: AnsweringMessage | undefined
  /** `source:sequence` of the transaction that this one is about or because of. */
  readonly origin: string | undefined
}

/** A message that cannot be read spoils nothing but itself. */
export function readUserMessages(values: readonly Uint8Array[], dialect: PduDialect): UserMessages {
  const all: ReservedMessage[] = []
  for (const value of values) {
    const message = decodeReservedMessage(value, dialect)
    if (message !== undefined && !isFault(message)) all.push(message)
  }
  const origin = all.find(message => message.kind === 'originating-transaction-id')
  return {
    all,
    request: all.find(isRequest),
    answer: all.find(isAnswer),
    origin: origin === undefined ? undefined : transactionKey(origin),
  }
}

export function messagesOf(metadata: PduOf<'metadata'>): Uint8Array[] {
  return metadata.options.flatMap(option => (option.tlv === 'message-to-user' ? [option.value] : []))
}

/** A put that somebody asked us for: it names the transaction that did, and neither answers nor asks. */
export function isProxied({ request, answer, origin }: UserMessages): boolean {
  return origin !== undefined && request === undefined && answer === undefined
}

function isRequest(message: ReservedMessage): message is AskingMessage {
  return ROLES[message.kind] === 'asks'
}

function isAnswer(message: ReservedMessage): message is AnsweringMessage {
  return ROLES[message.kind] === 'answers'
}
