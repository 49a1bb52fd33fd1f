/**
 * The smallest engine that has everything an engine has: a stop-and-wait courier. One end is asked to deliver
 * letters, the other writes them into a file, in order, once each. It is here to show how an engine is put into a world,
 * and, with one of its `habits`, to show that a world finds out.
 */
import { type Engine, type Millis, NEVER, Queue, type Slot } from '@skyferry/engine'
import type { NodeContext, NodeParts, SimulatedFile } from '../../src/index.ts'

export interface Letter {
  readonly kind: 'deliver'
  /** One octet, not zero. */
  readonly mark: number
}

export type Told =
  | { readonly kind: 'delivered'; readonly count: number }
  | { readonly kind: 'received'; readonly count: number }

/** What a courier must not forget: a letter it took on, one that was acknowledged, one that it wrote down. */
export type Fact =
  | { readonly kind: 'asked'; readonly mark: number }
  | { readonly kind: 'acknowledged'; readonly number: number }
  | { readonly kind: 'written'; readonly number: number }

/** Mistakes a courier can be told to make. */
export interface Habits {
  /** Acknowledges what is not stored yet. */
  readonly isHasty?: boolean
  /** Believes damaged datagrams. */
  readonly isTrusting?: boolean
  /** Takes a repeated letter for a new one. */
  readonly isForgetful?: boolean
  /** What it does not sync before its records are written. */
  readonly forgetsToSync?: 'file' | 'directory'
  /** Never lets its host sleep. */
  readonly isRestless?: boolean
}

const LETTER = 1
const RECEIPT = 2
const RESEND_MS = 1000

export class Courier implements Engine<Letter, 'taken', Told, Fact, string> {
  readonly #log: SimulatedFile
  readonly #habits: Habits
  readonly #records: Queue<Fact> = new Queue()
  readonly #told: Queue<Told> = new Queue()
  /** Letters taken on, from the first. */
  readonly #letters: number[] = []
  /** Letters that the other end has acknowledged, written down here, and of each what may be spoken of. */
  #acknowledged = 0
  #written = 0
  #safeLetters = 0
  #safeWritten = 0
  /** For each record in the store's hands, what being stored allows. */
  readonly #unsafe: Queue<Fact['kind']> = new Queue()
  #handedOut = 0
  #stored = 0
  #resendAt: Millis = NEVER
  #owesReceipt = false

