import { type Millis, Queue, type Slot } from '@skyferry/engine'
import type { Contact } from '../contact.ts'
import { encodePdu } from '../pdu/encode.ts'
import { type ConditionCode, type Header, type Pdu, TransactionStatus } from '../pdu/model.ts'

/** Answers waiting to leave; beyond this many they are dropped, and the peer will ask again. */
const ANSWERS_MAX = 256

interface Answer<Address> {
  readonly header: Header
  readonly pdu: Pdu
  readonly to: Address | undefined
  readonly contact: Contact
}

/** Acknowledgements that need no transaction (section 4.7.2: given whatever the state). */
export class Answers<Address> {
  readonly #queue: Queue<Answer<Address>> = new Queue()

  /**
   * Acknowledges what came in a header like this one.
   * @param status what became of the transaction; nobody here knows it, unless told
   * @returns false when too many wait already
   */
  acknowledge(
    header: Header,
    kind: 'ack-eof' | 'ack-finished',
    condition: ConditionCode,
    to: Address | undefined,
    contact: Contact,
    status: TransactionStatus = TransactionStatus.Undefined,
  ): boolean {
    if (this.#queue.size >= ANSWERS_MAX) return false
    const direction = header.direction === 'to-receiver' ? 'to-sender' : 'to-receiver'
    const pdu: Pdu = { kind, condition, status }
    this.#queue.push({ header: { ...header, direction, segmentationControl: false }, pdu, to, contact })
    return true
  }

  /** What cannot arrive is dropped: whoever wants it will ask again. */
  transmit(slot: Slot<Address>, now: Millis): boolean {
    let answer = this.#queue.shift()
    while (answer?.contact.isMuteAt(now)) answer = this.#queue.shift()
    if (answer === undefined) return false
    slot.length = encodePdu(answer.header, answer.pdu, slot.bytes, slot.view)
    slot.to = answer.to
    return true
  }
}

/** Cancelled transactions remembered although they were never open here. */
const CANCELLED_MAX = 1024

/**
 * Transactions whose cancellation arrived before anything else. The sender has closed them: a PDU that was overtaken
 * must not open what nothing would end.
 */
export class CancelledUnopened {
  /** Until when each is remembered; oldest first. */
  readonly #until: Map<string, Millis> = new Map()

  add(key: string, until: Millis): void {
    this.#until.delete(key)
    this.#until.set(key, until)
    if (this.#until.size > CANCELLED_MAX) this.#until.delete(this.#until.keys().next().value!)
  }

  has(key: string, now: Millis): boolean {
    return (this.#until.get(key) ?? -Infinity) > now
  }
}