  constructor(log: SimulatedFile, records: readonly Fact[], habits: Habits) {
    this.#log = log
    this.#habits = habits
    for (const record of records) {
      if (record.kind === 'asked') this.#letters.push(record.mark)
      else if (record.kind === 'acknowledged') this.#acknowledged = record.number
      else this.#written = record.number
    }
    this.#safeLetters = this.#letters.length
    this.#safeWritten = this.#written
    // What was written beyond the last record may be there or not, or be zeros: it will come again.
    log.resize(this.#written)
    if (this.#hasLetter()) this.#resendAt = 0 as Millis
  }

  request(letter: Letter, now: Millis): 'taken' {
    this.#letters.push(letter.mark)
    this.#records.push({ kind: 'asked', mark: letter.mark })
    if (this.#resendAt === NEVER) this.#resendAt = now
    return 'taken'
  }

  receive(datagram: Uint8Array, _from: string, now: Millis): void {
    const [kind, number, mark, check] = datagram
    const isSound = datagram.length === 4 && check === checkOf(datagram)
    if (kind === undefined || number === undefined || mark === undefined) return
    if (!isSound && !this.#habits.isTrusting) return
    if (kind === LETTER) this.#receiveLetter(number, mark)
    else if (kind === RECEIPT) this.#receiveReceipt(number, now)
  }

  /** A receipt speaks for all letters up to its own: a crash may have cost us the record of an earlier one. */
  #receiveReceipt(number: number, now: Millis): void {
    const more = (number - this.#acknowledged) & 0xff
    if (more === 0 || more > this.#letters.length - this.#acknowledged) return
    this.#acknowledged += more
    this.#records.push({ kind: 'acknowledged', number: this.#acknowledged })
    this.#told.push({ kind: 'delivered', count: this.#acknowledged })
    this.#resendAt = this.#hasLetter() ? now : NEVER
  }

  #receiveLetter(number: number, mark: number): void {
    const isNext = number === ((this.#written + 1) & 0xff)
    if (isNext || this.#habits.isForgetful) {
      this.#log.write(this.#written, new Uint8Array([mark]))
      this.#written += 1
      this.#records.push({ kind: 'written', number: this.#written })
      this.#told.push({ kind: 'received', count: this.#written })
    }
    this.#owesReceipt = true
  }

  tick(now: Millis): void {
    if (this.#resendAt <= now && !this.#hasLetter()) this.#resendAt = NEVER
  }

  transmit(slot: Slot<string>, now: Millis): boolean {
    // A receipt promises that the letter is on disk; it waits until that is so.
    const promised = this.#habits.isHasty ? this.#written : this.#safeWritten
    if (this.#owesReceipt && promised === this.#written) {
      this.#owesReceipt = false
      if (promised > 0) {
        this.#fill(slot, RECEIPT, promised, 0)
        return true
      }
    }
    // A letter's number promises that no other letter will ever have it.
    if (this.#resendAt <= now && this.#hasLetter() && this.#safeLetters > this.#acknowledged) {
      this.#fill(slot, LETTER, this.#acknowledged + 1, this.#letters[this.#acknowledged]!)
      this.#resendAt = (now + RESEND_MS) as Millis
      return true
    }
    return false
  }

  record(): Fact | undefined {
    const record = this.#records.shift()
    if (record !== undefined) {
      this.#handedOut += 1
      this.#unsafe.push(record.kind)
    }
    return record
  }

  stored(count: number): void {
    for (; this.#stored < count; this.#stored++) {
      const kind = this.#unsafe.shift()
      if (kind === 'asked') this.#safeLetters += 1
      else if (kind === 'written') this.#safeWritten += 1
    }
  }

  indication(): Told | undefined {
    return this.#told.shift()
  }

  deadline(): Millis {
    if (this.#habits.isRestless) return 0 as Millis
    // Without a stored letter there is nothing to send; `stored` will come.
    return this.#hasLetter() && this.#safeLetters > this.#acknowledged ? this.#resendAt : NEVER
  }

  /** For last words. */
  state(): string {
    return `acknowledged ${this.#acknowledged} of ${this.#letters.length}, written ${this.#written}`
  }

  #hasLetter(): boolean {
    return this.#letters.length > this.#acknowledged
  }

  #fill(slot: Slot<string>, kind: number, number: number, mark: number): void {
    slot.bytes[0] = kind
    slot.bytes[1] = number
    slot.bytes[2] = mark
    slot.bytes[3] = checkOf(slot.bytes)
    slot.length = 4
  }
}

/** An octet that differs whenever one to three bits of the four octets do: CRC-8 (x⁸+x²+x+1 has x+1 as a factor). */
function checkOf(datagram: Uint8Array): number {
  let crc = 0xff
  for (let index = 0; index < 3; index++) {
    crc ^= datagram[index]!
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1
  }
  return crc
}

export const LOG = 'log/letters'

/** How a courier is started: the first time, and after every crash. */
export function courier(
  habits: Habits = {},
): (context: NodeContext<Fact>) => NodeParts<Letter, 'taken', Told, Fact> {
  return ({ disk, records }) => {
    const log = disk.open(LOG) ?? disk.create(LOG)
    const engine = new Courier(log, records, habits)
    return {
      engine,
      beforeCommit: () => {
        if (habits.forgetsToSync !== 'file') log.sync()
        if (habits.forgetsToSync !== 'directory') disk.syncDirectory('log')
      },
      words: {
        datagram: ([kind, number]) => `${kind === LETTER ? 'letter' : 'receipt'} ${number}`,
        indication: what => `${what.kind} ${what.count}`,
        state: () => engine.state(),
      },
    }
  }
}
